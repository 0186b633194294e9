"""One candle feed for each symbol and interval, however many bots look at it. Pure."""

from collections.abc import Sequence
from typing import Any

from tradefleet.domain.candle import MINUTE, interval_ms

Row = list[Any]

MOST_ROWS = 1_000
_OPEN_TIME = 0


class Feed:
    """The newest closed candles of one symbol and interval, as kline rows, oldest first.

    Rows come from REST. The one exception are candles shorter than a minute: fetching each would
    cost a request a second and symbol, so a candle the stream calls closed is taken as it is when
    it follows the newest row without a gap. It is the same row REST gives (the exchange builds both
    from one source and a closed candle never changes); a candle that does not follow is not
    taken, and the gap is filled by REST.

    Attributes:
        depth: how many rows somebody wants.
        exhausted: the exchange has no older rows than ours.
        wanted_at: `monotonic` of the last time somebody asked.
        tried_at: `monotonic` of the last refresh.
        trouble: why the last refresh failed, empty if it did not.
    """

    def __init__(self, symbol: str, interval: str) -> None:
        self.symbol = symbol
        self.interval = interval
        self.length = interval_ms(interval)
        self.depth = 100
        self.exhausted = False
        self.wanted_at = 0.0
        self.tried_at = float("-inf")
        self.trouble = ""
        self.rows: list[Row] = []

    @property
    def newest(self) -> int:
        """Opening time of the newest row, -1 without one."""
        return int(self.rows[-1][_OPEN_TIME]) if self.rows else -1

    @property
    def takes_from_stream(self) -> bool:
        """Whether closed candles of the stream may become rows."""
        return self.length < MINUTE

    def is_current(self, now: int) -> bool:
        """Return whether no further candle can have closed."""
        return bool(self.rows) and now < self.newest + 2 * self.length

    def holds(self, count: int) -> bool:
        """Return whether a window of this size can be given."""
        return len(self.rows) >= count or (self.exhausted and bool(self.rows))

    def missing(self, now: int) -> int:
        """Return how many rows to fetch: all, or the new ones and two that must join them."""
        if not self.rows or not self.holds(self.depth):
            return self.depth
        return min(self.depth, (now - self.newest) // self.length + 2)

    def append(self, row: Row) -> bool:
        """Take a closed candle of the stream; return False if it does not follow the newest row."""
        if not self.rows or row[_OPEN_TIME] != self.newest + self.length:
            return False
        self.rows.append(row)
        del self.rows[: -self.depth]
        return True

    def merge(self, rows: Sequence[Row], asked: int) -> bool:
        """Take closed rows of REST.

        Args:
            rows: oldest first.
            asked: how many were asked for; fewer mean that there are no older ones.

        Returns:
            Whether the newest row is a new one.
        """
        before = self.newest
        self.exhausted = self.exhausted or len(rows) < asked
        if rows:
            joins = rows[0][_OPEN_TIME] <= before + self.length
            kept = [r for r in self.rows if r[_OPEN_TIME] < rows[0][_OPEN_TIME]] if joins else []
            later = [r for r in self.rows if r[_OPEN_TIME] > rows[-1][_OPEN_TIME]]
            self.rows = [*kept, *rows, *later][-self.depth :]
        return self.newest > before

    def window(self, count: int) -> list[Row]:
        """Return the newest `count` rows."""
        return self.rows[-count:]

    def reaches(self, count: int, open_time: int) -> bool:
        """Return whether whoever has the window up to a row needs only the rows after it."""
        window = self.window(count)
        return bool(window) and window[0][_OPEN_TIME] <= open_time

    def after(self, open_time: int) -> list[Row]:
        """Return the rows that opened after a time."""
        rows = self.rows
        start = len(rows)
        while start and rows[start - 1][_OPEN_TIME] > open_time:
            start -= 1
        return rows[start:]
