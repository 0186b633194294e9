"""The tape: the candles the hub fetched for its bots, kept for backtests and for looking back."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

from tradefleet.application.hub.feeds import Row
from tradefleet.domain.candle import DAY, MINUTE, interval_ms
from tradefleet.ports.clock import Clock

# A write replaces a file, so candles are collected; a feed holds 100 at least.
AT_ONCE = 30
AT_LATEST_S = 6 * 3_600.0

Fed = tuple[str, str, Sequence[Row]]


class Shelf(Protocol):
    """Where the tape is kept; blocks."""

    def keep(self, symbol: str, interval: str, rows: Sequence[Row]) -> None:
        """Keep closed candles, ascending; those that are there stay.

        Raises:
            DataError: they cannot be true, or the tape is damaged.
        """

    def forget_before(self, symbol: str, interval: str, at: int) -> None:
        """Drop what is older, UTC milliseconds; some of it may stay for a while."""


class Tape:
    """Writes what feeds hold from time to time; seconds are not kept."""

    def __init__(
        self,
        fed: Callable[[], Iterable[Fed]],
        shelf: Shelf,
        clock: Clock,
        days: int,
        aside: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        """Make a tape that has written nothing.

        Args:
            fed: returns symbol, interval and newest closed candles of each feed.
            shelf: asked only through `aside`.
            clock: of the exchange.
            days: how long a candle is kept, at least.
            aside: runs a blocking function elsewhere.
        """
        self._fed = fed
        self._shelf = shelf
        self._clock = clock
        self._days = days
        self._aside = aside
        self._written: dict[tuple[str, str], tuple[int, float]] = {}

    async def look(self) -> None:
        """Write the candles that are new, where there are enough of them or long enough."""
        for symbol, interval, rows in list(self._fed()):
            if interval_ms(interval) < MINUTE:
                continue
            newest, written_at = self._written.get((symbol, interval), (-1, float("-inf")))
            fresh = [row for row in rows if row[0] > newest]
            now = self._clock.monotonic()
            if fresh and (len(fresh) >= AT_ONCE or now - written_at >= AT_LATEST_S):
                await self._aside(partial(self._write, symbol, interval, fresh))
                self._written[symbol, interval] = int(fresh[-1][0]), now

    def _write(self, symbol: str, interval: str, rows: Sequence[Row]) -> None:
        self._shelf.keep(symbol, interval, rows)
        self._shelf.forget_before(symbol, interval, self._clock.now() - self._days * DAY)
