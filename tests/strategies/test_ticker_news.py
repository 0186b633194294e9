"""`ticker_news` buys only what scored headlines of the last hours speak for."""

import numpy as np

from tradefleet.domain.candle import HOUR, Candles
from tradefleet.domain.signal import Action, Signal
from tradefleet.domain.strategy import Headline
from tradefleet.strategies.ticker_news import TickerNews


def market(way: float) -> Candles:
    """Candles that drift, with enough to and fro to keep the RSI in the middle."""
    count = 600
    close = 100 + way * np.arange(count) / 100 + np.where(np.arange(count) % 2, 0.4, 0.0)
    times = np.arange(count, dtype=np.int64) * 300_000
    return Candles.from_arrays(300_000, times, close, close, close, close, np.ones(count))


RISING, FALLING = market(1), market(-1)
NOW = RISING.last_close_time


def news(
    *scores: float | None, hours_ago: float = 1, symbols: tuple[str, ...] = ("BTC",)
) -> list[Headline]:
    published = NOW - int(hours_ago * HOUR)
    return [Headline(published, f"Headline {i}", "", symbols, s) for i, s in enumerate(scores)]


def decide(headlines: list[Headline] | None, candles: Candles = RISING) -> Signal:
    return TickerNews().decide(candles, headlines)


def test_good_news_in_a_rising_market_is_bought() -> None:
    assert decide(news(0.6, 0.4)).action is Action.BUY


def test_good_news_in_a_falling_market_is_not() -> None:
    assert decide(news(0.6, 0.4), FALLING).action is Action.HOLD


def test_bad_news_is_sold_in_any_market() -> None:
    assert decide(news(-0.6, -0.4)).action is Action.SELL
    assert decide(news(-0.6, -0.4), FALLING).action is Action.SELL


def test_L4_without_news_it_waits_and_says_so() -> None:
    for none in (None, [], news(None, None, None)):
        signal = decide(none)

        assert signal.action is Action.HOLD
        assert signal.waiting_for == "waiting for at least 2 scored headlines in 12 h (now 0)"
        assert "sentiment" not in signal.values


def test_one_headline_is_no_opinion() -> None:
    assert decide(news(0.9)).action is Action.HOLD


def test_what_is_published_after_the_close_does_not_exist() -> None:
    assert decide(news(0.9, 0.9, hours_ago=-0.1)).action is Action.HOLD


def test_old_news_is_no_news() -> None:
    assert decide(news(0.9, 0.9, hours_ago=12)).action is Action.HOLD


def test_the_newer_headline_counts_more() -> None:
    both = news(-0.8, hours_ago=9) + news(0.8, hours_ago=0.5)

    assert decide(both).values["sentiment"] > 0.3


def test_a_headline_about_the_coin_counts_more_than_one_about_the_market() -> None:
    both = news(-0.3, symbols=()) + news(0.6)

    assert decide(both).values["sentiment"] > 0.25
