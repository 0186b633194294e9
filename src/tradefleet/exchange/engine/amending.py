"""Make an open order smaller, in place: it keeps its number and its turn in the queue.

Both legs of a pair change together, since only one of them can ever be executed. An iceberg shows
less only if less than the shown part is left.
Source: Binance spot docs, faqs/order_amend_keep_priority.md; what is left of a partly executed
order must be more than nothing.
"""

from decimal import Decimal
from functools import partial

from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.books.amendments import Amendment
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Changes
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import NO_LIST, Order
from tradefleet.exchange.engine.funds import Funds
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.info.filters import Average, LotSize, Notional
from tradefleet.exchange.info.symbol_rules import SymbolRules
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.reports import Reports
from tradefleet.exchange.rules.averages import Averages
from tradefleet.exchange.rules.order_checks import check_amount
from tradefleet.exchange.rules.rulebook import Rulebook
from tradefleet.exchange.tickets import OrderTicket


class Amending:
    """Changes orders of all accounts in place."""

    def __init__(
        self,
        market: Market,
        books: Books,
        changes: Changes,
        reports: Reports,
        funds: Funds,
        rulebook: Rulebook,
        averages: Averages,
    ) -> None:
        self._market = market
        self._books = books
        self._changes = changes
        self._reports = reports
        self._funds = funds
        self._rulebook = rulebook
        self._averages = averages

    def amend(
        self, account: Account, order: Order | None, quantity: Decimal, client_id: str
    ) -> Amendment:
        """Change the quantity of an order, and its name.

        Args:
            account: whose order it is.
            order: which one; None if the request named none that is known.
            quantity: base in all, what was executed included.
            client_id: the order's name from now on; empty = a new one is made up.

        Raises:
            ApiError: -2038 or a broken filter; nothing was changed.
        """
        if order is None or not order.is_open:
            raise errors.amend_refused("Unknown order sent.")
        order_list = self._open_list(order)
        if order.is_pending and order_list is not None and order_list.pays:
            raise errors.amend_refused("Order amend (pending OPO order) is not supported.")
        self._check(account, order, quantity)
        if client_id != order.client_id and self._books.orders(order.uid).has_open(client_id):
            raise errors.amend_refused(errors.DUPLICATE)
        now = self._market.now()
        client_id = client_id or f"tfa{self._books.last_execution_id + 1:019d}"
        changed = self._changed_with(order, order_list)
        old_client_id = order.client_id
        amendments = [
            self._change(one, quantity, client_id if one is order else one.client_id, now)
            for one in changed
        ]
        self._release(changed, order_list)
        if order_list is not None and client_id != old_client_id:
            self._reports.renamed(order_list, self._orders_of(order_list), now)
        self._changes.commit(now)
        return amendments[0]

    # ------------------------------------------------------------ whether it may be

    def _check(self, account: Account, order: Order, quantity: Decimal) -> None:
        rules = self._rulebook.of(order.symbol)
        check_amount("newQty", quantity, rules.instrument.base_precision)
        if quantity <= 0:
            raise ApiError(-1013, "Invalid quantity.")
        self._check_open(account, rules)
        if quantity == order.quantity:
            raise errors.amend_refused(errors.CHANGES_NOTHING)
        if quantity > order.quantity:
            raise errors.amend_refused("Order amend (quantity increase) is not supported.")
        if quantity <= order.quantity - order.remaining:
            raise errors.amend_refused(errors.WORTH_NOTHING)
        self._check_filters(order, quantity, rules)
        most = rules.filters.max_amends
        if most and len(self._books.orders(order.uid).amendments_of(order.id)) >= most:
            raise errors.amend_refused("Filter failure: MAX_NUM_ORDER_AMENDS")

    def _check_open(self, account: Account, rules: SymbolRules) -> None:
        if not account.can_trade:
            raise errors.amend_refused(errors.NO_TRADING)
        if not rules.may_cancel:
            raise errors.amend_refused(errors.MARKET_CLOSED)
        if not rules.allows("amendAllowed"):
            raise errors.amend_refused("Order amend is not supported for this symbol.")

    def _check_filters(self, order: Order, quantity: Decimal, rules: SymbolRules) -> None:
        ticket = OrderTicket(
            order.symbol,
            order.side,
            order.type,
            quantity=quantity,
            price=order.price or None,
        )
        for rule in rules.filters.of_order:
            judges_size = isinstance(rule, LotSize | Notional)
            if judges_size and not rule.allows(ticket, self._average(order.symbol)):
                raise errors.filter_failure(rule.name)

    def _average(self, symbol: str) -> Average:
        last = self._market.last_price(symbol)
        if last is None:
            raise errors.amend_refused(errors.MARKET_CLOSED)
        return partial(self._averages.price, symbol, last)

    # ------------------------------------------------------------ what changes

    def _open_list(self, order: Order) -> OrderList | None:
        if order.list_id == NO_LIST:
            return None
        found = self._books.lists(order.uid).get(order.list_id)
        return found if found is not None and found.is_open else None

    def _orders_of(self, order_list: OrderList) -> list[Order]:
        book = self._books.orders(order_list.uid)
        return [book.by_id(order_id) for order_id in order_list.order_ids]

    def _changed_with(self, order: Order, order_list: OrderList | None) -> list[Order]:
        """Return the order and the other leg of its pair."""
        pair = () if order_list is None else order_list.pair_ids
        if order.id not in pair:
            return [order]
        book = self._books.orders(order.uid)
        return [order, *(book.by_id(leg_id) for leg_id in pair if leg_id != order.id)]

    def _change(self, order: Order, quantity: Decimal, client_id: str, now: int) -> Amendment:
        old_quantity, old_client_id = order.quantity, order.client_id
        order.quantity, order.updated_at = quantity, now
        order.iceberg_quantity = min(order.iceberg_quantity, quantity)
        order.shown = min(order.shown, order.remaining)
        self._books.orders(order.uid).rename(order, client_id)
        self._changes.order(order)
        amendment = Amendment(
            execution_id=self._reports.amended(order, old_client_id),
            uid=order.uid,
            symbol=order.symbol,
            order_id=order.id,
            old_client_id=old_client_id,
            client_id=client_id,
            old_quantity=old_quantity,
            quantity=quantity,
            time=now,
        )
        self._changes.amendment(amendment)
        return amendment

    def _release(self, changed: list[Order], order_list: OrderList | None) -> None:
        """Give back what the smaller orders need no more; a pair's funds are those of its list."""
        for order in changed:
            self._funds.release_unneeded(order)
            self._changes.order(order)
        if order_list is None or not order_list.locked or len(changed) == 1:
            return
        needed = max(self._funds.lock_needed(order) for order in changed)
        if needed < order_list.locked:
            self._funds.release(changed[0], order_list.locked - needed)
            order_list.locked = needed
            self._changes.order_list(order_list)
