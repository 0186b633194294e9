"""Walk-forward: a search on each training part, its best played on the days that follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tradefleet.application.backtest.result import Result
from tradefleet.application.optimisation.player import Player
from tradefleet.application.optimisation.trials import Trials, objective
from tradefleet.domain.folds import Fold
from tradefleet.domain.space import Space
from tradefleet.ports.trials import Search, Values

WORST = -1e3  # what a search is told of a combination that cannot be played

GoOn = Callable[[int, int], bool]
Searches = Callable[[int], Search]
Score = Callable[[Values], float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        folds: in their order; `latest` besides, whose best is for the days to come.
        searches: returns a fresh search for the number of a fold.
        trials: combinations each search may propose.
        batch: how many it is asked for together; the same whatever the number of workers, so that
            a seed tells everything.
        rounds: searches that propose different ones; the others only look at the same again.
    """

    player: Player
    space: Space
    folds: Sequence[Fold]
    latest: Fold
    searches: Searches
    trials: int
    batch: int
    rounds: int = 1
    objective: str = "sharpe"

    @property
    def most(self) -> int:
        """How many combinations are played at most."""
        return self.rounds * self.trials + 2 * len(self.space.dimensions)


@dataclass(frozen=True, slots=True)
class Walked:
    """One fold.

    Attributes:
        values: the best of its training part.
        score: of them there.
        asked: all that were compared.
        train, test: the best, played on both parts alone; no test for the days to come.
    """

    fold: Fold
    values: Values
    score: float
    asked: Sequence[Values]
    train: Result
    test: Result | None = None


@dataclass(slots=True)
class Walk:
    """The way so far.

    Attributes:
        folds: those whose training part was searched, at least in part.
        latest: the best of the newest days; None if it did not come to that.
        is_complete: whether nothing was interrupted.
        neighbours: of `latest`, with a stride of one in each dimension.
    """

    plan: Plan
    trials: Trials
    folds: list[Walked] = field(default_factory=list)
    latest: Walked | None = None
    neighbours: Sequence[Values] = ()
    is_complete: bool = True

    def score(self, fold: Fold) -> Score:
        """Return what tells how good a combination is on the training days of a fold."""
        tell, player = objective(self.plan.objective), self.plan.player

        def score(values: Values) -> float:
            return tell(player.within(self.trials[values].daily, fold.train, fold.test))

        return score


def walk(plan: Plan, trials: Trials, go_on: GoOn = lambda _done, _all: True) -> Walk:
    """Return the walk through all folds.

    Args:
        plan: what to do.
        trials: remembers what was played.
        go_on: asked after each trial with how many are done and how many there may be; False
            ends the search. What was found until then is the result.
    """
    way = Walk(plan, trials)
    for number, fold in enumerate([*plan.folds, plan.latest]):
        asked = list(_searched(way, number, fold, go_on))
        best = _best(way, fold, asked)
        if best is None:
            break
        if fold is plan.latest:
            way.latest = best
        else:
            way.folds.append(best)
    if way.latest is not None:
        around = list(plan.space.neighbours(way.latest.values))
        if way.is_complete:
            _played(way, around, go_on)
        way.neighbours = [each for each in around if each in trials and not trials[each].fault]
    return way


def _searched(way: Walk, number: int, fold: Fold, go_on: GoOn) -> Iterator[Values]:
    """Yield the combinations of one search that could be played."""
    search, score = way.plan.searches(number), way.score(fold)
    left = way.plan.trials
    while left and (batch := search.ask(min(way.plan.batch, left))):
        if way.is_complete:
            _played(way, batch, go_on)
        left -= len(batch)
        known = [values for values in batch if values in way.trials]
        if not known:  # interrupted, and nothing more will be
            return
        for values in known:
            sound = not way.trials[values].fault
            search.tell(values, score(values) if sound else WORST)
            if sound:
                yield values


def _played(way: Walk, wanted: Sequence[Values], go_on: GoOn) -> None:
    for _ in way.trials.play(wanted):
        if not go_on(way.trials.played, way.plan.most):
            way.is_complete = False
            return


def _best(way: Walk, fold: Fold, asked: Sequence[Values]) -> Walked | None:
    if not asked:
        return None
    score, player = way.score(fold), way.plan.player
    values = max(asked, key=score)
    return Walked(
        fold=fold,
        values=values,
        score=score(values),
        asked=asked,
        train=player.play(values, player.part(fold.train, fold.test)),
        test=player.play(values, player.part(fold.test, fold.end))
        if fold.end > fold.test
        else None,
    )
