"""What rests on the book: our orders in the order in which a moving price meets them."""

from bisect import bisect_left, insort
from decimal import Decimal

from tradefleet.domain.order import Side
from tradefleet.exchange.books.orders import STOP_LOSSES, Order

_Entry = tuple[Decimal, int]


class Resting:
    """The open orders of one symbol, of all accounts, sorted by the price that wakes them.

    `rising` are met by a price that climbs to them (sell limits; stops above the market),
    `falling` by one that drops to them (buy limits; stops below).
    """

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._rising: list[_Entry] = []
        self._falling: list[_Entry] = []
        self._place: dict[int, tuple[list[_Entry], _Entry]] = {}

    def put(self, order: Order) -> None:
        """Take in an order, move it (a stop that became a limit), or drop it if it is over."""
        self.drop(order)
        if not order.is_open:
            return
        entry = (order.stop_price if order.waits else order.price, order.id)
        entries = self._rising if is_met_from_below(order) else self._falling
        insort(entries, entry)
        self._orders[order.id] = order
        self._place[order.id] = entries, entry

    def drop(self, order: Order) -> None:
        """Take an order out, if it is here."""
        place = self._place.pop(order.id, None)
        if place is None:
            return
        entries, entry = place
        del entries[bisect_left(entries, entry)]
        del self._orders[order.id]

    def reached(self, price: Decimal) -> list[Order]:
        """Return the orders that a move to `price` meets, in the order of the way there."""
        rising, falling = self._rising, self._falling
        if not (rising and rising[0][0] <= price) and not (falling and falling[-1][0] >= price):
            return []
        met = [order_id for level, order_id in rising if level <= price]
        met_falling = [entry for entry in falling if entry[0] >= price]
        met_falling.sort(key=lambda entry: (-entry[0], entry[1]))
        met += [order_id for _, order_id in met_falling]
        return [self._orders[order_id] for order_id in met]


def is_met_from_below(order: Order) -> bool:
    """Whether a rising price wakes the order: the trigger side of the exchange's rules."""
    if order.waits:
        return (order.type in STOP_LOSSES) == (order.side is Side.BUY)
    return order.side is Side.SELL
