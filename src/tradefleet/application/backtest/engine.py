"""The plain engine: candle by candle, one decision at a time, as a bot lives through them.

The fill rules:

- What is decided at the close of a candle happens at the open of the next candle there is.
- Stop and target rest from the entry on, in the entry's own candle too: of that only low and high
  count. An open beyond a level fills at the open, otherwise the level itself is the price; where
  both lie in one candle the stop comes first, unless finer candles tell.
- A sell signal takes effect before the levels of its candle: it counts as the strategy's.
- What is decided on the last candle is not done; what is still held is sold at the last close.
- Slippage worsens market and stop fills, never the target's.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from tradefleet.application.backtest.account import Account
from tradefleet.application.backtest.opinions import Opinions
from tradefleet.application.backtest.result import Mark, Result
from tradefleet.application.backtest.setup import Setup, exact_money
from tradefleet.domain.candle import Candle, Candles
from tradefleet.domain.matching import LevelHit, level_hit
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.domain.signal import Action, Signal
from tradefleet.ports.strategies import Decider

LOOK_EVERY = 256  # candles between two questions whether to go on

GoOn = Callable[[int, int], bool]


def play(setup: Setup, decider: Decider, go_on: GoOn = lambda _done, _all: True) -> Result:
    """Return what a bot would have done on these candles.

    Args:
        setup: the bot and its market.
        decider: its strategy.
        go_on: asked now and then with the candles played and all of them; False ends the run
            there, and what was played so far is the result.
    """
    with exact_money():
        engine = Engine(setup, decider)
        count = len(setup.candles) - setup.first
        for index in range(setup.first, len(setup.candles)):
            done = index - setup.first
            if done % LOOK_EVERY == 0 and not go_on(done, count):
                break
            engine.step(index)
        return engine.end()


class Engine:
    """One bot on its way through the candles."""

    def __init__(self, setup: Setup, decider: Decider) -> None:
        self._setup = setup
        self._opinions = Opinions(setup, decider)
        self._account = Account(setup)
        self._decided: Signal | None = None
        self._levels: Levels | None = None  # while something is held
        self._denied: Counter[str] = Counter()
        self._marks: list[Mark] = []
        self._next = setup.first

    def step(self, index: int) -> None:
        """Play one candle: what was decided, what the levels do, then decide anew."""
        decided, self._decided = self._decided, None
        if decided is not None or self._levels is not None:
            before = self._account.ledger
            self._live_through(exact_candle(self._setup.candles, index), decided)
            if self._account.ledger is not before:
                self._mark(index)
        signal = self._opinions.at_close(index)
        if signal is not None and signal.action is not Action.HOLD:
            self._decided = signal
        self._next = index + 1

    def end(self) -> Result:
        """Sell what is held at the last close, and return all there is to know."""
        if self._levels is not None:
            last = exact_candle(self._setup.candles, self._next - 1)
            self._leave(self._worse(last.close, by=-1), last, ExitReason.END)
            self._mark(self._next - 1)
        return Result(
            setup=self._setup,
            played=self._next,
            trades=self._account.ledger.trades,
            evaluated=self._opinions.evaluated,
            marks=self._marks,
            denied=dict(self._denied),
            failures=self._opinions.failures,
            failure=self._opinions.failure,
        )

    def _live_through(self, candle: Candle, decided: Signal | None) -> None:
        entered = False
        if decided is not None and decided.action is Action.SELL and self._levels is not None:
            self._leave(self._worse(candle.open, by=-1), candle, ExitReason.SIGNAL)
        elif decided is not None and decided.action is Action.BUY and self._levels is None:
            entered = self._enter(decided, candle)
        if self._levels is None:
            return
        if hit := self._hit(candle, self._levels, is_entry_candle=entered):
            is_stop = hit.reason is ExitReason.STOP_LOSS
            price = self._worse(hit.price, by=-1) if is_stop else hit.price
            self._leave(price, candle, hit.reason)

    def _enter(self, signal: Signal, candle: Candle) -> bool:
        price = self._worse(candle.open, by=1)
        if why := self._account.enter(signal, price, candle.open_time):
            self._denied[why] += 1
            return False
        self._levels = self._account.levels(signal)
        return True

    def _leave(self, price: Decimal, candle: Candle, reason: ExitReason) -> None:
        self._account.leave(price, candle.open_time, reason)
        self._levels = None

    def _hit(self, candle: Candle, levels: Levels, *, is_entry_candle: bool) -> LevelHit | None:
        """Return where the position ends inside a candle; finer ones tell what came first."""
        hit = level_hit(candle, levels, is_entry_candle=is_entry_candle)
        if hit is None or self._setup.detail is None or not _both_inside(candle, levels):
            return hit
        if not is_entry_candle and hit.price == candle.open:
            return hit
        for finer in _within(self._setup.detail, candle):
            is_entry = is_entry_candle and finer.open_time == candle.open_time
            if first := level_hit(finer, levels, is_entry_candle=is_entry):
                return first
        return hit

    def _worse(self, price: Decimal, *, by: int) -> Decimal:
        """Return a market price after slippage: dearer for a buy (1), cheaper for a sale (-1)."""
        return price * (1 + by * self._setup.assumptions.slippage)

    def _mark(self, index: int) -> None:
        ledger = self._account.ledger
        mark = Mark(index, ledger.cash, ledger.base)
        if self._marks and self._marks[-1].candle == index:
            self._marks[-1] = mark
        else:
            self._marks.append(mark)


def exact_candle(candles: Candles, index: int) -> Candle:
    """Return one candle with the source's own decimals."""
    columns = (candles.open, candles.high, candles.low, candles.close)
    prices = (Decimal(repr(float(column[index]))) for column in columns)
    return Candle(int(candles.open_time[index]), candles.interval, *prices)


def _both_inside(candle: Candle, levels: Levels) -> bool:
    stop, target = levels.stop, levels.target
    return stop is not None and target is not None and candle.low <= stop and candle.high >= target


def _within(detail: Candles, candle: Candle) -> "list[Candle]":
    """Return the finer candles a candle is made of, as far as there are any."""
    ends = (candle.open_time, candle.open_time + candle.interval)
    first, after = np.searchsorted(detail.open_time, ends)
    return [exact_candle(detail, index) for index in range(int(first), int(after))]
