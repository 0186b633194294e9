"""Candles of the catalogue: whatever part is asked for, it is the part of the whole."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.markets import random_market
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.bootstrap.recordings import Part, from_catalogue
from tradefleet.domain.candle import HOUR, INTERVALS, Candles
from tradefleet.domain.recording import Recording
from tradefleet.domain.resampling import resample

COUNT = 2_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Candles]:
    """Hours of a quarter of a year around New Year, with a hole of a month before it."""
    whole = random_market(5, COUNT, "1h")
    hour = np.arange(COUNT) + int(np.datetime64("2023-11-13", "h").astype(np.int64))
    times = hour * HOUR
    there = (hour % 97 > 3) & ((times < 1_701_600_000_000) | (times > 1_703_800_000_000))
    candles = Candles.from_arrays(
        HOUR, times[there], *(getattr(whole, name)[there] for name in
        ("open", "high", "low", "close", "volume")),
    )  # fmt: skip
    home = tmp_path_factory.mktemp("home")
    Catalogue(home / "candles").add(Recording("BTCUSDT", "1h", candles), "test")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TRADEFLEET_HOME", str(home))
        yield candles


@given(
    start=st.none() | st.integers(0, COUNT),
    length=st.none() | st.integers(1, COUNT),
    before=st.integers(0, 300),
    interval=st.sampled_from(["1h", "4h", "1d", "1w"]),
)
def test_a_part_has_the_candles_asked_for_and_those_before_it(
    kept: Candles, start: int | None, length: int | None, before: int, interval: str
):
    whole = kept if interval == "1h" else resample(kept, INTERVALS[interval])
    begin = None if start is None else int(kept.open_time[0]) + start * HOUR
    end = None if begin is None or length is None else begin + length * HOUR
    times = whole.open_time[whole.open_time < end] if end else whole.open_time
    expected = times[max(0, int(np.searchsorted(times, begin or 0)) - before) :]
    if not len(expected):
        return

    found, made_of = from_catalogue("BTCUSDT", interval, Part(begin, end, before))

    assert made_of == ("" if interval == "1h" else "1h")
    got = found.candles.open_time
    if end:
        got = got[got < end]
    assert np.array_equal(got[-len(expected) :], expected)
