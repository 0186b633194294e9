"""What a walk shows: its test parts as one stretch of time, and what the search itself did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradefleet.application.backtest.report import metrics
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.yardsticks import NEAR, at_random
from tradefleet.application.optimisation.walk import Walk
from tradefleet.domain.candle import Floats, Times
from tradefleet.domain.chance import USUAL
from tradefleet.domain.overfitting import (
    Record,
    deflated_sharpe,
    overfitting,
    probabilistic_sharpe,
    record,
)
from tradefleet.domain.performance import CurveMeasures, curve_measures, trade_measures
from tradefleet.domain.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Stitched:
    """All test parts, one after the other; each begins with what the one before came to.

    Attributes:
        times: close of each candle, UTC milliseconds.
        equity: in quote.
        daily: returns of each day.
        random: total returns of the same positions at random times, each within its part.
        trades: closed ones.
        held: measures of buying everything at the first open and selling at the last close.
    """

    times: Times
    equity: Floats
    daily: Floats
    random: Floats | None
    trades: int
    curve: CurveMeasures
    held: Mapping[str, Any]

    @property
    def random_as_good(self) -> float | None:
        """The share of random entries that did at least as well."""
        if self.random is None:
            return None
        return float(np.mean(self.random >= self.curve.total_return - NEAR))


def stitched(way: Walk) -> Stitched | None:
    """Return the test parts of a walk as one; None where there are none."""
    parts = [fold.test for fold in way.folds if fold.test is not None]
    if not parts:
        return None
    budget = float(parts[0].setup.settings.trade_amount)
    money, curves = budget, []
    for part in parts:
        curves.append(part.equity() / budget * money)
        money = float(curves[-1][-1]) if len(curves[-1]) else money
    equity = np.concatenate(curves)
    interval = parts[0].candles.interval
    times = np.concatenate([part.candles.open_time for part in parts]) + (interval - 1)
    return Stitched(
        times=times,
        equity=equity,
        daily=np.concatenate([part.daily() for part in parts]),
        random=_at_random(parts),
        trades=sum(trade_measures(part.trades).closed for part in parts),
        curve=curve_measures(budget, times, equity),
        held=_held(way),
    )


def _at_random(parts: Sequence[Result]) -> Floats | None:
    """Return what random placings come to, drawn for each part on its own."""
    each = [at_random(part, replace(USUAL, seed=number)) for number, part in enumerate(parts)]
    drawn = [returns for returns in each if returns is not None]
    return np.prod(1 + np.array(drawn), axis=0) - 1 if drawn else None


def _held(way: Walk) -> Mapping[str, Any]:
    folds, player = way.folds, way.plan.player
    setup = player.part(folds[0].fold.test, folds[-1].fold.end)
    held: Mapping[str, Any] = metrics(Result(setup, len(setup.candles), (), ()))["buy_and_hold"]
    return held


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search itself did, in sample.

    Attributes:
        trials: combinations tried, in earlier runs of the study too.
        best: record of the one with the best Sharpe ratio over all days.
        variance: of the Sharpe ratios of all, a day; at most what luck alone makes it.
        returns: one row a day, one column a trial.
    """

    trials: int
    best: Record | None
    variance: float
    returns: Floats

    @property
    def deflated(self) -> float | None:
        """The deflated Sharpe ratio of the best."""
        if self.best is None:
            return None
        return deflated_sharpe(self.best, self.trials, self.variance)


def searched(way: Walk) -> Searched:
    """Return what is to be known of all trials together."""
    sound = way.trials.sound()
    records = [found for each in sound if (found := record(each.daily)) is not None]
    ratios = [each.sharpe for each in records]
    # Where no trial earns anything, luck gives their ratios a variance of 1 / days. Where it is
    # greater, some truly are worse than others (they pay more fees): the best is no luckier by it.
    luck = max((1 / (each.periods - 1) for each in records), default=0.0)
    return Searched(
        trials=len(sound),
        best=max(records, key=lambda each: each.sharpe, default=None),
        variance=min(float(np.var(ratios, ddof=1)), luck) if len(ratios) > 1 else 0.0,
        returns=np.stack([each.daily for each in sound], axis=1) if sound else np.empty((0, 0)),
    )


def neighbourhood(way: Walk) -> float | None:
    """Return the middle score of the neighbours of the latest best, over its own.

    None where there are none, or where the best is no good itself.
    """
    if way.latest is None or not way.neighbours or way.latest.score <= 0:
        return None
    score = way.score(way.latest.fold)
    return float(np.median([score(each) for each in way.neighbours])) / way.latest.score


def evidence(way: Walk, whole: Stitched, search: Searched) -> Evidence:
    """Return what the verdict rests on."""
    found = record(whole.daily)
    return Evidence(
        total_return=whole.curve.total_return,
        probable=None if found is None else probabilistic_sharpe(found),
        random_as_good=whole.random_as_good,
        trades=whole.trades,
        sharpe=whole.curve.sharpe,
        held_return=whole.held["total_return"],
        held_sharpe=whole.held["sharpe"],
        trials=search.trials,
        deflated=search.deflated,
        overfitting=overfitting(search.returns),
        neighbours=neighbourhood(way),
    )
