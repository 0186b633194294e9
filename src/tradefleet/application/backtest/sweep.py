"""The sweep: the same candles played again and again with other parameters, stops and targets.

It finds the trades of the quick engine (`jumps`), with the same times, prices and reasons. What
the runs have in common is found once: when the strategy is asked, its indicators, and where a
position ends by its levels. Money is counted in floats, to nine digits that of the engine: good for
ranking. Who is chosen is played by the engine itself.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from tradefleet.application.backtest.ends import (
    Ends,
    Percents,
    ends_by_levels,
    ends_on_own_terms,
)
from tradefleet.application.backtest.reach import Reach
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.said import Questions, Said
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.trips import Sizes, Trips, has_limit, trips_of
from tradefleet.domain.candle import DAY, Floats
from tradefleet.domain.performance import daily_returns
from tradefleet.domain.remembered import Memory, remembering
from tradefleet.domain.risk import entry_percents
from tradefleet.domain.signals import BUYS, SELLS, Places
from tradefleet.domain.strategy import Strategy

MOST_TERMS = 64  # pairs of stop and target whose ends are kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a sweep came to.

    Attributes:
        trades: closed round trips, one that only the data ended included.
        total_return: last equity over the amount, minus 1.
        daily: change of each UTC day as a fraction, the first one against the amount.
        first_day: beginning of the first of these days, UTC milliseconds.
    """

    trades: int
    total_return: float
    daily: Floats
    first_day: int


class Sweep:
    """One market and one strategy, to be played with many parameters.

    Forked workers inherit what it has found so far.
    """

    def __init__(self, setup: Setup, strategy: type[Strategy]) -> None:
        """Lay out what all runs share.

        Args:
            setup: bot, market and assumptions; the settings' parameters are not looked at. With
                `MAX_WARMUP` candles before the first one all runs decide from the same candle on,
                and share the most.
            strategy: its class.
        """
        self._setup, self._strategy = setup, strategy
        self._plan = None if _is_slow(setup, strategy) else _Shared(setup)

    def outcome(
        self,
        parameters: Mapping[str, Any],
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> Outcome:
        """Return what one run comes to.

        Symbol rules, stops that follow the price, a price cap with slippage, news, and strategies
        that can only decide candle by candle are played by the engines: the same figures, more
        slowly.

        Args:
            parameters: of the strategy, where they differ from the defaults.
            stop_loss, take_profit: percent, 0 = off; None = those of the setup.

        Raises:
            InputError: an unknown parameter or an illegal value.
        """
        trips = self.trips(parameters, stop_loss, take_profit)
        if trips is None or self._plan is None:
            return _played(run(self._with(stop_loss, take_profit), self._strategy(**parameters)))
        return self._plan.outcome(trips)

    def trips(
        self,
        parameters: Mapping[str, Any],
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> Trips | None:
        """Return the round trips of one run; None if only the engines can tell. See `outcome`."""
        strategy = self._strategy(**parameters)
        if self._plan is None:
            return None
        return self._plan.trips(strategy, self._with(stop_loss, take_profit))

    def _with(self, stop_loss: Decimal | None, take_profit: Decimal | None) -> Setup:
        usual = self._setup.settings
        settings = replace(
            usual,
            stop_loss=usual.stop_loss if stop_loss is None else stop_loss,
            take_profit=usual.take_profit if take_profit is None else take_profit,
        )
        return replace(self._setup, settings=settings)


def _is_slow(setup: Setup, strategy: type[Strategy]) -> bool:
    """Tell whether only the engines can play it."""
    is_empty = len(setup.candles) <= setup.first
    settings, has_rules = setup.settings, setup.instrument is not None
    slips = bool(settings.price_cap and setup.assumptions.slippage)  # beyond the cap, perhaps
    return is_empty or has_rules or slips or settings.moves_stop or strategy.needs_news


def _played(result: Result) -> Outcome:
    """Return the outcome of a run of the engines."""
    daily, candles = result.daily(), result.candles
    first_day = int(candles.open_time[0]) // DAY * DAY if len(candles) else 0
    return Outcome(len(result.trades), float(np.prod(1 + daily)) - 1, daily, first_day)


class _Shared:
    """What all runs on the same candles have in common."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._questions = Questions(setup)
        due = self._questions.due
        # Where what is decided is done: at the open of the next candle, if there is one.
        self._fills = due[due < len(setup.candles) - 1] + 1
        self._terms = _Terms(setup, self._fills)
        self._memory = Memory()
        days = setup.candles.open_time[setup.first :] // DAY
        last_of_day = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
        self._closes: Places = last_of_day + setup.first
        self._first_day = int(days[0]) * DAY

    def trips(self, strategy: Strategy, setup: Setup) -> Trips | None:
        with remembering(self._memory):
            said = self._questions.put_to(strategy)
        if said is None:
            return None
        actions = said.actions[: len(self._fills)]
        bought = np.flatnonzero(actions == BUYS)
        entries, sales = self._fills[bought], self._fills[actions == SELLS]
        usual = entry_percents(setup.settings, None, None)
        ends = self._terms.ends(usual, bought)
        sizes = Sizes([1.0] * len(bought), [has_limit(setup, usual)] * len(bought))
        if said.own:
            self._apply_own(said, setup, entries, ends, sizes)
        return trips_of(setup, entries, sales, ends, sizes)

    def outcome(self, trips: Trips) -> Outcome:
        budget = float(self._setup.settings.trade_amount)
        equity = trips.equity(self._setup, self._closes)
        daily = daily_returns(budget, self._setup.candles.open_time[self._closes], equity)
        return Outcome(len(trips), float(equity[-1]) / budget - 1, daily, self._first_day)

    def _apply_own(
        self, said: Said, setup: Setup, entries: Places, ends: Ends, sizes: Sizes
    ) -> None:
        """Let BUYs that bring a size or levels of their own have them."""
        places, percents = [], []
        for place, decided in enumerate((entries - 1).tolist()):
            if (signal := said.own.get(decided)) is None:
                continue
            if signal.fraction is not None:
                sizes.share[place] = float(signal.fraction)
            own = entry_percents(setup.settings, signal.stop_loss, signal.take_profit)
            sizes.has_limit[place] = has_limit(setup, own)
            places.append(place)
            percents.append(own)
        if places:
            self._terms.put_own(entries, np.array(places), percents, ends)


class _Terms:
    """Where positions end by their levels, for each pair of stop and target."""

    def __init__(self, setup: Setup, fills: Places) -> None:
        self._setup, self._fills = setup, fills
        self._reach = Reach(setup.candles)
        self._found: OrderedDict[Percents, Ends | None] = OrderedDict()

    def ends(self, percents: Percents, bought: Places) -> Ends:
        """Return the ends of some of the fills.

        Who comes with terms for the first time may never come again: then only what it asks for
        is found. The second time everything is, and kept.
        """
        is_new = percents not in self._found
        kept = self._found.setdefault(percents, None)
        self._found.move_to_end(percents)
        if len(self._found) > MOST_TERMS:
            self._found.popitem(last=False)
        if is_new:
            return ends_by_levels(self._setup, self._reach, self._fills[bought], percents)
        if kept is None:
            kept = ends_by_levels(self._setup, self._reach, self._fills, percents)
            self._found[percents] = kept
        return kept.take(bought)

    def put_own(
        self, entries: Places, places: Places, percents: list[Percents], ends: Ends
    ) -> None:
        """Replace the ends of the entries at some places by those on their own terms."""
        ends.put(places, ends_on_own_terms(self._setup, self._reach, entries[places], percents))
