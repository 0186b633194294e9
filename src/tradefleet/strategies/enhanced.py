"""Enhanced: knows what kind of market it is in, and buys less the wilder it is."""

import math
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import partial

from tradefleet.domain.candle import Candles, Floats
from tradefleet.domain.indicators import (
    adx,
    beyond_bands,
    bollinger,
    donchian,
    mfi,
    quick_sma,
    rsi,
    settled_wilder,
    sma,
    volatility,
    volatility_at,
)
from tradefleet.domain.signal import Action, Reason, Signal, above, below, waiting_for
from tradefleet.domain.signals import (
    NUMBER_CLOSE_CALL,
    Places,
    Signals,
    Verdict,
    close_call,
    is_above,
    is_below,
    signals_of,
    sure,
)
from tradefleet.domain.strategy import Headline, Parameter, Strategy

PRICE = ".8g"
MONEY_FLOW = 14  # candles of the MFI
LEAST_STOP, MOST_STOP = 0.5, 10.0  # percent
LEAST_FRACTION = 0.1

Rules = tuple[Reason, ...]
Values = dict[str, float]
Terms = tuple[float, float, float]  # fraction of the cash, stop and target


class Regime(StrEnum):
    """What kind of market it is."""

    RISING = "rising"
    FALLING = "falling"
    RANGING = "ranging"


