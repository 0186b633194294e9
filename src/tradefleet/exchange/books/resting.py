"""What rests in a symbol: limit orders in their queues, stops by the price that wakes them.

Limit orders stand in price-time priority. At one price the market's own quantity and ours share a
queue: an order stands behind what the market offered there when the order came (`Order.ahead`),
and before whatever the market adds later.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from decimal import Decimal

from tradefleet.domain.order import Side
from tradefleet.exchange.books.orders import Order
from tradefleet.exchange.decimals import ZERO

# Sorts what is met first to the front: a price (negative where a fall meets it) and, at one
# price, a number.
_Entry = tuple[Decimal, int, Order]


class Resting:
    """The orders of one symbol, of all accounts, that something can happen to.

    Rising stops are met by a price that climbs to them, falling ones by one that drops to them.
    """

    def __init__(self) -> None:
        self._bids: list[_Entry] = []
        self._asks: list[_Entry] = []
        self._rising: list[_Entry] = []
        self._falling: list[_Entry] = []
        self._place: dict[int, tuple[list[_Entry], _Entry]] = {}
        self._following: dict[int, Order] = {}
        self._last_turn = 0

    def put(self, order: Order) -> None:
        """Take in an order, move it (a stop that became a limit), or drop it if it is over.

        A limit order without a turn gets the last one.
        """
        self.drop(order)
        self._last_turn = max(self._last_turn, order.turn)
        if not order.is_open:
            return
        if order.waits:
            entries = self._rising if order.wakes_rising else self._falling
            level = order.wake_price if order.wakes_rising else -order.wake_price
            entry = (level, order.id, order)
            if order.follows:
                self._following[order.id] = order
        else:
            order.turn = order.turn or self._last_turn + 1
            self._last_turn = max(self._last_turn, order.turn)
            buys = order.side is Side.BUY
            entries = self._bids if buys else self._asks
            entry = (-order.price if buys else order.price, order.turn, order)
        insort(entries, entry)
        self._place[order.id] = entries, entry

    def drop(self, order: Order) -> None:
        """Take an order out, if it is here."""
        place = self._place.pop(order.id, None)
        self._following.pop(order.id, None)
        if place is not None:
            entries, entry = place
            del entries[bisect_left(entries, entry)]

    # ------------------------------------------------------------ limit orders

    def best(self, side: Side) -> Order | None:
        """Return the limit order of a side that is met first."""
        entries = self._bids if side is Side.BUY else self._asks
        return entries[0][2] if entries else None

    def queue(self, side: Side) -> Iterator[Order]:
        """Go through the limit orders of a side in price-time priority."""
        return (order for _, _, order in (self._bids if side is Side.BUY else self._asks))

    def at(self, side: Side, price: Decimal) -> list[Order]:
        """Return the limit orders of a side at one price, in the order of their turns."""
        entries, level = (self._bids, -price) if side is Side.BUY else (self._asks, price)
        if not entries:
            return []
        first = bisect_left(entries, (level,))
        after = bisect_right(entries, (level, self._last_turn + 1), lo=first)
        return [order for _, _, order in entries[first:after]]

    def levels(self, side: Side) -> dict[Decimal, Decimal]:
        """Return the quantity that a side shows at each price, best first."""
        shown: dict[Decimal, Decimal] = {}
        for order in self.queue(side):
            shown[order.price] = shown.get(order.price, ZERO) + order.visible
        return shown

    # ------------------------------------------------------------ what a price meets

    def triggered(self, price: Decimal) -> list[Order]:
        """Return the stops that a trade at `price` wakes, in the order of the way there."""
        return [*_met(self._rising, price), *_met(self._falling, -price)]

    def following(self) -> list[Order]:
        """Return the trailing stops whose price moves with the market."""
        return list(self._following.values())

    def next_met(self, price: Decimal) -> Order | None:
        """Return the order, stop or limit, that a move to `price` meets first."""
        for stops, limits, level in (
            (self._rising, self._asks, price),
            (self._falling, self._bids, -price),
        ):
            heads = [(entries[0][0], entries[0][2]) for entries in (stops, limits) if entries]
            met = [(at, order.id, order) for at, order in heads if at <= level]
            if met:
                return min(met)[2]
        return None


def _met(entries: list[_Entry], level: Decimal) -> Iterator[Order]:
    for at, _, order in entries:
        if at > level:
            return
        yield order
