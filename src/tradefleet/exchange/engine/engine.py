"""The matching engine: takes orders, lets the market meet them, cancels them.

An order is refused before anything changes, or it is taken and everything it causes is one
change of the books, written down before it is answered.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import OrderType
from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account, Credential
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.fee_terms import FeeTerms
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import ExpiryReason, Order
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.engine.admission import Admission
from tradefleet.exchange.engine.amending import Amending
from tradefleet.exchange.engine.encounters import Encounters
from tradefleet.exchange.engine.execution import Execution, Shorten
from tradefleet.exchange.engine.funds import Funds
from tradefleet.exchange.engine.merged_book import MergedBook
from tradefleet.exchange.engine.new_lists import NewLists, PlacedList
from tradefleet.exchange.engine.new_orders import NewOrders, generated_id
from tradefleet.exchange.engine.pending_orders import PendingOrders
from tradefleet.exchange.protocols import Log, Market, MarketTrade
from tradefleet.exchange.reports import Reports
from tradefleet.exchange.rules.averages import Averages
from tradefleet.exchange.rules.order_checks import check_open_for_cancels
from tradefleet.exchange.rules.order_counts import OrderCounts
from tradefleet.exchange.rules.rulebook import Rulebook
from tradefleet.exchange.tickets import OcoTicket, OrderTicket, OtoTicket


class Engine:
    """All accounts' orders against one market and each other.

    Attributes:
        book: what anybody may see of them and of the market.
        amending: makes orders smaller.
        fees: what fills cost.
    """

    def __init__(self, market: Market, books: Books, log: Log, audience: Audience) -> None:
        self._market = market
        self._audience = audience
        self.books = books
        self.rulebook = Rulebook(market)
        self.instruments: Mapping[str, Instrument] = self.rulebook.instruments
        self.counts = OrderCounts(self.rulebook.exchange.rate_limits)
        self._cancels = 0
        self.book = MergedBook(market, books)
        self._changes = Changes(books, log, audience)
        self._reports = Reports(self._changes, audience)
        self._execution = Execution(
            market,
            books,
            self.book,
            self._changes,
            self._reports,
            audience,
            self.instruments,
            self.counts.first_filled,
        )
        self.fees = self._execution.fees
        self._admission = Admission(market, books, self.book, self.rulebook)
        self._new_orders = NewOrders(market, books, self.rulebook)
        self._new_lists = NewLists(
            market, books, self._admission, self._execution, self._new_orders, self.counts
        )
        self._encounters = Encounters(
            market,
            books,
            self._changes,
            audience,
            self.instruments,
            self._execution,
            PendingOrders(market, books, self.rulebook, self._admission, self._execution),
        )
        self.amending = Amending(
            market,
            books,
            self._changes,
            self._reports,
            self._execution.funds,
            self.rulebook,
            self.averages,
        )

    # ------------------------------------------------------------ the market moves

    def catch_up(self) -> None:
        """Let everything happen that the market has done until now."""
        for trade in self._market.advance():
            self.on_trade(trade)
        self._encounters.uncross()

    def on_trade(self, trade: MarketTrade, *, fills_all: bool = False) -> None:
        """Let resting orders react to a trade of the market.

        Args:
            trade: what happened.
            fills_all: its quantity is not the limit of what fills at its price.
        """
        self._encounters.on_trade(trade, fills_all=fills_all)

    # ------------------------------------------------------------ orders

    def test(self, account: Account, ticket: OrderTicket) -> None:
        """Check an order as far as the filters go; nothing is placed."""
        self._admission.check(account, ticket)

    def place(self, account: Account, ticket: OrderTicket) -> Order:
        """Take an order and let it work.

        Raises:
            ApiError: refused; nothing was changed.
        """
        instrument, last = self._admission.check(account, ticket)
        orders = self.books.orders(account.uid)
        if ticket.client_id and orders.has_open(ticket.client_id):
            raise errors.order_refused(errors.DUPLICATE)
        self._admission.check_conditions(ticket, last)
        ticket = self._admission.by_quantity(account, ticket)
        found = None
        if ticket.type is OrderType.MARKET:
            found = self._admission.reach_at_once(account, ticket)
        lock = self._admission.check_funds(account, ticket, instrument, found=found)
        self.counts.check(account.uid, 1, self._market.now())
        order = self._new_orders.make(account, ticket)
        self.counts.add(account.uid, 1, order.time)
        self._execution.start(order, lock, found)
        self._encounters.settle()
        return order

    def place_oco(self, account: Account, ticket: OcoTicket) -> OrderList:
        """Take an OCO list; its funds are locked once.

        Raises:
            ApiError: refused; nothing was changed.
        """
        order_list = self._new_lists.place_oco(account, ticket)
        self._encounters.settle()
        return order_list

    def place_oto(self, account: Account, ticket: OtoTicket) -> PlacedList:
        """Take an OTO list; return it as it is before its pending orders are placed.

        Raises:
            ApiError: refused; nothing was changed.
        """
        placed = self._new_lists.place_oto(account, ticket)
        self._encounters.settle()
        return placed

    def cancel(self, account: Account, order: Order, cancel_id: str = "") -> OrderList | None:
        """Cancel an open order; a leg takes its whole list with it, which is returned.

        Raises:
            ApiError: -2011, it is over already.
        """
        check_open_for_cancels(account, self.rulebook.exchange.symbols.get(order.symbol))
        if not order.is_open:
            raise errors.cancel_refused()
        order_list = self._execution.cancel(order, cancel_id)
        self._encounters.settle()
        return order_list

    def expire(self, order: Order) -> None:
        """End an open order by the exchange's own wish; its list ends with it."""
        self._execution.expire_all(order, ExpiryReason.EXCHANGE_CANCELED)
        self._encounters.settle()

    def shorten_fills(self, shorten: Shorten | None) -> None:
        """Let orders that take get less than they would, on a bad day; None = what there is."""
        self._execution.shorten = shorten

    def cancel_id(self, name: str) -> str:
        """Return the name of a cancel request: its owner's, or a new one."""
        if name:
            return name
        self._cancels += 1
        return generated_id("tfc", self._market.now() * 1_000 + self._cancels % 1_000)

    def list_of(self, order: Order) -> OrderList | None:
        """Return the list of an order, if it has one."""
        return self._execution.lists.of(order)

    def orders_of(self, order_list: OrderList) -> list[Order]:
        """Return the orders of a list."""
        return self._execution.lists.orders_of(order_list)

    # ------------------------------------------------------------ accounts

    def open_account(
        self,
        credential: Credential,
        permissions: tuple[str, ...],
        balances: Mapping[str, Decimal],
        asset_limits: Mapping[str, Decimal] | None = None,
        fees: FeeTerms | None = None,
    ) -> Account:
        """Add an account with money of its own."""
        uid = self.books.accounts.next_uid()
        account = Account(uid, credential, permissions, asset_limits=asset_limits or {})
        account.fees = fees or account.fees
        self._changes.account(account)
        for asset, free in balances.items():
            account.move(asset, free=free)
            self._changes.balance(account, asset)
        self._encounters.settle()
        return account

    def deposit(self, account: Account, asset: str, change: Decimal) -> None:
        """Change what an account has free of an asset, as a deposit or withdrawal does.

        Raises:
            ApiError: more would leave than is free.
        """
        if account.free(asset) + change < 0:
            raise errors.order_refused(errors.INSUFFICIENT_BALANCE)
        now = self._market.now()
        account.move(asset, free=change)
        self._changes.balance(account, asset)
        if self._audience.listens(account.uid):
            event = {"e": "balanceUpdate", "E": now, "a": asset, "d": amount(change), "T": now}
            self._changes.event(account.uid, event)
        self._changes.commit(now)

    # ------------------------------------------------------------ what is known

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; -1121 if there is none."""
        return self.rulebook.of(symbol).instrument

    @property
    def funds(self) -> Funds:
        """What orders reserve."""
        return self._execution.funds

    @property
    def averages(self) -> Averages:
        """Average prices, by which orders are judged."""
        return self._admission.averages
