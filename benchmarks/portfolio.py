"""50 symbols with one wallet, a year of 5-minute candles each (5,256,000), volatile, every 15m."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import Figure
from benchmarks.backtest import year
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.cores import Cores, core_count
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.together import Together, run_together
from tradefleet.application.backtest.wallet_report import wallet_metrics
from tradefleet.application.backtest.yardsticks import chance_together
from tradefleet.domain.recording import Recording
from tradefleet.strategies.volatile import Volatile

SYMBOLS = [f"COIN{number}USDT" for number in range(50)]
ROUNDS = 5
PLACES = 10


def measure() -> Iterator[Figure]:
    """Time it from the catalogue's files to the measures, on the clock: it uses all cores."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder))
        like = year("volatile", "15m")
        for seed, symbol in enumerate(SYMBOLS):
            candles = year("volatile", "15m", seed=seed).candles
            catalogue.add(Recording(symbol, "5m", candles), "made up")
        for places, goal in ((len(SYMBOLS), "<= 1 s"), (PLACES, "")):
            yield _whole(catalogue, like, places, goal)
        began = time.monotonic()
        setups = _load(catalogue, like)
        yield Figure("of it loading", f"{time.monotonic() - began:.2f} s")
        alone, together = (_play(setups, len(SYMBOLS), workers) for workers in (None, Cores()))
        yield Figure("of it playing", f"{together[0]:.2f} s; on one core {alone[0]:.2f} s")
        began = time.monotonic()
        chance_together(together[1], Cores())
        yield Figure("what chance can do, beside it", f"{time.monotonic() - began:.2f} s")


def _whole(catalogue: Catalogue, like: Setup, places: int, goal: str) -> Figure:
    rounds = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        _, found = _play(_load(catalogue, like), places, Cores())
        wallet_metrics(found)
        rounds.append(time.monotonic() - began)
    what = f"{places} places, {len(found.trades):,} trades, {core_count()} cores"
    return Figure(what, f"at best {min(rounds):.2f} s, at worst {max(rounds):.2f} s", goal)


def _load(catalogue: Catalogue, like: Setup) -> list[Setup]:
    setups = []
    for symbol in SYMBOLS:
        recording = catalogue.read(symbol, "5m")
        assert recording is not None
        settings = replace(like.settings, symbol=symbol)
        setups.append(replace(like, settings=settings, candles=recording.candles))
    return setups


def _play(setups: list[Setup], places: int, workers: Cores | None) -> tuple[float, Together]:
    began = time.monotonic()
    found = run_together(setups, [Volatile()] * len(setups), places, workers=workers)
    return time.monotonic() - began, found
