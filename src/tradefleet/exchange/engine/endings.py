"""How orders end: by rule or by their owner's wish; what was executed stays."""

from collections.abc import Callable

from tradefleet.domain.order import OrderStatus, advance
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Changes
from tradefleet.exchange.books.orders import ExpiryReason, Order
from tradefleet.exchange.engine.funds import Funds
from tradefleet.exchange.reports import Reports


class Endings:
    """Ends orders, one by one; what hangs together with them is not looked at."""

    def __init__(
        self,
        books: Books,
        changes: Changes,
        reports: Reports,
        funds: Funds,
        now: Callable[[], int],
    ) -> None:
        self._books = books
        self._changes = changes
        self._reports = reports
        self._funds = funds
        self._now = now

    def end(self, order: Order, status: OrderStatus) -> None:
        """Take an order off the book and give back what it has reserved."""
        order.status = advance(order.status, status)
        order.updated_at = self._now()
        self._funds.release_unneeded(order)
        self._books.resting(order.symbol).drop(order)
        self._changes.order(order)

    def expire(self, order: Order, reason: ExpiryReason) -> None:
        """End an order by rule."""
        order.expiry_reason = reason.value
        self.end(order, OrderStatus.EXPIRED)
        self._reports.order("EXPIRED", order)

    def cancel(self, order: Order, cancel_id: str) -> None:
        """End an order by its owner's wish."""
        self.end(order, OrderStatus.CANCELED)
        self._reports.order("CANCELED", order, cancel_id=cancel_id)
