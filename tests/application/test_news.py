"""News is fetched and scored once for the whole fleet."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tradefleet.application.news import Gathered, gather
from tradefleet.domain.candle import HOUR
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline

NOW = 1_700_000_000_000


class Noon:
    def now(self) -> int:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Feed:
    found: Sequence[Headline] = ()
    problem: str = ""

    def headlines(self, since: int) -> tuple[Headline, ...]:
        if self.problem:
            raise DataError(self.problem)
        return tuple(h for h in self.found if h.published > since)


@dataclass
class Half:
    name: str = "half"
    read: list[str] = field(default_factory=list)
    fails: bool = False

    def score(self, headlines: Sequence[Headline]) -> tuple[Headline, ...]:
        self.read += [h.title for h in headlines]
        return tuple(h if self.fails else replace(h, score=0.5) for h in headlines)


@dataclass
class Kept:
    rows: dict[str, Headline] = field(default_factory=dict)

    def add(self, headlines: Sequence[Headline]) -> None:
        for headline in headlines:
            if headline.title not in self.rows or headline.score is not None:
                self.rows[headline.title] = headline

    def between(self, since: int, until: int, symbol: str = "") -> tuple[Headline, ...]:
        return tuple(h for h in self.rows.values() if since < h.published <= until)


UP, DOWN = (
    Headline(NOW - hours * HOUR, title, "Wire") for hours, title in ((1, "Up"), (2, "Down"))
)
LATER = Headline(NOW + HOUR, "Later", "Wire")


def test_what_is_new_is_scored_and_kept() -> None:
    kept = Kept()

    assert gather(Feed([UP, DOWN]), Half(), kept, Noon()) == Gathered(fresh=2, scored=2)
    assert {title: h.score for title, h in kept.rows.items()} == {"Up": 0.5, "Down": 0.5}


def test_nothing_is_scored_twice() -> None:
    kept, scorer = Kept(), Half()
    gather(Feed([UP]), scorer, kept, Noon())

    assert gather(Feed([UP, DOWN]), scorer, kept, Noon()) == Gathered(fresh=1, scored=1)
    assert scorer.read == ["Up", "Down"]


def test_what_could_not_be_scored_is_tried_again() -> None:
    kept = Kept()
    assert gather(Feed([UP]), Half(fails=True), kept, Noon()) == Gathered(fresh=1, scored=0)
    assert kept.rows["Up"].score is None

    assert gather(Feed([UP]), Half(), kept, Noon()) == Gathered(fresh=0, scored=1)
    assert kept.rows["Up"].score == 0.5


def test_what_is_dated_later_than_now_waits() -> None:
    kept = Kept()
    gather(Feed([LATER]), Half(), kept, Noon())

    assert not kept.rows


def test_a_feed_that_cannot_be_read_is_said_and_changes_nothing() -> None:
    kept = Kept()

    assert gather(Feed(problem="no network"), Half(), kept, Noon()).problem == "no network"
    assert not kept.rows
