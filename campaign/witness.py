"""The witness: what the exchange says of each intent a bot asks about.

It stands between recovery and its broker, changes nothing and counts two things: the rows of the
recovery table that were walked (what was meant, what the journal said, what the exchange says), and
outcomes that nobody knew for a while, with how each was learnt.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from campaign.store import Facts
from campaign.tally import Tally
from tradefleet.domain.order import (
    Order,
    OrderList,
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Purpose,
)
from tradefleet.ports.exchange import Broker
from tradefleet.ports.journal import Intent, IntentState

T = TypeVar("T")

# What is said of an intent. The first two are told by silence.
NOT_YET, ABSENT, LISTED = "not found yet", "absent", "only in a list"
FILLED, PART, NOTHING = "filled", "ended in part", "ended, nothing filled"
WORKS, WORKS_IN_PART, WAITS = "works", "works in part", "waits for its entry"
STOP, TARGET, REFUSED = "stop filled", "target filled", "rejected"


class Learnt:
    """The unknown outcomes of one run, and how each was learnt; one for all of its processes."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._known: set[str] = set()

    def row(self, intent: Intent, said: str) -> None:
        """Count a row of the recovery table."""
        self._tally.recoveries[f"{kind(intent)}, {intent.state.value}: {said}"] += 1

    def outcome(self, intent: Intent, said: str) -> None:
        """Count an outcome that was unknown, once."""
        if (name := name_of(intent.request)) not in self._known:
            self._known.add(name)
            self._tally.learnt[f"{kind(intent)}: {said}"] += 1


class Witness:
    """Keeps `Broker` for one process.

    An outcome is unknown where the process that asks was never told of it: its own request got no
    answer, or another process of the bot sent it and died.
    """

    def __init__(self, broker: Broker, facts: Facts, learnt: Learnt) -> None:
        self._broker = broker
        self._facts = facts
        self._learnt = learnt
        self._told: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Return what the broker has and nobody needs to witness."""
        return getattr(self._broker, name)

    # ------------------------------------------------------------ what is sent

    def place(self, request: OrderRequest, since: float | None = None) -> Order:
        """Send an order."""
        return self._sent((request,), lambda: self._broker.place(request, since))

    def protect(self, request: ProtectionRequest, since: float | None = None) -> OrderList:
        """Send stop and target."""
        return self._sent((request,), lambda: self._broker.protect(request, since))

    def enter(
        self, entry: OrderRequest, protection: ProtectionRequest, since: float | None = None
    ) -> tuple[Order, OrderList]:
        """Send a buy, its stop and its target."""
        send = lambda: self._broker.enter(entry, protection, since)  # noqa: E731
        return self._sent((entry, protection), send)

    def replace_stop(
        self, old: ProtectionRequest, new: ProtectionRequest, since: float | None = None
    ) -> tuple[OrderList, OrderList]:
        """Send a stop that takes the place of another."""
        return self._sent((new,), lambda: self._broker.replace_stop(old, new, since))

    def _sent(
        self, requests: Sequence[OrderRequest | ProtectionRequest], send: Callable[[], T]
    ) -> T:
        answer = send()
        self._told.update(map(name_of, requests))
        return answer

    # ------------------------------------------------------------ what is asked

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        """Ask for an order."""
        found = self._broker.find(symbol, client_order_id)
        self._hear(client_order_id, () if found is None else (found,))
        return found

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        """Ask for stop and target."""
        found = self._broker.find_protection(request)
        self._hear(request.list_client_order_id, () if found is None else found.orders)
        return found

    def search(self, request: OrderRequest | ProtectionRequest, since: int) -> tuple[Order, ...]:
        """Look through the account's lists."""
        found = self._broker.search(request, since)
        self._learn(name_of(request), LISTED if found else ABSENT)
        return found

    def _hear(self, name: str, orders: Sequence[Order]) -> None:
        intent = self._intent(name)
        if intent is not None:
            self._learn(name, said(intent.request, orders) if orders else NOT_YET)

    def _learn(self, name: str, what: str) -> None:
        intent = self._intent(name)
        if intent is None:
            return
        self._learnt.row(intent, what)
        if what in (NOT_YET, LISTED):
            return
        if intent.state is IntentState.OPEN and name not in self._told:
            self._learnt.outcome(intent, what)
        self._told.add(name)

    def _intent(self, name: str) -> Intent | None:
        live = self._facts.live.values()
        return next((intent for intent in live if name_of(intent.request) == name), None)


def name_of(request: OrderRequest | ProtectionRequest) -> str:
    """Return the client order id a request is found by."""
    if isinstance(request, OrderRequest):
        return request.client_order_id
    return request.list_client_order_id


def kind(intent: Intent) -> str:
    """Return what was meant, in the words of the recovery table.

    Exits that came with their entry are protection like any other once the exchange accepted them.
    """
    request = intent.request
    if isinstance(request, ProtectionRequest):
        waits = request.comes_with_entry and intent.state is IntentState.OPEN
        return "exits with their entry" if waits else "protection"
    if intent.purpose is Purpose.EXIT:
        return "exit"
    return "market entry" if request.type is OrderType.MARKET else "limit entry"


def said(request: OrderRequest | ProtectionRequest, orders: Sequence[Order]) -> str:
    """Return in one word what the exchange says of a request."""
    statuses = {order.status for order in orders}
    executed = any(order.executed_quantity for order in orders)
    if statuses == {OrderStatus.REJECTED}:
        return REFUSED
    if OrderStatus.PENDING_NEW in statuses:
        return WAITS
    if not all(status.is_final for status in statuses):
        return WORKS_IN_PART if executed else WORKS
    if not executed:
        return NOTHING
    filled = next((order for order in orders if order.status is OrderStatus.FILLED), None)
    if filled is None:
        return PART
    if isinstance(request, OrderRequest):
        return FILLED
    is_target = filled.client_order_id == request.target_client_order_id
    return TARGET if is_target or request.stop_price is None else STOP
