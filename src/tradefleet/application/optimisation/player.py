"""Plays combinations of parameters: on all days to search by, on some days to judge by."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.sweep import Sweep
from tradefleet.application.window import window_length
from tradefleet.domain.candle import DAY, Floats, Times
from tradefleet.domain.errors import InputError, StrategyError
from tradefleet.domain.space import LEVELS
from tradefleet.domain.strategy import MAX_WARMUP
from tradefleet.ports.strategies import Decider
from tradefleet.ports.trials import Played, Values

Make = Callable[[Values], AbstractContextManager[Decider]]


@dataclass(frozen=True)
class Player:
    """A bot on whole days of candles, with whatever parameters it is given.

    Attributes:
        setup: begins and ends with a whole day; what lies before its first candle warms up.
        make: makes the strategy ready; its own parameters, none of the bot's.
        declared: names of the strategy's parameters; stop and target of the bot are set else.
        sweep: plays all days quickly, where there is one for the strategy.
    """

    setup: Setup
    make: Make
    declared: frozenset[str] = frozenset()
    sweep: Sweep | None = None

    def __call__(self, values: Values) -> Played:
        """Return what the days came to; never raises for what only these values make wrong."""
        try:
            return self._swept(values, self.sweep) if self.sweep else self._played(values)
        except (InputError, StrategyError) as error:
            return Played(values, 0, np.array([]), str(error))

    def _swept(self, values: Values, sweep: Sweep) -> Played:
        own, levels = self._told_apart(values)
        found = sweep.outcome({**self.setup.settings.parameters, **own}, **levels)
        return Played(values, found.trades, found.daily)

    def _played(self, values: Values) -> Played:
        result = self.play(values, self.setup)
        if result.failures and result.failures == len(result.evaluated):
            return Played(values, 0, np.array([]), result.failure)
        return Played(values, len(result.trades), result.daily())

    def play(self, values: Values, setup: Setup) -> Result:
        """Return the run of a combination.

        Raises:
            InputError: the strategy refuses it.
            StrategyError: it cannot be loaded with it.
        """
        own, levels = self._told_apart(values)
        settings = replace(
            setup.settings, parameters={**setup.settings.parameters, **own}, **levels
        )
        with self.make(settings.parameters) as decider:
            return run(replace(setup, settings=settings), decider)

    def part(self, first: int, after: int) -> Setup:
        """Return the days `first <= day < after` alone: flat at their start, sold at their end."""
        moments = self.first_moment + np.array([first, after], np.int64) * DAY
        begin, end = np.searchsorted(self.setup.candles.open_time, moments).tolist()
        start = max(0, begin - window_length(MAX_WARMUP))
        return replace(
            self.setup, candles=self.setup.candles.between(start, end), first=begin - start
        )

    def within(self, returns: Floats, first: int, after: int) -> Floats:
        """Return those of a played combination's returns that are of these days."""
        begin, end = np.searchsorted(self._days, (first, after)).tolist()
        part: Floats = returns[begin:end]
        return part

    @cached_property
    def first_moment(self) -> int:
        """When the first day begins, UTC milliseconds."""
        return int(self.setup.candles.open_time[self.setup.first]) // DAY * DAY

    @cached_property
    def days(self) -> int:
        """How many whole days there are, those without candles included."""
        return (self.setup.candles.last_close_time + 1 - self.first_moment) // DAY

    @cached_property
    def _days(self) -> Times:
        """The number of each day that has candles."""
        opened = self.setup.candles.open_time[self.setup.first :]
        found: Times = np.unique((opened - self.first_moment) // DAY)
        return found

    def _told_apart(self, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters of the strategy, and the levels of the bot."""
        levels = {name for name in values if name in LEVELS and name not in self.declared}
        own = {name: value for name, value in values.items() if name not in levels}
        return own, {name: Decimal(repr(values[name])) for name in levels}


def whole_days(setup: Setup) -> Setup:
    """Return the setup from its first midnight (UTC) to its last; what lies before warms up.

    Days are cut off that would be whole but for candles missing at the edges of the data.
    """
    opened = setup.candles.open_time
    first = -(-int(opened[setup.first]) // DAY) * DAY
    last = (setup.candles.last_close_time + 1) // DAY * DAY
    begin, end = np.searchsorted(opened, (first, last)).tolist()
    return replace(setup, candles=setup.candles.between(0, end), first=min(begin, end))
