"""One candle feed, however many bots look at it."""

from typing import Any

from tradefleet.application.hub.feeds import Feed
from tradefleet.domain.candle import MINUTE

START = 1_700_000_000_000 // MINUTE * MINUTE


def rows(start: int, count: int, length: int) -> list[list[Any]]:
    return [
        [at, "1", "2", "0.5", str(1 + at // length % 7), "10", at + length - 1]
        for at in range(start, start + count * length, length)
    ]


def a_feed(count: int = 100) -> Feed:
    feed = Feed("BTCUSDT", "1m")
    feed.merge(rows(START, count, MINUTE), count)
    return feed


def times(feed: Feed) -> list[int]:
    return [(row[0] - START) // MINUTE for row in feed.rows]


def test_an_empty_feed_needs_everything() -> None:
    feed = Feed("BTCUSDT", "1m")
    assert feed.missing(START) == 100
    assert not feed.is_current(START)
    assert not feed.holds(1)


def test_a_feed_is_current_until_the_next_candle_can_have_closed() -> None:
    feed = a_feed()
    next_close = START + 101 * MINUTE
    assert feed.is_current(next_close - 1)
    assert not feed.is_current(next_close)


def test_a_closed_candle_of_the_stream_must_follow_the_newest_row() -> None:
    feed = a_feed()
    assert not feed.append(rows(START + 101 * MINUTE, 1, MINUTE)[0])
    assert feed.append(rows(START + 100 * MINUTE, 1, MINUTE)[0])
    assert not feed.append(rows(START + 100 * MINUTE, 1, MINUTE)[0])
    assert times(feed) == list(range(1, 101))


def test_D2_rows_of_rest_join_what_is_there() -> None:
    feed = a_feed()
    assert feed.missing(START + 103 * MINUTE) == 6
    assert feed.merge(rows(START + 97 * MINUTE, 6, MINUTE), 6)
    assert times(feed) == list(range(3, 103))


def test_D2_rows_that_do_not_join_replace_what_is_there() -> None:
    feed = a_feed()
    feed.merge(rows(START + 500 * MINUTE, 100, MINUTE), 100)
    assert times(feed) == list(range(500, 600))


def test_an_answer_that_is_older_than_the_stream_takes_nothing_back() -> None:
    feed = a_feed()
    feed.append(rows(START + 100 * MINUTE, 1, MINUTE)[0])
    assert not feed.merge(rows(START + 95 * MINUTE, 5, MINUTE), 5)
    assert times(feed)[-1] == 100


def test_a_young_market_holds_any_window() -> None:
    feed = Feed("NEWUSDT", "1m")
    feed.merge(rows(START, 7, MINUTE), 100)
    assert feed.holds(100)
    assert len(feed.window(100)) == 7


def test_a_wider_window_is_fetched_as_a_whole() -> None:
    feed = a_feed()
    feed.depth = 300
    assert feed.missing(START + 100 * MINUTE) == 300
    feed.merge(rows(START - 200 * MINUTE, 300, MINUTE), 300)
    assert len(feed.window(300)) == 300


def test_only_candles_below_a_minute_are_taken_from_the_stream() -> None:
    assert Feed("BTCUSDT", "1s").takes_from_stream
    assert not Feed("BTCUSDT", "1m").takes_from_stream
