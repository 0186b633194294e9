"""Pending orders of lists: placed when the working order has filled whole.

They are held to every rule once more, by the prices of that moment: what could not be placed as
an order of its own (funds, filters, would trigger at once) expires as rejected, and of a pair
both legs do. Source: Binance spot docs, rest-api.md and faqs/opo.md.
"""

from collections.abc import Sequence
from decimal import Decimal

from tradefleet.domain.instrument import floor_to
from tradefleet.domain.order import OrderStatus, advance
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import AT_MARKET, NOT_WORKING, STOPS, ExpiryReason, Order
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.admission import COUNTED, Admission
from tradefleet.exchange.engine.execution import Execution
from tradefleet.exchange.engine.new_orders import begin_following
from tradefleet.exchange.engine.order_lists import Due
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rules.pairs import above_and_below, check_prices
from tradefleet.exchange.rules.rulebook import Rulebook
from tradefleet.exchange.tickets import OrderTicket


class PendingOrders:
    """Places the pending orders of lists that are due."""

    def __init__(
        self,
        market: Market,
        books: Books,
        rulebook: Rulebook,
        admission: Admission,
        execution: Execution,
    ) -> None:
        self._market = market
        self._books = books
        self._rulebook = rulebook
        self._admission = admission
        self._execution = execution
        self._lists = execution.lists

    def place_due(self) -> None:
        """Place the pending orders of every list whose working order has filled."""
        while self._lists.due:
            due = self._lists.due.popleft()
            orders = self._lists.orders_of(due.order_list)[1:]
            try:
                if due.order_list.pays:
                    self._size(due, orders)
                lock = self._check(due, orders)
            except ApiError:
                self._lists.expire(due.order_list, ExpiryReason.REJECTED)
                continue
            self._place(due, orders, lock)

    def _size(self, due: Due, orders: Sequence[Order]) -> None:
        """Let the orders sell what the working order received, as far as the lots go."""
        rules = self._rulebook.of(due.order_list.symbol)
        quantity, step = due.order_list.locked, Decimal(1).scaleb(-rules.instrument.base_precision)
        for lot in rules.filters.lots():
            if lot.name == "MARKET_LOT_SIZE" and not any(o.type in AT_MARKET for o in orders):
                continue
            step = max(step, lot.step)
            quantity = min(quantity, lot.most) if lot.most else quantity
        for order in orders:
            order.quantity = floor_to(quantity, step)

    def _check(self, due: Due, orders: Sequence[Order]) -> Decimal:
        """Hold the orders to the rules; return what they reserve together."""
        account = self._books.accounts.by_uid(due.order_list.uid)
        tickets = [_ticket(order) for order in orders]
        at = self._at(due)
        for ticket in tickets:
            instrument, _ = self._admission.check(account, ticket, COUNTED)
            self._admission.check_conditions(ticket, self._last(due), at)
        if len(tickets) > 1:
            check_prices(*above_and_below(*tickets), self._last(due))
        kept = due.order_list.locked
        return max(
            self._admission.check_funds(account, ticket, instrument, kept=kept, at=at)
            for ticket in tickets
        )

    def _place(self, due: Due, orders: Sequence[Order], lock: Decimal) -> None:
        order_list, now = due.order_list, self._execution.now()
        self._lists.keep(order_list, lock)
        if not order_list.pair_ids:
            orders[0].locked, order_list.locked = lock, ZERO
        for order in orders:
            order.status = advance(order.status, OrderStatus.NEW)
            order.working_at = NOT_WORKING if order.type in STOPS else now
            order.updated_at = now
            begin_following(order, self._last(due), now)
            self._execution.report_new(order)
            self._execution.begin(order, self._at(due))

    def _last(self, due: Due) -> Decimal:
        last = self._market.last_price(due.order_list.symbol)
        return due.price if self._market.continuous or last is None else last

    def _at(self, due: Due) -> Decimal | None:
        """Return the price that a continuous market had when the working order filled.

        It may have gone on since, and will meet what is placed now on its way.
        """
        return due.price if self._market.continuous else None


def _ticket(order: Order) -> OrderTicket:
    return OrderTicket(
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        quantity=order.quantity,
        price=order.price or None,
        stop_price=order.stop_price or None,
        stp_mode=order.stp_mode,
        iceberg_quantity=order.iceberg_quantity,
        trailing_delta=order.trailing_delta,
    )
