"""The order desk: where a bot's orders leave and their fills come home.

Every order walks the same way: the intent is written down, the order is sent once, its fills are
booked, the intent is settled. What breaks off in between leaves the intent open, and `recovery`
asks the exchange what became of it. Nothing is ever sent again; a repeat is a new intent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from tradefleet.application.books import Books
from tradefleet.application.exposure import Exposure
from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeUnavailableError,
    OrderRefusedError,
)
from tradefleet.domain.ledger import FillBooked, Ledger
from tradefleet.domain.order import (
    Order,
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Purpose,
    Side,
    client_order_id,
    order_prefix,
)
from tradefleet.domain.plan import ProtectedEntry, protect, stop_limit
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.domain.signal import Signal
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Broker
from tradefleet.ports.journal import Intent, IntentState, Journal

T = TypeVar("T")

# An intent older than this is not sent any more: the process was asleep between writing it down
# and sending it, and somebody else may already have judged it.
SEND_WITHIN_MS = 5_000

# Room for the price to rise between looking and buying, where the exchange cannot be told how much
# to spend.
MARKET_BUY_SLACK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class OrderNames:
    """What the client order ids of one bot's process are made of."""

    installation: str
    mode: str
    bot_id: int
    epoch: int

    def name(self, sequence: int, purpose: Purpose) -> str:
        """Return the client order id of an intent."""
        return client_order_id(
            self.installation, self.mode, self.bot_id, self.epoch, sequence, purpose
        )

    @property
    def prefix(self) -> str:
        """What all client order ids of the bot begin with, whichever process made them."""
        return order_prefix(self.installation, self.mode, self.bot_id)


