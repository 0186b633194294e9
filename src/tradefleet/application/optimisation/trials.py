"""Everything that was tried: each combination is played once, and every one counts."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from tradefleet.application.optimisation.player import Player
from tradefleet.domain.candle import Floats
from tradefleet.domain.performance import sharpe
from tradefleet.ports.trials import Played, Study, Values
from tradefleet.ports.workers import Workers


class Memory:
    """Keeps trials as long as the process lives; keeps `Study`."""

    def __init__(self) -> None:
        self._kept: list[Played] = []

    def played(self) -> Iterable[Played]:
        """Return what was kept."""
        return self._kept

    def keep(self, played: Played) -> None:
        """Keep one more."""
        self._kept.append(played)


class Trials:
    """What was tried in this study, in earlier runs of it too.

    Attributes:
        played: how many were played now, not remembered.
    """

    def __init__(self, player: Player, workers: Workers, study: Study) -> None:
        self._player, self._workers, self._study = player, workers, study
        self._known = {_key(each.values): each for each in study.played()}
        self.played = 0

    def play(self, wanted: Sequence[Values]) -> Iterator[Played]:
        """Yield what was not known, as it is played; whoever stops looking stops the rest."""
        fresh = {_key(values): values for values in wanted if _key(values) not in self._known}
        for _, found in self._workers.each(self._player, list(fresh.values())):
            self._known[_key(found.values)] = found
            self._study.keep(found)
            self.played += 1
            yield found

    def __contains__(self, values: Values) -> bool:
        return _key(values) in self._known

    def __getitem__(self, values: Values) -> Played:
        return self._known[_key(values)]

    def sound(self) -> list[Played]:
        """Return all that could be played, in an order that no hurry of workers changes."""
        return [self._known[key] for key in sorted(self._known) if not self._known[key].fault]

    def faults(self) -> list[str]:
        """Return what was wrong with those that could not be played."""
        return [each.fault for each in self._known.values() if each.fault]


def objective(name: str) -> Callable[[Floats], float]:
    """Return what tells how good daily returns are; doing nothing comes to 0."""
    if name == "return":
        return lambda daily: float(np.prod(1 + daily) - 1)
    return lambda daily: sharpe(daily) or 0.0


def _key(values: Values) -> str:
    return json.dumps(dict(values), sort_keys=True)
