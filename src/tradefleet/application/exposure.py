"""Exposure: how long a position had no stop at the exchange, by the exchange's own times."""

from collections.abc import Sequence

from tradefleet.domain.order import Order, ProtectionRequest
from tradefleet.domain.position import Position
from tradefleet.ports.journal import Intent, IntentState


class Exposure:
    """Measures the time between a fill, or the end of a stop, and the next stop that rests.

    What began in another process of the bot is measured from the first fill.
    """

    def __init__(self) -> None:
        self._opened_at: int | None = None  # the position it tells of
        self._since: int | None = None

    def measure(
        self, intent: Intent, state: IntentState, orders: Sequence[Order], position: Position
    ) -> int | None:
        """Take note of what became of an intent.

        Args:
            intent: as it was before.
            state: what it is now.
            orders: of the intent, as the exchange told them; their fills are booked.
            position: after that.

        Returns:
            Milliseconds without a stop, where the intent just began to protect; else None.
        """
        if not position.is_open:
            self._opened_at = self._since = None
            return None
        if position.opened_at != self._opened_at:
            self._opened_at = self._since = position.opened_at
        request = intent.request
        if not isinstance(request, ProtectionRequest) or request.stop_price is None:
            return None
        if state is IntentState.ACCEPTED:
            return self._covered(min(order.updated_at for order in orders))
        if intent.state is IntentState.ACCEPTED:
            self._since = max(order.updated_at for order in orders)
        return None

    def _covered(self, at: int) -> int | None:
        since, self._since = self._since, None
        return None if since is None else max(0, at - since)
