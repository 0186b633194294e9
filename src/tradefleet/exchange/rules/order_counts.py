"""How many unfilled orders an account may place (rate limit ORDERS).

The count of a window goes down when an order gets its first fill; cancelling takes nothing off.
Source: Binance spot docs, faqs/order_count_decrement.md.
"""

from typing import Any

from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.info.rate_limits import RateLimit, RateLimits


class OrderCounts:
    """The counts of all accounts in the present windows."""

    def __init__(self, limits: RateLimits | None = None) -> None:
        """Count by limits; Binance's of today if not given."""
        self._limits = (limits or RateLimits()).of("ORDERS")
        self._counts: dict[tuple[int, RateLimit], tuple[int, int]] = {}

    def check(self, uid: int, new: int, now: int) -> None:
        """Refuse more orders than a window allows (-1015)."""
        for limit in self._limits:
            if self.count(uid, limit, now) + new > limit.limit:
                raise ApiError(
                    -1015,
                    f"Too many new orders; current limit is {limit.limit} orders per "
                    f"{limit.words}.",
                    status=429,
                ).until(limit.ends(now), now)

    def add(self, uid: int, new: int, now: int) -> None:
        """Count orders that were placed."""
        for limit in self._limits:
            count = self.count(uid, limit, now) + new
            self._counts[uid, limit] = now // limit.length, count

    def first_filled(self, uid: int) -> None:
        """Take an order off that got its first fill."""
        for limit in self._limits:
            window, count = self._counts.get((uid, limit), (0, 0))
            if count:
                self._counts[uid, limit] = (window, count - 1)

    def count(self, uid: int, limit: RateLimit, now: int) -> int:
        """Return the count of the present window."""
        window, count = self._counts.get((uid, limit), (0, 0))
        return count if window == now // limit.length else 0

    def headers(self, uid: int, now: int) -> dict[str, str]:
        """Return the headers of an answer to an order."""
        return {
            f"X-MBX-ORDER-COUNT-{limit.letters}": str(self.count(uid, limit, now))
            for limit in self._limits
        }

    def view(self, uid: int, now: int) -> list[dict[str, Any]]:
        """Return the answer of GET /rateLimit/order."""
        return [limit.view() | {"count": self.count(uid, limit, now)} for limit in self._limits]
