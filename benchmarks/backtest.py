"""Backtests of one year of 5-minute candles (105,120), stop 2 %, target 5 %, fees 0.1 %."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median

import duckdb
import numpy as np

from benchmarks import Figure
from tradefleet.adapters.cores import keep_freed_memory
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue, UserStrategy
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.jumps import jump
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, MINUTE, Candles
from tradefleet.domain.strategy import Strategy
from tradefleet.strategies import BUILT_IN
from tradefleet.strategies.volatile import Volatile

STEP = 5 * MINUTE
YEAR = 365 * DAY // STEP
ROUNDS = 25
GOALS = {"volatile": "<= 10 ms"}
COLUMNS = ("open_time", "open", "high", "low", "close", "volume")


class Plain(Volatile):
    """The same rules, candle by candle: what a strategy of one's own with `decide` alone costs."""

    signals = Strategy.signals  # type: ignore[assignment]


MINE = """
from tradefleet.domain.strategy import Strategy
from tradefleet.strategies.volatile import Volatile


class Mine(Volatile):
    key = "mine"
    signals = Strategy.signals
"""


def measure() -> Iterator[Figure]:
    """Time the engines and the whole command; CPU time, so that other work does not count."""
    keep_freed_memory()  # as the processes do that play again and again
    for every in ("15m", "5m"):
        for key, strategy in BUILT_IN.items():
            if not strategy.needs_news:
                yield _quick(key, every)
    setup = year("volatile", "15m")
    begin = time.process_time()
    plain = play(setup, Plain())
    took = time.process_time() - begin
    quick = jump(setup, Volatile())
    if quick is None or quick.trades != plain.trades:
        sys.exit("the quick engine's trades are not those of the plain one")
    yield Figure("volatile, decide alone, every 15m", f"{took:.1f} s", "<= 10 s")
    yield from _in_a_file(setup, plain)
    yield from _command(setup.candles)


def _in_a_file(setup: Setup, plain: Result) -> Iterator[Figure]:
    """Time a strategy of the person's own, in its process without keys."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mine.py").write_text(MINE)
        decider = StrategyCatalogue({}, Path(folder)).decider("mine", {})
        assert isinstance(decider, UserStrategy)
        before, began = spent(), time.monotonic()
        found = play(setup, decider)
        wall = time.monotonic() - began
        decider.close()
        cpu = spent() - before
    if found.trades != plain.trades:
        sys.exit("the trades of the strategy in a file are not those of the same rules")
    yield Figure("the same in a file of one's own, CPU of both", f"{cpu:.1f} s")
    yield Figure("the same, on the clock of a busy machine", f"{wall:.1f} s", "<= 10 s")


def spent() -> float:
    """Return the CPU seconds of this process and of those that it started and that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def year(key: str, every: str, warmup: int = 0, *, seed: int = 1) -> Setup:
    """Return a year of a market whose volatility clusters, and the warm-up before it.

    Args:
        key: of the strategy.
        every: how often it is asked.
        warmup: candles it needs; 0 = what the strategy says.
        seed: of the market.
    """
    warmup = (warmup or BUILT_IN[key]().warmup) - 1
    rng = np.random.default_rng(seed)
    count = YEAR + warmup
    calm = np.clip(np.exp(0.3 * _wandering(rng.normal(0, 0.1, count))), 0.3, 4)
    close = np.round(30_000 * np.exp(np.cumsum(rng.normal(0, 1e-3, count) * calm)), 2)
    opened = np.concatenate(([30_000.0], close[:-1]))
    wick = np.abs(rng.normal(0, 4e-4, (2, count)))
    high = np.round(np.maximum(opened, close) * (1 + wick[0]), 2)
    low = np.round(np.minimum(opened, close) * (1 - wick[1]), 2)
    times = 1_672_531_200_000 + (np.arange(count, dtype=np.int64) - warmup) * STEP
    volume = np.round(rng.lognormal(1, 1, count), 5)
    candles = Candles.from_arrays(STEP, times, opened, high, low, close, volume)
    settings = BotSettings("", "BTCUSDT", key, Decimal(100), every=every, price_cap=Decimal(0))
    return Setup(settings, candles, warmup)


def _wandering(steps: np.ndarray) -> np.ndarray:
    """Return steps that are slowly forgotten, so that what they make stays in bounds."""
    out = np.empty(len(steps))
    place = 0.0
    for index, step in enumerate(steps.tolist()):
        place = 0.99 * place + step
        out[index] = place
    return out


def _quick(key: str, every: str) -> Figure:
    setup, strategy = year(key, every), BUILT_IN[key]()
    result = jump(setup, strategy)
    trades = 0 if result is None else len(result.trades)
    took = _milliseconds(lambda: jump(setup, strategy))
    return Figure(f"{key}, every {every}, {trades} trades", took, GOALS.get(key, ""))


def _milliseconds(call: Callable[[], object]) -> str:
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        call()
        rounds.append((time.process_time() - begin) * 1e3)
    return f"{median(rounds):.1f} ms, at best {min(rounds):.1f} ms"


def _command(candles: Candles) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "BTCUSDT-5m-2023.parquet"
        table = {name: getattr(candles, name) for name in COLUMNS}
        with duckdb.connect() as connection:
            connection.register("candles", table)
            connection.table("candles").write_parquet(str(path))
        words = ["backtest", "--strategy", "volatile", "--symbol", "BTCUSDT", "--data", str(path)]
        command = [sys.executable, "-m", "tradefleet", *words, "--json"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder)
        began = time.monotonic()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    yield Figure("tradefleet backtest --json, cold, CPU", f"{cpu:.2f} s", "<= 1.5 s")
    yield Figure("the same, on the clock of a busy machine", f"{wall:.2f} s")
    yield Figure("its memory", f"{memory:.0f} MB", "<= 250 MB")
