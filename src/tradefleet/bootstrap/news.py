"""Where headlines come from and who reads them, as the settings say."""

from collections.abc import Sequence

from tradefleet.adapters.news.cryptonews import CryptoNewsFeed
from tradefleet.adapters.news.headline_file import HeadlineFile
from tradefleet.adapters.news.lexicon import LexiconScorer
from tradefleet.application.hub.jobs import Job
from tradefleet.application.news import gather
from tradefleet.bootstrap.installation import Installation
from tradefleet.ports.clock import Clock
from tradefleet.ports.news import NewsFeed, Scorer
from tradefleet.settings import Settings

EVERY_S = 300.0
FILE_EVERY_S = 10.0


def news_jobs(made: Installation, clock: Clock) -> Sequence[Job]:
    """Return the job that gathers headlines; none where no source is set."""
    feed = _feed(made.settings)
    if feed is None:
        return ()
    scorer = _scorer(made.settings, clock)

    def look() -> None:
        found = gather(feed, scorer, made.news, clock)
        described = {"feed": describe_feed(made.settings), "scorer": describe_scorer(made.settings)}
        made.snapshots.put("news", {**described, "problem": found.problem}, clock.now())

    pause = FILE_EVERY_S if made.settings.news_file else EVERY_S
    return (Job("news", look, pause, blocking=True),)


def describe_feed(settings: Settings) -> str:
    """Return the name of the source of headlines; empty if none is set."""
    if settings.news_file is not None:
        return f"file {settings.news_file.name}"
    return "CryptoNews" if settings.cryptonews_api_key.get_secret_value() else ""


def describe_scorer(settings: Settings) -> str:
    """Return who reads the headlines."""
    return "OpenAI" if settings.openai_api_key.get_secret_value() else "word list"


def _feed(settings: Settings) -> NewsFeed | None:
    if settings.news_file is not None:
        return HeadlineFile(settings.news_file)
    if key := settings.cryptonews_api_key.get_secret_value():
        return CryptoNewsFeed(settings.cryptonews_base_url, key)
    return None


def _scorer(settings: Settings, clock: Clock) -> Scorer:
    if key := settings.openai_api_key.get_secret_value():
        from tradefleet.adapters.news.openai_scorer import OpenAiScorer

        return OpenAiScorer(key, settings.openai_model, clock, base_url=settings.openai_base_url)
    return LexiconScorer()
