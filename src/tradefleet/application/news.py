"""Gathering news: fetched and scored once for the whole fleet, then read by every bot."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradefleet.domain.candle import DAY
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline
from tradefleet.ports.clock import Clock
from tradefleet.ports.news import News, NewsFeed, Scorer

OVERLAP_MS = DAY  # feeds add to the past: an article may appear hours after its own date


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look brought.

    Attributes:
        fresh: headlines that were not known before.
        scored: how many of them have a score.
        problem: why there was nothing to be had, or an empty text.
    """

    fresh: int = 0
    scored: int = 0
    problem: str = ""


def gather(feed: NewsFeed, scorer: Scorer, news: News, clock: Clock) -> Gathered:
    """Fetch what is new, score it, keep it; a periodic job of the hub.

    A headline is scored once. What could not be scored is tried again while it is younger than a
    day, and never gets a score by default.
    """
    now = clock.now()
    try:
        found = feed.headlines(now - OVERLAP_MS)
    except DataError as error:
        return Gathered(problem=str(error))
    known = {_name(h): h for h in news.between(now - OVERLAP_MS, now)}
    fresh = [h for h in found if h.published <= now and _name(h) not in known]
    scored = scorer.score([*fresh, *_unscored(found, known)])
    news.add(scored)
    return Gathered(len(fresh), sum(h.score is not None for h in scored))


def _unscored(
    found: Sequence[Headline], known: dict[tuple[str, str, int], Headline]
) -> list[Headline]:
    return [h for h in found if (kept := known.get(_name(h))) and kept.score is None]


def _name(headline: Headline) -> tuple[str, str, int]:
    return headline.source, headline.title, headline.published
