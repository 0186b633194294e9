"""Naked time: how long a position had no stop at the exchange, by how it came about.

Bots with their real rhythm (no hub rings), SQLite and the HTTP client, before the built-in exchange
over loopback. All times are the exchange's own, except when a bot knew that its stop rests.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from benchmarks import Figure
from benchmarks._actor import Actor, Watch, live, stage

HEADINGS = ("", "p50 / p99 / max", "goal")
ROUNDS = int(os.environ.get("ROUNDS", "10"))
BOTS = int(os.environ.get("BOTS", "4"))
PATIENCE_S = 30.0  # for one round of all bots
STEP = "1.004"  # of a price that pulls a trailing stop up
AWAY = "1.0002"  # of a price that runs away from an entry
OFF, CAP = Decimal(0), Decimal("0.3")


@dataclass(frozen=True, slots=True)
class Told:
    """What a bot met, and all orders of its account."""

    watch: Watch
    orders: Sequence[dict[str, Any]]


def measure() -> Iterator[Figure]:
    """Let several bots enter again and again, in each of the ways there are."""
    yield Figure("command", f"ROUNDS={ROUNDS} BOTS={BOTS} python -m benchmarks naked")
    for title, settings, goal in (
        ("an entry that brings stop and target", {"price_cap": CAP}, "0 ms"),
        ("an entry that brings a stop alone", {"price_cap": CAP, "take_profit": OFF}, "0 ms"),
        ("at market, then stop and target", {"price_cap": OFF}, "p99 <= 1,000 ms"),
    ):
        told = _turned(**settings)
        yield _figure(title, [ms for one in told for ms in one.watch.naked], goal)
        known = [ms for one in told for ms in one.watch.known]
        yield _figure("    the bot knows, after the fill", known, "<= 2,000 ms")
    yield from _partly_filled()
    for title, settings in (
        ("a lone stop that trails, each move", {"take_profit": OFF}),
        ("stop and target that trail, each move", {"take_profit": Decimal(90)}),
    ):
        yield _figure(title, _moved(**settings))


def _partly_filled() -> Iterator[Figure]:
    """Ask for more than the book has within the cap, while the price runs away."""
    more = {"symbol": "SOLUSDT", "trade_amount": Decimal(500_000), "price_cap": Decimal("0.005")}
    told = _turned(runs_away=True, **more)
    called_off, after = [], []
    for one in told:
        stops = [order["time"] for order in one.orders if order["type"] == "STOP_LOSS"]
        for entry in one.orders:
            has_part = entry["side"] == "BUY" and Decimal(entry["executedQty"]) > 0
            if has_part and entry["status"] == "CANCELED":
                ended = entry["updateTime"]
                called_off.append(ended - entry["time"])
                after += [min(at - ended for at in stops if at >= ended)]
    yield _figure("a partly filled entry: called off after", called_off, "<= 5,000 ms")
    yield _figure("    its part is protected after that", after, "p99 <= 1,000 ms")
    naked = [ms for one in told for ms in one.watch.naked]
    yield _figure("    naked since its first fill", naked)


def _turned(*, runs_away: bool = False, **settings: Any) -> list[Told]:
    """Let bots buy and sell for some rounds."""
    with stage() as (exchange, store):
        actors = [Actor(exchange, store, sells=True, **settings) for _ in range(BOTS)]
        hand = partial(exchange.move, actors[0].symbol, AWAY) if runs_away else None
        live(actors, lambda: all(_has_met(a, ROUNDS) for a in actors), ROUNDS * PATIENCE_S, hand)
        return [Told(actor.watch, actor.orders()) for actor in actors]


def _moved(**settings: Any) -> list[int]:
    """Let a bot hold while the price rises; return how long each move of its stop was naked."""
    with stage() as (exchange, store):
        actor = Actor(exchange, store, sells=False, trailing_stop=Decimal(1), **settings)
        for count in range(1, BOTS * ROUNDS + 2):
            live([actor], partial(_has_met, actor, count), PATIENCE_S)
            exchange.move(actor.symbol, STEP)
        return actor.watch.naked[1:]


def _has_met(actor: Actor, times: int) -> bool:
    return len(actor.watch.naked) >= times


def _figure(what: str, found: Sequence[int], goal: str = "") -> Figure:
    if not found:
        return Figure(what, "never happened", goal)
    ordered = sorted(found)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99))
    shown = f"{p50:,} / {p99:,} / {ordered[-1]:,} ms ({len(ordered)} times)"
    return Figure(what, shown, goal)
