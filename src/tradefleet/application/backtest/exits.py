"""Where a position ends inside a candle; the same for every engine."""

from decimal import Decimal

import numpy as np

from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.candle import Candle, Candles, Floats
from tradefleet.domain.matching import LevelHit, level_hit
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels

# A float may lie this much beside the decimal it stands for; who comes this near is looked at.
NEAR = 1e-12
FAR = 1 + NEAR


def exact_price(prices: Floats, index: int) -> Decimal:
    """Return a price of a column with the source's own decimals."""
    return Decimal(repr(prices.item(index)))


def exact_candle(candles: Candles, index: int) -> Candle:
    """Return one candle with the source's own decimals."""
    columns = (candles.open, candles.high, candles.low, candles.close)
    prices = (exact_price(column, index) for column in columns)
    return Candle(int(candles.open_time[index]), candles.interval, *prices)


def worse(setup: Setup, price: Decimal, *, by: int) -> Decimal:
    """Return a market price after slippage: dearer for a buy (1), cheaper for a sale (-1)."""
    return price * (1 + by * setup.assumptions.slippage)


def exit_inside(
    setup: Setup, index: int, levels: Levels, *, is_entry_candle: bool
) -> LevelHit | None:
    """Return at what price and why a position ends inside a candle; None if it does not.

    Finer candles, where there are any, tell which of two levels came first. The price of a stop is
    after slippage.
    """
    candle = exact_candle(setup.candles, index)
    hit = level_hit(candle, levels, is_entry_candle=is_entry_candle)
    if hit is None:
        return None
    at_open = hit.price == candle.open and not is_entry_candle
    if setup.detail is not None and not at_open and _both_inside(candle, levels):
        hit = _finer_hit(setup.detail, candle, levels, is_entry_candle=is_entry_candle) or hit
    if hit.reason is ExitReason.STOP_LOSS:
        return LevelHit(worse(setup, hit.price, by=-1), hit.reason)
    return hit


def _finer_hit(
    detail: Candles, candle: Candle, levels: Levels, *, is_entry_candle: bool
) -> LevelHit | None:
    first, after = np.searchsorted(
        detail.open_time, (candle.open_time, candle.open_time + candle.interval)
    )
    for index in range(int(first), int(after)):
        finer = exact_candle(detail, index)
        is_entry = is_entry_candle and finer.open_time == candle.open_time
        if hit := level_hit(finer, levels, is_entry_candle=is_entry):
            return hit
    return None


def _both_inside(candle: Candle, levels: Levels) -> bool:
    stop, target = levels.stop, levels.target
    if stop is None or target is None:
        return False
    return candle.low <= stop and candle.high >= target