class Enhanced(Strategy):
    """Tells rising, falling and ranging markets apart, and buys less the wilder it gets.

    Idea: what works in a trend loses in a range, and the other way round. So first decide what kind
    of market it is, then use the rules made for it; size each entry so that a typical swing risks
    the same share of the money, and set stop and target by the same measure.

    Rules: ADX above `trend_strength` is a trend: rising where the close is above the average of
    `trend_length` closes, else falling; otherwise the market ranges.
    Rising: BUY where the close leaves the channel of the `channel_length` candles before it upward
    and money flows in (MFI above 50); SELL where it leaves the half as long channel downward.
    Ranging: BUY where the close is below the lower Bollinger band and the RSI below
    `oversold`; SELL where the close is above the upper band.
    Falling: never BUY; SELL where the RSI is above 50 (into the bounce) or it leaves that channel
    downward.

    Size: `risk` percent of the cash over the stop distance, at most all of it. The stop lies
    `stop_swings` typical swings of `channel_length` candles away, within 0.5 to 10 percent; the
    target `reward` times as far.

    Fails: where the regime changes: ADX is late, so it buys the end of a trend or fades the
    beginning of one. Breakouts on thin volume are often false.
    """

    key = "enhanced"
    title = "Enhanced"

    adx_length = Parameter(10, minimum=5, maximum=25, help="Candles of the ADX and the RSI.")
    trend_strength = Parameter(25.0, minimum=5.0, maximum=60.0, help="ADX above it is a trend.")
    trend_length = Parameter(100, minimum=10, maximum=400, help="Candles of the trend average.")
    channel_length = Parameter(40, minimum=4, maximum=200, help="Candles of the breakout channel.")
    band_length = Parameter(20, minimum=5, maximum=200, help="Candles of the Bollinger bands.")
    band_width = Parameter(2.0, minimum=0.5, maximum=4.0, help="Standard deviations to a band.")
    oversold = Parameter(35.0, minimum=5.0, maximum=60.0, help="Oversold below this RSI.")
    risk = Parameter(
        1.0, minimum=0.1, maximum=10.0, help="Percent of the cash a stopped entry may lose."
    )
    stop_swings = Parameter(2.0, minimum=0.5, maximum=10.0, help="Typical swings to the stop.")
    reward = Parameter(2.0, minimum=0.5, maximum=10.0, help="Target distance in stop distances.")

    @property
    def warmup(self) -> int:
        """The settling time of the ADX, or the longest window."""
        return max(
            settled_wilder(self.adx_length),
            self.trend_length,
            self.channel_length + 1,
            self.band_length,
        )

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Name the regime, then look at the rules made for it."""
        values: Values = {"close": float(candles.close[-1])}
        regime, found = self._regime(candles, values)
        buying, selling = self._rules(regime, candles, values)
        if any(rule.met for rule in selling):
            return Signal(Action.SELL, (found, *selling, *buying), values=values)
        if buying and all(rule.met for rule in buying):
            return self._buy(candles, (found, *buying, *selling), values)
        wanted = waiting_for(buying) if buying else "waiting until it is not"
        reasons = (found, *buying, *selling)
        return Signal(Action.HOLD, reasons, f"market is {regime}: {wanted}", values=values)

    def signals(self, candles: Candles, at: Places) -> Signals:
        """Name all regimes at once, and look at the rules made for each."""
        high, low, close = candles.high, candles.low, candles.close
        strength = adx(high, low, close, self.adx_length)
        trend, force = quick_sma(close, self.trend_length), rsi(close, self.adx_length)
        top = donchian(high, low, self.channel_length).upper
        bottom = donchian(high, low, -(-self.channel_length // 2)).lower
        flow = mfi(high, low, close, candles.volume, MONEY_FLOW)

        def judge(at: Places) -> tuple[Verdict, Verdict]:
            last = close[at]
            exact = close_call(last)
            trending = is_above(strength[at], self.trend_strength, NUMBER_CLOSE_CALL)
            upward = is_above(last, trend[at], exact)
            rising, falling, ranging = trending & upward, trending & ~upward, ~trending
            beyond, falls = beyond_bands(close, at, self.band_length, self.band_width)
            outside = is_above(beyond, 0.0, exact)
            breakdown = is_below(last, bottom[at - 1])
            bounce = is_above(force[at], 50, NUMBER_CLOSE_CALL)
            selling = (rising & breakdown) | (falling & (bounce | breakdown))
            selling |= ranging & outside & ~sure(falls)
            cheap = outside & sure(falls)
            cheap &= is_below(force[at], self.oversold, NUMBER_CLOSE_CALL)
            leaves = is_above(last, top[at - 1]) & is_above(flow[at], 50, NUMBER_CLOSE_CALL)
            return ((rising & leaves) | (ranging & cheap)) & ~selling, selling

        return signals_of(at, judge, self._asked(candles), partial(self._sized, close))

    def _regime(self, candles: Candles, values: Values) -> tuple[Regime, Reason]:
        close = candles.close
        strength = values["adx"] = _newest(adx(candles.high, candles.low, close, self.adx_length))
        trend = values["trend"] = _newest(sma(close[-self.trend_length :], self.trend_length))
        rising = values["close"] > trend
        regime = Regime.RISING if rising else Regime.FALLING
        if strength <= self.trend_strength:
            regime = Regime.RANGING
        text = (
            f"market is {regime} (ADX {strength:.1f}, a trend above {self.trend_strength:g}; "
            f"close {'above' if rising else 'below'} its average {trend:{PRICE}})"
        )
        return regime, Reason(text, True, strength, self.trend_strength)

    def _rules(self, regime: Regime, candles: Candles, values: Values) -> tuple[Rules, Rules]:
        """Return the rules that must all hold for a BUY, and those of which one makes a SELL."""
        if regime is Regime.RISING:
            return self._breakout(candles, values), (self._breakdown(candles, values),)
        close = candles.close
        strength = values["rsi"] = _newest(rsi(close, self.adx_length))
        if regime is Regime.FALLING:
            return (), (above("RSI", strength, 50), self._breakdown(candles, values))
        bands = bollinger(close[-self.band_length :], self.band_length, self.band_width)
        lower, upper = _newest(bands.lower), _newest(bands.upper)
        cheap = below("close against the lower band", values["close"], lower, PRICE)
        dear = above("close against the upper band", values["close"], upper, PRICE)
        return (cheap, below("RSI", strength, self.oversold)), (dear,)

    def _breakout(self, candles: Candles, values: Values) -> Rules:
        newest = slice(-MONEY_FLOW - 1, None)
        prices = (candles.high[newest], candles.low[newest], candles.close[newest])
        volume = candles.tail(MONEY_FLOW + 1).volume
        flow = values["mfi"] = _newest(mfi(*prices, volume, length=MONEY_FLOW))
        top = float(candles.high[-self.channel_length - 1 : -1].max())
        leaves = above("close against the upper channel", values["close"], top, PRICE)
        return leaves, above("MFI", flow, 50)

    def _breakdown(self, candles: Candles, values: Values) -> Reason:
        bottom = float(candles.low[-self.channel_length // 2 - 1 : -1].min())
        return below("close against the lower channel", values["close"], bottom, PRICE)

    def _buy(self, candles: Candles, reasons: Rules, values: Values) -> Signal:
        """Size the entry so that its stop costs `risk` percent of the cash."""
        length = self.channel_length
        each = _newest(volatility(candles.close[-length - 1 :], length))
        values["typical_swing"] = self._swing(each)
        return _bought(self._terms(each), reasons, values)

    def _sized(self, close: Floats, at: Places) -> list[Signal | None]:
        """Return the BUYs at some candles; None where the last digits decide how one is rounded."""
        each = volatility_at(close, at, self.channel_length).tolist()
        return [
            None if any(map(_is_tie, terms)) else _bought(terms) for terms in map(self._terms, each)
        ]

    def _swing(self, each: float) -> float:
        """Return the typical swing over the channel in percent, from the volatility of a candle."""
        return 100 * each * math.sqrt(self.channel_length)

    def _terms(self, each: float) -> Terms:
        """Return the terms of an entry, from the volatility of a candle."""
        stop = min(max(self.stop_swings * self._swing(each), LEAST_STOP), MOST_STOP)
        return min(max(self.risk / stop, LEAST_FRACTION), 1.0), stop, stop * self.reward


def _newest(values: Floats) -> float:
    return float(values[-1])


def _bought(terms: Terms, reasons: Rules = (), values: Values | None = None) -> Signal:
    fraction, stop, target = map(_decimal, terms)
    return Signal(Action.BUY, reasons, "", fraction, stop, target, values or {})


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _is_tie(value: float) -> bool:
    """Tell whether a value lies so near the middle of two hundredths that either may be nearer."""
    return abs(100 * value % 1 - 0.5) < NUMBER_CLOSE_CALL
