"""Markets to decide on: random ones made on the spot, and recorded ones from beside the clone."""

from functools import cache
from pathlib import Path

import numpy as np

from tests.skips import shared_data
from tradefleet.domain.candle import INTERVALS, Candles


def random_market(seed: int = 1, count: int = 2_000, interval: str = "5m") -> Candles:
    """A market whose volatility clusters, with prices of two decimals around 30,000."""
    rng = np.random.default_rng(seed)
    calm = np.exp(np.cumsum(rng.normal(0, 0.05, count)) * 0.3)
    close = np.round(
        30_000 * np.exp(np.cumsum(rng.normal(0, 8e-4, count) * np.clip(calm, 0.3, 4))), 2
    )
    opened = np.concatenate(([30_000.0], close[:-1]))
    wick = np.abs(rng.normal(0, 4e-4, (2, count)))
    high = np.round(np.maximum(opened, close) * (1 + wick[0]), 2)
    low = np.round(np.minimum(opened, close) * (1 - wick[1]), 2)
    step = INTERVALS[interval]
    times = 1_700_000_100_000 + np.arange(count, dtype=np.int64) * step
    volume = np.round(rng.lognormal(1, 1, count), 5)
    return Candles.from_arrays(step, times, opened, high, low, close, volume)


@cache
def recorded_market(name: str, count: int = 4_000) -> Candles:
    """The newest candles of a recording such as `5m/BTCUSDT-5m-20220801-20231230`."""
    path = shared_data() / "klines" / f"{name}.parquet"
    return _read(path).tail(count)


def _read(path: Path) -> Candles:
    import duckdb

    columns = duckdb.sql(
        f"SELECT open_time, open, high, low, close, volume FROM '{path}' ORDER BY open_time"
    ).fetchnumpy()
    return Candles.from_arrays(INTERVALS[path.parent.name], *map(np.asarray, columns.values()))
