"""What a backtest came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tradefleet.application.backtest.opinions import Evaluated
from tradefleet.application.backtest.setup import Setup
from tradefleet.domain.candle import Candles, Floats
from tradefleet.domain.performance import daily_returns
from tradefleet.domain.position import Trade
from tradefleet.domain.recording import Gaps, gaps_in


@dataclass(frozen=True, slots=True)
class Result:
    """Trades, evaluations and money of one run.

    Attributes:
        setup: what was played.
        played: index after the last candle that was played.
        trades: closed round trips, oldest first; the last may have ended with the data.
        evaluated: what the strategy said each time.
        denied: entries that were not made, by reason.
        stop_moves: for each trade, how often its stop followed the price; empty if it never does.
        failures, failure: how often the strategy failed, and what it said the first time.
    """

    setup: Setup
    played: int
    trades: tuple[Trade, ...]
    evaluated: Sequence[Evaluated]
    denied: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    failure: str = ""
    stop_moves: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether it was played to the end, not interrupted."""
        return self.played == len(self.setup.candles)

    @property
    def candles(self) -> Candles:
        """What was played, without the warm-up."""
        return self.setup.candles.between(self.setup.first, self.played)

    @property
    def gaps(self) -> Gaps:
        """What is missing in the candles, those of the warm-up included."""
        return gaps_in(self.setup.candles.open_time[: self.played], self.setup.candles.interval)

    def equity(self) -> Floats:
        """Return cash plus what is held at the close of each played candle, in quote."""
        cash, base = self.cash_and_base()
        worth: Floats = cash + base * self.candles.close
        return worth

    def daily(self) -> Floats:
        """Return the change of equity on each day; see `daily_returns`."""
        equity = self.equity()
        if not len(equity):
            return equity
        closes = self.candles.open_time + (self.candles.interval - 1)
        return daily_returns(float(self.setup.settings.trade_amount), closes, equity)

    def cash_and_base(self) -> tuple[Floats, Floats]:
        """Return what was owned at the close of each played candle."""
        now = self.setup.settings.trade_amount
        cash, base = [float(now)], [0.0]
        for trade in self.trades:
            cash.append(float(now - trade.cost))
            now += trade.profit
            cash.append(float(now))
            base.append(float(trade.quantity + trade.dust))
            base.append(float(trade.dust) if trade.dust else 0.0)
        times = [at for trade in self.trades for at in (trade.entry_time, trade.exit_time)]
        begins = np.searchsorted(self.candles.open_time, np.array([0, *times], np.int64))
        runs = np.diff(begins, append=self.played - self.setup.first)
        return np.repeat(cash, runs), np.repeat(base, runs)
