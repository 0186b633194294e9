"""The long way to an order: through every list of the account, because one "no" proves nothing.

`GET /order` may be answered by a copy that lags. Before an order counts as never placed, it must
also be absent from the resting orders and from all orders since it was sent, and every trade since
then must belong to an order that is known to be another.
"""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from tradefleet.adapters.binance import parse
from tradefleet.domain.order import Fill, Order

# How far an order's own time may lie before the moment its intent was written down.
BEFORE_MS = 60_000
MOST_ROWS = 1_000
# An order shows up in the pages next to its own time; nobody places so many beside it.
MOST_PAGES = 20

Read = Callable[[str, dict[str, object], Callable[[Any], Any], int], Any]
Query = Callable[[int], Order | None]
_T = TypeVar("_T")


class Search:
    """Looks for orders by their names in everything the account has done in a symbol."""

    def __init__(self, read: Read, query: Query, symbol: str) -> None:
        """Prepare.

        Args:
            read: asks a signed question: path, parameters, parser, weight.
            query: asks for one order by its number, fills included; None if it is not known.
            symbol: to search in.
        """
        self._read = read
        self._query = query
        self._symbol = symbol

    def find(self, names: Collection[str], since: int) -> tuple[Order, ...]:
        """Return the orders of these names, without promising their fills.

        Args:
            names: client order ids.
            since: when the first of them may have been sent, UTC milliseconds.

        Raises:
            ExchangeError: a list could not be read, so nothing is proven.
        """
        known = {order.order_id: order for order in self._resting()}
        known |= {order.order_id: order for order in self._since(since)}
        if found := _named(known.values(), names):
            return found
        strangers = {fill.order_id for fill in self._fills(since)} - known.keys()
        asked = (self._query(order_id) for order_id in sorted(strangers))
        return _named([order for order in asked if order is not None], names)

    def _resting(self) -> tuple[Order, ...]:
        rows: tuple[Order, ...] = self._read(
            "/openOrders", {"symbol": self._symbol}, parse.orders, 6
        )
        return rows

    def _since(self, since: int) -> list[Order]:
        def following(last: Order) -> dict[str, object]:
            return {"orderId": last.order_id + 1}

        return self._pages("/allOrders", since, parse.orders, following)

    def _fills(self, since: int) -> list[Fill]:
        def following(last: Fill) -> dict[str, object]:
            return {"fromId": last.trade_id + 1}

        return self._pages("/myTrades", since, parse.trades, following)

    def _pages(
        self,
        path: str,
        since: int,
        into: Callable[[Any], tuple[_T, ...]],
        following: Callable[[_T], dict[str, object]],
    ) -> list[_T]:
        start: dict[str, object] = {"startTime": max(0, since - BEFORE_MS)}
        found: list[_T] = []
        for _ in range(MOST_PAGES):
            params = {"symbol": self._symbol, "limit": MOST_ROWS, **start}
            page: tuple[_T, ...] = self._read(path, params, into, 20)
            found += page
            if len(page) < MOST_ROWS:
                break
            start = following(page[-1])
        return found


def _named(orders: Collection[Order], names: Collection[str]) -> tuple[Order, ...]:
    return tuple(order for order in orders if order.client_order_id in names)
