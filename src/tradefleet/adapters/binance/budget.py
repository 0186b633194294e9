"""The request-weight budget of this machine's address.

Binance counts weight per IP and calendar minute and bans who overdraws it. The hub keeps the one
budget of the machine; a bot without a hub keeps a small one of its own.
"""

from typing import Protocol

from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeUnavailableError
from tradefleet.ports import Clock

# Of the exchange's limit: what ordinary calls leave for protection and exits, and what nobody
# uses because other programs may share our address.
URGENT_RESERVE = 0.2
MARGIN = 0.05
DEFAULT_LIMIT = 6_000
# What a bot without a hub allows itself: fifty of them still fit.
LONELY_ALLOWANCE = 100


class Governor(Protocol):
    """Decides whether a request may be sent now; told what the exchange answers."""

    def admit(self, weight: int, urgent: bool) -> None:
        """Reserve weight, or raise `ExchangeUnavailableError` saying how long to wait."""

    def observed(self, used: int) -> None:
        """Take note of the weight used this minute, as the exchange counts it."""

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long: the exchange answered 429 or 418."""


class Budget:
    """Weight of the running minute, by the exchange's clock; keeps `Governor`.

    Attributes:
        limit: weight the whole address may use in a minute.
        allowance: weight this process may use in a minute for what is not urgent.
        silent_until: nothing may be sent before; outlives a restart through the `hub` snapshot.
        refused: how many requests were held back.
    """

    def __init__(
        self,
        clock: Clock,
        limit: int = DEFAULT_LIMIT,
        allowance: int | None = None,
        silent_until: int = 0,
    ) -> None:
        """Begin with an unused minute; without `allowance` the whole limit is ours."""
        self._clock = clock
        self.limit = limit
        self.allowance = allowance
        self.silent_until = silent_until
        self.refused = 0
        self._minute = 0
        self._own = 0
        self._everybodys = 0

    @property
    def used(self) -> int:
        """Weight the address used in the running minute, as far as we know."""
        self._turn()
        return max(self._own, self._everybodys)

    def wait_ms(self, weight: int, urgent: bool) -> int:
        """Reserve weight and return 0, or return how long to wait and reserve nothing."""
        now = self._turn()
        if now < self.silent_until:
            self.refused += 1
            return self.silent_until - now
        share = 1 - MARGIN if urgent else 1 - MARGIN - URGENT_RESERVE
        own, all_together = self._own + weight, self.used + weight
        spent = self.allowance is not None and own > self.allowance and not urgent
        if spent or all_together > self.limit * share:
            self.refused += 1
            return MINUTE - now % MINUTE
        self._own, self._everybodys = own, all_together
        return 0

    def admit(self, weight: int, urgent: bool) -> None:
        """Reserve weight, or raise `ExchangeUnavailableError` saying how long to wait."""
        hold_back(self.wait_ms(weight, urgent))

    def observed(self, used: int) -> None:
        """Take note of the exchange's count where it is higher than ours."""
        self._turn()
        self._everybodys = max(self._everybodys, used)

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long."""
        self.silent_until = max(self.silent_until, self._clock.now() + ms)

    def _turn(self) -> int:
        now = self._clock.now()
        if now // MINUTE != self._minute:
            self._minute, self._own, self._everybodys = now // MINUTE, 0, 0
        return now


def hold_back(wait_ms: int) -> None:
    """Raise `ExchangeUnavailableError` if there is something to wait for."""
    if wait_ms:
        raise ExchangeUnavailableError(
            f"our request budget is used up, next request in {wait_ms / 1000:.1f} s",
            retry_after_ms=wait_ms,
        )
