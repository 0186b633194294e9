"""How much one address may ask for: request weight a minute (rate limit REQUEST_WEIGHT).

Windows are aligned to the calendar, by the exchange's clock (Binance spot docs, rest-api.md).
"""

from tradefleet.domain.candle import MINUTE, SECOND
from tradefleet.exchange.errors import ApiError

WEIGHT_PER_MINUTE = 6_000


class RequestLimits:
    """The weight used by each address in the present minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._used: dict[str, int] = {}

    def use(self, address: str, weight: int, now: int) -> None:
        """Count a request before it is looked at.

        Raises:
            ApiError: -1003, too much in this minute.
        """
        if self.add(address, weight, now) > WEIGHT_PER_MINUTE:
            raise ApiError(
                -1003,
                f"Too much request weight used; current limit is {WEIGHT_PER_MINUTE} request "
                "weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid "
                "polling the API.",
                status=429,
                retry_after=(MINUTE - now % MINUTE) // SECOND + 1,
            )

    def add(self, address: str, weight: int, now: int) -> int:
        """Count weight without refusing; return what is used now."""
        used = self._used[address] = self.used(address, now) + weight
        return used

    def give_back(self, address: str, weight: int, now: int) -> None:
        """Take off what a successful order call does not cost."""
        self._used[address] = max(0, self.used(address, now) - weight)

    def used(self, address: str, now: int) -> int:
        """Return the weight used so far in this minute."""
        if now // MINUTE != self._minute:
            self._minute = now // MINUTE
            self._used.clear()
        return self._used.get(address, 0)
