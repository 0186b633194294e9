"""All opinions of a strategy at once, for the quick engine and for sweeps."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradefleet.application.backtest.setup import Setup
from tradefleet.application.window import window_length
from tradefleet.domain.signal import Signal
from tradefleet.domain.signals import HOLDS, Actions, Places, Truths
from tradefleet.domain.strategy import Strategy

MOST_KNOWN = 32  # warm-ups


@dataclass(frozen=True, slots=True)
class Said:
    """What a strategy said at each evaluation.

    Attributes:
        due: the candles at whose close it was asked.
        actions: one for each of them.
        own: BUYs that bring a size or levels of their own, by candle.
    """

    due: Places
    actions: Actions
    own: Mapping[int, Signal]


def all_said(setup: Setup, strategy: Strategy) -> Said | None:
    """Return a strategy's opinions on all candles; None if it cannot tell."""
    if len(setup.candles) <= setup.first:
        return None
    return Questions(setup).put_to(strategy)


class Questions:
    """When a bot would ask its strategy; the same for every strategy with the same warm-up.

    Attributes:
        due: the candles at whose close it asks.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        candles = setup.candles
        self._gaps = np.flatnonzero(np.diff(candles.open_time) > candles.interval)
        self.due = self._due()
        self._known: dict[int, tuple[Truths, Places]] = {}

    def put_to(self, strategy: Strategy) -> Said | None:
        """Return what a strategy says each time; None if it cannot tell all at once."""
        able, asked = self._asked(strategy.warmup)
        told = strategy.signals(self._setup.candles, asked)
        if told is None:
            return None
        actions = told.actions
        if len(asked) < len(self.due):
            actions = np.full(len(self.due), HOLDS, np.int8)
            actions[able] = told.actions
        return Said(self.due, actions, {int(asked[p]): signal for p, signal in told.own.items()})

    def _due(self) -> Places:
        """Return the candles at whose close an evaluation is due.

        Between the gaps all candles are evenly spaced.
        """
        candles, every, first = self._setup.candles, self._setup.every, self._setup.first
        parts = []
        edges = [first, *(self._gaps[self._gaps >= first] + 1).tolist(), len(candles)]
        for begin, end in zip(edges, edges[1:], strict=False):
            closed = int(candles.open_time[begin]) + candles.interval
            wait, between = divmod(-closed % every, candles.interval)
            if not between:  # else their closes are at no evaluation
                parts.append(np.arange(begin + wait, end, every // candles.interval))
        return np.concatenate(parts) if parts else np.array([], np.intp)

    def _asked(self, warmup: int) -> tuple[Truths, Places]:
        """Return which evaluations have a window to decide on, and at which candles they are.

        The candles are the same object each time, so that what is computed for them can be shared.
        """
        if warmup not in self._known:
            if len(self._known) == MOST_KNOWN:
                self._known.clear()
            able = self._able(warmup)
            self._known[warmup] = able, self.due if able.all() else self.due[able]
        return self._known[warmup]

    def _able(self, warmup: int) -> Truths:
        """Return whether each window is long enough, and without a gap that is not borne."""
        times, length = self._setup.candles.open_time, window_length(warmup)
        able: Truths = self.due >= warmup - 1
        for before in self._gaps.tolist():
            missing = times[before + 1] - times[before] - self._setup.candles.interval
            if missing > self._setup.assumptions.max_gap:
                able &= (self.due <= before) | (self.due >= before + length)
        return able
