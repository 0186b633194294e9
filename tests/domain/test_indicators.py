"""Indicators equal a naive reading of their definition, and never look ahead."""

from collections.abc import Callable
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.markets import random_market
from tradefleet.domain import indicators
from tradefleet.domain.candle import Candles
from tradefleet.domain.indicators import Floats

Many = dict[str, Floats]
Reading = Callable[[Candles], Many]

READINGS: dict[str, Reading] = {
    "sma": lambda c: {"": indicators.sma(c.close, 10)},
    "ema": lambda c: {"": indicators.ema(c.close, 10)},
    "rsi": lambda c: {"": indicators.rsi(c.close, 7)},
    "macd": lambda c: indicators.macd(c.close, 6, 13, 5)._asdict(),
    "bollinger": lambda c: indicators.bollinger(c.close, 10)._asdict(),
    "atr": lambda c: {"": indicators.atr(c.high, c.low, c.close, 7)},
    "adx": lambda c: {"": indicators.adx(c.high, c.low, c.close, 7)},
    "stochastic": lambda c: indicators.stochastic(c.high, c.low, c.close, 7)._asdict(),
    "obv": lambda c: {"": indicators.obv(c.close, c.volume)},
    "mfi": lambda c: {"": indicators.mfi(c.high, c.low, c.close, c.volume, 7)},
    "volatility": lambda c: {"": indicators.volatility(c.close, 10)},
    "donchian": lambda c: indicators.donchian(c.high, c.low, 10)._asdict(),
}
FORGETFUL = [name for name in READINGS if name != "obv"]

steps = st.lists(st.integers(-5, 5), min_size=40, max_size=80)


def market(moves: list[int], tick: float = 0.01) -> Candles:
    """Candles that move by whole ticks, flat stretches included."""
    close = np.maximum(1_000 + np.cumsum(np.array(moves, dtype=float)), 1) * tick
    high, low = close + np.abs(moves) * tick / 2, close - tick * 0.4
    count = len(moves)
    times = np.arange(count, dtype=np.int64) * 60_000
    return Candles.from_arrays(60_000, times, close, high, low, close, np.full(count, 2.0))


def assert_same(found: Floats, expected: list[float], tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-9)


def windows(values: Floats, length: int, reduce: Callable[[list[float]], float]) -> list[float]:
    listed = values.tolist()
    return [
        reduce(listed[end - length : end]) if end >= length else np.nan
        for end in range(1, len(listed) + 1)
    ]


def wilder(values: list[float], length: int) -> list[float]:
    """Wilder's average, begun with a simple one."""
    average = fmean(values[:length])
    found = [np.nan] * (length - 1) + [average]
    for value in values[length:]:
        average = (average * (length - 1) + value) / length
        found.append(average)
    return found


def exponential(values: list[float], length: int) -> list[float]:
    average = fmean(values[:length])
    found = [np.nan] * (length - 1) + [average]
    for value in values[length:]:
        average += (value - average) * 2 / (length + 1)
        found.append(average)
    return found


@given(steps)
def test_averages_and_bands(moves: list[int]) -> None:
    close = market(moves).close
    mean, spread = windows(close, 10, fmean), windows(close, 10, pstdev)
    bands = indicators.bollinger(close, 10, 1.5)

    assert_same(indicators.sma(close, 10), mean)
    assert_same(indicators.ema(close, 10), exponential(close.tolist(), 10))
    assert_same(bands.upper, [m + 1.5 * s for m, s in zip(mean, spread, strict=True)], 1e-8)
    assert_same(bands.lower, [m - 1.5 * s for m, s in zip(mean, spread, strict=True)], 1e-8)


@given(steps)
def test_rsi(moves: list[int]) -> None:
    close = market(moves).close
    change = np.diff(close)
    gains, losses = (wilder(np.maximum(side, 0).tolist(), 7) for side in (change, -change))
    found = indicators.rsi(close, 7)

    assert np.isnan(found[:7]).all()
    for index in range(7, len(close)):
        gain, loss = gains[index - 1], losses[index - 1]
        still = not change[index - 7 : index].any()
        expected = 50.0 if still else 100 * gain / (gain + loss)
        assert found[index] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(steps)
