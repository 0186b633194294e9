"""The plain engine: candle by candle, one decision at a time, as a bot lives through them.

The fill rules:

- What is decided at the close of a candle happens at the open of the next candle there is.
- Stop and target rest from the entry on, in the entry's own candle too: of that only low and high
  count. An open beyond a level fills at the open, otherwise the level itself is the price; where
  both lie in one candle the stop comes first, unless finer candles tell.
- A sell signal takes effect before the levels of its candle: it counts as the strategy's.
- What is decided on the last candle is not done; what is still held is sold at the last close.
- Slippage worsens market and stop fills, never the target's.
- With a price cap a buy is sized at its limit, that far above the open; a fill beyond is none.
- A stop that follows the price moves at closes: the high of a candle counts from the next one on.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from tradefleet.application.backtest.account import Account
from tradefleet.application.backtest.exits import exact_price, exit_inside, worse
from tradefleet.application.backtest.opinions import Opinions
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Setup, exact_money
from tradefleet.application.backtest.wallet import Wallet, lent
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

    def __init__(self, setup: Setup, decider: Decider, wallet: Wallet | None = None) -> None:
        """Put it before its first candle.

        Args:
            setup: the bot and its market.
            decider: its strategy.
            wallet: what it shares with other symbols; None = it has money of its own.
        """
        self._setup = setup
        self._opinions = Opinions(setup, decider)
        self._account = Account(setup)
        self._money = lent(wallet, self._account)
        self._decided: Signal | None = None
        self._levels: Levels | None = None  # while something is held
        self._is_fresh = False  # bought at this candle's open
        self._moves: list[int] = []  # of the stop, for each entry
        self._denied: Counter[str] = Counter()
        self._next = setup.first

    def step(self, index: int) -> None:
        """Play one candle: what was decided, what the levels do, then decide anew."""
        self.sell(index)
        self.buy(index)
        self.live_through(index)

    def sell(self, index: int) -> None:
        """Do at the open what was decided, if it was to sell."""
        decided = self._decided
        if decided is not None and decided.action is Action.SELL and self._levels is not None:
            opened = exact_price(self._setup.candles.open, index)
            self._leave(worse(self._setup, opened, by=-1), index, ExitReason.SIGNAL)

    def buy(self, index: int) -> None:
        """Do at the open what was decided, if it was to buy."""
        decided, self._is_fresh = self._decided, False
        if decided is not None and decided.action is Action.BUY and self._levels is None:
            opened = exact_price(self._setup.candles.open, index)
            self._is_fresh = self._enter(decided, opened, index)

    def live_through(self, index: int) -> None:
        """Play the candle's levels, then decide at its close."""
        if self._levels is not None:
            self._meet(index, self._levels)
        signal = self._opinions.at_close(index)
        self._decided = None if signal is None or signal.action is Action.HOLD else signal
        self._next = index + 1

    @property
    def is_over(self) -> bool:
        """Whether the last candle was played."""
        return self._next == len(self._setup.candles)

    def sell_rest(self) -> None:
        """Sell what is still held at the last close that was played."""
        if self._levels is not None:
            last = self._next - 1
            price = worse(self._setup, exact_price(self._setup.candles.close, last), by=-1)
            self._leave(price, last, ExitReason.END)

    def end(self) -> Result:
        """Sell what is held at the last close, and return all there is to know."""
        self.sell_rest()
        return Result(
            setup=self._setup,
            played=self._next,
            trades=tuple(self._account.trades),
            stop_moves=tuple(self._moves),
            evaluated=self._opinions.evaluated,
            denied=dict(self._denied),
            failures=self._opinions.failures,
            failure=self._opinions.failure,
        )

    def _meet(self, index: int, levels: Levels) -> None:
        if hit := exit_inside(self._setup, index, levels, is_entry_candle=self._is_fresh):
            self._leave(hit.price, index, hit.reason)
        elif self._setup.settings.moves_stop:
            self._follow(index, levels)

    def _follow(self, index: int, resting: Levels) -> None:
        """Move the stop by what is known at the close of a candle."""
        highest = exact_price(self._setup.candles.high, index)
        self._levels = self._account.followed(resting, highest)
        self._moves[-1] += self._levels != resting

    def _enter(self, signal: Signal, price: Decimal, index: int) -> bool:
        if why := self._money.enter(signal, price, self._time(index)):
            self._denied[why] += 1
            return False
        self._levels = self._account.levels(signal)
        self._moves.append(0)
        return True

    def _leave(self, price: Decimal, index: int, reason: ExitReason) -> None:
        self._money.leave(price, self._time(index), reason)
        self._levels = None

    def _time(self, index: int) -> int:
        return int(self._setup.candles.open_time[index])
