"""Indicators: functions over arrays, oldest value first. The only place that knows TA-Lib.

Each returns arrays as long as its input, NaN until it has seen enough. Looking back is all they
do: cutting the future off changes no value. Indicators with a memory (Wilder's and exponential
averages) forget the start of the array slowly; `settled_wilder` and `settled_ema` say how many
candles it takes until where the array began no longer shows (less than 1e-9 of the value).

Windowed ones are computed afresh in every window, never by a running sum: a running sum
remembers its rounding errors, so that the same candles would give other values in a longer array.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import talib

from tradefleet.domain.remembered import remembered

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

MOST_RUNS = 20  # of places that are evenly spaced; with more, one gather of all is quicker


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
    base = values[0]
    sums = np.concatenate(([0.0], np.cumsum(values - base)))
    return _aligned((sums[length:] - sums[:-length]) / length + base, len(values))


@remembered
def quick_volatility(close: Floats, length: int) -> Floats:
    """`volatility` by running sums; other by 1e-9 at most, where nothing moves."""
    changes = np.diff(np.log(close), prepend=np.log(close[0]))
    mean = quick_sma(changes, length)
    variance = quick_sma(changes * changes, length) - mean * mean
    deviation: Floats = np.sqrt(np.maximum(variance, 0.0))
    return deviation


def bollinger_at(
    close: Floats, at: Places, length: int = 20, width: float = 2.0
) -> tuple[Bands, Floats]:
    """Bollinger bands at some candles alone, and where each window moved at all (0 = it did not).

    Differs from `bollinger` in the last digits of the bands: its sums go another way.
    """
    mean, deviation, moves = _spread_at(close, at, length)
    away = width * deviation
    return Bands(mean + away, mean, mean - away), moves


@remembered
def _spread_at(close: Floats, at: Places, length: int) -> tuple[Floats, Floats, Floats]:
    """Return average, standard deviation and sum of squared moves of the windows that end there."""
    mean, deviation, moves = np.empty(len(at)), np.empty(len(at)), np.empty(len(at))
    if len(at) and at[-1] - at[0] == len(at) - 1:  # neighbours, whose windows overlap
        mean, moves = _merged(close[at[0] - length + 1 : at[-1] + 1], length)
        return mean, np.sqrt(moves / length), moves
    for run, places in _runs(at):
        first = _lagged(close, places, length - 1)
        total, squares, away = (np.zeros(len(first)) for _ in range(3))
        for lag in range(length - 2, -1, -1):
            np.subtract(_lagged(close, places, lag), first, out=away)
            total += away
            away *= away
            squares += away
        total /= length
        mean[run], moves[run] = first + total, squares
        deviation[run] = np.sqrt(np.maximum(squares / length - total * total, 0.0))
    return mean, deviation, moves


def _merged(values: Floats, length: int) -> tuple[Floats, Floats]:
    """Return average and sum of squared moves of every window, from those of shorter ones.

    Windows of 1, 2, 4, 8 ... values, each made of two neighbours (Chan, Golub and LeVeque 1979); of
    them those are joined whose lengths make up `length`. Where nothing moves the sum is exactly 0.
    """
    part, size = (values, np.zeros(len(values))), 1
    whole, covered = part, 0
    while True:
        if length & size:
            whole = part if not covered else _joined(whole, covered, part, size)
            covered += size
        if covered == length:
            return whole
        part, size = _joined(part, size, part, size), 2 * size


def _joined(
    before: tuple[Floats, Floats], count: int, after: tuple[Floats, Floats], size: int
) -> tuple[Floats, Floats]:
    """Return average and sum of squared moves of windows each followed by the next ones."""
    windows = len(after[0]) - count
    mean, squares = before[0][:windows], before[1][:windows]
    away = after[0][count:] - mean
    joined = away * (size / (count + size))
    joined += mean
    away *= away
    away *= count * size / (count + size)
    away += squares
    away += after[1][count:]
    return joined, away


def _runs(at: Places) -> Iterator[tuple[slice, slice | Places]]:
    """Yield the stretches of `at` that are evenly spaced, each as a slice; all of it where many."""
    steps = np.diff(at)
    breaks = np.flatnonzero(steps != steps[0]) + 1 if len(steps) else np.array([], np.intp)
    if len(breaks) > MOST_RUNS:
        yield slice(0, len(at)), at
        return
    edges = [0, *breaks.tolist(), len(at)]
    for begin, end in zip(edges, edges[1:], strict=False):
        if begin < end:
            step = int(steps[begin]) if end - begin > 1 else 1
            yield slice(begin, end), slice(int(at[begin]), int(at[end - 1]) + 1, step)


def _lagged(values: Floats, places: slice | Places, lag: int) -> Floats:
    """Return the values `lag` places before each of some places."""
    if isinstance(places, slice):
        return values[places.start - lag : places.stop - lag : places.step]
    return values[places - lag]


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
