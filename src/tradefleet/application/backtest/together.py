"""Several symbols with one wallet: each decides on its own candles, all spend the same cash.

At one moment the sales that strategies decided come first, then the buys, in the order in which the
symbols were given, then the levels, the ends of data and the next decisions. So what a strategy
sells pays for what is bought at the same open, and what a level sells for what is bought later.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tradefleet.application.backtest.engine import LOOK_EVERY, Engine, GoOn
from tradefleet.application.backtest.jumps import End, Jumps
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.said import Said, all_said
from tradefleet.application.backtest.setup import Setup, exact_money
from tradefleet.application.backtest.wallet import Wallet
from tradefleet.domain.candle import Candles, Floats, Times
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.signals import Places, Truths
from tradefleet.domain.strategy import Strategy
from tradefleet.ports.strategies import Decider
from tradefleet.ports.workers import Found, Workers

Column = npt.NDArray[Any]

SALES, BUYS, LEVELS = range(3)  # what comes first at one moment


class Owned(NamedTuple):
    """What a wallet owned at the close of each moment.

    Attributes:
        equity: cash and what is held, in quote.
        holds: whether anything is held.
        exposures: for each symbol, the share of its candles at whose close it is held.
    """

    equity: Floats
    holds: Truths
    exposures: Sequence[float]


@dataclass(frozen=True)
class Together:
    """What several symbols came to with one wallet.

    Attributes:
        results: one for each symbol, in the order given; the money in them is what the wallet lent,
            so that only their profits say something about the wallet.
        places: positions there could be at once.
    """

    results: Sequence[Result]
    places: int

    @property
    def amount(self) -> Decimal:
        """What the wallet began with, in quote."""
        return self.results[0].setup.settings.trade_amount * self.places

    @cached_property
    def trades(self) -> list[Trade]:
        """Closed round trips of all symbols, in the order in which they began."""
        everything = [trade for result in self.results for trade in result.trades]
        return sorted(everything, key=lambda trade: trade.entry_time)

    @cached_property
    def moments(self) -> Times:
        """Open times of all candles that were played, whichever symbol's."""
        return _moments([result.candles for result in self.results])

    def at_moments(self, number: int, values: Column, before: float) -> Column:
        """Return values of one symbol's candles at all moments: each stands until the next.

        Args:
            number: the symbol's, in `results`.
            values: one for each of its candles.
            before: what it is before the first.
        """
        if len(values) == len(self.moments):
            return values
        stood: Column = np.concatenate((np.array([before], values.dtype), values))
        return stood[self._known[number]]

    @cached_property
    def _known(self) -> list[Places]:
        """For each symbol, how many of its candles there were up to each moment."""
        known = []
        for result in self.results:
            is_there = np.zeros(len(self.moments), np.bool_)
            is_there[np.searchsorted(self.moments, result.candles.open_time)] = True
            known.append(np.cumsum(is_there, dtype=np.intp))
        return known

    @cached_property
    def owned(self) -> Owned:
        """What the wallet owned at the close of each moment."""
        equity: Floats = np.full(len(self.moments), float(self.amount))
        holds = np.zeros(len(self.moments), np.bool_)
        exposures = []
        for number, result in enumerate(self.results):
            cash, base = result.cash_and_base()
            gained = cash - float(result.setup.settings.trade_amount) + base * result.candles.close
            held = base > 0
            equity += self.at_moments(number, gained, 0.0)
            holds |= self.at_moments(number, held, False)
            exposures.append(float(held.mean()) if len(held) else 0.0)
        return Owned(equity, holds, exposures)

    @property
    def is_complete(self) -> bool:
        """Whether it was played to the end, not interrupted."""
        return all(result.is_complete for result in self.results)


def run_together(
    setups: Sequence[Setup],
    deciders: Sequence[Decider],
    places: int,
    go_on: GoOn = lambda _done, _all: True,
    workers: Workers | None = None,
) -> Together:
    """Return what bots that share a wallet would have done, by the quickest way that can tell.

    Args:
        setups: one for each symbol; amount, sizing and interval are the same in all of them.
        deciders: the strategy of each.
        places: positions there may be at once, > 0.
        go_on: asked now and then with the moments played and all of them; False ends the run there.
        workers: who ask the strategies for all their opinions; None = this process.
    """
    quick = jump_together(setups, deciders, places, workers)
    return quick or play_together(setups, deciders, places, go_on)


