"""Recovery: what became of the orders whose outcome is not known. Starting up is recovering.

An order that was sent is looked for by our own name until it is found, or until it can no longer
come to life and no list of the account has it. Asking costs nothing and may be repeated as often as
the process dies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tradefleet.application.desk import Desk
from tradefleet.domain.order import Order, OrderRequest, OrderStatus, ProtectionRequest, Purpose
from tradefleet.domain.recognition import recognise
from tradefleet.ports.journal import Intent, IntentState

# A limit entry that has not filled whole by then is called off, and what it brought is protected.
# The bot looks once a second, so it is over within five seconds, on a busy machine too.
FILL_WITHIN_MS = 2_500
# One that was cancelled sooner was cancelled by somebody else.
CUT_SHORT_MS = 1_500


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is known after asking.

    Attributes:
        unknown: intents whose outcome is still open; nothing may be sent meanwhile.
        resting: protection that works at the exchange, oldest first.
        vanished: protection that ended without a fill and not by our hand.
        unfilled: exits whose entry, in the same list, is at the exchange and not filled whole.
        bare: those of `resting` whose stop is over although the target still rests: a target
            that fills in part ends the stop with its first fill (Binance, OCO).
        cut_short: entries that were cancelled before we would have called them off.
    """

    unknown: tuple[Intent, ...] = ()
    resting: tuple[Intent, ...] = ()
    vanished: tuple[Intent, ...] = ()
    unfilled: tuple[Intent, ...] = ()
    bare: tuple[Intent, ...] = ()
    cut_short: tuple[Intent, ...] = ()


class Recovery:
    """Settles a bot's open intents by asking the exchange."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._missed_since: dict[int, float] = {}
        self._seen: set[str] = set()
        self._bare: set[int] = set()
        self._cut_short: list[Intent] = []

    @property
    def misses_one(self) -> bool:
        """Whether the exchange said of an order that it does not know it, and may be mistaken."""
        return bool(self._missed_since)

    def settle(self, *, look_at_resting: bool = True) -> Recovered:
        """Bring the journal in line with the exchange.

        Args:
            look_at_resting: also ask about protection that rested when last seen.
        """
        self._seen.clear()
        self._cut_short.clear()
        unknown: list[Intent] = []
        resting, vanished = [], []
        opened = self._desk.journal.open_intents()
        for settled in self._missed_since.keys() - {intent.sequence for intent in opened}:
            del self._missed_since[settled]
        # A stop that was to be moved may be gone although nobody knows of the new one.
        looks = look_at_resting or any(_is_protection_unknown(intent) for intent in opened)
        for intent in opened:
            rested = intent.state is IntentState.ACCEPTED
            state, held = intent.state, self._desk.ledger.position.quantity
            if looks or not rested or intent.sequence in self._missed_since:
                state = self._ask_in_turn(intent, unknown)
            if state is IntentState.OPEN:
                unknown.append(intent)
            elif state is IntentState.ACCEPTED:
                resting.append(replace(intent, state=state))
            elif rested and self._desk.ledger.position.quantity == held > 0:
                vanished.append(intent)
        unfilled = [intent for intent in unknown if self._is_unfilled(intent)]
        newest = max((i.sequence for i in (*unknown, *resting)), default=0)
        vanished = [i for i in vanished if i.sequence > newest]  # others were moved, not lost
        bare = [intent for intent in resting if intent.sequence in self._bare]
        return Recovered(
            tuple(unknown),
            tuple(resting),
            tuple(vanished),
            tuple(unfilled),
            tuple(bare),
            tuple(self._cut_short),
        )

    def _ask_in_turn(self, intent: Intent, unknown: Sequence[Intent]) -> IntentState:
        """Ask about an intent; about exits only when their entry is known.

        They came in one request: without the entry there are no exits, and no exit is booked
        before its entry.
        """
        request = intent.request
        entry = request.entry_client_order_id if isinstance(request, ProtectionRequest) else ""
        return intent.state if entry and entry in map(_name, unknown) else self._ask(intent)

    def _is_unfilled(self, intent: Intent) -> bool:
        request = intent.request
        if not (isinstance(request, ProtectionRequest) and request.comes_with_entry):
            return False
        return bool({request.entry_client_order_id, request.list_client_order_id} & self._seen)

    def _ask(self, intent: Intent) -> IntentState:
        asked_at = self._desk.clock.monotonic()
        orders = self._find(intent)
        if orders is not None:
            self._missed_since.pop(intent.sequence, None)
            self._seen.add(_name(intent))
            recognise(intent.request, orders, intent.created_at)
            if _has_lost_its_stop(intent, orders):
                self._bare.add(intent.sequence)
            if _was_cut_short(intent, orders):
                self._cut_short.append(intent)
            return self._desk.receive(intent, orders)
        if self._may_yet_turn_up(intent, asked_at) or self._stands_in_a_list(intent):
            return intent.state
        rested = intent.state is IntentState.ACCEPTED
        state = IntentState.FORGOTTEN if rested else IntentState.ABSENT
        self._desk.journal.settle_intent(intent.sequence, state, "the exchange does not know it")
        return state

    def _find(self, intent: Intent) -> tuple[Order, ...] | None:
        broker, request = self._desk.broker, intent.request
        if isinstance(request, OrderRequest):
            order = broker.find(request.symbol, request.client_order_id)
            return None if order is None else (order,)
        found = broker.find_protection(request)
        return None if found is None else found.orders

    def _may_yet_turn_up(self, intent: Intent, asked_at: float) -> bool:
        """Whether an order that was not found can still come to life.

        Counted from the moment this process first missed it, in seconds that never jump: it was
        sent before that, whatever the clock said when it was written down. One that rested already
        gets the same time: one stale answer must not end it.
        """
        since = self._missed_since.setdefault(intent.sequence, asked_at)
        return asked_at - since <= self._desk.broker.settle_ms / 1_000

    def _stands_in_a_list(self, intent: Intent) -> bool:
        """Whether the exchange has it after all, although it says that it does not know it."""
        found = self._desk.broker.search(intent.request, intent.created_at)
        recognise(intent.request, found, intent.created_at)
        return bool(found)


def _is_protection_unknown(intent: Intent) -> bool:
    return intent.purpose is Purpose.PROTECTION and intent.state is IntentState.OPEN


def _has_lost_its_stop(intent: Intent, orders: Sequence[Order]) -> bool:
    request = intent.request
    if not isinstance(request, ProtectionRequest) or request.stop_price is None:
        return False
    stop = next((o for o in orders if o.client_order_id == request.stop_client_order_id), None)
    return stop is not None and stop.status.is_final and not stop.executed_quantity


def _was_cut_short(intent: Intent, orders: Sequence[Order]) -> bool:
    return intent.purpose is Purpose.ENTRY and any(
        order.status is OrderStatus.CANCELED
        and order.updated_at - min(order.time, intent.created_at) < CUT_SHORT_MS
        for order in orders
    )


def _name(intent: Intent) -> str:
    request = intent.request
    if isinstance(request, OrderRequest):
        return request.client_order_id
    return request.list_client_order_id
