"""Order lists: orders that depend on each other.

An OCO (one cancels the other) is a target and a stop for the same coins, of which only one
can trade: the funds are locked once, by the list, until one leg starts to work.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange import errors
from tradefleet.exchange.books.orders import STOP_LOSSES
from tradefleet.exchange.decimals import ZERO
from tradefleet.exchange.errors import ApiError

OCO = "OCO"
EXEC_STARTED, EXECUTING, ALL_DONE = "EXEC_STARTED", "EXECUTING", "ALL_DONE"
UPDATED = "UPDATED"  # of a list in which an order got another name
FINISHED_KEPT = 10_000  # finished lists of one account that can still be asked for

PROFIT_LEGS = frozenset({OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})


@dataclass(slots=True)
class OrderList:
    """Some orders and how they hang together.

    Attributes:
        status_type, order_status: the exchange's words `listStatusType`, `listOrderStatus`.
        locked: funds reserved for whichever leg comes to work.
    """

    id: int
    uid: int
    symbol: str
    client_id: str
    contingency: str
    order_ids: tuple[int, ...]
    time: int
    status_type: str = EXEC_STARTED
    order_status: str = EXECUTING
    locked: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        """Whether it still decides what becomes of its orders."""
        return self.order_status == EXECUTING

    def finish(self) -> None:
        """Note that nothing hangs together any more."""
        self.status_type = self.order_status = ALL_DONE


class ListBook:
    """The order lists of one account."""

    def __init__(self) -> None:
        self._lists: dict[int, OrderList] = {}
        self._open: dict[int, OrderList] = {}
        self._newest: dict[str, OrderList] = {}
        self._finished: deque[OrderList] = deque()

    def put(self, order_list: OrderList) -> None:
        """Take in a new list, or note that a known one changed."""
        known = self._lists.get(order_list.id)
        self._lists[order_list.id] = order_list
        if known is None or self._newest.get(known.client_id) is known:
            self._newest[order_list.client_id] = order_list
        if order_list.is_open:
            self._open[order_list.id] = order_list
        elif self._open.pop(order_list.id, None) is not None or known is None:
            self._finished.append(order_list)
        while len(self._finished) > FINISHED_KEPT:
            self._forget(self._finished.popleft())

    def get(self, list_id: int) -> OrderList | None:
        """Return a list by its number."""
        return self._lists.get(list_id)

    def named(self, client_id: str) -> OrderList | None:
        """Return the newest list with a client id."""
        return self._newest.get(client_id)

    def has_open(self, client_id: str) -> bool:
        """Whether an open list has this name."""
        found = self._newest.get(client_id)
        return found is not None and found.is_open

    def open(self) -> list[OrderList]:
        """Return open lists, oldest first."""
        return list(self._open.values())

    def all(self) -> Iterator[OrderList]:
        """Go through every list that is kept, oldest first."""
        return iter(self._lists.values())

    def _forget(self, order_list: OrderList) -> None:
        del self._lists[order_list.id]
        if self._newest.get(order_list.client_id) is order_list:
            del self._newest[order_list.client_id]


@dataclass(frozen=True, slots=True)
class Leg:
    """What an OCO's prices are judged by."""

    type: OrderType
    price: Decimal
    stop_price: Decimal

    @property
    def level(self) -> Decimal:
        """The price at which the leg comes alive."""
        return self.price if self.type is OrderType.LIMIT_MAKER else self.stop_price


def check_oco(side: Side, above: Leg, below: Leg, last: Decimal) -> None:
    """Refuse a pair that is no OCO, or whose prices do not enclose the last price.

    Raises:
        ApiError: -1165 to -1199 for the types, -2010 for the prices.
    """
    _check_types(side, above.type, below.type)
    if not below.level < last < above.level:
        raise errors.order_refused(errors.PRICES_WRONG)


def _check_types(side: Side, above: OrderType, below: OrderType) -> None:
    if above is OrderType.LIMIT_MAKER and below is OrderType.LIMIT_MAKER:
        raise ApiError(-1168, "At least one OCO order must be contingent.")
    if side is Side.SELL:
        if above in STOP_LOSSES:
            raise ApiError(-1197, "A stop loss order in a sell OCO must be below.")
        if below is OrderType.LIMIT_MAKER:
            raise ApiError(-1166, "A limit order in a sell OCO must be above.")
    else:
        if below in STOP_LOSSES:
            raise ApiError(-1196, "A stop loss order in a buy OCO must be above.")
        if above is OrderType.LIMIT_MAKER:
            raise ApiError(-1165, "A limit order in a buy OCO must be below.")
    if not ((above in STOP_LOSSES) ^ (below in STOP_LOSSES)):
        raise errors.order_refused("Unsupported order combination")


def list_record(order_list: OrderList) -> dict[str, Any]:
    """Return what the log keeps of a list."""
    record = {name: getattr(order_list, name) for name in _NAMES}
    record["locked"] = str(order_list.locked)
    return record


def list_from(record: Mapping[str, Any]) -> OrderList:
    """Return the list of a record of the log."""
    values = dict(record)
    values["order_ids"] = tuple(values["order_ids"])
    values["locked"] = Decimal(values["locked"])
    return OrderList(**values)


_NAMES = tuple(field.name for field in fields(OrderList))
