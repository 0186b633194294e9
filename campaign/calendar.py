"""What will happen when, in virtual time."""

import heapq
from collections.abc import Callable
from itertools import count

from campaign.clock import VirtualClock


class Calendar:
    """Time and what is due in it.

    Attributes:
        clock: moves on only by `pass_time`.
    """

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count()

    def after(self, ms: int, event: Callable[[], None]) -> None:
        """Put something on the calendar."""
        heapq.heappush(self._due, (self.clock.ms + max(ms, 0), next(self._numbers), event))

    def pass_time(self, ms: int) -> None:
        """Let time pass, and happen what is due meanwhile."""
        until = self.clock.ms + ms
        while self._due and self._due[0][0] <= until:
            time, _, event = heapq.heappop(self._due)
            self.clock.ms = max(self.clock.ms, time)
            event()
        self.clock.ms = max(self.clock.ms, until)
