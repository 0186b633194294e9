"""The quick engine: all opinions at once, then from each entry straight to its exit.

It plays strategies that tell their opinions on many candles at once (`Strategy.signals`) and comes
to the same trades as the plain engine, to the digit: whatever touches money is done in decimals by
the same rules, floats only point to the candles worth a look.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import overload

import numpy as np

from tradefleet.application.backtest.account import Account
from tradefleet.application.backtest.exits import FAR, NEAR, exact_price, exit_inside
from tradefleet.application.backtest.opinions import Evaluated
from tradefleet.application.backtest.purse import Purse
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.said import Said, all_said
from tradefleet.application.backtest.setup import Setup, exact_money
from tradefleet.application.backtest.wallet import Wallet, lent
from tradefleet.domain.matching import LevelHit
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels, entry_percents
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.signals import BUYS, SELLS, WORDS, Actions, Places, Truths
from tradefleet.domain.strategy import Strategy

FIRST_LOOK = 256  # candles; each further look for a level takes in twice as many
BUY = Signal(Action.BUY)

End = tuple[int, Decimal, ExitReason]  # of a position: candle, price, reason


def jump(setup: Setup, strategy: Strategy) -> Result | None:
    """Return what a bot would have done on these candles; None if only the plain engine can tell.

    That is so for strategies without `signals`.
    """
    said = all_said(setup, strategy)
    if said is None:
        return None
    with exact_money():
        jumps = Jumps(setup, said)
        jumps.play()
    return jumps.end()


class Jumps:
    """From entry to exit to the next entry.

    Attributes:
        free: the first candle in which a position may begin.
    """

    def __init__(self, setup: Setup, said: Said, wallet: Wallet | None = None) -> None:
        """Put it before its first entry.

        Args:
            setup: the bot and its market.
            said: every opinion of its strategy.
            wallet: what it shares with other symbols; None = it has money of its own.
        """
        self._setup = setup
        self._said, self._own = said, said.own
        self._last = len(setup.candles) - 1
        entries = self._fills(said.due[said.actions == BUYS])
        sales = np.append(self._fills(said.due[said.actions == SELLS]), self._last + 1)
        until = sales[np.searchsorted(sales, entries + 1)] if len(entries) else entries
        self._entries: list[int] = entries.tolist()
        self._until, self._is_quiet = until, self._quiet(entries, until)
        self._opens, self._times = setup.candles.open, setup.candles.open_time
        slippage = setup.assumptions.slippage
        self._cheaper = 1 - slippage
        settings = setup.settings
        is_plain = not (setup.instrument or settings.moves_stop or settings.price_cap)
        self._purse: Account | Purse = Purse(setup) if is_plain else Account(setup)
        self._money = lent(wallet, self._purse)
        self._denied: Counter[str] = Counter()
        self._moves: list[int] = []  # of the stop, for each entry
        self._place = 0
        self.free = setup.first

    def _fills(self, decided: Places) -> Places:
        """Return the candles in which decisions are done: each time the next one, if there is."""
        return decided[decided < self._last] + 1

    def _quiet(self, entries: Places, until: Places) -> Truths:
        """Return which entries come near no level before the strategy sells.

        Those between the same two sales are measured by the lowest and highest price since the
        first of them. Those that bring their own levels, or are never sold, are looked at one by
        one, and all where the stop follows the price.
        """
        candles = self._setup.candles
        if self._setup.settings.moves_stop or not len(entries):
            return np.zeros(len(entries), np.bool_)
        first = np.flatnonzero(np.diff(until, prepend=0))
        spans = np.stack((entries[first], np.minimum(until[first], self._last)), axis=1).ravel()
        together = np.diff(first, append=len(until))
        lowest = np.repeat(np.minimum.reduceat(candles.low, spans)[::2], together)
        highest = np.repeat(np.maximum.reduceat(candles.high, spans)[::2], together)
        stop, target = map(float, entry_percents(self._setup.settings, None, None))
        opened = candles.open[entries]
        paid = opened * float(1 + self._setup.assumptions.slippage)
        # With a price cap levels lie off the open or off what was paid: the nearer ones count.
        lowest_base = opened if self._setup.settings.price_cap else paid
        rules = self._setup.instrument
        tick = 0.0 if rules is None else float(rules.tick_size)  # by so much a level is rounded
        is_above = lowest > paid * ((1 - stop / 100) * (1 + NEAR)) + tick
        is_below = highest < lowest_base * ((1 + target / 100) * (1 - NEAR)) - tick
        is_usual = (until <= self._last) & ~np.isin(entries - 1, list(self._own))
        return is_usual & (is_above | (not stop)) & (is_below | (not target))

    def play(self) -> None:
        """Play all entries, one after the other."""
        while self.next_entry() is not None:
            if (end := self.enter()) is not None:
                self.leave(end)

    def end(self) -> Result:
        """Return all there is to know."""
        setup, said = self._setup, self._said
        return Result(
            setup=setup,
            played=len(setup.candles),
            trades=tuple(self._purse.trades),
            evaluated=Evaluations(setup, said.due, said.actions, said.own),
            denied=dict(self._denied),
            stop_moves=tuple(self._moves),
        )

    def next_entry(self) -> int | None:
        """Go to the next candle in which a position may begin, and return it; None = no more."""
        self._place = bisect_left(self._entries, self.free, self._place)
        return self._entries[self._place] if self._place < len(self._entries) else None

    def enter(self) -> End | None:
        """Begin the position; return where it ends, None if it was not made."""
        place = self._place
        entry, until = self._entries[place], self._until.item(place)
        self.free = entry + 1
        signal = self._own.get(entry - 1, BUY)
        price = exact_price(self._opens, entry)
        if why := self._money.enter(signal, price, self._times.item(entry)):
            self._denied[why] += 1
            return None
        if self._is_quiet.item(place):
            return self._sale(until)
        levels = self._purse.levels(signal)
        if isinstance(self._purse, Account) and self._setup.settings.moves_stop:
            return self._follow(self._purse, entry, until, levels)
        return self._exit(entry, until, levels)

    def leave(self, end: End) -> None:
        """End the position."""
        index, price, reason = end
        self._money.leave(price, self._times.item(index), reason)
        self.free = index + 1

    def _sale(self, index: int) -> End:
        """Return the strategy's own exit, or what the end of the data makes of it."""
        if index <= self._last:
            return index, exact_price(self._opens, index) * self._cheaper, ExitReason.SIGNAL
        closed = exact_price(self._setup.candles.close, self._last)
        return self._last, closed * self._cheaper, ExitReason.END

    def _exit(self, entry: int, until: int, levels: Levels) -> End:
        """Return candle, price and reason of an exit: a level before `until`, or there."""
        begin = entry
        while (index := self._reach(begin, until, levels)) < until:
            is_entry = index == entry
            hit = self._plain_hit(index, levels, is_entry_candle=is_entry) or exit_inside(
                self._setup, index, levels, is_entry_candle=is_entry
            )
            if hit is not None:
                return index, hit.price, hit.reason
            begin = index + 1
        return self._sale(until)

    def _follow(self, account: Account, entry: int, until: int, levels: Levels) -> End:
        """Return the exit of a position whose stop follows the price."""
        high = self._setup.candles.high
        begin, moves = entry, 0
        while (index := self._reach(begin, until, levels, account.moves_from(levels))) < until:
            hit = exit_inside(self._setup, index, levels, is_entry_candle=index == entry)
            if hit is not None:
                self._moves.append(moves)
                return index, hit.price, hit.reason
            resting, levels = levels, account.followed(levels, exact_price(high, index))
            moves += levels != resting
            begin = index + 1
        self._moves.append(moves)
        return self._sale(until)

    def _plain_hit(self, index: int, levels: Levels, *, is_entry_candle: bool) -> LevelHit | None:
        """Return the hit of a candle that opens far from both levels and then passes one of them.

        Floats tell that much; None for every other candle, which is looked at exactly.
        """
        stop, target, candles = levels.stop, levels.target, self._setup.candles
        if stop is None or target is None or self._setup.detail is not None:
            return None
        low_mark, high_mark = float(stop), float(target)
        opened = candles.open.item(index)
        if not is_entry_candle and not low_mark * FAR < opened < high_mark / FAR:
            return None
        low = candles.low.item(index)
        if low < low_mark / FAR:
            return LevelHit(stop * self._cheaper, ExitReason.STOP_LOSS)
        if low > low_mark * FAR and candles.high.item(index) > high_mark * FAR:
            return LevelHit(target, ExitReason.TAKE_PROFIT)
        return None

    def _reach(self, begin: int, until: int, levels: Levels, rise: Decimal | None = None) -> int:
        """Return the first candle that comes near a level or `rise`, `until` if none does."""
        stop = -1.0 if levels.stop is None else float(levels.stop) * (1 + NEAR)
        target = np.inf if levels.target is None else float(levels.target) * (1 - NEAR)
        target = target if rise is None else min(target, float(rise) * (1 - NEAR))
        low, high = self._setup.candles.low, self._setup.candles.high
        size = FIRST_LOOK
        while begin < until:
            after = min(begin + size, until)
            near = (low[begin:after] <= stop) | (high[begin:after] >= target)
            place = int(near.argmax())
            if near[place]:
                return begin + place
            begin, size = after, size * 2
        return until


class Evaluations(Sequence[Evaluated]):
    """What was said at each evaluation, made out only when somebody looks."""

    def __init__(
        self, setup: Setup, due: Places, actions: Actions, own: Mapping[int, Signal]
    ) -> None:
        self._candles = setup.candles
        self._due, self._actions, self._own = due, actions, own

    def __len__(self) -> int:
        return len(self._actions)

    @overload
    def __getitem__(self, place: int) -> Evaluated: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Evaluated]: ...
    def __getitem__(self, place: int | slice) -> Evaluated | Sequence[Evaluated]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        index = int(self._due[place])
        close_time = self._candles.open_time.item(index) + self._candles.interval - 1
        action = WORDS[int(self._actions[place])]
        signal = self._own.get(index) if action is Action.BUY else None
        if signal is None:
            return Evaluated(close_time, action)
        return Evaluated(close_time, action, signal.fraction, signal.stop_loss, signal.take_profit)
