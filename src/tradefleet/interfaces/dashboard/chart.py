"""What is drawn on the candles: fills, and the indicator values of the bot's own decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.ports.journal import Decision

# An indicator whose values stay within this share of the price is drawn over the candles.
NEAR_THE_PRICE = 0.3


@dataclass(frozen=True, slots=True)
class Mark:
    """A fill on the chart; `reason` and `profit` are those of the trade it closed."""

    time: int
    side: Side
    price: Decimal
    quantity: Decimal
    reason: ExitReason | None
    profit: Decimal | None


@dataclass(frozen=True, slots=True)
class Overlay:
    """One indicator: `pane` is `price` (over the candles) or `own`; points of (time, value)."""

    name: str
    pane: str
    points: tuple[tuple[int, float], ...]


def marks(fills: Sequence[Fill], trades: Sequence[Trade], since: int) -> tuple[Mark, ...]:
    """Return the fills from `since` on, oldest first."""
    closed = {trade.exit_time: trade for trade in trades}
    found = []
    for fill in reversed(fills):
        if fill.time < since:
            continue
        trade = closed.get(fill.time) if fill.side is Side.SELL else None
        found.append(
            Mark(
                fill.time,
                fill.side,
                fill.price,
                fill.quantity,
                trade.exit_reason if trade else None,
                trade.profit if trade else None,
            )
        )
    return tuple(found)


def overlays(decisions: Sequence[Decision], since: int) -> tuple[Overlay, ...]:
    """Return each value the decisions recorded from `since` on, oldest first."""
    lines: dict[str, list[tuple[int, float]]] = {}
    near: dict[str, bool] = {}
    for decision in reversed(decisions):
        if decision.close_time < since:
            continue
        price = float(decision.price)
        for name, value in decision.values.items():
            lines.setdefault(name, []).append((decision.close_time, value))
            near[name] = near.get(name, True) and abs(value - price) <= NEAR_THE_PRICE * price
    return tuple(
        Overlay(name, "price" if near[name] else "own", tuple(points))
        for name, points in lines.items()
    )
