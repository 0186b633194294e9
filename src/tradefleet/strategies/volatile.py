"""Volatile coins: buys exaggerated falls, sells exaggerated rises."""

from collections.abc import Sequence

from tradefleet.domain.candle import Candles, Floats
from tradefleet.domain.indicators import (
    beyond_bands,
    bollinger,
    macd,
    rsi,
    settled_ema,
    settled_wilder,
)
from tradefleet.domain.remembered import remembered
from tradefleet.domain.signal import Action, Reason, Signal, above, below, waiting_for
from tradefleet.domain.signals import (
    CLOSE_CALL,
    NUMBER_CLOSE_CALL,
    Places,
    Signals,
    Verdict,
    close_call,
    is_above,
    is_below,
    picked,
    signals_of,
    sure,
)
from tradefleet.domain.strategy import Headline, Parameter, Strategy

PRICE = ".8g"
STILL = 1e-9  # of the price: what rounding alone moves the MACD in a market that stands still


class Volatile(Strategy):
    """Buys exaggerated falls and sells exaggerated rises of any coin, by three votes.

    Idea: a coin that moves a lot overshoots. RSI and the Bollinger bands say how far the price has
    gone, the MACD histogram whether the move is tiring.

    Rules: three vote for a BUY: RSI below `rsi_buy`; close below the lower band; MACD
    histogram rising. Three vote for a SELL: RSI above `rsi_sell`; close above the upper band; MACD
    histogram falling. `votes` of them decide; where both sides have enough, nothing is done.

    Fails: in a long fall it buys again and again on the way down, each time up to the stop
    loss; in a calm market its gains are smaller than the fees.
    """

    key = "volatile"
    title = "Volatile coins"

    rsi_length = Parameter(14, minimum=2, maximum=28, help="Candles of the RSI.")
    rsi_buy = Parameter(35.0, minimum=1.0, maximum=60.0, help="Oversold below this RSI.")
    rsi_sell = Parameter(65.0, minimum=40.0, maximum=99.0, help="Overbought above this RSI.")
    macd_fast = Parameter(12, minimum=2, maximum=20, help="Candles of the fast average.")
    macd_slow = Parameter(26, minimum=3, maximum=45, help="Candles of the slow average.")
    macd_signal = Parameter(9, minimum=2, maximum=20, help="Candles of the MACD's signal line.")
    band_length = Parameter(20, minimum=5, maximum=200, help="Candles of the Bollinger bands.")
    band_width = Parameter(2.0, minimum=0.5, maximum=4.0, help="Standard deviations to a band.")
    votes = Parameter(2, minimum=1, maximum=3, help="How many of the three rules must agree.")

    @property
    def warmup(self) -> int:
        """The slowest indicator's settling time."""
        slow = max(self.macd_fast, self.macd_slow)
        momentum = settled_ema(slow) + self.macd_signal
        return max(settled_wilder(self.rsi_length), momentum, self.band_length)

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Count the votes of both sides."""
        close = candles.close
        last = float(close[-1])
        strength = float(rsi(close, self.rsi_length)[-1])
        momentum = macd(close, self.macd_fast, self.macd_slow, self.macd_signal).histogram
        before, now = float(momentum[-2]), float(momentum[-1])
        noise = STILL * last
        bands = bollinger(close[-self.band_length :], self.band_length, self.band_width)
        lower, upper = float(bands.lower[-1]), float(bands.upper[-1])
        buying = (
            below("RSI", strength, self.rsi_buy),
            below("close", last, lower, PRICE),
            Reason(
                f"MACD histogram rising (from {before:.3g} to {now:.3g})", now - before > noise, now
            ),
        )
        selling = (
            above("RSI", strength, self.rsi_sell),
            above("close", last, upper, PRICE),
            Reason(
                f"MACD histogram falling (from {before:.3g} to {now:.3g})",
                before - now > noise,
                now,
            ),
        )
        values = {"rsi": strength, "macd_histogram": now, "lower_band": lower, "upper_band": upper}
        return self._count(buying, selling, values)

    def signals(self, candles: Candles, at: Places) -> Signals:
        """Count the votes of both sides on every candle at once."""
        close = candles.close
        strength = rsi(close, self.rsi_length)
        momentum = macd(close, self.macd_fast, self.macd_slow, self.macd_signal).histogram

        def judge(at: Places) -> tuple[Verdict, Verdict]:
            is_low, is_high = _outside(close, at, self.band_length, self.band_width)
            rising, falling = _turns(close, momentum, at)
            to_buy = self._votes(_oversold(strength, at, self.rsi_buy), is_low, rising)
            to_sell = self._votes(_overbought(strength, at, self.rsi_sell), is_high, falling)
            return to_buy & ~to_sell, to_sell & ~to_buy

        return signals_of(at, judge, self._asked(candles))

    def _votes(self, first: Verdict, second: Verdict, third: Verdict) -> Verdict:
        """Return where enough of the rules agree."""
        if self.votes == 1:
            return first | second | third
        if self.votes == 2:
            return (first & second) | (third & (first | second))
        return first & second & third

    def _count(
        self, buying: tuple[Reason, ...], selling: tuple[Reason, ...], values: dict[str, float]
    ) -> Signal:
        to_buy = sum(rule.met for rule in buying) >= self.votes
        to_sell = sum(rule.met for rule in selling) >= self.votes
        if to_buy and not to_sell:
            return Signal(Action.BUY, buying + selling, values=values)
        if to_sell and not to_buy:
            return Signal(Action.SELL, selling + buying, values=values)
        text = "waiting until the rules agree" if to_buy else self._waiting(buying)
        return Signal(Action.HOLD, buying + selling, text, values=values)

    def _waiting(self, buying: tuple[Reason, ...]) -> str:
        missing = self.votes - sum(rule.met for rule in buying)
        unmet = sum(not rule.met for rule in buying)
        text = waiting_for(buying)
        return text if missing == unmet else f"{text} ({missing} of these {unmet})"


@remembered
def _oversold(strength: Floats, at: Places, limit: float) -> Verdict:
    return is_below(picked(strength, at), limit, NUMBER_CLOSE_CALL)


@remembered
def _overbought(strength: Floats, at: Places, limit: float) -> Verdict:
    return is_above(picked(strength, at), limit, NUMBER_CLOSE_CALL)


@remembered
def _outside(close: Floats, at: Places, length: int, width: float) -> tuple[Verdict, Verdict]:
    """Return where the close lies below the lower band, and where above the upper one."""
    beyond, falls = beyond_bands(close, at, length, width)
    outside = is_above(beyond, 0.0, close_call(picked(close, at)))
    return outside & sure(falls), outside & ~sure(falls)


@remembered
def _turns(close: Floats, momentum: Floats, at: Places) -> tuple[Verdict, Verdict]:
    """Return where the MACD histogram rises, and where it falls."""
    change = (picked(momentum, at) - picked(momentum, at - 1)) / picked(close, at)
    return is_above(change, STILL, CLOSE_CALL), is_below(change, -STILL, CLOSE_CALL)
