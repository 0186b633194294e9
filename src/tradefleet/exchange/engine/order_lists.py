"""The life of order lists: what becomes of an order when another of its list works or ends.

Of a pair, the leg that comes to work ends the other, and the list is done. An OTO waits for its
working order: filled whole, it makes the pending orders due (`PendingOrders` places them);
ended in any other way, it takes them along. A single pending order ends its list with itself.
Source: Binance spot docs, rest-api.md (order lists), faqs/opo.md, user-data-stream.md.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.order import OrderStatus
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Changes
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import NO_LIST, ExpiryReason, Order, Trade
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.endings import Endings
from tradefleet.exchange.engine.funds import Funds
from tradefleet.exchange.engine.new_orders import generated_id
from tradefleet.exchange.reports import Reports

_FEES_APART = "BNB"  # the fee of what is bought with it is never taken from what was free before


@dataclass(frozen=True, slots=True)
class Due:
    """A list whose working order has filled.

    Attributes:
        price: of its last fill.
    """

    order_list: OrderList
    price: Decimal


class OrderLists:
    """Keeps the promises of the lists of all accounts.

    Attributes:
        due: lists whose pending orders are to be placed, first come first.
    """

    def __init__(
        self,
        books: Books,
        changes: Changes,
        reports: Reports,
        funds: Funds,
        endings: Endings,
        now: Callable[[], int],
    ) -> None:
        self._books = books
        self._changes = changes
        self._reports = reports
        self._funds = funds
        self._endings = endings
        self._now = now
        self.due: deque[Due] = deque()

    def of(self, order: Order) -> OrderList | None:
        """Return the list of an order, if it has one."""
        if order.list_id == NO_LIST:
            return None
        return self._books.lists(order.uid).get(order.list_id)

    def open_list_of(self, order: Order) -> OrderList | None:
        """Return the list that still decides over an order, if there is one."""
        order_list = self.of(order)
        return order_list if order_list is not None and order_list.is_open else None

    def orders_of(self, order_list: OrderList) -> list[Order]:
        """Return the orders of a list."""
        book = self._books.orders(order_list.uid)
        return [book.by_id(order_id) for order_id in order_list.order_ids]

    def open(
        self,
        contingency: str,
        client_id: str,
        orders: Sequence[Order],
        *,
        lock: Decimal = ZERO,
        pays: bool = False,
    ) -> OrderList:
        """Let new orders hang together.

        Args:
            contingency: `OCO` or `OTO`.
            client_id: the list's name; empty = the exchange chooses one.
            orders: with the number of the list.
            lock: what they reserve together.
            pays: see `OrderList`.
        """
        for order in orders:
            self._changes.order(order)
        first = orders[0]
        order_list = OrderList(
            id=first.list_id,
            uid=first.uid,
            symbol=first.symbol,
            client_id=client_id or generated_id("tfl", first.list_id),
            contingency=contingency,
            order_ids=tuple(order.id for order in orders),
            time=first.time,
            updated_at=first.time,
            pays=pays,
        )
        self.keep(order_list, lock)
        self._reports.order_list(order_list, list(orders), order_list.time)
        return order_list

    def keep(self, order_list: OrderList, lock: Decimal) -> None:
        """Let a list have so much reserved, for whichever order comes to work."""
        self._funds.reserve(self.orders_of(order_list)[-1], lock - order_list.locked)
        order_list.locked = lock
        self._changes.order_list(order_list)

    # ------------------------------------------------------------ what happens to an order

    def works(self, order: Order) -> None:
        """Note that an order comes to work: the other leg of its pair expires.

        The funds of the list become those of the leg.
        """
        order_list = self.open_list_of(order)
        if order_list is None or order.id not in order_list.pair_ids:
            return
        for leg in self.orders_of(order_list):
            if leg is not order and leg.is_open:
                self._endings.expire(leg, ExpiryReason.OCO_TRIGGER)
        order.locked = self._funds.lock_needed(order)
        self._finish(order_list, kept=order.locked)

    def received(self, order: Order, trade: Trade) -> None:
        """Keep what the working order of a list that pays has bought.

        The fee is taken from what was free before, if that is enough.
        """
        order_list = self.open_list_of(order)
        if order_list is None or not order_list.pays or order.id in order_list.pending_ids:
            return
        kept, asset = trade.quantity, self._funds.spent_asset(self.orders_of(order_list)[-1])
        if trade.fee_asset == asset:
            account = self._books.accounts.by_uid(order.uid)
            if asset == _FEES_APART or account.free(asset) < kept:
                kept -= trade.fee
        self.keep(order_list, order_list.locked + kept)

    def ended(self, order: Order) -> None:
        """Note that an order is over, filled or not."""
        order_list = self.open_list_of(order)
        if order_list is None or order.id in order_list.pair_ids:
            return
        if order.id in order_list.pending_ids:
            self._finish(order_list)
        elif order.status is OrderStatus.FILLED:
            trades = self._books.orders(order.uid).trades_of(order.id)
            self.due.append(Due(order_list, trades[-1].price))
        else:
            self.expire(order_list, ExpiryReason.OTO_PHASE_ONE_EXPIRED)

    def cancel(self, order_list: OrderList, cancel_id: str) -> None:
        """End a list and its orders by their owner's wish."""
        for order in self._open_orders_of(order_list):
            self._endings.cancel(order, cancel_id)
        self._finish(order_list)

    def expire(self, order_list: OrderList, reason: ExpiryReason) -> None:
        """End a list and its orders by rule."""
        for order in self._open_orders_of(order_list):
            self._endings.expire(order, reason)
        self._finish(order_list)

    # ------------------------------------------------------------ its own end

    def _open_orders_of(self, order_list: OrderList) -> list[Order]:
        return [order for order in self.orders_of(order_list) if order.is_open]

    def _finish(self, order_list: OrderList, kept: Decimal = ZERO) -> None:
        orders = self.orders_of(order_list)
        if order_list.locked != kept:
            self._funds.release(orders[-1], order_list.locked - kept)
        order_list.locked = ZERO
        order_list.finish(self._now())
        self._changes.order_list(order_list)
        self._reports.order_list(order_list, orders, order_list.updated_at)
