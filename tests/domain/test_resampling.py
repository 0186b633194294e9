"""Longer candles made of shorter ones."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.markets import random_market
from tests.skips import shared_data
from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.candle import DAY, INTERVALS, MINUTE, Candles
from tradefleet.domain.errors import InputError
from tradefleet.domain.resampling import can_be_made, resample

MONDAY = 1_700_438_400_000  # 2023-11-20
COLUMNS = ("open", "high", "low", "close", "volume")

prices = st.decimals(Decimal("0.00000001"), Decimal("99999.99999999"), places=8)
rows = st.tuples(prices, prices, prices, prices, prices)


def exact(candles: Candles) -> dict[int, list[Decimal]]:
    columns = [getattr(candles, name) for name in COLUMNS]
    return {
        int(at): [Decimal(repr(float(column[place]))) for column in columns]
        for place, at in enumerate(candles.open_time)
    }


def minutes(found: dict[int, tuple[Decimal, ...]]) -> Candles:
    numbers = sorted(found)
    times = np.array(numbers, np.int64) * MINUTE + MONDAY
    columns = [np.array([float(found[n][field]) for n in numbers]) for field in range(5)]
    return Candles.from_arrays(MINUTE, times, *columns)


def by_hand(found: dict[int, tuple[Decimal, ...]], parts: int) -> dict[int, list[Decimal]]:
    longer = {}
    for number in sorted({n // parts for n in found}):
        wanted = range(number * parts, (number + 1) * parts)
        if all(n in found for n in wanted):
            those = [found[n] for n in wanted]
            longer[number * parts * MINUTE + MONDAY] = [
                those[0][0],
                max(row[1] for row in those),
                min(row[2] for row in those),
                those[-1][3],
                sum(row[4] for row in those),
            ]
    return longer


@given(
    found=st.dictionaries(st.integers(0, 40), rows, min_size=1, max_size=41),
    interval=st.sampled_from(["3m", "5m", "15m"]),
)
def test_each_is_exact_and_none_is_made_of_a_part(found, interval):
    parts = INTERVALS[interval] // MINUTE

    made = resample(minutes(found), INTERVALS[interval])

    assert exact(made) == by_hand(found, parts)
    assert made.interval == INTERVALS[interval]


@given(seed=st.integers(0, 20), start=st.integers(0, 300))
def test_two_steps_make_what_one_does(seed, start):
    finer = random_market(seed, 2_000, "1m").between(start, 2_000)

    by_two = resample(resample(finer, 15 * MINUTE), 60 * MINUTE)

    assert exact(by_two) == exact(resample(finer, 60 * MINUTE))


def test_a_candle_that_has_not_closed_is_not_made():
    row = tuple(map(Decimal, "11111"))
    assert len(resample(minutes(dict.fromkeys(range(4), row)), 5 * MINUTE)) == 0
    assert len(resample(minutes(dict.fromkeys(range(5), row)), 5 * MINUTE)) == 1


def test_weeks_begin_on_monday():
    times = np.arange(14, dtype=np.int64) * DAY + MONDAY
    ones = np.ones(14)
    days = Candles.from_arrays(DAY, times, ones, ones, ones, ones, ones)

    assert resample(days, 7 * DAY).open_time.tolist() == [MONDAY, MONDAY + 7 * DAY]


@pytest.mark.parametrize("interval", ["1s", "1m", "3m", "5m", "3d"])
def test_what_cannot_be_made_is_refused(interval):
    of = random_market(1, 30, "3m")
    assert not can_be_made(INTERVALS[interval], of.interval)
    with pytest.raises(InputError, match="expected an interval that candles of 180 s divide"):
        resample(of, INTERVALS[interval])


def test_sums_of_many_digits_are_added_as_they_are():
    huge = np.full(5, 1e17 / 3)
    times = np.arange(5, dtype=np.int64) * MINUTE + MONDAY
    (total,) = resample(
        Candles.from_arrays(MINUTE, times, huge, huge, huge, huge, huge), 5 * MINUTE
    ).volume
    assert total == pytest.approx(5e17 / 3)


def test_recorded_minutes_make_whole_recorded_hours():
    data = shared_data() / "klines" / "1m"
    recorded = read_recording(data / "BTCUSDT-1m-20210426-20210520.parquet").candles
    hours = recorded.open_time // (60 * MINUTE)

    made = resample(recorded, 60 * MINUTE)

    counts = dict(zip(*np.unique(hours, return_counts=True), strict=True))
    assert len(made) == sum(count == 60 for count in counts.values())
    place = int(np.searchsorted(recorded.open_time, made.open_time[7]))
    assert made.open[7] == recorded.open[place]
    assert made.high[7] == recorded.high[place : place + 60].max()
    assert made.close[7] == recorded.close[place + 59]
