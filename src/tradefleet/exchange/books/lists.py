"""Order lists: orders that depend on each other.

An OCO (one cancels the other) is a target and a stop for the same coins, of which only one
can trade: the funds are locked once, by the list, until one leg starts to work.

An OTO (one triggers the other) is a working order and what is placed when it has filled whole:
one order, or an OCO pair. In one that pays, the list keeps what the working order receives, and
that is what the pending orders sell.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from tradefleet.exchange.decimals import ZERO

OCO, OTO = "OCO", "OTO"
EXEC_STARTED, EXECUTING, ALL_DONE = "EXEC_STARTED", "EXECUTING", "ALL_DONE"
UPDATED = "UPDATED"  # of a list in which an order got another name
FINISHED_KEPT = 10_000  # finished lists of one account that can still be asked for


@dataclass(slots=True)
class OrderList:
    """Some orders and how they hang together.

    Attributes:
        order_ids: in an OTO the working order is the first.
        time, updated_at: when it was placed and when its status last changed, UTC milliseconds.
        status_type, order_status: the exchange's words `listStatusType`, `listOrderStatus`.
        locked: funds reserved for whichever leg comes to work, in the asset the last order gives.
        pays: what the working order receives is kept for the pending ones.
    """

    id: int
    uid: int
    symbol: str
    client_id: str
    contingency: str
    order_ids: tuple[int, ...]
    time: int
    updated_at: int
    status_type: str = EXEC_STARTED
    order_status: str = EXECUTING
    locked: Decimal = ZERO
    pays: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still decides what becomes of its orders."""
        return self.order_status == EXECUTING

    @property
    def pending_ids(self) -> tuple[int, ...]:
        """The orders that wait until the first has filled."""
        return self.order_ids[1:] if self.contingency == OTO else ()

    @property
    def pair_ids(self) -> tuple[int, ...]:
        """The two orders of which one ends the other, if it has such."""
        ids = self.order_ids if self.contingency == OCO else self.pending_ids
        return ids if len(ids) > 1 else ()

    def finish(self, now: int) -> None:
        """Note that nothing hangs together any more."""
        self.status_type = self.order_status = ALL_DONE
        self.updated_at = now


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
