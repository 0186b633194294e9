"""The adversary: what is to go wrong, and the means to let it."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Scope

from tradefleet.exchange.faults.kinds import Strikes
from tradefleet.exchange.faults.outcomes import Outcome, outcome_of
from tradefleet.exchange.faults.table import FaultTable
from tradefleet.exchange.venue import Venue

Pause = Callable[[float], Awaitable[None]]


class Adversary:
    """Holds the table of faults in force and decides who is struck."""

    def __init__(
        self, venue: Venue, cut: Callable[[Scope], None], pause: Pause = asyncio.sleep
    ) -> None:
        """Begin without faults.

        Args:
            venue: the exchange that has bad days.
            cut: ends a connection without a word.
            pause: waits for seconds.
        """
        self.venue = venue
        self.cut = cut
        self.table = FaultTable()
        self._pause = pause

    def bring(self, table: FaultTable) -> None:
        """Put a table in force, in place of the one before."""
        self.table = table

    def struck(self, name: str, *strikes: Strikes, only_named: bool = False) -> Outcome | None:
        """Return what becomes of a request if a fault strikes it.

        Args:
            name: of the request.
            strikes: what the fault must be for.
            only_named: a fault without a path does not fit.
        """
        if self.table.strikes.isdisjoint(strikes):
            return None
        now = self.venue.now()
        strike = self.table.strike(name, now, *strikes, only_named=only_named)
        return None if strike is None else outcome_of(strike, now)

    async def pause(self, ms: int) -> None:
        """Wait."""
        if ms:
            await self._pause(ms / 1_000)
