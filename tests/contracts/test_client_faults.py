"""The client before the real exchange on every bad day: nothing is sent twice, the books are true.

`python -m benchmarks client_faults` prints what it did as a table.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.contracts.bad_days import ORDER_DAYS, Day, Played, play
from tests.contracts.rehearsal import BuiltInProcess, booked, traded
from tests.contracts.stream_days import STREAM_DAYS, StreamDay, play_streams
from tradefleet.exchange.faults.kinds import KINDS
from tradefleet.ports.journal import IntentState


@pytest.fixture(scope="module")
def exchange() -> Iterator[BuiltInProcess]:
    """The built-in exchange as a process of its own."""
    with BuiltInProcess() as running:
        yield running


def test_on_a_clean_day_four_requests_do_it(exchange: BuiltInProcess) -> None:
    played = play(exchange, Day("delay", "none", {"delay_ms": 0}, "done"))

    assert [sent.what for sent in played.rehearsal.broker.sent] == [
        "entry",
        "protection",
        "cancel",
        "exit",
    ]
    assert_sent_once(played)
    assert_books_are_true(played)


@pytest.mark.parametrize("day", ORDER_DAYS, ids=str)
def test_on_a_bad_day_nothing_is_sent_twice_and_the_books_are_true(
    exchange: BuiltInProcess, day: Day
) -> None:
    played = play(exchange, day)

    assert_sent_once(played)
    if day.kind != "wipe":
        assert_books_are_true(played)
        assert_flat(played)
    if day.play is None:
        assert_outcomes(played)


def assert_sent_once(played: Played) -> None:
    posts = played.rehearsal.posts
    assert set(posts.values()) <= {1, played.day.requests}, posts
    names = Counter(order["clientOrderId"] for order in played.truth.ours())
    assert set(names.values()) <= {1}, names


def assert_books_are_true(played: Played) -> None:
    rehearsal, truth = played.rehearsal, played.truth
    assert booked(rehearsal) == traded(truth)
    assert rehearsal.is_settled
    if not {"deposit", "withdrawal", "manual_order"} & {played.day.kind}:
        assert truth.free.get("BTC", 0) == rehearsal.trader.ledger.base
        assert truth.free["USDT"] == 9_900 + rehearsal.trader.ledger.cash


def assert_flat(played: Played) -> None:
    """One purchase, and nothing rests any more."""
    assert not played.rehearsal.holds
    assert len(played.truth.executed("BUY")) == 1
    assert len(played.truth.executed("SELL")) == (2 if played.day.kind == "partial_fill" else 1)
    assert not [o for o in played.truth.ours() if o["status"] in ("NEW", "PARTIALLY_FILLED")]


def assert_outcomes(played: Played) -> None:
    """What was struck first ended as it must, and became known as it must."""
    day, rehearsal = played.day, played.rehearsal
    for stage in day.stages:
        first = next(sent for sent in rehearsal.broker.sent if sent.what == stage)
        if stage == "cancel" and day.outcome == "unknown":
            assert first.outcome in (("done",) if day.executed else ("unknown", "done")), first
            continue
        assert first.outcome == day.outcome, (stage, first)
        if stage != "cancel":
            assert_settled(played, first.name)


def assert_settled(played: Played, name: str) -> None:
    names = {
        getattr(intent.request, "client_order_id", "")
        or getattr(intent.request, "list_client_order_id", ""): intent.state
        for intent in played.rehearsal.journal.intents.values()
    }
    happened = played.day.outcome == "done" or played.day.executed
    assert names[name] is (IntentState.DONE if happened else IntentState.ABSENT)


@pytest.mark.parametrize("day", STREAM_DAYS, ids=str)
def test_whatever_the_streams_do_the_bot_learns_the_truth_and_the_streams_come_back(
    exchange: BuiltInProcess, day: StreamDay
) -> None:
    played = play_streams(exchange, day)

    assert set(played.rehearsal.posts.values()) == {1}
    assert booked(played.rehearsal) == traded(played.truth)
    assert len(played.truth.executed("BUY")) == len(played.truth.executed("SELL")) == 1
    assert {name for name, times in played.opened.items() if times} >= set(day.reconnects)


def test_every_kind_of_fault_is_played() -> None:
    assert {day.kind for day in (*ORDER_DAYS, *STREAM_DAYS)} == set(KINDS)
