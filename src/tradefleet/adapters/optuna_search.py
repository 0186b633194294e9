"""Searches near what was good: the tree-structured Parzen estimator of Optuna.

Source: J. Bergstra, D. Yamins, D. Cox, *Making a science of model search*, ICML 30 (2013).
"""

import logging
from collections.abc import Sequence

import optuna

from tradefleet.domain.space import Space
from tradefleet.ports.trials import Values

optuna.logging.set_verbosity(logging.WARNING)


class OptunaSearch:
    """Keeps `Search`. The same seed and the same scores come to the same proposals."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._scores: dict[tuple[int, ...], float] = {}
        self._asked: dict[tuple[int, ...], list[optuna.Trial]] = {}

    def ask(self, count: int) -> Sequence[Values]:
        """Return as many combinations as were asked for; none once all of the space is known.

        A combination that was proposed before is told its score at once, and another one asked.
        """
        found: list[tuple[int, ...]] = []
        for _ in range(50 * count):
            if len(found) == count or len(self._scores) + len(found) == len(self._space):
                break
            trial = self._study.ask()
            places = self._proposed(trial)
            if places in self._scores:
                self._study.tell(trial, self._scores[places])
                continue
            if places not in self._asked:
                found.append(places)
            self._asked.setdefault(places, []).append(trial)
        return [self._space.at(places) for places in found]

    def tell(self, values: Values, score: float) -> None:
        """Pass the score on."""
        places = self._space.places(values)
        if places is None:
            return
        self._scores[places] = score
        for trial in self._asked.pop(places, []):
            self._study.tell(trial, score)

    def _proposed(self, trial: optuna.Trial) -> tuple[int, ...]:
        places = []
        for dimension in self._space.dimensions:
            count = len(dimension.values)
            if dimension.is_ordered:
                places.append(trial.suggest_int(dimension.name, 0, count - 1))
            else:
                places.append(trial.suggest_categorical(dimension.name, list(range(count))))
        return tuple(places)
