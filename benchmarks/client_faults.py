"""The client on bad days: each fault of the exchange, what the client did, what it sent."""

from collections.abc import Iterator

from benchmarks import Figure
from tests.contracts.bad_days import ORDER_DAYS, play
from tests.contracts.rehearsal import BuiltInProcess, Rehearsal, Truth
from tests.contracts.stream_days import STREAM_DAYS, play_streams

HEADINGS = ("fault", "what the client did", "orders sent: requests, at the exchange, sent twice")


def measure() -> Iterator[Figure]:
    """Play every bad day against a built-in exchange of its own."""
    with BuiltInProcess() as exchange:
        for day in ORDER_DAYS:
            played = play(exchange, day)
            yield Figure(str(day), played.did, _sent(played.rehearsal, played.truth))
        for stream_day in STREAM_DAYS:
            heard = play_streams(exchange, stream_day)
            yield Figure(str(stream_day), heard.did, _sent(heard.rehearsal, heard.truth))


def _sent(rehearsal: Rehearsal, truth: Truth) -> str:
    """Count requests by name; what was refused with -1021 and signed anew was never admitted."""
    posts = rehearsal.posts
    names = [order["clientOrderId"] for order in truth.ours()]
    twice = len(names) - len(set(names))
    signed_anew = sum(posts.values()) - len(posts)
    anew = f" ({signed_anew} of them signed anew)" if signed_anew else ""
    return f"{sum(posts.values())}{anew}, {len(names)}, {twice}"
