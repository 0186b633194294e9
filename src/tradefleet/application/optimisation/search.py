"""Searches that need no knowledge of what was found: every combination, or some at random."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random

from tradefleet.domain.space import Space
from tradefleet.ports.trials import Values


class Listed:
    """Proposes what stands in a list; keeps `Search`."""

    def __init__(self, combinations: Iterable[Values]) -> None:
        self._left: Iterator[Values] = iter(combinations)

    def ask(self, count: int) -> Sequence[Values]:
        """Return the next ones of the list."""
        return list(islice(self._left, count))

    def tell(self, values: Values, score: float) -> None:
        """Learn nothing."""


def grid(space: Space) -> Listed:
    """Return a search that proposes every combination."""
    return Listed(map(space.numbered, range(len(space))))


def at_random(space: Space, trials: int, seed: int) -> Listed:
    """Return a search that proposes so many combinations, each of them as likely, none twice."""
    numbers = Random(seed).sample(range(len(space)), min(trials, len(space)))
    return Listed(map(space.numbered, numbers))
