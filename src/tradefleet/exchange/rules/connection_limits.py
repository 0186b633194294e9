"""How often one address may connect by WebSocket: 300 attempts in five minutes.

Counted for each service (market streams, WebSocket API) on its own, in windows aligned to the
calendar (Binance spot docs: web-socket-streams.md, web-socket-api.md).
"""

from tradefleet.domain.candle import MINUTE
from tradefleet.exchange.errors import ApiError

MOST_ATTEMPTS, WINDOW_MS = 300, 5 * MINUTE


class ConnectionLimits:
    """The attempts of each address in the present window."""

    def __init__(self) -> None:
        self._window = 0
        self._attempts: dict[tuple[str, str], int] = {}

    def attempt(self, service: str, address: str, now: int) -> None:
        """Count an attempt to connect.

        Raises:
            ApiError: -1003 with 429, there were too many.
        """
        if now // WINDOW_MS != self._window:
            self._window = now // WINDOW_MS
            self._attempts.clear()
        count = self._attempts[service, address] = self._attempts.get((service, address), 0) + 1
        if count > MOST_ATTEMPTS:
            raise ApiError(
                -1003,
                f"Too many connections; current limit is {MOST_ATTEMPTS} attempts per 5 MINUTE.",
                status=429,
            ).until((self._window + 1) * WINDOW_MS, now)
