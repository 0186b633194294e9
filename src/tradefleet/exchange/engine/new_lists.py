"""How order lists are taken in: refused whole before anything changes, or placed whole.

Source: Binance spot docs, rest-api.md (order lists) and faqs/opo.md.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.lists import OCO, OTO, OrderList
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.engine.admission import Admission
from tradefleet.exchange.engine.execution import Execution
from tradefleet.exchange.engine.new_orders import NewOrders
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.rules.counts import counts_of
from tradefleet.exchange.rules.order_counts import OrderCounts
from tradefleet.exchange.rules.pairs import check_prices, stop_first
from tradefleet.exchange.tickets import OcoTicket, OrderTicket, OtoTicket


@dataclass(frozen=True, slots=True)
class PlacedList:
    """A list and its orders as its answer shows them.

    Binance answers before it places the pending orders of a working order that filled at once.
    """

    order_list: OrderList
    orders: tuple[Order, ...]


class NewLists:
    """Takes in the lists of all accounts."""

    def __init__(
        self,
        market: Market,
        books: Books,
        admission: Admission,
        execution: Execution,
        new_orders: NewOrders,
        counts: OrderCounts,
    ) -> None:
        self._market = market
        self._books = books
        self._admission = admission
        self._execution = execution
        self._new_orders = new_orders
        self._counts = counts

    def place_oco(self, account: Account, ticket: OcoTicket) -> OrderList:
        """Take an OCO list; its funds are locked once.

        Raises:
            ApiError: refused; nothing was changed.
        """
        legs = stop_first((ticket.above, ticket.below))
        instrument, last = self._check(account, ticket.client_id, legs)
        _check_allowed("OCO", allowed=instrument.oco_allowed)
        check_prices(ticket.above, ticket.below, last)
        for leg in legs:
            self._admission.check_conditions(leg, last)
        lock = max(self._admission.check_funds(account, leg, instrument) for leg in legs)
        self._count(account, len(legs))
        orders, name = self._make(account, OCO, legs), ticket.client_id
        order_list = self._execution.lists.open(OCO, name, orders, lock=lock)
        for order in orders:
            self._execution.report_new(order)
            self._execution.begin(order)
        return order_list

    def place_oto(self, account: Account, ticket: OtoTicket) -> PlacedList:
        """Take an OTO list: only the working order reserves funds and comes to the book.

        Raises:
            ApiError: refused; nothing was changed.
        """
        working = ticket.working
        legs = [working, *stop_first(ticket.pending)]
        instrument, last = self._check(account, ticket.client_id, legs)
        _check_allowed("OTO", allowed=instrument.oto_allowed)
        _check_allowed("OPO", allowed=instrument.opo_allowed or not ticket.pays)
        _check_allowed("OCO", allowed=instrument.oco_allowed or len(ticket.pending) == 1)
        if len(ticket.pending) > 1:
            above, below = ticket.pending
            check_prices(above, below)
        self._admission.check_conditions(working, last)
        lock = self._admission.check_funds(account, working, instrument)
        self._count(account, len(legs))
        orders, name = self._make(account, OTO, legs), ticket.client_id
        order_list = self._execution.lists.open(OTO, name, orders, pays=ticket.pays)
        first = orders[0]
        self._execution.funds.reserve(first, lock)
        first.locked = lock
        for order in orders:
            self._execution.report_new(order)
        self._execution.begin(first)
        return PlacedList(copy(order_list), tuple(copy(order) for order in orders))

    # ------------------------------------------------------------ before anything changes

    def _check(
        self, account: Account, client_id: str, legs: Sequence[OrderTicket]
    ) -> tuple[Instrument, Decimal]:
        checked = [self._admission.check(account, leg, counts_of(legs)) for leg in legs]
        self._admission.check_list(account, client_id, legs)
        return checked[0]

    def _count(self, account: Account, orders: int) -> None:
        now = self._market.now()
        self._counts.check(account.uid, orders, now)
        self._counts.add(account.uid, orders, now)

    def _make(self, account: Account, contingency: str, legs: Sequence[OrderTicket]) -> list[Order]:
        list_id = self._books.next_list_id()
        return [
            self._new_orders.make(account, leg, list_id, pending=contingency == OTO and place > 0)
            for place, leg in enumerate(legs)
        ]


def _check_allowed(name: str, *, allowed: bool) -> None:
    if not allowed:
        stop = "" if name == "OCO" else "."  # as Binance writes it
        raise errors.order_refused(f"{name} orders are not supported for this symbol{stop}")
