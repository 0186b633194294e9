"""A bot that traded for itself, on paper or live, beside a backtest of the same stretch.

No two prices are the same then; what is wanted is why.
"""

from dataclasses import replace

import numpy as np

from tradefleet.application.backtest.result import Result
from tradefleet.application.parity.comparison import (
    NOT_EVALUATED,
    ONLY_BOT_EVALUATED,
    OTHER_OPINION,
    QUANTITY,
    Compared,
    Difference,
)
from tradefleet.application.parity.lived import Lived
from tradefleet.domain.candle import DAY
from tradefleet.domain.instrument import plain
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Action

KEPT_MS = 7 * DAY  # evaluations without action are kept one by one for so long
STOPPED = "the bot did not run at this close, or had no candles"
AT_ITS_START = "the bot evaluates once when it starts, out of rhythm"
BY_HAND = "a person, or somebody else, ended the position"
SIZED_THEN = "the bot sized the buy by the price of that moment"
AT_THE_EXCHANGE = "the exchange filled at the price of that moment: spread, latency and slippage"


def explain(compared: Compared, result: Result, lived: Lived) -> Compared:
    """Return the differences with causes that a life has and a replay has not."""
    found = _Life(result, lived)
    told = (found.explained(one) for one in compared.differences if not found.is_forgotten(one))
    return replace(compared, differences=tuple(told))


class _Life:
    def __init__(self, result: Result, lived: Lived) -> None:
        self._candles = result.setup.candles
        self._decisions = {decision.close_time: decision for decision in lived.decisions}
        self._first = min(self._decisions, default=0)
        self._newest = max(self._decisions, default=0)
        length = self._candles.interval
        self._trades = {one.entry_time // length * length: one for one in lived.trades}

    def is_forgotten(self, one: Difference) -> bool:
        """Whether it is only that an old evaluation without action is kept as a count."""
        is_old = one.at < self._newest - KEPT_MS
        return is_old and one.cause == NOT_EVALUATED and one.backtest == Action.HOLD

    def explained(self, one: Difference) -> Difference:
        """Return the difference with its cause."""
        cause = self._of_decision(one) if one.what == "decision" else self._of_trade(one)
        return replace(one, cause=cause or one.cause)

    def _of_decision(self, one: Difference) -> str:
        if one.cause == NOT_EVALUATED:
            return STOPPED
        if one.cause == ONLY_BOT_EVALUATED and one.at == self._first:
            return AT_ITS_START
        if one.cause == OTHER_OPINION:
            return self._other_candles(one.at)
        return ""

    def _other_candles(self, close: int) -> str:
        """Return how the candle the bot saw differs from the one of the data, if it does."""
        opened = close + 1 - self._candles.interval
        place = int(np.searchsorted(self._candles.open_time, opened))
        seen, known = self._decisions[close].price, self._candles.close.item(place)
        if float(seen) == known:
            return ""
        return f"the bot saw another candle: it closed at {plain(seen)}, in the data at {known!r}"

    def _of_trade(self, one: Difference) -> str:
        trade = self._trades.get(one.at)
        if trade is None:
            return "" if one.at - 1 in self._decisions else STOPPED
        if one.cause == QUANTITY:
            return SIZED_THEN
        if one.what == "entry_price":
            return f"{AT_THE_EXCHANGE} ({(trade.entry_time - one.at) / 1000:.1f} s after the open)"
        if not one.what.startswith("exit"):
            return ""
        if trade.exit_reason is ExitReason.MANUAL or trade.exit_reason.is_outside:
            return BY_HAND
        return AT_THE_EXCHANGE if one.what == "exit_price" else ""
