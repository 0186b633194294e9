"""How many unfilled orders an account may place (rate limit ORDERS).

The count of a window goes down when an order gets its first fill; cancelling takes nothing off.
Source: Binance spot docs, faqs/order_count_decrement.md; windows are aligned to the calendar.
"""

from dataclasses import dataclass
from typing import Any

from tradefleet.domain.candle import DAY, SECOND
from tradefleet.exchange.errors import ApiError


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """So many orders in a window."""

    interval: str
    number: int
    length: int
    limit: int

    @property
    def header(self) -> str:
        """The header that carries the count."""
        return f"X-MBX-ORDER-COUNT-{self.number}{self.interval[0]}"


ORDER_LIMITS = (
    OrderLimit("SECOND", 10, 10 * SECOND, 100),
    OrderLimit("DAY", 1, DAY, 200_000),
)


class OrderCounts:
    """The counts of all accounts in the present windows."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, OrderLimit], tuple[int, int]] = {}

    def check(self, uid: int, new: int, now: int) -> None:
        """Refuse more orders than a window allows (-1015)."""
        for limit in ORDER_LIMITS:
            if self.count(uid, limit, now) + new > limit.limit:
                window = f"{limit.number} {limit.interval}"
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {limit.limit} orders per {window}.",
                    status=429,
                    retry_after=(limit.length - now % limit.length) // SECOND + 1,
                )

    def add(self, uid: int, new: int, now: int) -> None:
        """Count orders that were placed."""
        for limit in ORDER_LIMITS:
            count = self.count(uid, limit, now) + new
            self._counts[uid, limit] = (now // limit.length, count)

    def first_filled(self, uid: int) -> None:
        """Take an order off that got its first fill."""
        for limit in ORDER_LIMITS:
            window, count = self._counts.get((uid, limit), (0, 0))
            if count:
                self._counts[uid, limit] = (window, count - 1)

    def count(self, uid: int, limit: OrderLimit, now: int) -> int:
        """Return the count of the present window."""
        window, count = self._counts.get((uid, limit), (0, 0))
        return count if window == now // limit.length else 0

    def headers(self, uid: int, now: int) -> dict[str, str]:
        """Return the headers of an answer to an order."""
        return {limit.header: str(self.count(uid, limit, now)) for limit in ORDER_LIMITS}

    def view(self, uid: int, now: int) -> list[dict[str, Any]]:
        """Return the answer of GET /rateLimit/order."""
        return [
            {
                "rateLimitType": "ORDERS",
                "interval": limit.interval,
                "intervalNum": limit.number,
                "limit": limit.limit,
                "count": self.count(uid, limit, now),
            }
            for limit in ORDER_LIMITS
        ]
