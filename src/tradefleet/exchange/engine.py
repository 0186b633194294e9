"""The matching engine: takes orders, lets the market meet them, cancels them.

An order is refused before anything changes, or it is taken and everything it causes is one
change of the books, written down before it is answered.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, floor_to
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.accounts import Account, Credential
from tradefleet.exchange.averages import Averages
from tradefleet.exchange.books import Books
from tradefleet.exchange.changes import Audience, Changes
from tradefleet.exchange.decimals import ZERO, amount
from tradefleet.exchange.execution import Execution
from tradefleet.exchange.filters import MAX_LISTS, check, check_counts
from tradefleet.exchange.liquidity import is_worse, reach
from tradefleet.exchange.lists import OCO, Leg, OrderList, check_oco
from tradefleet.exchange.order_counts import OrderCounts
from tradefleet.exchange.orders import NO_LIST, STOP_LOSSES, STOPS, Order
from tradefleet.exchange.protocols import Log, Market, MarketTrade
from tradefleet.exchange.reports import Reports
from tradefleet.exchange.tickets import OcoTicket, OrderTicket


class Engine:
    """All accounts' orders against one market."""

    def __init__(self, market: Market, books: Books, log: Log, audience: Audience) -> None:
        self._market = market
        self._audience = audience
        self.books = books
        self.counts = OrderCounts()
        self._cancels = 0
        self.averages = Averages(market)
        self.instruments: Mapping[str, Instrument] = {
            instrument.symbol: instrument for instrument in market.instruments()
        }
        self._changes = Changes(books, log, audience)
        self._reports = Reports(self._changes, audience)
        self._execution = Execution(
            market,
            books,
            self._changes,
            self._reports,
            audience,
            self.instruments,
            self.counts.first_filled,
        )

    # ------------------------------------------------------------ the market moves

    def refresh_instruments(self) -> None:
        """Take over the present rules and statuses of the symbols."""
        assert isinstance(self.instruments, dict)
        self.instruments.update((known.symbol, known) for known in self._market.instruments())

    def catch_up(self) -> None:
        """Let everything happen that the market has done until now."""
        for trade in self._market.advance():
            self.on_trade(trade)

    def on_trade(self, trade: MarketTrade, *, fills_all: bool = False) -> None:
        """Let resting orders react to a trade of the market.

        Args:
            trade: what happened.
            fills_all: its quantity is not the limit of what fills at its price.
        """
        self._audience.traded(self.books.tape.print(trade))
        self._execution.reacting_at = trade.time
        if self._react(trade, trade.quantity, fills_all=fills_all or self._market.continuous):
            self._settle(trade.time)
        self._execution.reacting_at = None

    def _react(self, trade: MarketTrade, left: Decimal | None, *, fills_all: bool) -> bool:
        met = self.books.resting(trade.symbol).reached(trade.price)
        for order in met:
            if not order.is_open:
                continue  # the other leg of its list was met first
            if order.waits:
                self._execution.trigger(order, self._trigger_price(order, trade))
            else:
                left = self._fill_resting(order, trade, left, fills_all=fills_all)
        return bool(met)

    def _trigger_price(self, order: Order, trade: MarketTrade) -> Decimal | None:
        if not self._market.continuous:
            return None
        return trade.price if trade.opening else order.stop_price

    def _fill_resting(
        self, order: Order, trade: MarketTrade, left: Decimal | None, *, fills_all: bool
    ) -> Decimal | None:
        """Fill an order that the price met; return what is left of the trade's quantity.

        The trade of one of our own takers (`left` is None) fills only what it went through.
        """
        quantity = order.remaining
        is_crossed = trade.buyer_is_maker == (order.side is Side.BUY)
        if not fills_all and not is_crossed and (left is None or order.price == trade.price):
            return left
        if not fills_all and order.price == trade.price:
            step = self.instruments[order.symbol].lot_step
            quantity = floor_to(min(quantity, left or ZERO), step)
            left = left and left - quantity
        if quantity:
            better = trade.opening and self._market.continuous
            price = trade.price if better else order.price
            self._execution.fill(order, price, quantity, is_maker=True)
        return left

    def _settle(self, now: int | None = None) -> None:
        """Let other orders react to the trades just made, until all is quiet; write it down."""
        moved = self._execution.moved
        while moved:
            symbol, trade = moved.popitem()
            if not self._market.continuous:
                self._react(trade, None, fills_all=False)
        self._changes.commit(self._market.now() if now is None else now)

    # ------------------------------------------------------------ orders

    def test(self, account: Account, ticket: OrderTicket) -> None:
        """Check an order as far as the filters go; nothing is placed."""
        self._check(account, ticket)

    def place(self, account: Account, ticket: OrderTicket) -> Order:
        """Take an order and let it work.

        Raises:
            ApiError: refused; nothing was changed.
        """
        instrument, last = self._check(account, ticket)
        orders = self.books.orders(account.uid)
        if ticket.client_id and orders.has_open(ticket.client_id):
            raise errors.order_refused(errors.DUPLICATE)
        self._check_conditions(ticket, last)
        ticket = self._by_quantity(ticket, instrument)
        lock = self._check_funds(account, ticket, instrument)
        self.counts.check(account.uid, 1, self._market.now())
        order = self._order(account, ticket)
        self.counts.add(account.uid, 1, order.time)
        self._execution.start(order, lock)
        self._settle()
        return order

    def place_oco(self, account: Account, ticket: OcoTicket) -> OrderList:
        """Take an OCO list; its funds are locked once.

        Raises:
            ApiError: refused; nothing was changed.
        """
        legs = (ticket.above, ticket.below)
        checked = [self._check(account, leg, new_orders=2) for leg in legs]
        instrument, last = checked[0]
        if not instrument.oco_allowed:
            raise errors.order_refused("OCO orders are not supported for this symbol.")
        self._check_list(account, ticket)
        check_oco(ticket.above.side, _leg(ticket.above), _leg(ticket.below), last)
        for leg in legs:
            self._check_conditions(leg, last)
        lock = max(self._check_funds(account, leg, instrument) for leg in legs)
        self.counts.check(account.uid, 2, self._market.now())
        return self._open_list(account, ticket, lock)

    def _open_list(self, account: Account, ticket: OcoTicket, lock: Decimal) -> OrderList:
        list_id = self.books.next_list_id()
        # Binance numbers the stop before the target.
        legs = sorted((ticket.above, ticket.below), key=lambda leg: leg.type not in STOP_LOSSES)
        orders = [self._order(account, leg, list_id) for leg in legs]
        order_list = OrderList(
            id=list_id,
            uid=account.uid,
            symbol=ticket.above.symbol,
            client_id=ticket.client_id or _generated_id("tfl", list_id),
            contingency=OCO,
            order_ids=tuple(order.id for order in orders),
            time=orders[0].time,
            locked=lock,
        )
        self.counts.add(account.uid, 2, order_list.time)
        self._execution.reserve(orders[0], lock)
        self._changes.order_list(order_list)
        self._reports.order_list(order_list, orders, order_list.time)
        for order in orders:
            self._execution.report_new(order)
            self.books.resting(order.symbol).put(order)
        self._settle()
        return order_list

    def cancel(self, account: Account, order: Order, cancel_id: str = "") -> OrderList | None:
        """Cancel an open order; a leg takes its whole list with it, which is returned.

        Raises:
            ApiError: -2011, it is over already.
        """
        if not account.can_trade:
            raise errors.cancel_refused(errors.NO_TRADING)
        if not order.is_open:
            raise errors.cancel_refused()
        order_list = self.list_of(order)
        if order_list is not None and order_list.is_open:
            self._execution.cancel_list(order_list, cancel_id)
        else:
            order_list = None
            self._execution.cancel(order, cancel_id)
        self._settle()
        return order_list

    def cancel_id(self, name: str) -> str:
        """Return the name of a cancel request: its owner's, or a new one."""
        if name:
            return name
        self._cancels += 1
        return _generated_id("tfc", self._market.now() * 1_000 + self._cancels % 1_000)

    def list_of(self, order: Order) -> OrderList | None:
        """Return the list of an order, if it has one."""
        return None if order.list_id == NO_LIST else self.books.lists(order.uid).get(order.list_id)

    def orders_of(self, order_list: OrderList) -> list[Order]:
        """Return the orders of a list."""
        return self._execution.orders_of(order_list)

    # ------------------------------------------------------------ accounts

    def open_account(
        self, credential: Credential, permissions: tuple[str, ...], balances: Mapping[str, Decimal]
    ) -> Account:
        """Add an account with money of its own."""
        account = Account(self.books.accounts.next_uid(), credential, permissions)
        self._changes.account(account)
        for asset, free in balances.items():
            account.move(asset, free=free)
            self._changes.balance(account, asset)
        self._settle()
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

    # ------------------------------------------------------------ checks

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; -1121 if there is none."""
        instrument = self.instruments.get(symbol)
        if instrument is None:
            raise errors.bad_symbol()
        return instrument

    def _check(
        self, account: Account, ticket: OrderTicket, new_orders: int = 1
    ) -> tuple[Instrument, Decimal]:
        """Hold an order to the symbol's rules; return them and the last price."""
        instrument = self.instrument(ticket.symbol)
        if ticket.type.value not in instrument.order_types:
            raise errors.order_refused(
                f"{_TYPE_NAMES[ticket.type]} are not supported for this symbol."
            )
        last = self._market.last_price(ticket.symbol)
        if last is None:
            raise errors.order_refused(errors.MARKET_CLOSED)
        check(ticket, instrument, self.averages.price(ticket.symbol, last))
        resting = self.books.orders(account.uid).open(ticket.symbol)
        stops = sum(order.type in STOPS for order in resting)
        new_resting = 0 if ticket.type is OrderType.MARKET else new_orders
        check_counts(instrument, len(resting), stops, new_resting, int(ticket.type in STOPS))
        if not account.can_trade:
            raise errors.order_refused(errors.NO_TRADING)
        if instrument.why_not_tradeable():
            raise errors.order_refused(errors.MARKET_CLOSED)
        return instrument, last

    def _check_list(self, account: Account, ticket: OcoTicket) -> None:
        orders, lists = self.books.orders(account.uid), self.books.lists(account.uid)
        symbol = ticket.above.symbol
        if sum(known.symbol == symbol for known in lists.open()) >= MAX_LISTS:
            raise errors.filter_failure("MAX_NUM_ORDER_LISTS")
        names = [name for name in (ticket.above.client_id, ticket.below.client_id) if name]
        if (
            lists.has_open(ticket.client_id)
            or any(orders.has_open(name) for name in names)
            or len(set(names)) < len(names)
        ):
            raise errors.order_refused(errors.DUPLICATE)

    def _check_conditions(self, ticket: OrderTicket, last: Decimal) -> None:
        """Refuse a stop that is beyond its level and a maker that would take."""
        if ticket.stop_price is not None:
            waits_below = (ticket.type in STOP_LOSSES) == (ticket.side is Side.SELL)
            if last <= ticket.stop_price if waits_below else last >= ticket.stop_price:
                raise errors.order_refused(errors.TRIGGERS_NOW)
        if ticket.type is OrderType.LIMIT_MAKER and ticket.price is not None:
            depth = self._market.depth(ticket.symbol, 1)
            best = depth.asks if ticket.side is Side.BUY else depth.bids
            if best and not is_worse(ticket.side, best[0].price, ticket.price):
                raise errors.order_refused(errors.MATCHES_NOW)

    def _by_quantity(self, ticket: OrderTicket, instrument: Instrument) -> OrderTicket:
        """Turn a market order by quote into one by quantity, as far as the book goes."""
        if ticket.quote_quantity is None:
            return ticket
        found = reach(self._market, ticket.symbol, ticket.side, quote=ticket.quote_quantity)
        quantity = floor_to(found.quantity, instrument.lot_step)
        if quantity < max(instrument.min_quantity, instrument.lot_step) or not quantity:
            text = errors.NO_LIQUIDITY
            raise (
                errors.filter_failure("LOT_SIZE") if found.is_enough else errors.order_refused(text)
            )
        return replace(ticket, quantity=quantity)

    def _check_funds(
        self, account: Account, ticket: OrderTicket, instrument: Instrument
    ) -> Decimal:
        """Refuse what cannot be paid; return what the order reserves (market orders nothing)."""
        assert ticket.quantity is not None
        buys, at_once = ticket.side is Side.BUY, ticket.type is OrderType.MARKET
        cost = ticket.quantity
        if at_once:
            found = reach(self._market, ticket.symbol, ticket.side, quantity=ticket.quantity)
            if not found.quantity:
                raise errors.order_refused(errors.NO_LIQUIDITY)
            cost = found.quote if buys else cost
        elif buys:
            cost *= ticket.price or ticket.stop_price or ZERO
        if cost > account.free(instrument.quote if buys else instrument.base):
            raise errors.order_refused(errors.INSUFFICIENT_BALANCE)
        return ZERO if at_once else cost

    def _order(self, account: Account, ticket: OrderTicket, list_id: int = NO_LIST) -> Order:
        number, now = self.books.next_order_id(), self._market.now()
        assert ticket.quantity is not None
        return Order(
            id=number,
            uid=account.uid,
            symbol=ticket.symbol,
            client_id=ticket.client_id or _generated_id("tfo", number),
            side=ticket.side,
            type=ticket.type,
            time_in_force=ticket.time_in_force,
            quantity=ticket.quantity,
            price=ticket.price or ZERO,
            stop_price=ticket.stop_price or ZERO,
            quote_quantity=ticket.quote_quantity or ZERO,
            time=now,
            updated_at=now,
            list_id=list_id,
            working_at=-1 if ticket.type in STOPS else now,
            strategy_id=ticket.strategy_id,
            strategy_type=ticket.strategy_type,
            stp_mode=ticket.stp_mode,
        )


def _leg(ticket: OrderTicket) -> Leg:
    return Leg(ticket.type, ticket.price or ZERO, ticket.stop_price or ZERO)


def _generated_id(prefix: str, number: int) -> str:
    """Return the name of an order whose owner gave it none."""
    return f"{prefix}{number:019d}"


_TYPE_NAMES = {
    OrderType.LIMIT: "Limit orders",
    OrderType.MARKET: "Market orders",
    OrderType.LIMIT_MAKER: "Limit maker orders",
    OrderType.STOP_LOSS: "Stop loss orders",
    OrderType.STOP_LOSS_LIMIT: "Stop loss limit orders",
    OrderType.TAKE_PROFIT: "Take profit orders",
    OrderType.TAKE_PROFIT_LIMIT: "Take profit limit orders",
}
