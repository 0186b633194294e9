"""Smaller candles out of larger ones: as their open, low, high and close were played."""

import numpy as np

from tradefleet.exchange.markets.klines import Columns, Integers

_SUMS = ("volume", "quote", "count", "taker", "taker_quote")


def shares(total: Integers) -> Integers:
    """Return what each of the four points of a candle gets of its volumes, one row a candle."""
    part = total // 4
    return np.stack([part, part, part, total - 3 * part], axis=1)


def split(candles: Columns, length: int, offsets: tuple[int, ...], piece: int) -> Columns:
    """Return the candles of `piece` milliseconds inside candles of `length`.

    A piece without a point repeats the price before it, with no volume.

    Args:
        candles: in time order.
        length: of each, milliseconds; a multiple of `piece`.
        offsets: when open, low, high and close are reached, from a candle's beginning; of one
            that is still played only those that were.
        piece: length of the smaller ones, milliseconds.
    """
    count = length // piece
    points = np.stack([candles.open, candles.low, candles.high, candles.close], axis=1)
    points = points[:, : len(offsets)]
    places = np.array(offsets) // piece
    numbers = np.arange(count)
    reached = np.searchsorted(places, numbers, "right") - 1  # the last point in or before a piece
    close = points[:, reached]
    open_, high, low = close.copy(), close.copy(), close.copy()
    for place in np.unique(places):
        inside = points[:, places == place]
        open_[:, place] = inside[:, 0]
        high[:, place], low[:, place] = inside.max(axis=1), inside.min(axis=1)
    sums = {}
    for name in _SUMS:
        spread = np.zeros((len(candles), count), np.int64)
        for point, place in enumerate(places):
            spread[:, place] += shares(getattr(candles, name))[:, point]
        sums[name] = spread.ravel()
    times = (candles.open_time[:, None] + numbers * piece).ravel()
    return Columns(times, open_.ravel(), high.ravel(), low.ravel(), close.ravel(), **sums)
