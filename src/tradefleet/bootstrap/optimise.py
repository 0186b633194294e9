"""An optimisation made ready: files read, the space checked, whoever proposes and keeps trials."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradefleet.adapters.cores import Cores
from tradefleet.adapters.study_file import StudyFile
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.sweep import Sweep
from tradefleet.application.optimisation.player import Make, Player, whole_days
from tradefleet.application.optimisation.search import at_random, grid
from tradefleet.application.optimisation.trials import Memory, Trials
from tradefleet.application.optimisation.walk import Plan, Searches
from tradefleet.bootstrap.backtest import Wanted, ready
from tradefleet.bootstrap.strategies import catalogue_with
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.folds import Split
from tradefleet.domain.space import LEVELS, Space, space
from tradefleet.domain.strategy import MAX_WARMUP, Parameter
from tradefleet.ports.strategies import Decider
from tradefleet.ports.trials import GRID, MOST_TRIALS, RANDOM, TPE, Search, Study
from tradefleet.strategies import BUILT_IN

BATCH = 16  # as many as a search that learns is asked for together
INSTALL = "python -m pip install 'optuna>=5,<6'"


@dataclass(frozen=True, slots=True)
class Hunt:
    """How to look for parameters.

    Attributes:
        words: the space, as it was typed: `NAME=LOW:HIGH[:STEP]`, `NAME=a,b,c`.
        trials: combinations a search may propose; a grid proposes all there are.
        jobs: worker processes; 0 = one for each core.
        study: file that keeps what was played; None = only this process knows.
    """

    words: Sequence[str]
    trials: int
    method: str
    objective: str
    seed: int
    split: Split
    jobs: int = 0
    study: Path | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be walked, and what looks like a mistake."""

    plan: Plan
    trials: Trials
    parameters: Mapping[str, Any]
    warnings: Sequence[str]


def prepare(wanted: Wanted, hunt: Hunt) -> Prepared:
    """Return the optimisation, ready to be walked.

    Raises:
        InputError: something named cannot be: as `ready`, or the space, the folds, the study file;
            Optuna is wanted and not installed.
        DataError: the candles cannot be true, or are too few for the folds.
        StrategyError: the person's file is faulty.
    """
    made = ready(wanted, MAX_WARMUP)
    declared = _declared(wanted.settings.strategy)
    found = space(hunt.words, declared)
    _check_fixed(found, wanted.settings.parameters)
    setup = whole_days(made.setup)
    if len(setup.candles) <= setup.first:
        raise DataError("expected candles of at least one whole day (UTC)")
    player = Player(setup, _maker(wanted.settings.strategy), frozenset(declared), _sweep(setup))
    folds = hunt.split.cut(player.days)
    is_all = hunt.method == GRID or len(found) <= hunt.trials
    plan = Plan(
        player=player,
        space=found,
        folds=folds,
        latest=hunt.split.latest(player.days, folds),
        searches=_searches(hunt, found, is_all=is_all),
        trials=_count(hunt, found, is_all=is_all),
        batch=BATCH if hunt.method == TPE and not is_all else MOST_TRIALS,
        rounds=len(folds) + 1 if hunt.method == TPE and not is_all else 1,
        objective=hunt.objective,
    )
    trials = Trials(player, Cores(hunt.jobs), _study(hunt, wanted, made.parameters, setup))
    return Prepared(plan, trials, made.parameters, made.warnings)


def _sweep(setup: Setup) -> Sweep | None:
    """Return what plays a built-in strategy quickly."""
    settings = setup.settings
    if settings.strategy not in BUILT_IN:
        return None
    sweep = Sweep(setup, BUILT_IN[settings.strategy])
    for _ in range(2):  # what is asked for twice it keeps, and workers inherit it
        sweep.trips(settings.parameters)
    return sweep


def _searches(hunt: Hunt, found: Space, *, is_all: bool) -> Searches:
    """Return what makes a search for each fold; where all can be tried there is nothing to seek."""
    if is_all:
        return lambda _fold: grid(found)
    if hunt.method == RANDOM:
        return lambda _fold: at_random(found, hunt.trials, hunt.seed)
    try:
        from tradefleet.adapters.optuna_search import OptunaSearch
    except ImportError:
        raise InputError(
            f"--method tpe needs Optuna, which is not installed: {INSTALL} (or --method random)",
            field="method",
            code="not_installed",
        ) from None

    def search(fold: int) -> Search:
        return OptunaSearch(found, hunt.seed + fold)

    return search


def _count(hunt: Hunt, found: Space, *, is_all: bool) -> int:
    count = len(found) if is_all else hunt.trials
    if count > MOST_TRIALS:
        raise InputError(
            f"expected at most {MOST_TRIALS:,} combinations for a grid, were {count:,};"
            " name a STEP, or take --method random",
            field="space",
            code="bad_space",
        )
    return count


def _check_fixed(found: Space, fixed: Mapping[str, Any]) -> None:
    if both := [name for name in found.names if name in fixed]:
        raise InputError(
            f"{both[0]} is to be tried and was set by --param as well",
            field="space",
            code="bad_space",
        )


def _study(hunt: Hunt, wanted: Wanted, parameters: Mapping[str, Any], setup: Setup) -> Study:
    if hunt.study is None:
        return Memory()
    return StudyFile(hunt.study, _about(hunt, wanted, parameters, setup), resume=hunt.resume)


def _about(
    hunt: Hunt, wanted: Wanted, parameters: Mapping[str, Any], setup: Setup
) -> dict[str, Any]:
    """Return what determines how a combination comes out, but for the combination."""
    tried = {word.partition("=")[0] for word in hunt.words}
    settings = wanted.settings
    fixed = {name: value for name, value in parameters.items() if name not in tried}
    levels = {name: str(getattr(settings, name)) for name in LEVELS if name not in tried}
    candles = setup.candles
    digest = hashlib.sha256()
    for column in (candles.open_time, candles.open, candles.high, candles.low, candles.close):
        digest.update(column.tobytes())
    return {
        "strategy": settings.strategy,
        "parameters": fixed,
        **levels,
        "candles": digest.hexdigest()[:16],
        "played": len(candles) - setup.first,
        "every": settings.every,
        "fee": str(wanted.assumptions.fee),
        "slippage": str(wanted.assumptions.slippage),
        "max_gap": wanted.assumptions.max_gap,
        "amount": str(settings.trade_amount),
        "sizing": settings.sizing.value,
        "price_cap": str(settings.price_cap),
        "trailing_stop": str(settings.trailing_stop),
        "break_even": str(settings.break_even),
        "rules": wanted.rules is not None,
        "detail": wanted.detail is not None,
        "news": wanted.news is not None,
    }


def _declared(strategy: str) -> Mapping[str, Parameter[Any]]:
    return catalogue_with(strategy).cards()[strategy].parameters


def _maker(strategy: str) -> Make:
    catalogue = catalogue_with(strategy)

    @contextmanager
    def make(parameters: Mapping[str, Any]) -> Iterator[Decider]:
        decider = catalogue.decider(strategy, parameters)
        try:
            yield decider
        finally:
            if close := getattr(decider, "close", None):  # a worker of the person's own file
                close()

    return make
