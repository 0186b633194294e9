"""Indicators: functions over arrays, oldest value first. The only place that knows TA-Lib.

Each returns arrays as long as its input, NaN until it has seen enough. Looking back is all they
do: cutting the future off changes no value. Indicators with a memory (Wilder's and exponential
averages) forget the start of the array slowly; `settled_wilder` and `settled_ema` say how many
candles it takes until where the array began no longer shows (less than 1e-9 of the value).

Windowed ones are computed afresh in every window, never by a running sum: a running sum
remembers its rounding errors, so that the same candles would give other values in a longer array.
Only those for backtests (`quick_sma`, `quick_volatility`, `beyond_bands`) do keep one, because it
is quicker, and say how far it may lead them astray.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import talib

from tradefleet.domain.remembered import remembered
from tradefleet.domain.signals import Places, Truths, picked

Floats = npt.NDArray[np.float64]

ROUNDING = float(np.finfo(np.float64).eps) / 2  # part of a sum that an addition may be off by


def settled_ema(length: int) -> int:
    """Return the candles after which an exponential average of `length` has forgotten its start."""
    return 20 * length


def settled_wilder(length: int) -> int:
    """Return the candles after which Wilder's average of `length` has forgotten its start."""
    return 35 * length


class Macd(NamedTuple):
    """Line (fast minus slow average), signal (average of the line) and their difference."""

    line: Floats
    signal: Floats
    histogram: Floats


class Bands(NamedTuple):
    """An upper, middle and lower price."""

    upper: Floats
    middle: Floats
    lower: Floats


class Stochastic(NamedTuple):
    """The smoothed place in the range, and its average; both 0 to 100."""

    k: Floats
    d: Floats


def sma(values: Floats, length: int) -> Floats:
    """Simple moving average, in the unit of the values. Warm-up: `length`."""
    return _aligned(_means(_windows(values, length)), len(values))


def ema(values: Floats, length: int) -> Floats:
    """Exponential moving average, weight 2 / (length + 1), begun with a simple average.

    In the unit of the values. First value after `length`, settled after `settled_ema(length)`.
    """
    return talib.EMA(values, timeperiod=length)


@remembered
def rsi(close: Floats, length: int = 14) -> Floats:
    """Relative strength index: share of rises in all movement, 0 to 100 (Wilder 1978).

    First value after `length + 1`, settled after `settled_wilder(length)`. A market that has not
    moved for `length` candles is at 50, whatever came before: it tells nothing.
    """
    strength = talib.RSI(close, timeperiod=length)
    strength[_still(close, length)] = 50.0
    return strength


def _still(values: Floats, length: int) -> Places:
    """Return the places at the end of `length` candles in a row that changed nothing."""
    same = np.flatnonzero(values[1:] == values[:-1])
    last, first = same[length - 1 :], same[: max(len(same) - length + 1, 0)]
    ends: Places = last[last - first == length - 1] + 1
    return ends


