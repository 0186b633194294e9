"""The agenda: what is to be done at a time of the exchange's clock."""

from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count

Deed = Callable[[], Awaitable[None] | None]


class Agenda:
    """Deeds by the time they are due."""

    def __init__(self) -> None:
        self._deeds: list[tuple[int, int, Deed]] = []
        self._numbers = count()

    def add(self, due: int, deed: Deed) -> None:
        """Note a deed; those due at the same time are done in the order they were noted.

        Args:
            due: UTC milliseconds of the exchange's clock.
            deed: what to do.
        """
        heappush(self._deeds, (due, next(self._numbers), deed))

    async def run_due(self, now: int) -> None:
        """Do what is due."""
        while self._deeds and self._deeds[0][0] <= now:
            _, _, deed = heappop(self._deeds)
            waited_for = deed()
            if waited_for is not None:
                await waited_for
