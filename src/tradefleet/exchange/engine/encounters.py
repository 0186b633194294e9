"""The market moves: who on the book is met by a trade, and at which price it fills.

A candle-fed (continuous) market passes through every level on its way and has no end of
liquidity; a market of single trades jumps, and a trade fills no more than its own quantity
at its own price.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.domain.instrument import Instrument, floor_to
from tradefleet.domain.order import Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Audience, Changes
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.engine.execution import Execution
from tradefleet.exchange.protocols import Market, MarketTrade


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
    ) -> None:
        self._market = market
        self._books = books
        self._changes = changes
        self._audience = audience
        self._instruments = instruments
        self._execution = execution

    def on_trade(self, trade: MarketTrade, *, fills_all: bool = False) -> None:
        """Let resting orders react to a trade of the market.

        Args:
            trade: what happened.
            fills_all: its quantity is not the limit of what fills at its price.
        """
        self._audience.traded(self._books.tape.print(trade))
        self._execution.reacting_at = trade.time
        if self._react(trade, trade.quantity, fills_all=fills_all or self._market.continuous):
            self.settle(trade.time)
        self._execution.reacting_at = None

    def _react(self, trade: MarketTrade, left: Decimal | None, *, fills_all: bool) -> bool:
        met = self._books.resting(trade.symbol).reached(trade.price)
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
            step = self._instruments[order.symbol].lot_step
            quantity = floor_to(min(quantity, left or ZERO), step)
            left = left and left - quantity
        if quantity:
            better = trade.opening and self._market.continuous
            price = trade.price if better else order.price
            self._execution.fill(order, price, quantity, is_maker=True)
        return left

    def settle(self, now: int | None = None) -> None:
        """Let other orders react to the trades just made, until all is quiet; write it down."""
        moved = self._execution.moved
        while moved:
            symbol, trade = moved.popitem()
            if not self._market.continuous:
                self._react(trade, None, fills_all=False)
        self._changes.commit(self._market.now() if now is None else now)
