"""What becomes of a request that is struck: whether it is carried out, and what is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.errors import ban, error_of, known_error
from tradefleet.exchange.faults.table import Fault, Strike

_WAIT_SECONDS, _BAN_SECONDS = 10, 120  # of Retry-After, unless said otherwise


class Carried(Enum):
    """When a request is carried out."""

    AT_ONCE = auto()
    LATER = auto()
    NEVER = auto()


class Reply(Enum):
    """What the client gets."""

    OWN = auto()  # the answer there is
    ERROR = auto()
    CUT = auto()  # the end of the connection
    SILENCE = auto()
    HALF = auto()  # of the answer, then the end of the connection
    NOTHING = auto()  # an answer without a body
    GATEWAY = auto()  # a 502 page
    FIREWALL = auto()  # a 403 page
    TRICKLE = auto()  # the answer, byte by byte


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one request.

    Attributes:
        error: of the reply `ERROR`.
        before_ms, after_ms: waits before it is looked at and before it is answered.
        late_ms: how much later it is carried out.
        as_of_arrival: its age is judged by when it came, not by when it is carried out.
        byte_ms: wait before each byte of a trickle.
    """

    carried: Carried
    reply: Reply
    error: ApiError | None = None
    before_ms: int = 0
    after_ms: int = 0
    late_ms: int = 0
    as_of_arrival: bool = False
    byte_ms: int = 0


CLOSED = Outcome(Carried.NEVER, Reply.ERROR, known_error(-1016))
"""Of every request while the exchange is down for maintenance."""


def outcome_of(strike: Strike, now: int) -> Outcome:
    """Return what becomes of a request that is struck at `now`, UTC milliseconds."""
    return _OUTCOMES[strike.fault.kind.name](strike, now)


def _either(fault: Fault) -> Carried:
    return Carried.AT_ONCE if fault["executed"] else Carried.NEVER


def _late(fault: Fault) -> Outcome:
    return Outcome(
        Carried.LATER,
        Reply.CUT if fault["cut"] else Reply.ERROR,
        error_of(fault),
        late_ms=fault["delay_ms"],
        as_of_arrival=fault.kind.name == "late_engine",
    )


def _seconds(strike: Strike, usual: int) -> int:
    """Return what Retry-After says: what was asked for, or for how long it goes on."""
    said: int | None = strike.fault["retry_after"]
    if said is not None:
        return said
    return -(-strike.left_ms // 1_000) or usual


def _refused(error: ApiError) -> Outcome:
    return Outcome(Carried.NEVER, Reply.ERROR, error)


def _at_once(reply: Reply, **more: Any) -> Outcome:
    return Outcome(Carried.AT_ONCE, reply, **more)


_OUTCOMES: Mapping[str, Callable[[Strike, int], Outcome]] = {
    "delay": lambda strike, _: _at_once(Reply.OWN, before_ms=strike.fault["delay_ms"]),
    "slow_answer": lambda strike, _: _at_once(Reply.OWN, after_ms=strike.fault["delay_ms"]),
    "trickle": lambda strike, _: _at_once(Reply.TRICKLE, byte_ms=strike.fault["byte_ms"]),
    "dropped": lambda *_: Outcome(Carried.NEVER, Reply.CUT),
    "lost_answer": lambda *_: _at_once(Reply.CUT),
    "cut_body": lambda *_: _at_once(Reply.HALF),
    "error_before": lambda strike, _: _refused(error_of(strike.fault)),
    "error_after": lambda strike, _: _at_once(Reply.ERROR, error=error_of(strike.fault)),
    "late": lambda strike, _: _late(strike.fault),
    "late_engine": lambda strike, _: _late(strike.fault),
    "half_open": lambda strike, _: Outcome(_either(strike.fault), Reply.SILENCE),
    "rate_limited": lambda strike, _: _refused(
        known_error(-1003, retry_after=_seconds(strike, _WAIT_SECONDS))
    ),
    "banned": lambda strike, now: _refused(ban(now, _seconds(strike, _BAN_SECONDS))),
    "outside_window": lambda *_: _refused(known_error(-1021)),
    "empty_body": lambda strike, _: Outcome(_either(strike.fault), Reply.NOTHING),
    "html_502": lambda strike, _: Outcome(_either(strike.fault), Reply.GATEWAY),
    "forbidden": lambda *_: Outcome(Carried.NEVER, Reply.FIREWALL),
}