def test_macd(moves: list[int]) -> None:
    close = market(moves).close.tolist()
    slow, fast = exponential(close, 13), [np.nan] * 7 + exponential(close[7:], 6)
    line = [f - s for f, s in zip(fast, slow, strict=True)][12:]
    signal = exponential(line, 5)
    found = indicators.macd(np.array(close), 6, 13, 5)

    assert np.isnan(found.line[:16]).all()
    assert_same(found.line[16:], line[4:])
    assert_same(found.signal[16:], signal[4:])
    assert_same(found.histogram, (found.line - found.signal).tolist())


@given(steps)
def test_atr(moves: list[int]) -> None:
    candles = market(moves)
    high, low, close = candles.high, candles.low, candles.close
    ranges = [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        for i in range(1, len(close))
    ]

    assert_same(indicators.atr(high, low, close, 7), [np.nan, *wilder(ranges, 7)])


def test_adx_tells_a_trend_from_a_swing() -> None:
    rise, swing = market([3] * 80), market([3, -3] * 40)

    assert indicators.adx(rise.high, rise.low, rise.close, 7)[-1] > 90
    assert indicators.adx(swing.high, swing.low, swing.close, 7)[-1] < 20


def test_adx_by_wilders_own_arithmetic() -> None:
    candles = random_market(count=400)
    high, low, close = candles.high, candles.low, candles.close
    up, down = np.diff(high), -np.diff(low)
    rising = np.where((up > down) & (up > 0), up, 0.0)
    falling = np.where((down > up) & (down > 0), down, 0.0)
    true_range = np.maximum(high[1:], close[:-1]) - np.minimum(low[1:], close[:-1])
    plus, minus, ranges = (np.array(wilder(x.tolist(), 7)) for x in (rising, falling, true_range))
    spread = 100 * np.abs(plus - minus)[6:] / (plus + minus)[6:]
    assert ranges[6:].all()

    found = indicators.adx(high, low, close, 7)

    assert found[-1] == pytest.approx(wilder(spread.tolist(), 7)[-1], rel=1e-9)


@given(steps)
def test_stochastic_and_donchian(moves: list[int]) -> None:
    candles = market(moves)
    channel = indicators.donchian(candles.high, candles.low, 7)
    assert_same(channel.upper, windows(candles.high, 7, max))
    assert_same(channel.lower, windows(candles.low, 7, min))
    place = 100 * (candles.close - channel.lower) / (channel.upper - channel.lower)

    found = indicators.stochastic(candles.high, candles.low, candles.close, 7, 3)

    assert_same(found.k[8:], windows(place[6:], 3, fmean)[2:], 1e-8)
    assert_same(found.d[10:], windows(found.k[8:], 3, fmean)[2:], 1e-8)


@given(steps, st.sampled_from([0.01, 1e-8]))
def test_mfi_at_any_price(moves: list[int], tick: float) -> None:
    candles = market(moves, tick)
    typical = (candles.high + candles.low + candles.close) / 3
    found = indicators.mfi(candles.high, candles.low, candles.close, candles.volume, 7)

    assert np.isnan(found[:7]).all()
    for end in range(7, len(moves)):
        flows = [
            (typical[i] * 2.0, np.sign(typical[i] - typical[i - 1]))
            for i in range(end - 6, end + 1)
        ]
        moving = sum(flow for flow, way in flows if way)
        rising = sum(flow for flow, way in flows if way > 0)
        expected = 100 * rising / moving if moving else 50.0
        assert found[end] == pytest.approx(expected, rel=1e-9)


@given(steps)
def test_obv_and_volatility(moves: list[int]) -> None:
    candles = market(moves)
    change = np.diff(candles.close)
    balance = np.concatenate(([0.0], np.cumsum(np.sign(change) * 2.0)))
    logarithmic = np.diff(np.log(candles.close))

    assert_same(np.diff(indicators.obv(candles.close, candles.volume)), np.diff(balance).tolist())
    assert_same(
        indicators.volatility(candles.close, 10)[1:], windows(logarithmic, 10, pstdev), 1e-7
    )


def test_in_a_flat_market_nothing_is_told() -> None:
    flat = market([0] * 60)
    high = low = close = flat.close

    assert indicators.rsi(close)[-1] == 50
    assert indicators.mfi(high, low, close, flat.volume)[-1] == 50
    assert indicators.stochastic(high, low, close).k[-1] == 50
    assert indicators.atr(high, low, close)[-1] == 0
    assert indicators.adx(high, low, close)[-1] == 0
    assert indicators.volatility(close)[-1] == 0
    assert [band[-1] for band in indicators.bollinger(close)] == [close[-1]] * 3