def play_together(
    setups: Sequence[Setup],
    deciders: Sequence[Decider],
    places: int,
    go_on: GoOn = lambda _done, _all: True,
) -> Together:
    """Go candle by candle; see `run_together`."""
    with exact_money():
        wallet = Wallet(setups[0], places)
        engines = [Engine(*pair, wallet) for pair in zip(setups, deciders, strict=True)]
        moments = _moments([s.candles.between(s.first, len(s.candles)) for s in setups])
        following = [setup.first for setup in setups]
        for done, now in enumerate(moments.tolist()):
            if done % LOOK_EVERY == 0 and not go_on(done, len(moments)):
                break
            _step(engines, list(_present(setups, following, now)))
        return Together([engine.end() for engine in engines], places)


def jump_together(
    setups: Sequence[Setup],
    deciders: Sequence[Decider],
    places: int,
    workers: Workers | None = None,
) -> Together | None:
    """Go from entry to exit; None if only the plain way can tell. See `run_together`."""
    strategies = [one for one in deciders if isinstance(one, Strategy) and not one.needs_news]
    if len(strategies) < len(deciders):
        return None

    def ask(number: int) -> Said | None:
        return all_said(setups[number], strategies[number])

    said = [one for one in in_order(ask, len(setups), workers) if one is not None]
    return follow_together(setups, said, places) if len(said) == len(setups) else None


def in_order(job: Callable[[int], Found], count: int, workers: Workers | None) -> list[Found]:
    """Return what a job finds for each number below `count`; without workers, one by one."""
    if workers is None:
        return [job(number) for number in range(count)]
    found = dict(workers.each(job, range(count)))
    return [found[number] for number in range(count)]


def follow_together(setups: Sequence[Setup], said: Sequence[Said], places: int) -> Together:
    """Return what comes of opinions that are known already; see `run_together`."""
    with exact_money():
        wallet = Wallet(setups[0], places)
        jumps = [Jumps(*pair, wallet) for pair in zip(setups, said, strict=True)]
        walk = _Walk(setups, jumps)
        walk.play()
        return Together([one.end() for one in jumps], places)


def _moments(markets: Sequence[Candles]) -> Times:
    """Return every open time at which some market has a candle; all lie on one grid."""
    times, step = [candles.open_time for candles in markets if len(candles)], markets[0].interval
    if not times:
        return np.array([], np.int64)
    first = min(int(column[0]) for column in times)
    last = max(int(column[-1]) for column in times)
    is_there = np.zeros((last - first) // step + 1, np.bool_)
    for column in times:
        is_there[(column - first) // step] = True
    return first + np.flatnonzero(is_there) * step


def _present(setups: Sequence[Setup], following: list[int], now: int) -> Iterator[tuple[int, int]]:
    """Yield the symbols that have a candle now, with its index, and go on to their next one."""
    for number, setup in enumerate(setups):
        index = following[number]
        if index < len(setup.candles) and setup.candles.open_time[index] == now:
            following[number] = index + 1
            yield number, index


def _step(engines: Sequence[Engine], present: Sequence[tuple[int, int]]) -> None:
    for number, index in present:
        engines[number].sell(index)
    for number, index in present:
        engines[number].buy(index)
    for number, index in present:
        engines[number].live_through(index)
        if engines[number].is_over:
            engines[number].sell_rest()


class _Walk:
    """From one thing that happens to the next, whichever symbol's it is."""

    def __init__(self, setups: Sequence[Setup], jumps: Sequence[Jumps]) -> None:
        self._times = [setup.candles.open_time for setup in setups]
        self._jumps = jumps
        self._ends: dict[int, End] = {}  # of open positions, by symbol
        self._ahead: list[tuple[int, int, int]] = []  # time, what, symbol; a heap

    def play(self) -> None:
        """Play all entries and exits in the order of their times."""
        for number in range(len(self._jumps)):
            self._await_entry(number)
        while self._ahead:
            _, what, number = heappop(self._ahead)
            if what == BUYS:
                self._buy(number)
            else:
                self._jumps[number].leave(self._ends.pop(number))
                self._await_entry(number)

    def _await_entry(self, number: int) -> None:
        if (entry := self._jumps[number].next_entry()) is not None:
            heappush(self._ahead, (self._times[number].item(entry), BUYS, number))

    def _buy(self, number: int) -> None:
        end = self._jumps[number].enter()
        if end is None:
            self._await_entry(number)
            return
        self._ends[number] = end
        index, _, reason = end
        what = SALES if reason is ExitReason.SIGNAL else LEVELS
        heappush(self._ahead, (self._times[number].item(index), what, number))
