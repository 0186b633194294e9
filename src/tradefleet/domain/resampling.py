"""Longer candles made of shorter ones, exactly as an exchange would have closed them."""

import numpy as np

from tradefleet.domain.candle import DAY, Candles, Floats, Times
from tradefleet.domain.errors import InputError

WEEK = 7 * DAY
_MONDAY = 4 * DAY  # weeks begin on a Monday, 1970 did on a Thursday
_MOST_DECIMALS = 8
_EXACT = 2.0**53


def can_be_made(interval: int, finer: int) -> bool:
    """Return whether candles of one length can be made of those of another, in milliseconds.

    Three days have no beginning that could be relied on.
    """
    return finer < interval and interval % finer == 0 and (interval <= DAY or interval == WEEK)


def resample(candles: Candles, interval: int) -> Candles:
    """Return the candles of a longer interval; one that lacks any of its parts is left out.

    Args:
        candles: ascending, each once, on the grid of their interval.
        interval: length in milliseconds.

    Raises:
        InputError: it cannot be made of these (`can_be_made`).
    """
    if not can_be_made(interval, candles.interval):
        raise InputError(
            f"expected an interval that candles of {candles.interval // 1_000} s divide, "
            f"was {interval // 1_000} s",
            field="interval",
        )
    anchor = _MONDAY if interval == WEEK else 0
    opened = (candles.open_time - anchor) // interval * interval + anchor
    begins = np.flatnonzero(np.diff(opened, prepend=-1))
    counts = np.diff(begins, append=len(opened))
    whole = counts == interval // candles.interval
    first, last = begins[whole], begins[whole] + counts[whole] - 1
    return Candles.from_arrays(
        interval,
        opened[first],
        candles.open[first],
        _of_each(np.maximum, candles.high, begins)[whole],
        _of_each(np.minimum, candles.low, begins)[whole],
        candles.close[last],
        _sums(candles.volume, begins)[whole],
    )


def _of_each(reduce: np.ufunc, column: Floats, begins: Times) -> Floats:
    return np.asarray(reduce.reduceat(column, begins)) if len(begins) else column[:0]


def _sums(volume: Floats, begins: Times) -> Floats:
    """Return the sums of decimals, rounded once.

    As whole numbers of the smallest decimal there is, sums are exact; where the figures have too
    many digits for that they are added as they are.
    """
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = np.rint(volume * 10.0**decimals)
        if not (np.abs(scaled) < _EXACT).all():
            break
        if (scaled / 10.0**decimals == volume).all():
            totals = _of_each(np.add, scaled, begins)
            if (totals < _EXACT).all():
                return totals / 10.0**decimals
            break
    return _of_each(np.add, volume, begins)
