"""The catalogue of candles: one year of 5-minute candles (105,120), read by whoever plays them."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks import Figure
from benchmarks.backtest import year
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.domain.candle import HOUR, MINUTE
from tradefleet.domain.recording import Recording
from tradefleet.domain.resampling import resample

ROUNDS = 25
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


def measure() -> Iterator[Figure]:
    """Time reading, resampling and adding; CPU time, so that other work does not count."""
    candles = year("volatile", "15m").candles
    recording = Recording("BTCUSDT", "5m", candles)
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder))
        first = _cpu_ms(lambda: catalogue.add(recording, "first"), 1)

        def read() -> None:
            kept = catalogue.read("BTCUSDT", "5m")
            for name in COLUMNS if kept else ():
                getattr(kept.candles, name).sum()  # every page is touched

        yield Figure("read, every figure touched", f"{_cpu_ms(read):.2f} ms", "<= 5 ms")
        again = _cpu_ms(lambda: catalogue.add(recording, "again"), 5)
    hours = _cpu_ms(lambda: resample(candles, HOUR))
    yield Figure("hours made of them", f"{hours:.2f} ms", "")
    quarters = _cpu_ms(lambda: resample(candles, 15 * MINUTE))
    yield Figure("quarters of an hour made of them", f"{quarters:.2f} ms", "")
    yield Figure("added to an empty catalogue", f"{first:.1f} ms", "")
    yield Figure("compared with what is there", f"{again:.1f} ms", "")


def _cpu_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(1_000 * (time.process_time() - begin))
    return median(times)
