"""The synthetic market: what it costs to start it, run it and leave it alone."""

import time
from collections.abc import Iterator

import psutil

from benchmarks import Figure
from tradefleet.domain.candle import MINUTE
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.synthetic import SyntheticMarket

NOW = 1_790_000_000_000
MINUTES = 5
BEAT_MS = 100


def measure() -> Iterator[Figure]:
    """Start it, let it run, ask it for candles, leave it alone over a weekend."""
    process = psutil.Process()
    before, started = process.memory_info().rss, time.process_time()
    clock = ReplayClock(NOW, speed=None)
    market = SyntheticMarket(clock, seed=1)
    yield Figure("start with 63 days of history", _cpu(started), "< 2 s CPU")
    grown = (process.memory_info().rss - before) / 2**20
    yield Figure("memory it takes", f"{grown:.0f} MB", "< 60 MB")

    started, trades = time.process_time(), 0
    for _ in range(MINUTES * MINUTE // BEAT_MS):
        clock.step(BEAT_MS)
        trades += sum(1 for _ in market.advance())
    spent = time.process_time() - started
    share = spent / (MINUTES * 60) * 100
    yield Figure("share of a core while it runs", f"{share:.2f} %", "< 5 %")
    yield Figure("trades of all symbols", f"{trades / MINUTES / 60:.0f} a second")

    for interval in ("1m", "1h"):
        started = time.process_time()
        market.klines("BTCUSDT", interval, None, None, 1000)
        yield Figure(f"1,000 klines of {interval}", _cpu(started))

    clock.step(60 * 60 * MINUTE)
    started = time.process_time()
    missed = sum(1 for _ in market.advance())
    yield Figure(f"a weekend made up for in {missed:,} points", _cpu(started), "seconds")


def _cpu(started: float) -> str:
    return f"{(time.process_time() - started) * 1_000:.0f} ms CPU"
