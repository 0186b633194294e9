"""The market moves: who on the book is met by a trade, and at which price it fills.

A candle-fed (continuous) market passes through every level on its way and has no end of
liquidity: each order that is met fills whole, at its own price or at the open beyond it.

A market of single trades jumps. What rests beyond the trade's price was traded through and fills
whole, at its own price; so does an order at that price whose other side the trade shows: nobody
could buy where a buyer of ours still waited for a seller. What rests at the price of a taker who
came its way queues: the trade fills only what it leaves of the quantity ahead. Then the stops
that the trade reached begin to work, in the order of the way there, and take from the book;
their trades may wake others.

Between two trades the market's book may come to stand on one of our orders, as it refills or as
its source quotes anew. What arrives there trades with the order, at the order's price.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.instrument import TRADING, Instrument, floor_to
from tradefleet.domain.order import Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.engine.execution import Execution
from tradefleet.exchange.engine.merged_book import is_better, other
from tradefleet.exchange.engine.pending_orders import PendingOrders
from tradefleet.exchange.engine.trailing import Trailing
from tradefleet.exchange.protocols import Level, Market, MarketTrade

_UNCROSS_MS = 100  # how often the market's book is looked at between its trades


class Encounters:
    """Lets resting orders react to trades."""

    def __init__(
        self,
        market: Market,
        books: Books,
        changes: Changes,
        audience: Audience,
        instruments: Mapping[str, Instrument],
        execution: Execution,
        pending: PendingOrders,
    ) -> None:
        self._market = market
        self._books = books
        self._changes = changes
        self._audience = audience
        self._instruments = instruments
        self._execution = execution
        self._pending = pending
        self._trailing = Trailing(books, changes)
        self._uncrossed_at = 0

    def on_trade(self, trade: MarketTrade, *, fills_all: bool = False) -> None:
        """Let resting orders react to a trade of the market.

        Args:
            trade: what happened.
            fills_all: its quantity is not the limit of what fills at its price.
        """
        self._audience.traded(self._books.tape.print(trade))
        self._execution.reacting_at = trade.time
        if self._market.continuous:
            self._pass(trade)
        else:
            self._fill_limits(trade, fills_all=fills_all)
            self._wake_stops(trade)
        self.settle(trade.time)
        self._execution.reacting_at = None

    def settle(self, now: int | None = None) -> None:
        """Let stops and lists react to the trades just made, until all is quiet; write it down."""
        made = self._execution.made
        self._pending.place_due()
        while made:
            trade = made.popleft()
            if not self._market.continuous:
                self._wake_stops(trade)
            self._pending.place_due()
        self._changes.commit(self._market.now() if now is None else now)

    def uncross(self) -> None:
        """Let what the market offers on the far side of our orders trade with them."""
        now = self._market.now()
        if self._market.continuous or now - self._uncrossed_at < _UNCROSS_MS:
            return
        self._uncrossed_at = now
        for symbol in self._books.resting_symbols():
            if self._instruments[symbol].status == TRADING:
                for side in Side:
                    self._uncross(symbol, side)
        self.settle(now)

    def _uncross(self, symbol: str, side: Side) -> None:
        resting, step = self._books.resting(symbol), self._instruments[symbol].lot_step
        while (order := resting.best(side)) is not None:
            level = next(self._market.offers(symbol, side), None)
            if level is None or is_better(side, order.price, level.price):
                return
            quantity = floor_to(min(level.quantity, order.visible), step)
            if not quantity:
                return
            self._market.take(symbol, Level(level.price, quantity))
            self._execution.fill(order, order.price, quantity, is_maker=True)
            traded = Level(order.price, quantity)
            self._execution.tell_market(symbol, traded, buyer_is_maker=side is Side.BUY)

    # ------------------------------------------------------------ a continuous market

    def _pass(self, trade: MarketTrade) -> None:
        """Meet one order after the other on the way to the trade's price."""
        resting = self._books.resting(trade.symbol)
        while (order := resting.next_met(trade.price)) is not None:
            if order.waits:
                self._wake(order, trade, trade.price if trade.opening else self._level(order))
            else:
                price = trade.price if trade.opening else order.price
                self._execution.fill(order, price, order.remaining, is_maker=True)
            self._pending.place_due()
        self._trailing.follow(trade.symbol, trade.price)

    def _level(self, order: Order) -> Decimal:
        """Return the first price on the way at which a stop wakes; a trailing one has no grid."""
        rules, level = self._instruments[order.symbol], order.wake_price
        return rules.price_up(level) if order.wakes_rising else rules.price_down(level)

    def _wake(self, order: Order, trade: MarketTrade, price: Decimal) -> None:
        if not self._trailing.begin(order, price, trade.time):
            self._execution.trigger(order, price if self._market.continuous else None)

    # ------------------------------------------------------------ a market of single trades

    def _fill_limits(self, trade: MarketTrade, *, fills_all: bool) -> None:
        resting = self._books.resting(trade.symbol)
        for side in Side:
            is_met_by_taker = trade.buyer_is_maker == (side is Side.BUY)
            while (order := resting.best(side)) is not None:
                is_through = is_better(other(side), order.price, trade.price)
                is_at = order.price == trade.price
                if not is_through and not (is_at and (fills_all or not is_met_by_taker)):
                    break
                self._execution.fill(order, order.price, order.remaining, is_maker=True)
            if order is not None and order.price == trade.price:
                self._fill_queue(trade, side)

    def _fill_queue(self, trade: MarketTrade, side: Side) -> None:
        """Let a trade use up the queue at its price, the market's own quantity and ours in turn."""
        step = self._instruments[trade.symbol].lot_step
        there = self._market.offered(trade.symbol, other(side), trade.price)
        left, passed = trade.quantity, trade.quantity - trade.quantity
        for order in self._books.resting(trade.symbol).at(side, trade.price):
            ahead = min(order.ahead, there) - passed
            if ahead > 0:
                part = min(ahead, left)
                passed, left = passed + part, left - part
            quantity = floor_to(min(left, order.visible), step)
            if quantity:
                left -= quantity
                self._execution.fill(order, order.price, quantity, is_maker=True)
        self._execution.move_up(trade.symbol, side, Level(trade.price, passed))

    def _wake_stops(self, trade: MarketTrade) -> None:
        for order in self._books.resting(trade.symbol).triggered(trade.price):
            if order.is_open and order.waits:  # the other leg of its list may have been met first
                self._wake(order, trade, trade.price)
        self._trailing.follow(trade.symbol, trade.price)
