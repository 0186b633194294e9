"""The one book of a symbol: what the market offers and the limit orders of all accounts.

Who comes first: the better price; at one price the quantity that the market offered before our
order came, then our order, then what the market added since. The hidden part of an iceberg comes
after everything else at its price, a visible part at a time.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby, starmap
from typing import NamedTuple

from tradefleet.domain.order import Side
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.protocols import Depth, Level, Market


class Offer(NamedTuple):
    """A part of the book that a taker meets.

    Attributes:
        order: whose it is; None = the market's own.
    """

    price: Decimal
    quantity: Decimal
    order: Order | None = None


class MergedBook:
    """The books of all symbols."""

    def __init__(self, market: Market, books: Books) -> None:
        self._market = market
        self._books = books

    def depth(self, symbol: str, limit: int) -> Depth:
        """Return the levels as anybody may see them; icebergs show their visible part.

        What the market offers on the far side of our orders is about to trade with them.
        """
        depth = self._market.depth(symbol, limit)
        resting = self._books.resting(symbol)
        bids, asks = resting.levels(Side.BUY), resting.levels(Side.SELL)
        if not bids and not asks:
            return depth
        best_bid, best_ask = next(iter(bids), None), next(iter(asks), None)
        return Depth(
            _merged(_short_of(best_ask, depth.bids, Side.BUY), bids, limit, falls=True),
            _merged(_short_of(best_bid, depth.asks, Side.SELL), asks, limit, falls=False),
        )

    def best(self, symbol: str, side: Side) -> Decimal | None:
        """Return the first price a taker of `side` meets."""
        return next((offer.price for offer in self.offers(symbol, side)), None)

    def offers(self, symbol: str, side: Side) -> Iterator[Offer]:
        """Return what a taker of `side` meets, in that order; read it before anything changes."""
        levels, resting = self._market.offers(symbol, side), self._books.resting(symbol)
        if resting.best(other(side)) is None:
            return starmap(Offer, levels)
        return _in_turn(side, levels, resting.queue(other(side)))

    def join(self, order: Order) -> None:
        """Let an order rest at the end of the queue at its price."""
        order.turn = 0
        order.ahead = ZERO
        if not self._market.continuous:
            order.ahead = self._market.offered(order.symbol, other(order.side), order.price)
        order.shown = min(order.iceberg_quantity, order.remaining)
        self._books.resting(order.symbol).put(order)


def other(side: Side) -> Side:
    """Return the side that an order of `side` trades with."""
    return Side.SELL if side is Side.BUY else Side.BUY


def is_better(side: Side, price: Decimal, than: Decimal) -> bool:
    """Whether a taker of `side` prefers a price."""
    return price < than if side is Side.BUY else price > than


def _in_turn(side: Side, levels: Iterator[Level], queue: Iterator[Order]) -> Iterator[Offer]:
    """Yield what the market offers and our orders in the order in which they are met."""
    level = next(levels, None)
    for price, orders in groupby(queue, key=lambda order: order.price):
        while level is not None and is_better(side, level.price, price):
            yield Offer(level.price, level.quantity, None)
            level = next(levels, None)
        there = ZERO
        if level is not None and level.price == price:
            there, level = level.quantity, next(levels, None)
        yield from _at_one_price(price, there, list(orders))
    while level is not None:
        yield Offer(level.price, level.quantity, None)
        level = next(levels, None)


def _at_one_price(price: Decimal, there: Decimal, orders: list[Order]) -> Iterator[Offer]:
    """Yield the queue at one price, where the market itself offers `there`."""
    passed = ZERO
    for order in orders:
        ahead = min(order.ahead, there)
        if ahead > passed:
            yield Offer(price, ahead - passed, None)
            passed = ahead
        yield Offer(price, order.visible, order)
    if there > passed:
        yield Offer(price, there - passed, None)
    hidden = deque((order, order.remaining - order.visible) for order in orders)
    while hidden:
        order, left = hidden.popleft()
        if left > 0:
            part = min(order.iceberg_quantity, left)
            yield Offer(price, part, order)
            hidden.append((order, left - part))


def _short_of(price: Decimal | None, levels: tuple[Level, ...], side: Side) -> tuple[Level, ...]:
    """Return the levels of a side without those that reach a price of the other side."""
    if price is None or not levels or is_better(side, levels[0].price, price):
        return levels
    return tuple(level for level in levels if is_better(side, level.price, price))


def _merged(
    levels: tuple[Level, ...], ours: dict[Decimal, Decimal], limit: int, *, falls: bool
) -> tuple[Level, ...]:
    """Return levels and our orders as one side of a book; the best price is the highest bid."""
    if not ours:
        return levels
    quantities = {level.price: level.quantity for level in levels}
    for price, shown in ours.items():
        quantities[price] = quantities.get(price, ZERO) + shown
    ordered = sorted(quantities.items(), reverse=falls)[:limit]
    return tuple(Level(price, quantity) for price, quantity in ordered)
