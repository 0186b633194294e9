"""Conservative: buys a pull-back that is over, in a market that rises."""

from collections.abc import Sequence

import numpy as np

from tradefleet.domain.candle import Candles
from tradefleet.domain.indicators import (
    quick_sma,
    quick_volatility,
    rsi,
    settled_wilder,
    sma,
    volatility,
)
from tradefleet.domain.signal import Action, Signal, above, below, waiting_for
from tradefleet.domain.signals import (
    NUMBER_CLOSE_CALL,
    Places,
    Signals,
    Verdict,
    close_call,
    is_above,
    is_below,
    picked,
    signals_of,
)
from tradefleet.domain.strategy import Headline, Parameter, Strategy

PRICE = ".8g"
PERCENT = ".3g"
PERCENT_CLOSE_CALL = 1e-5  # of a typical move: so near to the least one nobody is sure


class SimpleProfitable(Strategy):
    """Buys a pull-back that is over, in a market that rises; few trades. Shown as Conservative.

    Idea: in a rising market most small falls are pauses. It waits for one, and for its end,
    and leaves the market alone while it falls or hardly moves.

    Rules: BUY where all five hold: close above the trend average (of `trend_length` closes);
    that average higher than `slope_length` candles ago; RSI below `pullback` within the last
    `patience` candles; close above the one before; a typical move over `trend_length` candles of at
    least `least_move` percent, so that a gain can pay the fees. SELL where one holds: RSI above
    `overbought`; close more than `break_percent` percent below the trend average.

    Fails: when a rise ends: the last pull-back is the beginning of the fall, and the trend average
    notices late. In a market without direction it is whipsawed around the average.
    """

    key = "simple_profitable"
    title = "Conservative"

    trend_length = Parameter(120, minimum=10, maximum=400, help="Candles of the trend average.")
    slope_length = Parameter(12, minimum=1, maximum=100, help="Candles back the trend must rise.")
    rsi_length = Parameter(14, minimum=2, maximum=28, help="Candles of the RSI.")
    pullback = Parameter(42.0, minimum=5.0, maximum=70.0, help="A pull-back takes RSI below it.")
    patience = Parameter(6, minimum=1, maximum=20, help="Candles a pull-back stays good for.")
    overbought = Parameter(70.0, minimum=40.0, maximum=99.0, help="Sells above this RSI.")
    break_percent = Parameter(
        0.5, minimum=0.0, maximum=20.0, help="Percent below the trend average that end the rise."
    )
    least_move = Parameter(
        0.6, minimum=0.0, maximum=20.0, help="Percent of a typical move that are worth the fees."
    )

    @property
    def warmup(self) -> int:
        """The RSI's settling time and the pull-back before it, or the trend's length."""
        return max(
            settled_wilder(self.rsi_length) + self.patience,
            self.trend_length + max(self.slope_length, 1),
        )

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Look at the exits first, then at the five conditions of an entry."""
        close = candles.close
        last = float(close[-1])
        strength = rsi(close, self.rsi_length)
        now = float(strength[-1])
        trend, earlier = self._trend(candles)
        move = self._typical_move(candles)
        dip = float(np.min(strength[-self.patience :]))
        floor = trend * (1 - self.break_percent / 100)
        buying = (
            above("close", last, trend, PRICE),
            above(f"trend against {self.slope_length} candles ago", trend, earlier, PRICE),
            below(f"RSI of the last {self.patience} candles", dip, self.pullback),
            above("close against the one before", last, float(close[-2]), PRICE),
            above("typical move in percent", move, self.least_move, PERCENT),
        )
        selling = (
            above("RSI", now, self.overbought),
            below("close against the end of the rise", last, floor, PRICE),
        )
        values = {"rsi": now, "trend": trend, "typical_move": move}
        if any(rule.met for rule in selling):
            return Signal(Action.SELL, selling + buying, values=values)
        if all(rule.met for rule in buying):
            return Signal(Action.BUY, buying + selling, values=values)
        return Signal(Action.HOLD, buying + selling, waiting_for(buying), values=values)

    def signals(self, candles: Candles, at: Places) -> Signals:
        """Look at all conditions on every candle at once."""
        close, length = candles.close, self.trend_length
        strength = rsi(close, self.rsi_length)
        trends, moves = quick_sma(close, length), quick_volatility(close, length)

        def judge(at: Places) -> tuple[Verdict, Verdict]:
            last, trend, force = (picked(column, at) for column in (close, trends, strength))
            dip, exact = force, close_call(last)
            for earlier in range(1, self.patience):
                dip = np.minimum(dip, picked(strength, at - earlier))
            buying = (
                is_above(last, trend, exact)
                & is_above(trend, picked(trends, at - self.slope_length), exact)
                & is_below(dip, self.pullback, NUMBER_CLOSE_CALL)
                & is_above(last, picked(close, at - 1))
                & is_above(
                    100 * np.sqrt(length) * picked(moves, at), self.least_move, PERCENT_CLOSE_CALL
                )
            )
            floor = trend * (1 - self.break_percent / 100)
            selling = is_above(force, self.overbought, NUMBER_CLOSE_CALL)
            selling |= is_below(last, floor, exact)
            return buying & ~selling, selling

        return signals_of(at, judge, self._asked(candles))

    def _trend(self, candles: Candles) -> tuple[float, float]:
        """Return the trend average now and `slope_length` candles ago."""
        newest = candles.close[-self.trend_length - self.slope_length :]
        average = sma(newest, self.trend_length)
        return float(average[-1]), float(average[-1 - self.slope_length])

    def _typical_move(self, candles: Candles) -> float:
        """Return the move to be expected over `trend_length` candles, in percent."""
        newest = candles.close[-self.trend_length - 1 :]
        each = float(volatility(newest, self.trend_length)[-1])
        return 100 * each * float(np.sqrt(self.trend_length))
