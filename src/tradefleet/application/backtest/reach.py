"""Where prices first come near two levels: for many positions at once.

Lowest low and highest high of the next 1, 2, 4, 8 … candles are laid out once. From its entry each
position then skips the longest stretch that stays clear of both its levels, then the next shorter
one, and so on: some twenty looks, however long it is held.
"""

import numpy as np

from tradefleet.domain.candle import Candles, Floats
from tradefleet.domain.signals import Places


class Reach:
    """The lows and highs of a market, laid out for looking ahead."""

    def __init__(self, candles: Candles) -> None:
        self._end = len(candles)
        # A candle beyond the last one reaches everything, so that nobody looks further.
        low = np.append(candles.low, -np.inf)
        high = np.append(candles.high, np.inf)
        self._spans = [(1, low, high)]
        while (span := self._spans[-1][0]) < self._end:
            low, high = _wider(low, span, np.minimum), _wider(high, span, np.maximum)
            self._spans.append((2 * span, low, high))

    def first(self, begin: Places, stop: Floats, target: Floats) -> Places:
        """Return for each position the first candle that comes to its stop or its target.

        Args:
            begin: the candle it begins in.
            stop: reached by a low at or below it.
            target: reached by a high at or above it.

        Returns:
            Indices of candles; their number where neither is ever reached.
        """
        at = begin.copy()
        for span, low, high in reversed(self._spans):
            is_clear = (low[at] > stop) & (high[at] < target)
            at += is_clear * span
        return at


def _wider(extremes: Floats, span: int, choose: np.ufunc) -> Floats:
    """Return the extremes of twice as many candles."""
    wider = np.full_like(extremes, extremes[-1])
    choose(extremes[:-span], extremes[span:], out=wider[:-span])
    return wider
