"""50 symbols with one wallet, a year of 5-minute candles each (5,256,000), volatile, every 15m."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

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
    """Time it from the catalogue's files to the trades, on the clock: it uses all cores."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder))
        like = year("volatile", "15m")
        for seed, symbol in enumerate(SYMBOLS):
            candles = year("volatile", "15m", seed=seed).candles
            catalogue.add(Recording(symbol, "5m", candles), "made up")
        for places, goal in ((len(SYMBOLS), "<= 1 s"), (PLACES, "")):
            setups = _load(catalogue, like)
            trades = len(_play(setups, places, Cores()).trades)
            what = f"{places} places, {trades:,} trades, {core_count()} cores, files read"
            yield Figure(what, _seconds(lambda n=places: _whole(catalogue, like, n)), goal)
        yield Figure("of it reading the files", _seconds(lambda: _load(catalogue, like)))
        yield Figure("of it playing", _seconds(lambda: _play(setups, len(SYMBOLS), Cores())))
        yield Figure("playing on one core", _seconds(lambda: _play(setups, len(SYMBOLS), None)))
        results = _play(setups, len(SYMBOLS), Cores()).results
        yield Figure(
            "all measures", _seconds(lambda: wallet_metrics(Together(results, len(SYMBOLS))))
        )
        yield Figure(
            "what chance can do",
            _seconds(lambda: chance_together(Together(results, len(SYMBOLS)), Cores())),
        )


def _seconds(call: Callable[[], object]) -> str:
    rounds = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        call()
        rounds.append(time.monotonic() - began)
    return f"{median(rounds):.2f} s, at best {min(rounds):.2f} s"


def _whole(catalogue: Catalogue, like: Setup, places: int) -> Together:
    return _play(_load(catalogue, like), places, Cores())


def _load(catalogue: Catalogue, like: Setup) -> list[Setup]:
    setups = []
    for symbol in SYMBOLS:
        recording = catalogue.read(symbol, "5m")
        assert recording is not None
        settings = replace(like.settings, symbol=symbol)
        setups.append(replace(like, settings=settings, candles=recording.candles))
    return setups


def _play(setups: list[Setup], places: int, workers: Cores | None) -> Together:
    return run_together(setups, [Volatile()] * len(setups), places, workers=workers)
