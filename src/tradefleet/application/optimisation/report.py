"""The report of an optimisation: the one document that programs read, verdict first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from tradefleet.application.backtest.report import metrics
from tradefleet.application.backtest.result import Result
from tradefleet.application.optimisation.evidence import (
    Searched,
    Stitched,
    evidence,
    searched,
    stitched,
)
from tradefleet.application.optimisation.landscape import heat_map, importance
from tradefleet.application.optimisation.walk import Walk, Walked
from tradefleet.domain.candle import DAY, Floats
from tradefleet.domain.chance import spread
from tradefleet.domain.folds import Fold
from tradefleet.domain.overfitting import (
    expected_maximum,
    minimum_backtest_years,
    minimum_track_record,
)
from tradefleet.domain.performance import DAYS_A_YEAR, sharpe
from tradefleet.domain.verdict import Evidence, Verdict, Word, judge

SHOWN = ("total_return", "sharpe", "max_drawdown", "trades", "win_rate", "exposure")


def document(way: Walk, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything about an optimisation as JSON values; fractions are numbers, times ms.

    Args:
        way: what was walked.
        settings: what was asked for, as JSON values.
    """
    whole, search = stitched(way), searched(way)
    found = None if whole is None else evidence(way, whole, search)
    verdict = _verdict(way, found)
    latest = way.latest
    return {
        "settings": dict(settings),
        "complete": way.is_complete,
        "verdict": {
            "word": str(verdict.word),
            "reasons": [asdict(reason) for reason in verdict.reasons],
        },
        "parameters": None if latest is None else dict(latest.values),
        "in_sample": _in_sample(way, search),
        "out_of_sample": None if whole is None else _out_of_sample(whole),
        "overfitting": None if found is None else _overfitting(found, search),
        "folds": [_fold(way, each) for each in way.folds],
        "latest": None if latest is None else _fold(way, latest),
        **_landscape(way),
        "trials": _trials(way),
        "warnings": _warnings(way, found),
    }


def _verdict(way: Walk, found: Evidence | None) -> Verdict:
    if found is None or not way.is_complete or way.latest is None:
        return Verdict(Word.UNTOLD, ())
    return judge(found)


def _in_sample(way: Walk, search: Searched) -> dict[str, Any]:
    """Return what the training parts came to: what the search would have us believe."""
    best = search.best
    return {
        "mean_return": _mean([_measures(each.train)["total_return"] for each in way.folds]),
        "mean_sharpe": _mean([_measures(each.train)["sharpe"] or 0.0 for each in way.folds]),
        "best_sharpe": None if best is None else best.sharpe * DAYS_A_YEAR**0.5,
    }


def _out_of_sample(whole: Stitched) -> dict[str, Any]:
    curve, fall = whole.curve, whole.curve.drawdown
    worth = [f"{value:.8f}" for value in whole.equity.tolist()]
    return {
        "total_return": curve.total_return,
        "cagr": curve.cagr,
        "max_drawdown": fall.depth,
        "max_drawdown_length": fall.length,
        "sharpe": curve.sharpe,
        "sortino": curve.sortino,
        "calmar": curve.calmar,
        "trades": whole.trades,
        "buy_and_hold": dict(whole.held),
        "random_entries": None if whole.random is None else asdict(spread(whole.random)),
        "random_as_good": whole.random_as_good,
        "equity": list(zip(whole.times.tolist(), worth, strict=True)),
    }


def _overfitting(found: Evidence, search: Searched) -> dict[str, Any]:
    best, halved = search.best, found.overfitting
    luck = search.variance**0.5 * expected_maximum(search.trials)
    needed = None if best is None else minimum_track_record(best, luck)
    return {
        "trials": search.trials,
        "probabilistic_sharpe": found.probable,
        "deflated_sharpe": found.deflated,
        "expected_maximum_sharpe": luck * DAYS_A_YEAR**0.5,
        "minimum_track_record": needed,
        "minimum_backtest_years": minimum_backtest_years(search.trials),
        "probability": None if halved is None else halved.probability,
        "probability_of_loss": None if halved is None else halved.loss,
        "plateau": found.neighbours,
    }


def _fold(way: Walk, walked: Walked) -> dict[str, Any]:
    fold, start = walked.fold, way.plan.player.first_moment
    return {
        "train": [start + fold.train * DAY, start + fold.test * DAY],
        "test": [start + fold.test * DAY, start + fold.end * DAY] if walked.test else None,
        "parameters": dict(walked.values),
        "compared": len({*map(str, walked.asked)}),
        "score": walked.score,
        "in_sample": _measures(walked.train),
        "out_of_sample": None if walked.test is None else _measures(walked.test),
    }


def _measures(result: Result) -> dict[str, Any]:
    measured = metrics(result)
    held = measured["buy_and_hold"]["total_return"]
    return {name: measured[name] for name in SHOWN} | {"buy_and_hold": held}


def _landscape(way: Walk) -> dict[str, Any]:
    """Return what the newest training part tells of the parameters; in sample."""
    if way.latest is None:
        return {"importance": None, "heat_map": None}
    space, score = way.plan.space, way.score(way.latest.fold)
    tried = [e.values for e in way.trials.sound() if space.places(e.values) is not None]
    scores = np.array([score(values) for values in tried], np.float64)
    shares = importance(space, tried, scores)
    return {"importance": shares, "heat_map": heat_map(space, tried, scores, shares)}


def _trials(way: Walk) -> list[dict[str, Any]]:
    """Return every trial with its yearly Sharpe ratio in each fold, before and after its border."""
    player, folds = way.plan.player, [each.fold for each in way.folds]

    def ratios(daily: Floats, *, inside: bool) -> list[float | None]:
        return [sharpe(player.within(daily, *_days(fold, inside=inside))) for fold in folds]

    return [
        {
            "parameters": dict(each.values),
            "trades": each.trades,
            "total_return": float(np.prod(1 + each.daily) - 1),
            "sharpe": sharpe(each.daily),
            "in_sample": ratios(each.daily, inside=True),
            "out_of_sample": ratios(each.daily, inside=False),
        }
        for each in way.trials.sound()
    ]


def _days(fold: Fold, *, inside: bool) -> tuple[int, int]:
    return (fold.train, fold.test) if inside else (fold.test, fold.end)


def _warnings(way: Walk, found: Evidence | None) -> list[str]:
    said = []
    if not way.is_complete:
        said.append(
            f"interrupted after {way.trials.played:,} of at most {way.plan.most:,} trials: the"
            " folds show the best of what was tried until then, and there is no verdict"
        )
    said += _edges(way)
    for fault, count in Counter(way.trials.faults()).items():
        said.append(f"{count:,} combinations could not be played: {fault}")
    years = way.plan.player.days / DAYS_A_YEAR
    if found and (needed := minimum_backtest_years(found.trials)) > years:
        said.append(
            f"{found.trials:,} trials on {years:.1f} years: luck alone is expected to find a Sharpe"
            f" ratio above 1 in them (fewer trials, or {needed:.1f} years, would not)"
        )
    return said


def _edges(way: Walk) -> list[str]:
    """Return what the newest best leaves open: whether beyond the edge it were better still."""
    if way.latest is None:
        return []
    return [
        f"{each.name}={way.latest.values[each.name]} lies at the edge of what was tried; what is"
        " beyond it is not known"
        for each in way.plan.space.dimensions
        if each.is_ordered and len(each.values) > 2
        if way.latest.values[each.name] in (each.values[0], each.values[-1])
    ]


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
