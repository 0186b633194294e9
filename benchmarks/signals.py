"""How often the strategies speak on recorded 5-minute candles, evaluated every 15 minutes."""

import os
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np

from benchmarks import Figure
from tradefleet.domain.candle import INTERVALS, Candle, Candles
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.matching import level_hit
from tradefleet.domain.risk import Levels, levels
from tradefleet.domain.signal import Action
from tradefleet.domain.strategy import Strategy
from tradefleet.strategies import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = {
    "BTCUSDT": "BTCUSDT-5m-20220801-20231230",
    "DOGEUSDT": "DOGEUSDT-5m-20220801-20230927",
}
DAYS = 120
INTERVAL, EVERY, DAY = INTERVALS["5m"], INTERVALS["15m"], INTERVALS["1d"]


def measure() -> Iterator[Figure]:
    """Count per day: evaluations that say BUY and SELL, and round trips a bot would make."""
    for symbol, name in RECORDINGS.items():
        market = recording(name)
        for key, strategy in BUILT_IN.items():
            counts = count(strategy(), symbol, market)
            yield Figure(
                f"{symbol}, {key}",
                ", ".join(f"{counts[what] / DAYS:.2f} {what}" for what in ("BUY", "SELL", "trips")),
            )


def recording(name: str) -> Candles:
    """Return the newest `DAYS` of a recording in the folder `shared` beside the repository."""
    shared = Path(os.environ.get("TRADEFLEET_SHARED") or ROOT.parent / "shared")
    path = shared / "data" / "klines" / "5m" / f"{name}.parquet"
    query = f"SELECT open_time, open, high, low, close, volume FROM '{path}' ORDER BY open_time"
    columns = duckdb.sql(query).fetchnumpy().values()
    return Candles.from_arrays(INTERVAL, *map(np.asarray, columns)).tail(DAYS * DAY // INTERVAL)


def count(strategy: Strategy, symbol: str, market: Candles) -> Counter[str]:
    """Return how often it said what; `trips` follows stop (2 %), target (5 %) and SELL signals."""
    instrument = Instrument(symbol, symbol.removesuffix("USDT"), "USDT")
    counts: Counter[str] = Counter()
    held: Levels | None = None
    for end in range(strategy.warmup, len(market)):
        if held and level_hit(candle(market, end - 1), held):
            held = None
            counts["trips"] += 1
        if (int(market.open_time[end - 1]) + INTERVAL) % EVERY:
            continue
        signal = strategy.decide(market.between(end - strategy.warmup, end))
        counts[signal.action] += 1
        if signal.action is Action.BUY and not held:
            opened = Decimal(repr(float(market.open[end])))
            stop, target = signal.stop_loss or Decimal(2), signal.take_profit or Decimal(5)
            held = levels(instrument, opened, stop, target)
        elif signal.action is Action.SELL and held:
            held = None
            counts["trips"] += 1
    return counts


def candle(market: Candles, index: int) -> Candle:
    """Return one candle with exact prices."""
    columns = (market.open, market.high, market.low, market.close)
    prices = (Decimal(repr(float(column[index]))) for column in columns)
    return Candle(int(market.open_time[index]), INTERVAL, *prices)