@remembered
def macd(close: Floats, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """Moving average convergence divergence (Appel), in price units.

    The fast average begins with the slow one, as TA-Lib does it. First value after
    `slow + signal - 1`, settled after `settled_ema(slow) + signal`.
    """
    return Macd(*talib.MACD(close, fastperiod=fast, slowperiod=slow, signalperiod=signal))


def bollinger(close: Floats, length: int = 20, width: float = 2.0) -> Bands:
    """Bollinger bands: average plus and minus `width` standard deviations (of a population).

    In price units. Warm-up: `length`. In a flat market the three lie on the price.
    """
    windows = _windows(close, length)
    means = _means(windows)
    away = width * _deviations(windows, means)
    return Bands(*(_aligned(band, len(close)) for band in (means + away, means, means - away)))


@remembered
def quick_sma(values: Floats, length: int) -> Floats:
    """`sma` by a running sum: quicker over a long array, and other in the last digits."""
    return talib.SMA(values, timeperiod=length)


@remembered
def quick_volatility(close: Floats, length: int) -> Floats:
    """`volatility` by running sums; other by 1e-9 at most, where nothing moves."""
    changes = np.diff(np.log(close), prepend=np.log(close[0]))
    return _deviation(talib.VAR(changes, timeperiod=length))


def beyond_bands(
    close: Floats, at: Places, length: int = 20, width: float = 2.0
) -> tuple[Floats, Truths]:
    """Return how far closes lie outside of their `bollinger` bands, and which lie below them.

    In price units, negative inside; minus infinity where a window stands still, whose bands have no
    outside. Running sums tell it for most; where they may be wrong about the side, and so near to
    a band, it comes from the window itself.

    Args:
        close: all closes.
        at: candles to look at, ascending, at least one.
        length: candles of a window.
        width: standard deviations from its average to a band.
    """
    away, deviation, unsure = _running_spread(close, at, length)
    beyond: Floats = np.abs(away) - width * deviation
    falls = away < 0
    near = np.flatnonzero(np.abs(beyond) <= (width + 1) * unsure)
    if len(near):
        windows = _windows(close, length)[at[near] - length + 1]
        means = _means(windows)
        away, deviation = windows[:, -1] - means, _deviations(windows, means)
        beyond[near] = np.where(deviation == 0, -np.inf, np.abs(away) - width * deviation)
        falls[near] = away < 0
    return beyond, falls


@remembered
def _running_spread(close: Floats, at: Places, length: int) -> tuple[Floats, Floats, float]:
    """Return how far closes lie from the averages of their windows, and the standard deviations.

    By running sums, and by how much either may be off at most: each candle adds and takes off a
    value and its square, and each time the sum is rounded.
    """
    first = int(at[0]) - length + 1
    moves = close[first : int(at[-1]) + 1] - close[first]
    places = at - first
    away = picked(moves, places) - picked(talib.SMA(moves, timeperiod=length), places)
    variance = picked(talib.VAR(moves, timeperiod=length), places)
    largest = max(float(moves.max()), -float(moves.min()))
    return away, _deviation(variance), math.sqrt(6 * len(moves) * ROUNDING) * largest


def _deviation(variance: Floats) -> Floats:
    """Return the root of a variance that rounding may have made negative."""
    deviation: Floats = np.sqrt(np.abs(variance))
    return deviation


def atr(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Average true range: a typical candle's move, gaps included, in price units (Wilder 1978).

    First value after `length + 1`, settled after `settled_wilder(length)`; 0 in a flat market.
    """
    return talib.ATR(high, low, close, timeperiod=length)


@remembered
def adx(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Average directional index: strength of a trend either way, 0 to 100 (Wilder 1978).

    First value after `2 * length`, settled after `settled_wilder(length)`. A market that has not
    moved for `length` candles is at 0, whatever came before.
    """
    strength = talib.ADX(high, low, close, timeperiod=length)
    top, bottom = talib.MAX(high, timeperiod=length + 1), talib.MIN(low, timeperiod=length + 1)
    still = (top == bottom) & ~np.isnan(strength)
    return np.where(still, 0.0, strength)


def stochastic(
    high: Floats, low: Floats, close: Floats, length: int = 14, smooth: int = 3
) -> Stochastic:
    """Slow stochastic (Lane): where the close lies between lowest low and highest high.

    0 to 100. Warm-up: `length + 2 * (smooth - 1)`. Without a range it is in the middle, at 50.
    """
    lowest = talib.MIN(low, timeperiod=length)
    span = talib.MAX(high, timeperiod=length) - lowest
    place = np.divide(100 * (close - lowest), span, out=np.full_like(close, 50.0), where=span != 0)
    place[np.isnan(span)] = np.nan
    k = sma(place, smooth)
    return Stochastic(k, sma(k, smooth))


def obv(close: Floats, volume: Floats) -> Floats:
    """On-balance volume: volume added on rises, taken off on falls, in base (Granville).

    Begins with the first volume, so only differences mean anything. Warm-up: 1.
    """
    return talib.OBV(close, volume)


@remembered
def mfi(high: Floats, low: Floats, close: Floats, volume: Floats, length: int = 14) -> Floats:
    """Money flow index: share of turnover in rising candles, 0 to 100 (Quong and Soudack).

    Warm-up: `length + 1`. Without turnover, or in a flat market, it is at 50. Our own arithmetic:
    TA-Lib calls any flow below 1 nothing, wrong for coins that cost a ten-thousandth.
    """
    typical = (high + low + close) / 3
    rises = typical[1:] > typical[:-1]
    flow = np.where(typical[1:] == typical[:-1], 0.0, typical[1:] * volume[1:])
    rising, moving = (_sums(_windows(part, length)) for part in (flow * rises, flow))
    share = np.divide(100 * rising, moving, out=np.full_like(moving, 50.0), where=moving != 0)
    return _aligned(share, len(close))


def volatility(close: Floats, length: int = 20) -> Floats:
    """Standard deviation (of a population) of the logarithmic changes, per candle, as a fraction.

    0.01 = a typical candle moves 1 %. Warm-up: `length + 1`; 0 in a flat market.
    """
    logarithms = np.log(close)
    windows = _windows(logarithms[1:] - logarithms[:-1], length)
    return _aligned(_deviations(windows, _means(windows)), len(close))


def volatility_at(close: Floats, at: Places, length: int = 20) -> Floats:
    """`volatility` at some candles alone, each from its own window."""
    logarithms = np.log(_windows(close, length + 1)[at - length])
    changes = logarithms[:, 1:] - logarithms[:, :-1]
    return _deviations(changes, _means(changes))


@remembered
def donchian(high: Floats, low: Floats, length: int = 20) -> Bands:
    """Donchian channel: highest high and lowest low of `length` candles, the newest included.

    In price units. Warm-up: `length`.
    """
    upper, lower = talib.MAX(high, timeperiod=length), talib.MIN(low, timeperiod=length)
    return Bands(upper, (upper + lower) / 2, lower)


def _windows(values: Floats, length: int) -> Floats:
    """Return every window of `length` as a row of a view; numpy's own takes 20 times as long."""
    values = np.ascontiguousarray(values)
    shape = (max(len(values) - length + 1, 0), length)
    return np.ndarray(shape, np.float64, values if shape[0] else np.empty(0), 0, (8, 8))


def _sums(windows: Floats) -> Floats:
    sums: Floats = np.add.reduce(windows, axis=-1)
    return sums


def _means(windows: Floats) -> Floats:
    """Return the average of each window; where nothing moves it is the price to the last bit."""
    first = windows[:, :1]
    means: Floats = first[:, 0] + _sums(windows - first) / windows.shape[-1]
    return means


def _deviations(windows: Floats, means: Floats) -> Floats:
    """Return the standard deviation of each window, as of a whole population."""
    away = windows - means[:, None]
    spread: Floats = np.sqrt(_sums(away * away) / windows.shape[-1])
    return spread


def _aligned(found: Floats, count: int) -> Floats:
    """Return an array of `count` values: NaN, then what was found."""
    out = np.full(count, np.nan)
    if len(found):
        out[count - len(found) :] = found
    return out
