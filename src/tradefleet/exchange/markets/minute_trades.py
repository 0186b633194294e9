"""The candle of a minute and the single trades inside it, which make exactly that candle."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradefleet.domain.candle import MINUTE
from tradefleet.exchange.markets.coins import Coin
from tradefleet.exchange.markets.price_process import LOG_UNIT, Day, random_stream

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEWEST, _MOST = 30, 2_500
_BOUNCE = 0.09  # of half the candle: what a single trade deviates from the path


@dataclass(frozen=True, slots=True)
class Minutes:
    """Candles of minutes in a row, as columns.

    Attributes:
        open, high, low, close: ticks.
        volume: lots.
        count: trades.
        low_first: whether the low came before the high.
    """

    open: Integers
    high: Integers
    low: Integers
    close: Integers
    volume: Integers
    count: Integers
    low_first: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trades:
    """Single trades in time order, as columns.

    Attributes:
        offset: milliseconds since the minute began.
        maker: whether the buyer was the maker, the seller the taker.
    """

    offset: Integers
    ticks: Integers
    lots: Integers
    maker: npt.NDArray[np.bool_]


def minutes(coin: Coin, shape: Day, level: Integers | int) -> Minutes:
    """Return the candles of a day.

    Args:
        coin: which one.
        shape: of the day.
        level: logarithm of the price at the day's start, in units of 1e-12, one or one for each
            edge of a minute (they differ where somebody moved the price).
    """
    unit = 10.0**coin.price_decimals
    edges = np.exp((shape.path + shape.edge + level) * LOG_UNIT) * unit
    opened, closed = edges[:-1], edges[1:]
    # Where a random walk from open to close had its extremes (the reflection principle).
    swing = -2 * (shape.volatility * opened) ** 2
    body = (closed - opened) ** 2
    above = (np.sqrt(body + swing * np.log(shape.uniform[0])) + opened + closed) / 2
    below = (opened + closed - np.sqrt(body + swing * np.log(shape.uniform[1]))) / 2
    open_, close = _ticks(opened), _ticks(closed)
    count = np.clip(coin.trades * shape.activity**0.7, _FEWEST, _MOST).astype(np.int64)
    lots = coin.turnover * shape.activity / opened * unit * 10.0**coin.quantity_decimals
    rose_late = np.where(close >= open_, 0.72, 0.28)
    return Minutes(
        open=open_,
        high=np.maximum(_ticks(above), np.maximum(open_, close)),
        low=np.minimum(_ticks(below), np.minimum(open_, close)),
        close=close,
        volume=np.maximum(np.rint(lots).astype(np.int64), count),
        count=count,
        low_first=shape.uniform[2] < rose_late,
    )


def trades(key: tuple[int, ...], minute: Minutes) -> Trades:
    """Return the trades that make a minute (of one row), the same for the same key.

    The price walks from the open by way of both extremes to the close, with the noise of a
    random walk between; trades come in bursts and bounce between bid and ask.
    """
    random = random_stream(*key)
    count = int(minute.count[0])
    offset = _bursts(random, count)
    low, high = int(minute.low[0]), int(minute.high[0])
    turns = (low, high) if minute.low_first[0] else (high, low)
    first, second = _turning_points(random, count)
    fixed = np.array([0, first, second, count - 1])
    values = np.array([minute.open[0], *turns, minute.close[0]])
    path = _walk(random, offset, fixed, values.astype(np.float64), (high - low) / 2)
    ticks = np.rint(_fold(path, low, high)).astype(np.int64)
    ticks[fixed] = values
    return Trades(
        offset, ticks, _sizes(random, count, int(minute.volume[0])), _makers(random, ticks)
    )


def _turning_points(random: np.random.Generator, count: int) -> tuple[int, int]:
    """Two different places between the first and the last, rather at the ends than between."""
    share = np.sort(random.beta(0.7, 0.7, 2)) * (count - 3)
    return 1 + int(share[0]), min(2 + int(share[1]), count - 2)


def _bursts(random: np.random.Generator, count: int) -> Integers:
    """Milliseconds of trades: half of them close behind another one."""
    gaps = random.exponential(1.0, count + 1)
    gaps[random.random(count + 1) < 0.5] *= 0.03
    times = np.cumsum(gaps)
    return np.asarray(times[:-1] / times[-1] * MINUTE).astype(np.int64)


def _walk(
    random: np.random.Generator, offset: Integers, fixed: Integers, values: Floats, spread: float
) -> Floats:
    """A random walk that meets `values` at the places `fixed`."""
    steps = random.standard_normal(len(offset)) * np.sqrt(np.diff(offset, prepend=0) / MINUTE)
    walk = np.cumsum(steps) * spread
    walk += np.interp(offset, offset[fixed], values - walk[fixed])
    bounce = random.standard_normal(len(offset)) * spread * _BOUNCE
    return np.asarray(walk + bounce)


def _fold(path: Floats, low: int, high: int) -> Floats:
    """Reflect what leaves the candle back into it."""
    width = high - low
    if not width:
        return np.full(len(path), float(low))
    return np.asarray(low + width - np.abs((path - low) % (2 * width) - width))


def _sizes(random: np.random.Generator, count: int, volume: int) -> Integers:
    """Lots of each trade: many small, few large, `volume` together."""
    weights = np.exp(1.6 * random.standard_normal(count))
    lots = 1 + (weights / weights.sum() * (volume - count)).astype(np.int64)
    lots[int(weights.argmax())] += volume - int(lots.sum())
    return np.asarray(lots)


def _makers(random: np.random.Generator, ticks: Integers) -> npt.NDArray[np.bool_]:
    """A falling price was a seller's doing, a rising one a buyer's; else the last one's again."""
    change = np.diff(ticks, prepend=ticks[0])
    change[0] = 1 if random.random() < 0.5 else -1
    last_change = np.maximum.accumulate(np.where(change != 0, np.arange(len(change)), 0))
    return np.asarray(change[last_change] < 0)


def _ticks(prices: Floats) -> Integers:
    return np.maximum(np.rint(prices), 1).astype(np.int64)
