"""What the strategy says at each evaluation: the bot's window, rhythm and doubts."""

from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from tradefleet.application.backtest.setup import Setup
from tradefleet.application.window import why_unfit, window_length
from tradefleet.domain.candle import DAY
from tradefleet.domain.errors import StrategyError
from tradefleet.domain.signal import Action, Signal, hold
from tradefleet.domain.strategy import Headline
from tradefleet.ports.strategies import Decider, FarDecider

LOOK_AHEAD = 4_096  # evaluations
NEWS_MS = DAY  # as far back as a bot hands headlines to its strategy


class Evaluated(NamedTuple):
    """What one evaluation came to; the reasons are not kept.

    Attributes:
        close_time: of the newest candle, UTC milliseconds.
        fraction, stop_loss, take_profit: what a BUY brought along; None = the bot's own.
    """

    close_time: int
    action: Action
    fraction: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None


class Opinions:
    """Asks a strategy as a bot would.

    Attributes:
        evaluated: every evaluation so far.
        failures: how often the strategy failed, which counts as HOLD.
        failure: what it said the first time.
    """

    def __init__(self, setup: Setup, decider: Decider) -> None:
        self._candles = setup.candles
        self._news = setup.news
        self._max_gap = setup.assumptions.max_gap
        self._every = setup.every
        self._decider = decider
        self._warmup = decider.warmup
        self._length = window_length(self._warmup)
        self._far = decider if isinstance(decider, FarDecider) and not decider.needs_news else None
        self._ahead: Iterator[Signal | StrategyError] | None = None
        self.evaluated: list[Evaluated] = []
        self.failures = 0
        self.failure = ""

    def at_close(self, index: int) -> Signal | None:
        """Return what is to be done after this candle; None if no evaluation is due."""
        close_time = int(self._candles.open_time[index]) + self._candles.interval - 1
        if (close_time + 1) % self._every:
            return None
        signal = self._opinion(index, close_time)
        if isinstance(signal, StrategyError):
            self.failures += 1
            self.failure = self.failure or str(signal)
            signal = hold(str(signal))
        carried = (signal.fraction, signal.stop_loss, signal.take_profit)
        own = carried if signal.action is Action.BUY else (None, None, None)
        self.evaluated.append(Evaluated(close_time, signal.action, *own))
        return signal

    def _opinion(self, index: int, close_time: int) -> Signal | StrategyError:
        if self._far is not None:
            self._ahead = self._ahead or self._look_ahead(self._far, index)
            return next(self._ahead)
        first, after = self._window(index)
        window = self._candles.between(first, after)
        if why := why_unfit(window, self._warmup, close_time, self._max_gap):
            return hold(why)
        news = self._headlines(close_time) if self._decider.needs_news else None
        try:
            return self._decider.decide(window, news)
        except StrategyError as error:
            return error

    def _look_ahead(self, decider: FarDecider, index: int) -> Iterator[Signal | StrategyError]:
        """Yield the opinions at this and all later evaluations, each of which will be asked for."""
        closes = self._candles.open_time[index:] + self._candles.interval
        due = (np.flatnonzero(closes % self._every == 0) + index).tolist()
        for begin in range(0, len(due), LOOK_AHEAD):
            windows = [self._window(one) for one in due[begin : begin + LOOK_AHEAD]]
            doubts = [
                why_unfit(window, self._warmup, window.last_close_time, self._max_gap)
                for window in (self._candles.between(*bounds) for bounds in windows)
            ]
            fit = [bounds for bounds, why in zip(windows, doubts, strict=True) if not why]
            answers = decider.decide_each(self._candles, fit)
            for why in doubts:
                yield hold(why) if why else next(answers)

    def _window(self, index: int) -> tuple[int, int]:
        return max(0, index + 1 - self._length), index + 1

    def _headlines(self, close_time: int) -> list[Headline]:
        """Return what was known at a close: nothing published later."""
        first = bisect_right(self._news, close_time - NEWS_MS, key=_published)
        return list(self._news[first : bisect_right(self._news, close_time, key=_published)])


def _published(headline: Headline) -> int:
    return headline.published
