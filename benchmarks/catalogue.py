"""The catalogue of candles: one year of 5-minute candles (105,120), read by whoever plays them."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import Figure
from benchmarks.backtest import STEP, YEAR, year
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.domain.candle import DAY, HOUR, MINUTE, Candles
from tradefleet.domain.recording import Recording
from tradefleet.domain.resampling import resample

ROUNDS = 25
FIRST = 1_672_531_200_000  # 2023-01-01
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


def measure() -> Iterator[Figure]:
    """Time reading, resampling and adding; CPU time, so that other work does not count."""
    candles = _whole_year()
    recording = Recording("BTCUSDT", "5m", candles)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder))
        first = _cpu_ms(lambda: catalogue.add(recording, "first"), 1)

        def read() -> None:
            kept = catalogue.read("BTCUSDT", "5m", FIRST, FIRST + YEAR * STEP)
            for name in COLUMNS if kept else ():
                getattr(kept.candles, name).sum()  # every page is touched

        yield Figure("read, every figure touched", f"{_cpu_ms(read):.2f} ms", "<= 5 ms")
        catalogue.add(_days_before(candles), "before")
        across = _cpu_ms(lambda: catalogue.read("BTCUSDT", "5m", FIRST - DAY, FIRST + YEAR * STEP))
        yield Figure("read with a day of the year before it", f"{across:.2f} ms", "")
        again = _cpu_ms(lambda: catalogue.add(recording, "again"), 5)
    hours = _cpu_ms(lambda: resample(candles, HOUR))
    yield Figure("hours made of them", f"{hours:.2f} ms", "")
    quarters = _cpu_ms(lambda: resample(candles, 15 * MINUTE))
    yield Figure("quarters of an hour made of them", f"{quarters:.2f} ms", "")
    yield Figure("added to an empty catalogue", f"{first:.1f} ms", "")
    yield Figure("compared with what is there", f"{again:.1f} ms", "")


def _whole_year() -> Candles:
    """Return the benchmarks' year, as if it began with a year: it lies in one file then."""
    made = year("volatile", "15m").candles
    times = FIRST + np.arange(len(made), dtype=np.int64) * STEP
    return Candles.from_arrays(STEP, times, *(getattr(made, name) for name in COLUMNS[1:]))


def _days_before(candles: Candles) -> Recording:
    part = candles.between(0, 30 * DAY // STEP)
    columns = [getattr(part, name) for name in COLUMNS[1:]]
    times = part.open_time - 30 * DAY
    return Recording("BTCUSDT", "5m", Candles.from_arrays(STEP, times, *columns))


def _cpu_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(1_000 * (time.process_time() - begin))
    return median(times)
