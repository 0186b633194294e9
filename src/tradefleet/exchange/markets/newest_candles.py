"""The newest candles of a symbol as rows, made once, and anew only when a trade changes them.

Who follows a market asks for them again and again, and nearly all of them are as they were.
"""

from collections.abc import Callable
from math import inf

from tradefleet.domain.candle import INTERVALS
from tradefleet.exchange.markets.klines import MAX_LIMIT, MONTH, Row, open_of

Read = Callable[[str, int, int, int], list[Row]]
"""Makes the rows of an interval that open between two times, both included, in a zone."""

_SERIES_KEPT = 4  # intervals and zones, the ones asked for last


class NewestCandles:
    """Keeps rows of the candles up to now; its owner tells which have changed."""

    def __init__(self, read: Read) -> None:
        """Know where rows come from."""
        self._read = read
        self._series: dict[tuple[str, int], list[Row]] = {}
        self._changed_from: float = inf

    def changed(self, time: int) -> None:
        """Note that the candles which cover a time, and all later ones, are other ones now."""
        if time < self._changed_from:
            self._changed_from = time

    def rows(self, interval: str, limit: int, now: int, oldest: int, zone: int) -> list[Row]:
        """Return the newest rows, the forming candle last.

        Args:
            interval: not that of months, which differ in length.
            limit: how many.
            now: later than all candles.
            oldest: open time of the first candle there is.
            zone: milliseconds that the clocks are ahead of UTC.

        Returns:
            None of them if there are not as many candles.
        """
        opened, length = open_of(interval, now, zone), INTERVALS.get(interval, 0)
        first = opened - (limit - 1) * length
        if interval == MONTH or first < oldest:
            return []
        self._drop_changed()
        kept = self._used(interval, zone)
        if not kept or kept[0][0] > first:
            kept[:] = self._read(interval, first, opened, zone)
        elif kept[-1][0] < opened:
            kept += self._read(interval, kept[-1][0] + length, opened, zone)
            if len(kept) > 2 * MAX_LIMIT:
                del kept[:-MAX_LIMIT]
        return kept[-limit:]

    def _used(self, interval: str, zone: int) -> list[Row]:
        """Return the rows kept of a series, which is now the last one that was asked for."""
        kept = self._series.pop((interval, zone), [])
        self._series[interval, zone] = kept
        if len(self._series) > _SERIES_KEPT:
            del self._series[next(iter(self._series))]
        return kept

    def _drop_changed(self) -> None:
        if self._changed_from < inf:
            for kept in self._series.values():
                while kept and kept[-1][6] >= self._changed_from:
                    kept.pop()
            self._changed_from = inf
