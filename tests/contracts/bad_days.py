"""Every kind of fault, played against the client; what it did becomes a row of a table.

One story for all: buy at market, let stop and target rest, take them away, sell. A request's fault
strikes each of these four once; what the exchange itself does wrong comes at its moment.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.application.conftest import BUY
from tests.contracts.rehearsal import BuiltInProcess, Rehearsal, Truth
from tradefleet.domain.errors import ExchangeError, InputError, RuleBrokenError
from tradefleet.ports.journal import IntentState

PATHS = {
    "entry": "POST /api/v3/order",
    "protection": "POST /api/v3/orderList/oco",
    "cancel": "DELETE /api/v3/orderList",
    "exit": "POST /api/v3/order",
}
Fault = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A bad day.

    Attributes:
        title: the fault in words, beside its kind.
        fault: a row of the exchange's table, without a path.
        outcome: of whatever it strikes.
        executed: whether what it strikes was carried out.
        stages: which of the four it strikes.
        requests: how often one order may be sent; 2 only where -1021 refused the first.
        play: the story, where it is another one.
    """

    kind: str
    title: str = ""
    fault: Fault = field(default_factory=dict)
    outcome: str = "unknown"
    executed: bool = True
    stages: tuple[str, ...] = tuple(PATHS)
    requests: int = 1
    play: Callable[[Rehearsal, "Day"], str] | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.title}".strip()

    def rows(self, *stages: str) -> list[Fault]:
        """Return the rows that strike these stages once each."""
        return [
            {"kind": self.kind, **self.fault, "path": PATHS[stage], "times": 1}
            for stage in stages
            if stage in self.stages
        ]


@dataclass(frozen=True, slots=True)
class Played:
    """How a bad day went."""

    day: Day
    rehearsal: Rehearsal
    truth: Truth
    did: str
    struck: int


def play(exchange: BuiltInProcess, day: Day) -> Played:
    """Live through a bad day and ask the exchange what is true in the end."""
    rehearsal = Rehearsal(exchange)
    try:
        told = (day.play or _four_strikes)(rehearsal, day)
        return Played(day, rehearsal, rehearsal.truth(), told, sum(exchange.struck().values()))
    finally:
        exchange.bring()
        rehearsal.close()


def _four_strikes(rehearsal: Rehearsal, day: Day) -> str:
    exchange = rehearsal.exchange
    exchange.bring(*day.rows("entry", "protection"))
    rehearsal.buy()
    _must_have_struck(exchange, day, "entry", "protection")
    exchange.bring(*day.rows("cancel", "exit"))
    rehearsal.sell()
    _must_have_struck(exchange, day, "cancel", "exit")
    return "; ".join(f"{stage}: {_what_it_did(rehearsal, stage)}" for stage in day.stages)


def _must_have_struck(exchange: BuiltInProcess, day: Day, *stages: str) -> None:
    rows = len(day.rows(*stages))
    assert sum(exchange.struck().values()) == rows, f"{day} did not strike"


def _what_it_did(rehearsal: Rehearsal, stage: str) -> str:
    first = next(sent for sent in rehearsal.broker.sent if sent.what == stage)
    if stage == "cancel":
        return {"done": "done, final state looked up", "unknown": "unknown, looked up again"}.get(
            first.outcome, f"{first.outcome}, tried again"
        )
    if first.outcome == "done":
        again = " after the clock was measured" if rehearsal.posts[first.name] > 1 else ""
        return f"done{again}"
    if first.outcome != "unknown":
        return f"{first.outcome}, then a new one"
    state = next(
        intent.state
        for intent in rehearsal.journal.intents.values()
        if first.name
        in (
            getattr(intent.request, "client_order_id", ""),
            getattr(intent.request, "list_client_order_id", ""),
        )
    )
    if state is IntentState.ABSENT:
        return "unknown, proven absent, then a new one"
    return "unknown, found by its name"


# ---------------------------------------------------------------- stories of their own


def _firewall(rehearsal: Rehearsal, day: Day) -> str:
    exchange = rehearsal.exchange
    exchange.bring(*day.rows("entry"))

    def refused() -> bool:
        return any(sent.outcome == "refused" for sent in rehearsal.broker.sent)

    rehearsal.persist(lambda: _try(rehearsal), refused, "the firewall's refusal")
    assert rehearsal.budget.silent_for_ms() > 50_000
    sent = rehearsal.rest.sent
    _try(rehearsal)
    assert rehearsal.rest.sent == sent, "something was sent while all should be silent"
    rehearsal.budget.silent_until = 0  # the minute is over
    rehearsal.buy()
    rehearsal.sell()
    return "entry: refused; silent for a minute, then a new one"