@pytest.mark.parametrize("name", READINGS)
def test_too_little_gives_only_nan(name: str) -> None:
    for count in (0, 1, 5):
        for values in READINGS[name](market([1] * count)).values():
            assert len(values) == count
            assert name == "obv" or np.isnan(values).all()


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 200))
@pytest.mark.parametrize("name", READINGS)
def test_cutting_the_future_off_changes_nothing(name: str, seed: int, cut: int) -> None:
    whole = random_market(seed, 200)
    past = READINGS[name](whole.between(0, cut))

    for part, values in READINGS[name](whole).items():
        np.testing.assert_array_equal(values[:cut], past[part])


@pytest.mark.parametrize("name", FORGETFUL)
def test_where_the_array_began_does_not_show_once_settled(name: str) -> None:
    settled = {"macd": indicators.settled_ema(13) + 5, "ema": indicators.settled_ema(10)}
    length = settled.get(name, indicators.settled_wilder(7))
    violent = np.where(np.arange(1_000) < 300, 30.0, 1.0)  # the forgotten part moved most
    candles = random_market(3, 1_000)
    close = candles.close[0] * np.exp(
        np.cumsum(np.diff(np.log(candles.close), prepend=10.3) * violent * 0.1)
    )
    whole = Candles.from_arrays(
        60_000, candles.open_time, close, close * 1.001, close * 0.999, close, candles.volume
    )
    for end in range(400, 1_000, 7):
        late, early = (
            READINGS[name](whole.between(start, end)) for start in (end - length, max(0, end - 900))
        )
        for part, values in early.items():
            assert late[part][-1] == pytest.approx(values[-1], rel=1e-9), (part, end)


def wild_market() -> Floats:
    """Closes that move, crash to a millionth, move on, fall asleep and wake."""
    close = random_market(6, 900).close.copy()
    close[250:] /= 1_000_000
    close[400:720] = close[400]
    close[600] *= 1 + 1e-9
    return close


@pytest.mark.parametrize("apart", [1, 3])
@pytest.mark.parametrize("length", [5, 20, 33, 200])
def test_on_which_side_of_its_bands_a_close_lies(length: int, apart: int):
    close = wild_market()
    at = np.arange(length - 1, len(close), apart)
    upper, _, lower = (band[at] for band in indicators.bollinger(close, length, 1.5))

    beyond, falls = indicators.beyond_bands(close, at, length, 1.5)

    np.testing.assert_array_equal((beyond > 0) & falls, close[at] < lower)
    np.testing.assert_array_equal((beyond > 0) & ~falls, close[at] > upper)
    still = [np.ptp(close[end - length + 1 : end + 1]) == 0 for end in at]
    np.testing.assert_array_equal(np.isneginf(beyond), still)
    before = ~np.isneginf(beyond) & (at < 250)
    wanted = np.maximum(close[at] - upper, lower - close[at])[before]
    np.testing.assert_allclose(beyond[before], wanted, rtol=0, atol=1e-4)


def test_near_a_band_the_distance_is_that_of_the_window_itself():
    close = wild_market()
    at = np.arange(19, len(close))
    for place in (230, 300, 380):
        middle, upper = (band[place] for band in indicators.bollinger(close, 20, 1.0)[1::-1])
        width = abs(close[place] - middle) / (upper - middle)  # the close on its band

        beyond, _ = indicators.beyond_bands(close, at, 20, width)

        assert abs(beyond[place - 19]) < 1e-14 * close[place]


def test_the_quick_ones_differ_in_the_last_digits():
    close = random_market(6, 3_000).close
    at = np.arange(120, 3_000, 7)
    exact = indicators.volatility(close, 120)

    np.testing.assert_allclose(
        indicators.quick_sma(close, 120), indicators.sma(close, 120), rtol=1e-13
    )
    np.testing.assert_allclose(
        indicators.quick_volatility(close, 120)[120:], exact[120:], rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(indicators.volatility_at(close, at, 120), exact[at], rtol=1e-13)
