"""What this machine's address and the account may ask of Binance, and how much of it is used.

Binance counts request weight per IP and calendar minute, and unfilled orders per account in
calendar windows (10 s, a day); who overdraws is told to wait (429), who goes on is banned (418).
The hub keeps the one budget of the machine; a bot without a hub keeps a small one of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Protocol

from tradefleet.adapters.binance.order_windows import OrderWindows
from tradefleet.domain.candle import DAY, MINUTE
from tradefleet.domain.errors import ExchangeUnavailableError
from tradefleet.ports.clock import Clock

# Ordinary calls use at most half of a limit; the rest is for protection and exits, except for
# what nobody uses because other programs may share our address.
ORDINARY_SHARE = 0.5
URGENT_SHARE = 0.95
DEFAULT_LIMIT = 6_000
# What a bot without a hub allows itself: thirty of them still fit into the ordinary share.
LONELY_ALLOWANCE = 100
# Binance bans for three days at most: whatever asks for more is a mistake.
LONGEST_SILENCE_MS = 3 * DAY


class Governor(Protocol):
    """Decides whether a request may be sent now; told what the exchange answers."""

    def admit(self, weight: int, urgent: bool, orders: int = 0) -> None:
        """Reserve weight and orders, or raise `ExchangeUnavailableError` with the time to wait."""

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take note of what an answer told about our use of the limits (`told`)."""

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long: the exchange answered 429, 418 or 403."""

    def adopt_limits(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the limits over from exchangeInfo's `rateLimits`."""


def told(
    at: int,
    *,
    weight: int | None = None,
    orders: Mapping[str, int] | None = None,
    placed: int = 0,
    free: int = 0,
    hold_orders_ms: int = 0,
) -> dict[str, Any]:
    """Return what an answer told about our use of the limits, fit for JSON.

    Args:
        at: when it was heard, by the exchange's clock: counts of another minute count no more.
        weight: used by our address in this minute.
        orders: unfilled orders of the account by window, such as `{"10S": 3}`.
        placed: how many orders were reserved for the request that is now answered.
        free: weight that was reserved and not charged: what succeeds costs an order nothing.
        hold_orders_ms: take no new orders for so long (-1015).
    """
    return {
        "at": at,
        "weight": weight,
        "orders": dict(orders or {}),
        "placed": placed,
        "free": free,
        "hold_orders_ms": hold_orders_ms,
    }


class Budget:
    """Weight of the running minute and orders of the running windows; keeps `Governor`.

    Safe for threads. Every time is by the exchange's clock.

    Attributes:
        limit: weight the whole address may use in a minute.
        allowance: weight this process may use in a minute for what is not urgent.
        silent_until: nothing may be sent before.
        refused: how many requests were held back.
    """

    def __init__(
        self,
        clock: Clock,
        limit: int = DEFAULT_LIMIT,
        allowance: int | None = None,
        silent_until: int = 0,
        on_silence: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Begin with an unused minute.

        Args:
            clock: follows the exchange.
            limit: until exchangeInfo tells the true one.
            allowance: without it the whole limit is ours.
            silent_until: a ban that outlived the last process.
            on_silence: told until when to be silent, to remember it.
        """
        self._clock = clock
        self.limit = limit
        self.allowance = allowance
        self.silent_until = silent_until
        self.refused = 0
        self._on_silence = on_silence
        self._orders = OrderWindows()
        self._minute = 0
        self._own = 0
        self._ordinary = 0  # of our own: what was not urgent
        self._everybodys = 0
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Weight the address used in the running minute, as far as we know."""
        with self._lock:
            self._turn()
            return max(self._own, self._everybodys)

    @property
    def orders_used(self) -> Mapping[str, tuple[int, int]]:
        """Unfilled orders of the account and their limit, by window."""
        return self._orders.used(self._clock.now())

    def silent_for_ms(self) -> int:
        """How long nothing at all may be sent; 0 = something may."""
        left = self.silent_until - self._clock.now()
        return left if 0 < left <= LONGEST_SILENCE_MS else 0

    def wait_ms(self, weight: int, urgent: bool, orders: int = 0) -> int:
        """Reserve and return 0, or return how long to wait and reserve nothing."""
        with self._lock:
            now = self._turn()
            share = URGENT_SHARE if urgent else ORDINARY_SHARE
            wait = self.silent_for_ms() or self._weight_wait(now, weight, urgent, share)
            if not wait and orders:
                wait = self._orders.wait_ms(now, orders, share)
            if wait:
                self.refused += 1
                return wait
            self._own += weight
            self._ordinary += 0 if urgent else weight
            self._everybodys = max(self._own, self._everybodys + weight)
            self._orders.reserve(now, orders)
            return 0

    def admit(self, weight: int, urgent: bool, orders: int = 0) -> None:
        """Reserve weight and orders, or raise `ExchangeUnavailableError` with the time to wait."""
        hold_back(self.wait_ms(weight, urgent, orders))

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take note of what an answer told about our use of the limits (`told`)."""
        with self._lock:
            now = self._turn()
            self._orders.answered(now, told["at"], told["placed"], told["orders"])
            if told["hold_orders_ms"]:
                self._orders.hold(told["at"] + told["hold_orders_ms"])
            if told["at"] // MINUTE != self._minute:
                return
            self._own = max(0, self._own - told["free"])
            self._everybodys = max(0, self._everybodys - told["free"])
            if told["weight"] is not None:
                self._everybodys = max(self._everybodys, told["weight"])

    def silence(self, ms: int) -> None:
        """Send nothing at all for so long."""
        until = self._clock.now() + min(ms, LONGEST_SILENCE_MS)
        if until > self.silent_until or not self.silent_for_ms():
            self.silent_until = until
            self._on_silence(until)

    def adopt_limits(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the limits over from exchangeInfo's `rateLimits`."""
        for row in rows:
            kind, number, limit = row["rateLimitType"], int(row["intervalNum"]), int(row["limit"])
            if number <= 0 or limit <= 0:
                continue
            if kind == "REQUEST_WEIGHT" and row["interval"] == "MINUTE":
                self.limit = limit // number
            elif kind == "ORDERS":
                self._orders.adopt(row["interval"], number, limit)

    def _weight_wait(self, now: int, weight: int, urgent: bool, share: float) -> int:
        all_together = max(self._own, self._everybodys) + weight
        # What was urgent does not count: a bot that had to search for an order still needs prices.
        ordinary = self._ordinary + weight
        spent = self.allowance is not None and ordinary > self.allowance and not urgent
        return MINUTE - now % MINUTE if spent or all_together > self.limit * share else 0

    def _turn(self) -> int:
        now = self._clock.now()
        if now // MINUTE != self._minute:
            self._minute = now // MINUTE
            self._own = self._ordinary = self._everybodys = 0
        return now


def hold_back(wait_ms: int) -> None:
    """Raise `ExchangeUnavailableError` if there is something to wait for."""
    if wait_ms:
        raise ExchangeUnavailableError(
            f"our request budget is used up, next request in {wait_ms / 1000:.1f} s",
            retry_after_ms=wait_ms,
        )
