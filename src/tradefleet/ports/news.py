"""Promises about headlines."""

from collections.abc import Sequence
from typing import Protocol

from tradefleet.domain.strategy import Headline


class News(Protocol):
    """Headlines of the whole fleet, fetched and scored once."""

    def add(self, headlines: Sequence[Headline]) -> None:
        """Keep headlines; known ones (source, title, time) are ignored or get their score."""

    def between(self, since: int, until: int, symbol: str = "") -> tuple[Headline, ...]:
        """Return those with `since < published <= until` about `symbol` or the whole market."""


class NewsFeed(Protocol):
    """A source of headlines."""

    def headlines(self, since: int) -> tuple[Headline, ...]:
        """Return headlines published after `since`, unscored; `DataError` if it cannot be read."""


class Scorer(Protocol):
    """Reads headlines; never invents a score."""

    def score(self, headlines: Sequence[Headline]) -> tuple[Headline, ...]:
        """Return the headlines with scores; what could not be scored keeps None."""
