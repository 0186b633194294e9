"""Strategies that say what they are told to, and candles to say it on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tests.fakes.clock import MIDNIGHT
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.signal import Action, Signal, hold

STEP = 5 * MINUTE
BUY, SELL = Signal(Action.BUY), Signal(Action.SELL)
FREE = Assumptions(fee=Decimal(0))


class Told:
    """Says what it is told to at the close of the candle of an index, counted from midnight."""

    needs_news = False

    def __init__(self, said: Mapping[int, Signal], warmup: int = 1) -> None:
        self.said = said
        self.warmup = warmup
        self.windows: list[int] = []
        self.news: list[object] = []

    def decide(self, candles: Candles, news: Any = None) -> Signal:
        self.windows.append(len(candles))
        self.news.append(news)
        opened = candles.last_close_time + 1 - candles.interval
        return self.said.get((opened - MIDNIGHT) // STEP, hold("waits"))


def market(*ohlc: Sequence[float], skip: Mapping[int, int] | None = None) -> Candles:
    """Five-minute candles from midnight on; `skip` leaves so many out before an index."""
    left_out, times = 0, []
    for index in range(len(ohlc)):
        left_out += (skip or {}).get(index, 0)
        times.append(MIDNIGHT + (index + left_out) * STEP)
    columns = np.array(ohlc, float).T
    return Candles.from_arrays(STEP, np.array(times, np.int64), *columns[:4], np.ones(len(ohlc)))


def bot(**settings: Any) -> BotSettings:
    """A bot that looks at every candle, unless told otherwise."""
    usual = {
        "every": "5m",
        "stop_loss": Decimal(2),
        "take_profit": Decimal(5),
        "price_cap": Decimal(0),
    }
    return BotSettings("", "BTCUSDT", "told", Decimal(100), **(usual | settings))


def played(
    candles: Candles,
    said: Mapping[int, Signal],
    assumptions: Assumptions = FREE,
    settings: BotSettings | None = None,
    **setup: Any,
) -> Result:
    return play(Setup(settings or bot(), candles, 0, assumptions, **setup), Told(said))


def still(count: int, price: float = 100) -> list[tuple[float, float, float, float]]:
    """Candles in which nothing happens."""
    return [(price, price, price, price)] * count
