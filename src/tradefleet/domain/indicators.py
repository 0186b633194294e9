"""Indicators: functions over arrays, oldest value first. The only place that knows TA-Lib.

Each returns arrays as long as its input, NaN until it has seen enough. Looking back is all they
do: cutting the future off changes no value. Indicators with a memory (Wilder's and exponential
averages) forget the start of the array slowly; `settled_wilder` and `settled_ema` say how many
candles it takes until where the array began no longer shows (less than 1e-9 of the value).

Windowed ones are computed afresh in every window, never by a running sum: a running sum
remembers its rounding errors, so that the same candles would give other values in a longer array.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import talib
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float64]


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
    return _over_windows(values, length, np.mean)


def ema(values: Floats, length: int) -> Floats:
    """Exponential moving average, weight 2 / (length + 1), begun with a simple average.

    In the unit of the values. First value after `length`, settled after `settled_ema(length)`.
    """
    return talib.EMA(values, timeperiod=length)


def rsi(close: Floats, length: int = 14) -> Floats:
    """Relative strength index: share of rises in all movement, 0 to 100 (Wilder 1978).

    First value after `length + 1`, settled after `settled_wilder(length)`. A market that has not
    moved for `length` candles is at 50, whatever came before: it tells nothing.
    """
    strength = talib.RSI(close, timeperiod=length)
    still = talib.MAX(close, timeperiod=length + 1) == talib.MIN(close, timeperiod=length + 1)
    return np.where(still, 50.0, strength)


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
    middle = sma(close, length)
    away = width * _over_windows(close, length, np.std)
    return Bands(middle + away, middle, middle - away)


def atr(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Average true range: a typical candle's move, gaps included, in price units (Wilder 1978).

    First value after `length + 1`, settled after `settled_wilder(length)`; 0 in a flat market.
    """
    return talib.ATR(high, low, close, timeperiod=length)


def adx(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Average directional index: strength of a trend either way, 0 to 100 (Wilder 1978).

    First value after `2 * length`, settled after `settled_wilder(length)`, being averaged twice a
    little later than the others. A market that never moved is at 0.
    """
    return talib.ADX(high, low, close, timeperiod=length)


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


def mfi(high: Floats, low: Floats, close: Floats, volume: Floats, length: int = 14) -> Floats:
    """Money flow index: share of turnover in rising candles, 0 to 100 (Quong and Soudack).

    Warm-up: `length + 1`. Without turnover, or in a flat market, it is at 50. Our own arithmetic:
    TA-Lib calls any flow below 1 nothing, wrong for coins that cost a ten-thousandth.
    """
    typical = (high + low + close) / 3
    change = np.sign(np.diff(typical, prepend=np.nan))
    flow = typical * volume
    rising = _over_windows(
        np.where(change > 0, flow, np.where(np.isnan(change), change, 0)), length
    )
    moving = _over_windows(flow * np.abs(change), length)
    share = np.divide(100 * rising, moving, out=np.full_like(close, 50.0), where=moving != 0)
    share[np.isnan(moving)] = np.nan
    return share


def volatility(close: Floats, length: int = 20) -> Floats:
    """Standard deviation (of a population) of the logarithmic changes, per candle, as a fraction.

    0.01 = a typical candle moves 1 %. Warm-up: `length + 1`; 0 in a flat market.
    """
    return _over_windows(np.diff(np.log(close), prepend=np.nan), length, np.std)


def donchian(high: Floats, low: Floats, length: int = 20) -> Bands:
    """Donchian channel: highest high and lowest low of `length` candles, the newest included.

    In price units. Warm-up: `length`.
    """
    upper, lower = talib.MAX(high, timeperiod=length), talib.MIN(low, timeperiod=length)
    return Bands(upper, (upper + lower) / 2, lower)


def _over_windows(
    values: Floats, length: int, reduce: Callable[..., npt.NDArray[np.float64]] = np.sum
) -> Floats:
    """Return `reduce` of each window of `length`, in the place of its newest value."""
    out = np.full(len(values), np.nan)
    if len(values) >= length:
        out[length - 1 :] = reduce(sliding_window_view(values, length), axis=-1)
    return out
