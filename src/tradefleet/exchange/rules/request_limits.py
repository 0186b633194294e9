"""How much one address may ask for: request weight and the bare number of requests.

Who goes on after a refusal (429) is banned (418) for two minutes, and longer each time until a day
has passed without a ban; three days at most. Source: Binance spot docs, rest-api.md "IP Limits",
which leaves open how much patience there is and how bans grow.
"""

from dataclasses import dataclass, field
from typing import Any

from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.info.rate_limits import RateLimit, RateLimits

PATIENCE = 10  # requests that are refused with 429 before the next one is a reason for a ban
FIRST_BAN, LONGEST_BAN = 2 * MINUTE, 3 * DAY
_FORGIVEN_AFTER = DAY
_MOST_ADDRESSES = 10_000  # remembered


@dataclass(slots=True)
class _Visitor:
    """What is known of an address."""

    used: dict[RateLimit, tuple[int, int]] = field(default_factory=dict)  # window and count
    refused: int = 0
    refused_until: int = 0
    bans: int = 0
    banned_until: int = 0

    def count(self, limit: RateLimit, now: int) -> int:
        window, count = self.used.get(limit, (0, 0))
        return count if window == now // limit.length else 0

    def add(self, limit: RateLimit, more: int, now: int) -> int:
        window = now // limit.length
        known, count = self.used.get(limit, (window, 0))
        count = max(0, count + more if known == window else more)
        self.used[limit] = window, count
        return count


class RequestLimits:
    """What each address has used of its limits, and who is banned."""

    def __init__(self, limits: RateLimits | None = None) -> None:
        """Count by limits; Binance's of today if not given."""
        limits = limits or RateLimits()
        self._weights = limits.of("REQUEST_WEIGHT")
        self._raw = limits.of("RAW_REQUESTS")
        self._visitors: dict[str, _Visitor] = {}

    def use(self, address: str, weight: int, now: int) -> None:
        """Count a request before it is looked at.

        Raises:
            ApiError: -1003 with 429, too much in this window; with 418, banned.
        """
        visitor = self._visitor(address)
        if now < visitor.banned_until:
            raise _banned(visitor.banned_until, now)
        over = [limit for limit in self._weights if visitor.add(limit, weight, now) > limit.limit]
        over += [limit for limit in self._raw if visitor.add(limit, 1, now) > limit.limit]
        if over:
            self._refuse(visitor, over[0], now)

    def add(self, address: str, weight: int, now: int) -> None:
        """Count weight without refusing."""
        for limit in self._weights:
            self._visitor(address).add(limit, weight, now)

    def give_back(self, address: str, weight: int, now: int) -> None:
        """Take off what a successful order call does not cost."""
        self.add(address, -weight, now)

    def used(self, address: str, now: int) -> int:
        """Return the weight used so far in the present window."""
        return self._visitor(address).count(self._weights[0], now)

    def headers(self, address: str, now: int) -> dict[str, str]:
        """Return the headers that every answer carries."""
        visitor = self._visitor(address)
        headers = {"X-MBX-USED-WEIGHT": str(visitor.count(self._weights[0], now))}
        for limit in self._weights:
            headers[f"X-MBX-USED-WEIGHT-{limit.letters}"] = str(visitor.count(limit, now))
        return headers

    def views(self, address: str, now: int) -> list[dict[str, Any]]:
        """Return the `rateLimits` of an answer of the WebSocket API."""
        visitor = self._visitor(address)
        return [limit.view() | {"count": visitor.count(limit, now)} for limit in self._weights]

    def _visitor(self, address: str) -> _Visitor:
        found = self._visitors.get(address)
        if found is None:
            if len(self._visitors) >= _MOST_ADDRESSES:
                self._visitors.pop(next(iter(self._visitors)))
            found = self._visitors[address] = _Visitor()
        return found

    def _refuse(self, visitor: _Visitor, limit: RateLimit, now: int) -> None:
        """Refuse a request beyond a limit; ban an address that does not stop."""
        if now >= visitor.refused_until:
            visitor.refused, visitor.refused_until = 0, limit.ends(now)
        visitor.refused += 1
        if visitor.refused <= PATIENCE:
            raise _too_many(limit, now)
        if now - visitor.banned_until > _FORGIVEN_AFTER:
            visitor.bans = 0
        visitor.banned_until = now + min(FIRST_BAN << visitor.bans, LONGEST_BAN)
        visitor.bans = min(visitor.bans + 1, 16)
        visitor.refused = 0
        raise _banned(visitor.banned_until, now)


def _too_many(limit: RateLimit, now: int) -> ApiError:
    weighed = limit.kind == "REQUEST_WEIGHT"
    much = "Too much request weight used" if weighed else "Too many requests"
    what = "request weight" if weighed else "requests"
    return ApiError(
        -1003,
        f"{much}; current limit is {limit.limit} {what} per {limit.words}. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        status=429,
    ).until(limit.ends(now), now)


def _banned(end: int, now: int) -> ApiError:
    return ApiError(
        -1003,
        f"Way too much request weight used; IP banned until {end}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
        status=418,
    ).until(end, now)
