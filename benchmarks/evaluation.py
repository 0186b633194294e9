"""One evaluation: Binance kline lists of a strategy's own window become a signal with reasons."""

import random
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from benchmarks import Figure
from tradefleet.domain.candle import INTERVALS, Candles
from tradefleet.strategies import BUILT_IN

ROUNDS, CALLS = 15, 300
NEEDS_NEWS = {key for key, strategy in BUILT_IN.items() if strategy.needs_news}


def measure() -> Iterator[Figure]:
    """Time every built-in strategy with its default parameters."""
    for key, strategy in BUILT_IN.items():
        ready = strategy()
        windows = [klines(seed, ready.warmup) for seed in range(20)]
        yield Figure(
            f"{key}, {ready.warmup} candles",
            _micros(lambda rows, s=ready: s.decide(Candles(INTERVALS["5m"], rows)), windows),
            "" if key in NEEDS_NEWS else "< 200 µs",
        )
    windows = [klines(seed, 100) for seed in range(20)]
    yield Figure("for comparison: floats of 100 candles, cell by cell", _micros(_floats, windows))


def klines(seed: int, count: int) -> list[list[Any]]:
    """Return a random market as Binance's REST interface would."""
    rng = random.Random(seed)
    rows: list[list[Any]] = []
    price = 30_000.0
    for number in range(count):
        opened, price = price, price * (1 + rng.gauss(0, 1e-3))
        high = max(opened, price) * (1 + abs(rng.gauss(0, 3e-4)))
        low = min(opened, price) * (1 - abs(rng.gauss(0, 3e-4)))
        texts = [f"{value:.2f}000000" for value in (opened, high, low, price)]
        volume = f"{rng.lognormvariate(2, 1):.5f}000"
        start = 1_700_000_100_000 + number * INTERVALS["5m"]
        rest = [start + INTERVALS["5m"] - 1, "0.00000000", 9, "0.00000000", "0.00000000", "0"]
        rows.append([start, *texts, volume, *rest])
    return rows


def _floats(rows: list[list[Any]]) -> object:
    return [[float(cell) for cell in row[1:6]] for row in rows]


def _micros(call: Callable[[list[list[Any]]], object], windows: list[list[list[Any]]]) -> str:
    """Return the median CPU time over rounds; a busy moment of the machine does not count."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        for number in range(CALLS):
            call(windows[number % len(windows)])
        rounds.append((time.process_time() - begin) / CALLS * 1e6)
    return f"{median(rounds):.0f} µs"
