"""What happens to orders: they begin to work, fill, trigger, expire, are cancelled.

Only here do balances move. Each step leaves the books consistent; nothing here refuses, except
by letting an order expire.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import OrderStatus, Side, advance
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import (
    AT_MARKET,
    NO_LIST,
    ExpiryReason,
    Order,
    TimeInForce,
    Trade,
)
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.liquidity import is_worse, reach
from tradefleet.exchange.protocols import Level, Market, MarketTrade
from tradefleet.exchange.reports import Reports
from tradefleet.exchange.rules.fees import commission


class Execution:
    """Moves orders along and money with them."""

    def __init__(
        self,
        market: Market,
        books: Books,
        changes: Changes,
        reports: Reports,
        audience: Audience,
        instruments: Mapping[str, Instrument],
        first_filled: Callable[[int], None],
    ) -> None:
        self._market = market
        self._books = books
        self._changes = changes
        self._reports = reports
        self._audience = audience
        self._instruments = instruments
        self._first_filled = first_filled
        self.moved: dict[str, MarketTrade] = {}  # last own taker trade by symbol
        self.reacting_at: int | None = None  # time of the market's trade that is being met

    def _now(self) -> int:
        """Return when this happens: the market may tell of its trades some time after them."""
        return self._market.now() if self.reacting_at is None else self.reacting_at

    # ------------------------------------------------------------ beginning

    def start(self, order: Order, lock: Decimal) -> None:
        """Take in a new order outside of a list, with the funds it reserves, and let it work."""
        self.reserve(order, lock)
        order.locked = lock
        self.report_new(order)
        if order.waits:
            self._books.resting(order.symbol).put(order)
        else:
            self._work(order, None)

    def report_new(self, order: Order) -> None:
        """Take in a new order."""
        self._changes.order(order)
        self._reports.order("NEW", order)

    def reserve(self, order: Order, lock: Decimal) -> None:
        """Move funds from free to locked."""
        if lock:
            asset = self.spent_asset(order)
            account = self._books.accounts.by_uid(order.uid)
            account.move(asset, free=-lock, locked=lock)
            self._changes.balance(account, asset)

    def spent_asset(self, order: Order) -> str:
        """Return the asset an order gives away."""
        instrument = self._instruments[order.symbol]
        return instrument.quote if order.side is Side.BUY else instrument.base

    # ------------------------------------------------------------ working

    def trigger(self, order: Order, at: Decimal | None) -> None:
        """Let a stop begin to work.

        Args:
            order: a stop whose level was reached.
            at: the price it meets on a continuous market, where depth is unlimited; None = it
                takes what the book offers.
        """
        now = self._now()
        self._resolve_list(order, now)
        order.working_at = order.updated_at = now
        self._books.resting(order.symbol).drop(order)
        if order.type in AT_MARKET and not self._can_pay(order, at):
            self.expire(order, ExpiryReason.REJECTED)
            return
        self._reports.order("NEW", order)
        self._work(order, at)

    def _can_pay(self, order: Order, at: Decimal | None) -> bool:
        if order.side is Side.SELL:
            return True
        if at is not None:
            cost = at * order.remaining
        else:
            cost = reach(self._market, order.symbol, order.side, quantity=order.remaining).quote
        account = self._books.accounts.by_uid(order.uid)
        return cost <= order.locked + account.free(self.spent_asset(order))

    def _work(self, order: Order, at: Decimal | None) -> None:
        for level in self._take(order, at):
            self.fill(order, level.price, level.quantity, is_maker=False)
            if at is None:
                self._tell_market(order, level)
        if not order.is_open:
            return
        if order.type in AT_MARKET:
            self.expire(order, ExpiryReason.INSUFFICIENT_LIQUIDITY)
        elif order.time_in_force is TimeInForce.IOC:
            self.expire(order, ExpiryReason.UNFILLED_IOC)
        elif order.time_in_force is TimeInForce.FOK:
            self.expire(order, ExpiryReason.UNFILLED_FOK)
        else:
            self._books.resting(order.symbol).put(order)
            self._changes.order(order)

    def _take(self, order: Order, at: Decimal | None) -> tuple[Level, ...]:
        limit = None if order.type in AT_MARKET else order.price
        wanted = order.remaining
        if at is not None:
            too_bad = limit is not None and is_worse(order.side, at, limit)
            return () if too_bad else (Level(at, wanted),)
        if order.time_in_force is TimeInForce.FOK:
            found = reach(self._market, order.symbol, order.side, quantity=wanted, limit=limit)
            if not found.is_enough:
                return ()
        return self._market.take(order.symbol, order.side, quantity=wanted, limit=limit)

    def _tell_market(self, order: Order, level: Level) -> None:
        trade = MarketTrade(
            order.symbol,
            order.updated_at,
            level.price,
            level.quantity,
            buyer_is_maker=order.side is Side.SELL,
        )
        self._market.traded(trade)
        self.moved[order.symbol] = trade

    def fill(self, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool) -> None:
        """Execute a part of an order: exchange the assets, take the fee, report."""
        now = self._now()
        self._resolve_list(order, now)
        instrument = self._instruments[order.symbol]
        quote = price * quantity
        fee, fee_asset = commission(instrument, order.side, quantity, quote, is_maker=is_maker)
        is_first = not order.executed
        order.executed += quantity
        order.executed_quote += quote
        order.updated_at = now
        filled = order.remaining == 0
        after = OrderStatus.FILLED if filled else OrderStatus.PARTIALLY_FILLED
        order.status = advance(order.status, after)
        self._exchange_assets(order, instrument, quantity, quote, fee)
        trade = self._print(order, price, quantity, quote, fee, fee_asset, is_maker=is_maker)
        self._changes.trade(trade)
        self._changes.order(order)
        if filled:
            self._books.resting(order.symbol).drop(order)
        if is_first:
            self._first_filled(order.uid)
        self._reports.order("TRADE", order, trade)

    def _exchange_assets(
        self, order: Order, instrument: Instrument, quantity: Decimal, quote: Decimal, fee: Decimal
    ) -> None:
        buys = order.side is Side.BUY
        given, received = (quote, quantity) if buys else (quantity, quote)
        given_asset, received_asset = (
            (instrument.quote, instrument.base) if buys else (instrument.base, instrument.quote)
        )
        lock = self.lock_needed(order) if order.locked else ZERO
        released = order.locked - lock
        order.locked = lock
        account = self._books.accounts.by_uid(order.uid)
        account.move(given_asset, free=released - given, locked=-released)
        account.move(received_asset, free=received - fee)
        self._changes.balance(account, given_asset)
        self._changes.balance(account, received_asset)

    def _print(
        self,
        order: Order,
        price: Decimal,
        quantity: Decimal,
        quote: Decimal,
        fee: Decimal,
        fee_asset: str,
        *,
        is_maker: bool,
    ) -> Trade:
        buyer_is_maker = is_maker == (order.side is Side.BUY)
        printed = self._books.tape.print(
            MarketTrade(order.symbol, order.updated_at, price, quantity, buyer_is_maker)
        )
        self._audience.traded(printed)
        return Trade(
            id=printed.id,
            uid=order.uid,
            symbol=order.symbol,
            order_id=order.id,
            list_id=order.list_id,
            side=order.side,
            price=price,
            quantity=quantity,
            quote=quote,
            fee=fee,
            fee_asset=fee_asset,
            time=order.updated_at,
            is_maker=is_maker,
        )

    def lock_needed(self, order: Order) -> Decimal:
        """Return what must stay reserved for the rest of an order; fees are never reserved."""
        if order.side is Side.SELL:
            return order.remaining
        return order.remaining * (order.price or order.stop_price)

    # ------------------------------------------------------------ ending

    def expire(self, order: Order, reason: ExpiryReason) -> None:
        """End an order by rule; what was executed stays."""
        order.expiry_reason = reason.value
        self._end(order, OrderStatus.EXPIRED)
        self._reports.order("EXPIRED", order)

    def cancel(self, order: Order, cancel_id: str) -> None:
        """End an order by its owner's wish."""
        self._end(order, OrderStatus.CANCELED)
        self._reports.order("CANCELED", order, cancel_id=cancel_id)

    def cancel_list(self, order_list: OrderList, cancel_id: str) -> list[Order]:
        """End a list and its orders by their owner's wish; return those that were open."""
        orders = [order for order in self.orders_of(order_list) if order.is_open]
        for order in orders:
            self.cancel(order, cancel_id)
        self._finish_list(order_list, ZERO, self._now())
        return orders

    def orders_of(self, order_list: OrderList) -> list[Order]:
        """Return the orders of a list."""
        book = self._books.orders(order_list.uid)
        return [book.by_id(order_id) for order_id in order_list.order_ids]

    def _end(self, order: Order, status: OrderStatus) -> None:
        order.status = advance(order.status, status)
        order.updated_at = self._now()
        if order.locked:
            self._release(order, order.locked)
            order.locked = ZERO
        self._books.resting(order.symbol).drop(order)
        self._changes.order(order)

    def _release(self, order: Order, lock: Decimal) -> None:
        asset = self.spent_asset(order)
        account = self._books.accounts.by_uid(order.uid)
        account.move(asset, free=lock, locked=-lock)
        self._changes.balance(account, asset)

    def _resolve_list(self, order: Order, now: int) -> None:
        """One leg comes to work: the other expires, the funds of the list become the leg's own."""
        if order.list_id == NO_LIST:
            return
        order_list = self._books.lists(order.uid).get(order.list_id)
        if order_list is None or not order_list.is_open:
            return
        for other in self.orders_of(order_list):
            if other is not order and other.is_open:
                self.expire(other, ExpiryReason.OCO_TRIGGER)
        order.locked = self.lock_needed(order)
        self._finish_list(order_list, order.locked, now)

    def _finish_list(self, order_list: OrderList, kept: Decimal, now: int) -> None:
        orders = self.orders_of(order_list)
        if order_list.locked != kept:
            self._release(orders[0], order_list.locked - kept)
        order_list.locked = ZERO
        order_list.finish()
        self._changes.order_list(order_list)
        self._reports.order_list(order_list, orders, now)
