"""Promises about the trials of an optimisation: who proposes them, and where they are kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tradefleet.domain.candle import Floats

TPE, RANDOM, GRID = METHODS = ("tpe", "random", "grid")  # of searching
OBJECTIVES = ("sharpe", "return")  # what the best is the best in
MOST_TRIALS = 100_000

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """What one combination of parameters came to, on all candles there are.

    Attributes:
        trades: how many it made.
        daily: change of its equity on each day (UTC), as a fraction; for statistics.
        fault: why it could not be played; the rest means nothing then.
    """

    values: Values
    trades: int
    daily: Floats
    fault: str = ""


class Search(Protocol):
    """Proposes what to try next."""

    def ask(self, count: int) -> Sequence[Values]:
        """Return at most so many combinations; none where nothing is left to try."""

    def tell(self, values: Values, score: float) -> None:
        """Learn how good a combination is that was asked for; more is better."""


class Study(Protocol):
    """Keeps what was played, over interruptions."""

    def played(self) -> Iterable[Played]:
        """Return everything that was ever kept, oldest first."""

    def keep(self, played: Played) -> None:
        """Keep one more; it is safe once this returns."""
