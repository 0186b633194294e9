"""Candles of what was made: of the minutes of a day, of the trades of a minute."""

import numpy as np

from tradefleet.domain.candle import DAY, MINUTE, SECOND
from tradefleet.exchange.markets.klines import Columns, Integers
from tradefleet.exchange.markets.minute_trades import Minutes, Trades
from tradefleet.exchange.markets.price_process import MINUTES_A_DAY


def of_minutes(made: Minutes, day: int) -> Columns:
    """Return a day's candles; quote volume and the takers' share are as they are on average."""
    mean = (made.open + made.high + made.low + made.close) // 4
    taker = made.volume // 2
    quote = mean * made.volume
    times = np.arange(MINUTES_A_DAY, dtype=np.int64) * MINUTE + day * DAY
    return Columns(
        times, made.open, made.high, made.low, made.close, made.volume, quote, made.count,
        taker, taker * mean,
    )  # fmt: skip


def of_seconds(made: Trades, minute: int) -> Columns:
    """Return the candles of the sixty seconds of a minute since the epoch."""
    before = int(made.ticks[0])  # a minute opens where the one before it closed
    seconds = np.arange(60, dtype=np.int64)
    starts = np.searchsorted(made.offset, seconds * SECOND)
    ends = np.searchsorted(made.offset, (seconds + 1) * SECOND)
    traded = ends > starts
    close = np.where(traded, made.ticks[ends - 1], before)
    latest = np.maximum.accumulate(np.where(traded, seconds, -1))
    close = np.where(latest >= 0, close[latest], before)
    taker = np.where(made.maker, 0, made.lots)

    def of_second(column: Integers, reduce: np.ufunc) -> Integers:
        return np.asarray(reduce.reduceat(column, starts[traded]))

    flat = np.where(traded, 0, close)
    open_, high, low = flat.copy(), flat.copy(), flat.copy()
    open_[traded] = made.ticks[starts[traded]]
    high[traded] = of_second(made.ticks, np.maximum)
    low[traded] = of_second(made.ticks, np.minimum)
    sums = []
    for column in (made.lots, made.ticks * made.lots, taker, taker * made.ticks):
        total = np.zeros(60, np.int64)
        total[traded] = of_second(column, np.add)
        sums.append(total)
    volume, quote, bought, bought_quote = sums
    times = seconds * SECOND + minute * MINUTE
    return Columns(
        times, open_, high, low, close, volume, quote, ends - starts, bought, bought_quote
    )
