"""Turns what was asked for into orders with numbers, names and times."""

from decimal import Decimal

from tradefleet.domain.order import OrderStatus
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import NO_LIST, NOT_WORKING, STOPS, Order
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.trailing import begin
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rules.rulebook import Rulebook
from tradefleet.exchange.tickets import OrderTicket


class NewOrders:
    """Makes orders; they are not in the books yet."""

    def __init__(self, market: Market, books: Books, rulebook: Rulebook) -> None:
        self._market = market
        self._books = books
        self._rulebook = rulebook

    def make(
        self,
        account: Account,
        ticket: OrderTicket,
        list_id: int = NO_LIST,
        *,
        pending: bool = False,
    ) -> Order:
        """Return a new order.

        Args:
            account: whose it is.
            ticket: what was asked for; without a quantity only if pending.
            list_id: of its list.
            pending: it waits until another order of its list has filled.
        """
        number, now = self._books.next_order_id(), self._market.now()
        assert pending or ticket.quantity is not None
        order = Order(
            id=number,
            uid=account.uid,
            symbol=ticket.symbol,
            client_id=ticket.client_id or generated_id("tfo", number),
            side=ticket.side,
            type=ticket.type,
            time_in_force=ticket.time_in_force,
            quantity=ticket.quantity or ZERO,
            price=ticket.price or ZERO,
            stop_price=ticket.stop_price or ZERO,
            quote_quantity=ticket.quote_quantity or ZERO,
            time=now,
            updated_at=now,
            status=OrderStatus.PENDING_NEW if pending else OrderStatus.NEW,
            list_id=list_id,
            working_at=NOT_WORKING if pending or ticket.type in STOPS else now,
            strategy_id=ticket.strategy_id,
            strategy_type=ticket.strategy_type,
            stp_mode=self._rulebook.of(ticket.symbol).stp_mode(ticket.stp_mode),
            iceberg_quantity=ticket.iceberg_quantity,
            trailing_delta=ticket.trailing_delta,
        )
        if not pending:
            begin_following(order, self._market.last_price(ticket.symbol) or ZERO, now)
        return order


def begin_following(order: Order, price: Decimal, now: int) -> None:
    """Let an order that comes to the book follow the price, if it trails from the beginning."""
    if order.trailing_delta and not order.stop_price:
        begin(order, price, now)


def generated_id(prefix: str, number: int) -> str:
    """Return the name of something whose owner gave it none."""
    return f"{prefix}{number:019d}"
