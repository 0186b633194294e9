"""Ticker and news: buys where the chart and the headlines agree."""

from collections.abc import Sequence

from tradefleet.domain.candle import HOUR, Candles
from tradefleet.domain.indicators import rsi, settled_wilder, sma
from tradefleet.domain.signal import Action, Reason, Signal, above, below, waiting_for
from tradefleet.domain.strategy import Headline, Parameter, Strategy

PRICE = ".8g"
SCORE = "+.2f"
Rules = tuple[Reason, ...]

WHOLE_MARKET = 0.5  # weight of a headline that names no coin


class TickerNews(Strategy):
    """Buys where the chart and the scored headlines agree; sells where either turns.

    Idea: news moves coins for hours. A rise that good news explains goes on more often than one
    that nothing explains; bad news is a reason to leave at any price.

    Rules: sentiment is the average score (-1 to 1) of the headlines of the last `hours`, a
    headline counting half as much after half that time, and half if it names no coin. BUY where all
    hold: at least `headlines` scored ones; sentiment above `good`; close above the average of
    `trend_length` closes; RSI below `overbought`. SELL where one holds: sentiment below `bad`
    (of as many headlines); RSI above `overbought`.

    Without news it never buys: headlines nobody has scored count as none, and no sentiment is ever
    assumed. It still sells by the RSI.

    Fails: on rumours, on irony, and where the price knew before the press did. A scorer that
    knows only words takes "bears lose ground" for bad news.
    """

    key = "ticker_news"
    title = "Ticker and news"
    needs_news = True

    hours = Parameter(12, minimum=1, maximum=24, help="Hours for which a headline counts.")
    headlines = Parameter(2, minimum=1, maximum=50, help="Scored headlines needed for an opinion.")
    good = Parameter(0.15, minimum=0.0, maximum=1.0, help="Sentiment above it is good news.")
    bad = Parameter(-0.25, minimum=-1.0, maximum=0.0, help="Sentiment below it is bad news.")
    trend_length = Parameter(50, minimum=5, maximum=400, help="Candles of the trend average.")
    rsi_length = Parameter(14, minimum=2, maximum=28, help="Candles of the RSI.")
    overbought = Parameter(70.0, minimum=40.0, maximum=99.0, help="Overbought above this RSI.")

    @property
    def warmup(self) -> int:
        """The RSI's settling time, or the trend's length."""
        return max(settled_wilder(self.rsi_length), self.trend_length)

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Ask the news and the chart; the exits first."""
        values: dict[str, float] = {}
        known, good, bad = self._news(news or (), candles.last_close_time, values)
        rising, calm, hot = self._chart(candles, values)
        buying, selling = (*known, *good, rising, calm), (*bad, hot)
        if any(rule.met for rule in selling):
            return Signal(Action.SELL, selling + buying, values=values)
        if all(rule.met for rule in buying):
            return Signal(Action.BUY, buying + selling, values=values)
        return Signal(Action.HOLD, buying + selling, waiting_for(buying), values=values)

    def _news(
        self, news: Sequence[Headline], now: int, values: dict[str, float]
    ) -> tuple[Rules, Rules, Rules]:
        """Return whether enough is known, and only then whether it is good and whether bad."""
        count, sentiment = self._sentiment(news, now)
        values["headlines"] = float(count)
        text = f"at least {self.headlines} scored headlines in {self.hours} h (now {count})"
        known = Reason(text, count >= self.headlines, float(count), float(self.headlines))
        if not known.met:
            return (known,), (), ()
        values["sentiment"] = sentiment
        good = above("sentiment", sentiment, self.good, SCORE)
        return (known,), (good,), (below("sentiment", sentiment, self.bad, SCORE),)

    def _chart(self, candles: Candles, values: dict[str, float]) -> tuple[Reason, Reason, Reason]:
        close = candles.close
        strength = values["rsi"] = float(rsi(close, self.rsi_length)[-1])
        trend = float(sma(close[-self.trend_length :], self.trend_length)[-1])
        values["trend"] = trend
        return (
            above("close against its average", float(close[-1]), trend, PRICE),
            below("RSI", strength, self.overbought),
            above("RSI", strength, self.overbought),
        )

    def _sentiment(self, news: Sequence[Headline], now: int) -> tuple[int, float]:
        """Return how many headlines count, and their weighted score; later ones do not exist."""
        total = weights = 0.0
        count = 0
        for headline in news:
            age = (now - headline.published) / (self.hours * HOUR)
            if headline.score is None or not 0 <= age < 1:
                continue
            weight = 0.25**age * (1.0 if headline.symbols else WHOLE_MARKET)
            total += weight * headline.score
            weights += weight
            count += 1
        return count, total / weights if weights else 0.0
