"""How many unfilled orders an account placed in the running windows, and how many it may."""

from collections.abc import Mapping
from dataclasses import dataclass

from tradefleet.domain.candle import DAY, HOUR, MINUTE, SECOND

_LENGTHS = {"SECOND": SECOND, "MINUTE": MINUTE, "HOUR": HOUR, "DAY": DAY}


@dataclass(slots=True)
class _Window:
    """One limit, such as 100 in 10 s; windows are aligned to the calendar.

    Attributes:
        counted: what the exchange last told of the running window.
        under_way: orders reserved in the running window whose answer did not tell a count yet.
    """

    length: int
    limit: int
    number: int = 0
    counted: int = 0
    under_way: int = 0

    def turn(self, now: int) -> None:
        if now // self.length != self.number:
            self.number, self.counted, self.under_way = now // self.length, 0, 0

    @property
    def used(self) -> int:
        return self.counted + self.under_way


class OrderWindows:
    """The order limits of one account.

    A filled order counts no more at the exchange, so its own count is believed, and only orders
    whose answer is still under way (or never told a count) are added.
    """

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._held_until = 0

    def adopt(self, interval: str, number: int, limit: int) -> None:
        """Take over a limit; an interval this program does not know is left alone."""
        if interval not in _LENGTHS:
            return
        name, length = f"{number}{interval[0]}", _LENGTHS[interval] * number
        if (known := self._windows.get(name)) is not None:
            known.limit = limit
        else:
            self._windows[name] = _Window(length, limit)

    def wait_ms(self, now: int, orders: int, share: float) -> int:
        """Return how long to wait before so many orders fit into a share of every limit."""
        waits = [self._held_until - now]
        for window in self._windows.values():
            window.turn(now)
            if window.used + orders > window.limit * share:
                waits.append(window.length - now % window.length)
        return max(0, *waits)

    def reserve(self, now: int, orders: int) -> None:
        """Count orders that are about to be sent."""
        for window in self._windows.values():
            window.turn(now)
            window.under_way += orders

    def answered(self, now: int, at: int, placed: int, counts: Mapping[str, int]) -> None:
        """Take note of the exchange's counts; an answer without them leaves the orders counted."""
        for name, window in self._windows.items():
            window.turn(now)
            if name in counts and at // window.length == window.number:
                window.counted = counts[name]
                window.under_way = max(0, window.under_way - placed)

    def hold(self, until: int) -> None:
        """Take no orders before: the exchange said -1015."""
        self._held_until = max(self._held_until, until)

    def used(self, now: int) -> Mapping[str, tuple[int, int]]:
        """Return unfilled orders and their limit, by window."""
        for window in self._windows.values():
            window.turn(now)
        return {name: (window.used, window.limit) for name, window in self._windows.items()}
