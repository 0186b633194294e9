"""What happens to orders: they begin to work, trade, trigger, expire, are cancelled.

Each step leaves the books consistent; nothing here refuses, except by letting an order expire.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import OrderStatus, Side, advance
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import (
    AT_MARKET,
    ExpiryReason,
    Order,
    TimeInForce,
    Trade,
)
from tradefleet.exchange.books.prevented import PreventedMatch
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.endings import Endings
from tradefleet.exchange.engine.funds import Funds
from tradefleet.exchange.engine.liquidity import Match, Reach, Taker, reach
from tradefleet.exchange.engine.merged_book import MergedBook, is_better, other
from tradefleet.exchange.engine.order_lists import OrderLists
from tradefleet.exchange.protocols import Level, Market, MarketTrade
from tradefleet.exchange.reports import Reports
from tradefleet.exchange.rules.fees import Fees
from tradefleet.exchange.self_trades import effective, prevented

Shorten = Callable[[Order, Iterable[Match]], Iterable[Match]]
"""Returns what of its matches an order gets."""


class Execution:
    """Moves orders along and money with them."""

    def __init__(
        self,
        market: Market,
        books: Books,
        merged: MergedBook,
        changes: Changes,
        reports: Reports,
        audience: Audience,
        instruments: Mapping[str, Instrument],
        first_filled: Callable[[int], None],
    ) -> None:
        self._market = market
        self._books = books
        self._merged = merged
        self._changes = changes
        self._reports = reports
        self._audience = audience
        self._instruments = instruments
        self._first_filled = first_filled
        self.fees = Fees(market, instruments)
        self.funds = Funds(books, changes, instruments)
        self._endings = Endings(books, changes, reports, self.funds, self.now)
        self.lists = OrderLists(books, changes, reports, self.funds, self._endings, self.now)
        self.made: deque[MarketTrade] = deque()  # trades of our takers that stops did not see yet
        self.shorten: Shorten | None = None
        self.reacting_at: int | None = None  # time of the market's trade that is being met

    def now(self) -> int:
        """Return when this happens: the market may tell of its trades some time after them."""
        return self._market.now() if self.reacting_at is None else self.reacting_at

    # ------------------------------------------------------------ beginning

    def start(self, order: Order, lock: Decimal, found: Reach | None = None) -> None:
        """Take in a new order outside of a list, with the funds it reserves, and let it work.

        Args:
            order: what comes to the book.
            lock: reserved for it.
            found: what it takes there, if that is known.
        """
        self.funds.reserve(order, lock)
        order.locked = lock
        self.report_new(order)
        if found is None:
            self.begin(order)
        else:
            self._work(order, None, found.matches)

    def begin(self, order: Order, at: Decimal | None = None) -> None:
        """Let a new order work, whose funds are reserved.

        Args:
            order: what comes to the book.
            at: the price it meets on a continuous market, where depth is unlimited; None = it
                takes what the book offers.
        """
        if order.waits:
            self._books.resting(order.symbol).put(order)
        else:
            self._work(order, at, self._matches(order, at))

    def report_new(self, order: Order) -> None:
        """Note a new order, on the book or pending."""
        self._changes.order(order)
        self._reports.order("NEW", order)

    # ------------------------------------------------------------ working

    def trigger(self, order: Order, at: Decimal | None) -> None:
        """Let a stop begin to work.

        Args:
            order: a stop whose level was reached.
            at: the price it meets on a continuous market, where depth is unlimited; None = it
                takes what the book offers.
        """
        now = self.now()
        self.lists.works(order)
        order.working_at = order.updated_at = now
        self._books.resting(order.symbol).drop(order)
        if order.type in AT_MARKET and not self._can_pay(order, at):
            self.expire(order, ExpiryReason.REJECTED)
            return
        self._reports.order("NEW", order)
        self._work(order, at, self._matches(order, at))

    def _can_pay(self, order: Order, at: Decimal | None) -> bool:
        if order.side is Side.SELL:
            return True
        cost = sum((match.price * match.quantity for match in self._matches(order, at)), start=ZERO)
        return cost <= self.funds.spendable(order)

    def _work(self, order: Order, at: Decimal | None, matches: Iterable[Match]) -> None:
        for match in matches if self.shorten is None else self.shorten(order, matches):
            if match.is_prevented:
                self._prevent(order, match)
            elif match.maker is not None:
                self._trade(order, match.maker, match.price, match.quantity)
            elif at is None:
                self._take(order, Level(match.price, match.quantity))
            else:
                self.fill(order, match.price, match.quantity, is_maker=False)
        if not order.is_open:
            return
        if order.type in AT_MARKET:
            self.expire(order, ExpiryReason.INSUFFICIENT_LIQUIDITY)
        elif order.time_in_force is TimeInForce.IOC:
            self.expire(order, ExpiryReason.UNFILLED_IOC)
        elif order.time_in_force is TimeInForce.FOK:
            self.expire(order, ExpiryReason.UNFILLED_FOK)
        else:
            self._merged.join(order)
            self._changes.order(order)

    def _matches(self, order: Order, at: Decimal | None) -> Iterable[Match]:
        """Return what an order would take, step by step."""
        limit = None if order.type in AT_MARKET else order.price
        if at is not None:
            too_bad = limit is not None and is_better(order.side, limit, at)
            return () if too_bad else (Match(at, order.remaining),)
        taker = Taker(order.uid, order.side, order.stp_mode, limit)
        offers = self._merged.offers(order.symbol, order.side)
        found = reach(offers, taker, order.remaining)
        if order.time_in_force is TimeInForce.FOK and not found.is_enough:
            return ()
        return found.matches

    def _take(self, order: Order, level: Level) -> None:
        """Trade with the market itself; those who stand behind it at this price move up."""
        self._market.take(order.symbol, level)
        self.move_up(order.symbol, other(order.side), level)
        self.fill(order, level.price, level.quantity, is_maker=False)
        self.tell_market(order.symbol, level, buyer_is_maker=order.side is Side.SELL)

    def move_up(self, symbol: str, side: Side, taken: Level) -> None:
        """Let our orders of a side know that the market's own quantity at a price was traded."""
        for order in self._books.resting(symbol).at(side, taken.price):
            if order.ahead:
                order.ahead = max(order.ahead - taken.quantity, ZERO)
                self._changes.order(order)

    def tell_market(self, symbol: str, level: Level, *, buyer_is_maker: bool) -> None:
        """Let a trade of one of our accounts be one of the market's."""
        trade = MarketTrade(symbol, self.now(), level.price, level.quantity, buyer_is_maker)
        self._market.traded(trade)
        self.made.append(trade)

    # ------------------------------------------------------------ trading

    def fill(self, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool) -> None:
        """Execute a part of an order against the market itself."""
        buyer_is_maker = is_maker == (order.side is Side.BUY)
        taker = 0 if is_maker else order.id
        number = self._print(order.symbol, price, quantity, taker, buyer_is_maker=buyer_is_maker)
        self._execute(order, number, price, quantity, is_maker=is_maker)
        if is_maker:
            self._show_next(order, quantity)

    def _trade(self, taker: Order, maker: Order, price: Decimal, quantity: Decimal) -> None:
        """Let two of our accounts trade with each other."""
        buyer_is_maker = maker.side is Side.BUY
        number = self._print(taker.symbol, price, quantity, taker.id, buyer_is_maker=buyer_is_maker)
        self._execute(taker, number, price, quantity, is_maker=False)
        self._execute(maker, number, price, quantity, is_maker=True)
        self._show_next(maker, quantity)
        self.tell_market(taker.symbol, Level(price, quantity), buyer_is_maker=buyer_is_maker)

    def _print(
        self, symbol: str, price: Decimal, quantity: Decimal, taker: int, *, buyer_is_maker: bool
    ) -> int:
        trade = MarketTrade(symbol, self.now(), price, quantity, buyer_is_maker)
        printed = self._books.tape.print(trade, taker)
        self._audience.traded(printed)
        return printed.id

    def _execute(
        self, order: Order, number: int, price: Decimal, quantity: Decimal, *, is_maker: bool
    ) -> None:
        """Execute a part of an order: exchange the assets, take the fee, report."""
        now = self.now()
        self.lists.works(order)
        instrument = self._instruments[order.symbol]
        quote = price * quantity
        is_first = not order.executed
        order.executed += quantity
        order.executed_quote += quote
        order.updated_at = now
        filled = order.remaining == 0
        after = OrderStatus.FILLED if filled else OrderStatus.PARTIALLY_FILLED
        order.status = advance(order.status, after)
        self.funds.exchange(order, quantity, quote)
        account = self._books.accounts.by_uid(order.uid)
        fee, fee_asset = self.fees.due(
            account, instrument, order.side, quantity, quote, is_maker=is_maker
        )
        self.funds.take_fee(order, fee, fee_asset)
        trade = Trade(
            id=number,
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
            time=now,
            is_maker=is_maker,
        )
        self._changes.trade(trade)
        self._changes.order(order)
        if filled:
            self._books.resting(order.symbol).drop(order)
        if is_first:
            self._first_filled(order.uid)
        self._reports.order("TRADE", order, trade)
        self.lists.received(order, trade)
        if filled:
            self.lists.ended(order)

    def _show_next(self, maker: Order, quantity: Decimal) -> None:
        """Note that a resting order was met; an iceberg shows its next part, last in turn."""
        maker.ahead = ZERO
        if maker.iceberg_quantity and maker.is_open:
            maker.shown -= quantity
            if maker.shown <= 0:
                self._merged.join(maker)

    # ------------------------------------------------------------ self-trades

    def _prevent(self, taker: Order, match: Match) -> None:
        """Let quantity expire where an order meets another one of its own account."""
        maker = match.maker
        assert maker is not None
        now = self.now()
        self.lists.works(maker)
        mode = effective(taker.stp_mode, maker.stp_mode)
        of_taker, of_maker = prevented(
            mode, taker=taker.remaining, maker=maker.remaining, met=match.quantity
        )
        event = PreventedMatch(
            id=self._books.next_prevented_id(taker.symbol),
            uid=taker.uid,
            symbol=taker.symbol,
            taker_order_id=taker.id,
            maker_order_id=maker.id,
            mode=mode,
            price=match.price,
            taker_quantity=of_taker,
            maker_quantity=of_maker,
            time=now,
        )
        self._changes.prevented(event)
        for order, lost in ((maker, of_maker), (taker, of_taker)):
            if lost:
                self._lose(order, lost, event)
                self._reports.prevented(order, event, match.quantity)
                if not order.is_open:
                    self.lists.ended(order)
        if of_maker:
            self._show_next(maker, of_maker)

    def _lose(self, order: Order, quantity: Decimal, event: PreventedMatch) -> None:
        order.prevented += quantity
        order.prevented_match_id = event.id
        if order.remaining == 0:
            self._endings.end(order, OrderStatus.EXPIRED_IN_MATCH)
            return
        order.updated_at = event.time
        self.funds.release_unneeded(order)
        self._changes.order(order)

    # ------------------------------------------------------------ ending

    def expire(self, order: Order, reason: ExpiryReason) -> None:
        """End an order by rule; what was executed stays."""
        self._endings.expire(order, reason)
        self.lists.ended(order)

    def cancel(self, order: Order, cancel_id: str) -> OrderList | None:
        """End an order by its owner's wish, and its list with it, which is returned."""
        order_list = self.lists.open_list_of(order)
        if order_list is None:
            self._endings.cancel(order, cancel_id)
        else:
            self.lists.cancel(order_list, cancel_id)
        return order_list

    def expire_all(self, order: Order, reason: ExpiryReason) -> None:
        """End an order by the exchange's wish, and its list with it."""
        order_list = self.lists.open_list_of(order)
        if order_list is None:
            self._endings.expire(order, reason)
        else:
            self.lists.expire(order_list, reason)
