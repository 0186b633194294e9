"""How orders fill against candles (the fill rules of a backtest, design.md section 5).

A candle is played as open, low, high, close: a gap beyond a level fills at the open, otherwise the
level itself is the price; where both levels lie inside one candle the stop comes first.
"""

from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.candle import Candle
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels


@dataclass(frozen=True, slots=True)
class LevelHit:
    """A resting level was reached."""

    price: Decimal
    reason: ExitReason


def level_hit(candle: Candle, levels: Levels, *, is_entry_candle: bool = False) -> LevelHit | None:
    """Return where a protected position ends inside a candle, or None.

    Args:
        candle: the closed candle to play.
        levels: the resting stop and target.
        is_entry_candle: the position began at this candle's open; then only its low and high
            count.
    """
    stop, target = levels.stop, levels.target
    if not is_entry_candle:
        if stop is not None and candle.open <= stop:
            return LevelHit(candle.open, ExitReason.STOP_LOSS)
        if target is not None and candle.open >= target:
            return LevelHit(candle.open, ExitReason.TAKE_PROFIT)
    if stop is not None and candle.low <= stop:
        return LevelHit(stop, ExitReason.STOP_LOSS)
    if target is not None and candle.high >= target:
        return LevelHit(target, ExitReason.TAKE_PROFIT)
    return None