class Desk:
    """One bot's way to the exchange and back into its books."""

    def __init__(
        self, names: OrderNames, broker: Broker, journal: Journal, books: Books, clock: Clock
    ) -> None:
        self.names = names
        self.broker = broker
        self.journal = journal
        self.books = books
        self.clock = clock
        self._exposure = Exposure()

    @property
    def ledger(self) -> Ledger:
        """The bot's money now."""
        return self.books.ledger

    def buy(
        self,
        spend: Decimal,
        price: Decimal,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
        since: float | None = None,
    ) -> Order:
        """Buy at market for at most `spend` quote, fee included.

        Args:
            spend: quote; a base commission comes out of what it buys.
            price: the newest one; sizes the order where only a quantity can be given.
            stop_loss, take_profit: percent, where the signal brought its own.
            since: the clock's `monotonic` when this was begun; None = now.
        """
        instrument = self.ledger.instrument
        sequence = self.journal.next_sequence()
        by_quote = instrument.quote_quantity_allowed
        affordable = instrument.floor_quantity(spend * (1 - MARKET_BUY_SLACK) / price)
        request = OrderRequest(
            self.names.name(sequence, Purpose.ENTRY),
            instrument.symbol,
            Side.BUY,
            OrderType.MARKET,
            Purpose.ENTRY,
            quantity=None if by_quote else affordable,
            quote_quantity=spend if by_quote else None,
        )
        now = self.clock.now()
        intent = Intent(
            sequence, Purpose.ENTRY, request, now, stop_loss=stop_loss, take_profit=take_profit
        )
        return self._place(intent, request, since)

    def buy_protected(
        self,
        wanted: ProtectedEntry,
        stop_loss: Decimal,
        take_profit: Decimal,
        signal: Signal,
        since: float | None = None,
    ) -> Order:
        """Buy with a limit; stop and target come along in the same request.

        Args:
            wanted: quantity, limit and levels.
            stop_loss, take_profit: percent the levels were made from.
            signal: whose own percents the entry keeps.
            since: as for `buy`.
        """
        sequence = self.journal.next_sequence()
        entry, exits = self._entry_and_exits(sequence, wanted)
        now = self.clock.now()
        intents = (
            Intent(
                sequence,
                Purpose.ENTRY,
                entry,
                now,
                stop_loss=signal.stop_loss,
                take_profit=signal.take_profit,
            ),
            Intent(
                sequence + 1,
                Purpose.PROTECTION,
                exits,
                now,
                stop_loss=stop_loss,
                take_profit=take_profit,
            ),
        )
        order, placed = self._send(
            intents, lambda since: self.broker.enter(entry, exits, since), since
        )
        if self.receive(intents[0], (order,)) is not IntentState.OPEN:
            self.receive(intents[1], placed.orders)  # never an exit before its entry
        return order

    def sell(self, quantity: Decimal, reason: ExitReason) -> Order:
        """Sell this much base at market."""
        sequence = self.journal.next_sequence()
        request = OrderRequest(
            self.names.name(sequence, Purpose.EXIT),
            self.ledger.instrument.symbol,
            Side.SELL,
            OrderType.MARKET,
            Purpose.EXIT,
            quantity=quantity,
        )
        now = self.clock.now()
        return self._place(
            Intent(sequence, Purpose.EXIT, request, now, exit_reason=reason), request
        )

    def protect(self, levels: Levels) -> IntentState:
        """Let stop and target rest at the exchange for the whole position."""
        intent, request = self._protection(levels)
        placed = self._send((intent,), lambda since: self.broker.protect(request, since))
        return self.receive(intent, placed.orders)

    def move_stop(self, resting: Intent, stop: Decimal) -> IntentState:
        """Put another stop in the place of a lone one, in one request: no moment without one.

        Raises:
            OrderRefusedError: the new one was not placed; the old one may be gone all the same.
        """
        intent, request = self._protection(Levels(stop, None))
        old = resting.request
        assert isinstance(old, ProtectionRequest)
        ended, placed = self._send(
            (intent,), lambda since: self.broker.replace_stop(old, request, since)
        )
        self.receive(resting, ended.orders, "moved by the bot")
        return self.receive(intent, placed.orders)

    def cancel(self, intent: Intent) -> IntentState:
        """Take resting protection away; a leg that filled meanwhile is booked."""
        assert isinstance(intent.request, ProtectionRequest)
        since = self.clock.monotonic()
        self.journal.confirm_lease()  # what rests may be another process's by now
        ended = self.broker.cancel_protection(intent.request, since)
        return self.receive(intent, ended.orders, "taken away by the bot")

    def call_off(self, intent: Intent) -> None:
        """End an entry that came with its exits and has not filled; recovery books what did."""
        assert isinstance(intent.request, ProtectionRequest)
        since = self.clock.monotonic()
        self.journal.confirm_lease()
        self.broker.cancel_protection(intent.request, since)

    def receive(self, intent: Intent, orders: Sequence[Order], detail: str = "") -> IntentState:
        """Book what became of an intent and settle it as far as that is known.

        The exchange may show an order before all of its fills: it stays open until both agree.
        """
        fills = [
            FillBooked(fill, _reason(intent, order)) for order in orders for fill in order.fills
        ]
        if fills:
            fills.sort(key=lambda entry: (entry.fill.time, entry.fill.trade_id))
            self.books.book(fills)
        state = _state(intent, orders)
        if state is not intent.state:
            naked_ms = self._exposure.measure(intent, state, orders, self.ledger.position)
            detail = detail or _how_it_ended(orders)
            self.journal.settle_intent(intent.sequence, state, detail, naked_ms)
        return state

    def _protection(self, levels: Levels) -> tuple[Intent, ProtectionRequest]:
        sequence = self.journal.next_sequence()
        purposes = (Purpose.PROTECTION, Purpose.STOP, Purpose.TARGET)
        request = protect(
            self.ledger, levels, *(self.names.name(sequence, purpose) for purpose in purposes)
        )
        if request is None:
            raise ValueError("expected a sellable position and at least one level")
        return Intent(sequence, Purpose.PROTECTION, request, self.clock.now()), request

    def _entry_and_exits(
        self, sequence: int, wanted: ProtectedEntry
    ) -> tuple[OrderRequest, ProtectionRequest]:
        """Return both halves of one request; the exits have the number after the entry's."""
        symbol = self.ledger.instrument.symbol
        entry = OrderRequest(
            self.names.name(sequence, Purpose.ENTRY),
            symbol,
            Side.BUY,
            OrderType.LIMIT,
            Purpose.ENTRY,
            quantity=wanted.quantity,
            price=wanted.limit,
        )
        list_name, stop_name, target_name = (
            self.names.name(sequence + 1, purpose)
            for purpose in (Purpose.PROTECTION, Purpose.STOP, Purpose.TARGET)
        )
        exits = ProtectionRequest(
            list_name,
            stop_name,
            target_name,
            symbol,
            wanted.covered,
            wanted.levels.stop,
            stop_limit(self.ledger.instrument, wanted.levels.stop),
            wanted.levels.target,
            entry.client_order_id,
        )
        return entry, exits

    def _place(self, intent: Intent, request: OrderRequest, since: float | None = None) -> Order:
        order = self._send((intent,), lambda since: self.broker.place(request, since), since)
        self.receive(intent, (order,))
        return order

    def _send(
        self, intents: Sequence[Intent], send: Callable[[float], T], since: float | None = None
    ) -> T:
        since = self.clock.monotonic() if since is None else since
        for intent in intents:
            self.journal.record_intent(intent)  # before the network is touched
        try:
            if self.clock.monotonic() - since > SEND_WITHIN_MS / 1_000:
                raise ExchangeUnavailableError("too late to send, the process was asleep")
            return send(since)
        except (OrderRefusedError, AccessDeniedError) as error:
            self._settle(intents, IntentState.REFUSED, str(error))
            raise
        except ExchangeUnavailableError as error:
            self._settle(intents, IntentState.ABSENT, str(error))
            raise

    def _settle(self, intents: Sequence[Intent], state: IntentState, why: str) -> None:
        for intent in intents:
            self.journal.settle_intent(intent.sequence, state, why)


def _reason(intent: Intent, order: Order) -> ExitReason:
    request = intent.request
    if isinstance(request, OrderRequest):
        return intent.exit_reason
    if order.client_order_id == request.stop_client_order_id:
        return ExitReason.STOP_LOSS
    if order.client_order_id == request.target_client_order_id:
        return ExitReason.TAKE_PROFIT
    return ExitReason.TAKE_PROFIT if request.stop_price is None else ExitReason.STOP_LOSS


def _state(intent: Intent, orders: Sequence[Order]) -> IntentState:
    told = all(
        sum((fill.quantity for fill in order.fills), Decimal(0)) == order.executed_quantity
        for order in orders
    )
    if any(order.status is OrderStatus.PENDING_NEW for order in orders):
        return IntentState.OPEN  # its entry is not filled whole: nothing protects yet
    if told and all(order.status.is_final for order in orders):
        rejected = all(order.status is OrderStatus.REJECTED for order in orders)
        return IntentState.REFUSED if rejected else IntentState.DONE
    if isinstance(intent.request, ProtectionRequest):
        return IntentState.ACCEPTED
    return IntentState.OPEN


def _how_it_ended(orders: Sequence[Order]) -> str:
    return ", ".join(f"{order.type} {order.status}" for order in orders)
