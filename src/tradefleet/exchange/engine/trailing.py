"""Trailing stops: the price that wakes one follows the market as long as it moves the good way.

A stop with a `stopPrice` waits for that price first and follows from the trade that met it; one
without follows from the last trade before it was placed. A seller remembers the highest price
since, a buyer the lowest, and the order triggers when the market has turned from there by the
delta. Nobody is told of the following, only of the trigger.
Source: Binance spot docs, faqs/trailing-stop-faq.md.
"""

from decimal import Decimal

from tradefleet.domain.order import Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.changes import Changes
from tradefleet.exchange.books.orders import Order


class Trailing:
    """Lets the trailing stops of all accounts follow the market."""

    def __init__(self, books: Books, changes: Changes) -> None:
        self._books = books
        self._changes = changes

    def begin(self, order: Order, price: Decimal, now: int) -> bool:
        """Let a stop that was met begin to follow the price, if that is what it waited for.

        Args:
            order: a stop that the price has met.
            price: where it was met.
            now: UTC milliseconds.

        Returns:
            Whether it follows from now on; otherwise it is to be triggered.
        """
        if not order.trailing_delta or order.follows:
            return False
        begin(order, price, now)
        self._take_down(order)
        return True

    def follow(self, symbol: str, price: Decimal) -> None:
        """Let the stops of a symbol that follow know of a trade."""
        for order in self._books.resting(symbol).following():
            sells = order.side is Side.SELL
            if price > order.trailing_extreme if sells else price < order.trailing_extreme:
                order.trailing_extreme = price
                self._take_down(order)

    def _take_down(self, order: Order) -> None:
        self._changes.order(order)
        self._books.resting(order.symbol).put(order)


def begin(order: Order, price: Decimal, now: int) -> None:
    """Let an order follow from this price on."""
    order.trailing_extreme = price
    order.trailing_at = order.updated_at = now