def _try(rehearsal: Rehearsal) -> None:
    rehearsal.strategy.next = BUY
    with suppress(ExchangeError, InputError):
        rehearsal.trader.cycle()


def _stale_reads(rehearsal: Rehearsal, day: Day) -> str:
    lost = {"kind": "lost_answer", "path": PATHS["entry"], "times": 1}
    stale = {"kind": day.kind, "path": PATHS["entry"], "times": 1, "for_ms": 400}
    rehearsal.exchange.bring(lost, stale)
    rehearsal.buy()
    rehearsal.sell()
    return f"entry: {_what_it_did(rehearsal, 'entry')}, although a first -2013 said no"


def _partial_fill(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.exchange.bring({"kind": day.kind, "share": "0.5"})
    rehearsal.buy()
    rehearsal.exchange.bring({"kind": day.kind, "share": "0.5"})
    rehearsal.sell()
    return "entry: half booked, half protected; exit: the rest sold by a second order"


def _permission_lost(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.exchange.bring({"kind": day.kind, "path": PATHS["entry"], "times": 1})
    rehearsal.persist(
        lambda: _try(rehearsal),
        lambda: any(s.outcome in ("denied", "refused") for s in rehearsal.broker.sent),
        "a refusal",
    )
    first = rehearsal.broker.sent[0].outcome
    rehearsal.exchange.bring()
    rehearsal.buy()
    rehearsal.sell()
    return f"entry: {first}; bought once the right was back"


def _money_moves(fault: Fault, did: str) -> Callable[[Rehearsal, Day], str]:
    def story(rehearsal: Rehearsal, day: Day) -> str:
        rehearsal.buy()
        rehearsal.exchange.bring({"kind": day.kind, **fault, "key": rehearsal.credentials.key})
        rehearsal.keep(lambda: True, "a look")
        rehearsal.sell()
        return did

    return story


def _order_cancelled(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.buy()
    rehearsal.exchange.bring({"kind": day.kind, "key": rehearsal.credentials.key, **day.fault})

    def placed_again() -> bool:
        return sum(sent.what == "protection" for sent in rehearsal.broker.sent) == 2

    rehearsal.keep(placed_again, "new protection")
    assert "protection_lost" in rehearsal.findings.codes
    rehearsal.sell()
    return "protection: found ended, said so, placed anew"


def _wipe(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.buy()
    rehearsal.exchange.bring({"kind": day.kind})
    posts = sum(rehearsal.posts.values())
    with pytest.raises(RuleBrokenError, match="the account was reset"):
        rehearsal.keep(lambda: False, "the bot's halt")
    assert sum(rehearsal.posts.values()) == posts
    return "halted: the account was reset; nothing sent on the word of its books"


def _maintenance(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.exchange.bring({"kind": day.kind, "path": PATHS["entry"], "times": 1, "for_ms": 700})
    rehearsal.buy()
    rehearsal.sell()
    return f"entry: {_what_it_did(rehearsal, 'entry')}"


def _clock_skew(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.exchange.bring({"kind": day.kind, **day.fault})
    rehearsal.buy()
    ahead_ms = rehearsal.clock.offset_ms
    assert ahead_ms < -20_000
    rehearsal.exchange.bring()  # it jumps back
    rehearsal.sell()
    assert abs(rehearsal.clock.offset_ms) < 5_000
    return "refused with -1021, clock measured, signed anew once; again when it jumped back"


def _entry_refused(did: str) -> Callable[[Rehearsal, Day], str]:
    """Let nothing be bought while a symbol is as it is; buy once it is well again."""

    def story(rehearsal: Rehearsal, day: Day) -> str:
        rehearsal.exchange.bring({"kind": day.kind, "symbol": "BTCUSDT", **day.fault})
        for _ in range(3):
            _try(rehearsal)
        assert [sent.outcome for sent in rehearsal.broker.sent] in ([], ["refused"])
        assert not rehearsal.holds
        rehearsal.exchange.bring()
        rehearsal.rules.doubt("BTCUSDT")  # as the hub does once a minute
        rehearsal.buy()
        rehearsal.sell()
        return did

    return story


def _thin_book(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.exchange.bring({"kind": day.kind, "symbol": "BTCUSDT", **day.fault})
    rehearsal.buy()
    rehearsal.exchange.bring()
    rehearsal.sell()
    return "entry: what was filled is booked and protected, the rest expired"


def _stop_fills(rehearsal: Rehearsal, day: Day) -> str:
    rehearsal.buy()
    rehearsal.exchange.bring({"kind": day.kind, "symbol": "BTCUSDT", **day.fault})
    rehearsal.keep(lambda: not rehearsal.holds, "the stop")
    return "the stop at the exchange sold; booked as it was filled"


def _errors(code: int) -> list[Day]:
    return [
        Day("error_before", f"{code}", {"code": code}, executed=False, stages=("entry", "exit")),
        Day("error_after", f"{code}", {"code": code}, stages=("entry", "exit")),
    ]


ORDER_DAYS = (
    Day("delay", "0.1 s", {"delay_ms": 100}, "done"),
    Day("slow_answer", "beyond our deadline", {"delay_ms": 2_500}),
    Day("dropped", "", {}, executed=False),
    Day("lost_answer"),
    Day("cut_body"),
    Day("error_before", "-1007", {"code": -1007}, executed=False),
    Day("error_after", "-1007", {"code": -1007}),
    *_errors(-1000),
    *_errors(-1001),
    *_errors(-1006),
    *_errors(-1008),
    Day(
        "error_before",
        "-1015",
        {"code": -1015, "retry_after": 1},
        "not sent",
        executed=False,
        stages=("entry", "protection", "exit"),
    ),
    Day("late", "0.2 s, -1007", {"delay_ms": 200}),
    Day("late", "0.2 s, cut", {"delay_ms": 200, "cut": True}),
    Day("late_engine", "0.2 s, -1007", {"delay_ms": 200}),
    Day(
        "half_open",
        "not carried out",
        {"executed": False},
        executed=False,
        stages=("entry", "exit"),
    ),
    Day("half_open", "carried out", {"executed": True}, stages=("protection", "cancel")),
    Day("rate_limited", "1 s", {"retry_after": 1}, "not sent", executed=False),
    Day("banned", "1 s", {"retry_after": 1}, "not sent", executed=False),
    Day("outside_window", "", {}, "done", requests=2),
    Day("empty_body", "not carried out", {"executed": False}, executed=False),
    Day("empty_body", "carried out", {"executed": True}),
    Day("html_502", "not carried out", {"executed": False}, executed=False),
    Day("html_502", "carried out", {"executed": True}),
    Day("forbidden", "", {}, "refused", executed=False, stages=("entry",), play=_firewall),
    Day("trickle", "a byte in 0.1 s", {"byte_ms": 100}, stages=("entry", "cancel")),
    Day("partial_fill", "half", play=_partial_fill),
    Day("stale_reads", "and a lost answer", play=_stale_reads),
    Day("permission_lost", play=_permission_lost),
    Day(
        "withdrawal",
        "of quote",
        play=_money_moves(
            {"asset": "USDT", "quantity": "100"}, "went on: its books are its own fills"
        ),
    ),
    Day(
        "deposit",
        "of base",
        play=_money_moves({"asset": "BTC", "quantity": "1"}, "sold its own coins only"),
    ),
    Day(
        "manual_order",
        "a buy by hand",
        play=_money_moves(
            {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}, "sold its own coins only"
        ),
    ),
    Day("order_cancelled", "by the exchange", play=_order_cancelled),
    Day("order_cancelled", "by hand", {"by": "user"}, play=_order_cancelled),
    Day("maintenance", "0.7 s amid an entry", executed=False, stages=("entry",), play=_maintenance),
    Day("clock_skew", "30 s", {"ms": -30_000}, requests=2, play=_clock_skew),
    Day(
        "halt",
        "of the symbol",
        play=_entry_refused(
            "entry: refused at most once, then denied by ourselves until it trades"
        ),
    ),
    Day("delisted", play=_entry_refused("nothing is bought; bought once it is back")),
    Day(
        "rules_changed",
        "beyond our amount",
        {"rules": {"minNotional": "500"}},
        play=_entry_refused(
            "entry: refused once, rules fetched anew, denied by ourselves from then on"
        ),
    ),
    Day("thin_book", "less than our order", {"quantity": "0.0005"}, play=_thin_book),
    Day("price_gap", "-12 %", {"percent": "-12"}, play=_stop_fills),
    Day("bad_tick", "-60 %", {"percent": "-60"}, play=_stop_fills),
    Day("wipe", play=_wipe),
)
