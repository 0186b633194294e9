"""A recording: the candles of one symbol from a file, with what is missing in them."""

from dataclasses import dataclass

import numpy as np

from tradefleet.domain.candle import Candles, Floats, Times


@dataclass(frozen=True, slots=True)
class Gaps:
    """Missing stretches between the first and the last candle.

    Attributes:
        count: stretches.
        candles: candles missing in them.
        longest: the longest one, in milliseconds.
        first_at: open time of the first missing candle; None if none is missing.
    """

    count: int = 0
    candles: int = 0
    longest: int = 0
    first_at: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Validated candles, ascending, gaps left as they are.

    The prices are the floats nearest to the source's decimals: `repr` gives those back.

    Attributes:
        interval: its name, such as `5m`.
        quote_volume, trades: a value each candle, None where the source does not tell.
    """

    symbol: str
    interval: str
    candles: Candles
    quote_volume: Floats | None = None
    trades: Times | None = None

    @property
    def gaps(self) -> Gaps:
        """What is missing."""
        return gaps_in(self.candles.open_time, self.candles.interval)


def gaps_in(open_time: Times, interval: int) -> Gaps:
    """Return what is missing between ascending open times.

    Args:
        open_time: UTC milliseconds.
        interval: length of a candle, milliseconds.
    """
    missing = np.diff(open_time) - interval
    places = np.flatnonzero(missing > 0)
    if not len(places):
        return Gaps()
    return Gaps(
        count=len(places),
        candles=int((missing[places] // interval).sum()),
        longest=int(missing.max()),
        first_at=int(open_time[places[0]]) + interval,
    )
