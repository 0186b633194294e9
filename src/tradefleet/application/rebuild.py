"""Books from the exchange alone: a bot's orders carry its name, and trades name their order.

What a store held is found again in the account's own record: every trade of an order that carries
the bot's name, in the exchange's order. Three things no exchange knows: dust that was given up,
which follows from the next purchase; a sale by hand as against one by the strategy; and a person's
word about what was missing, which is kept from the old books where those can be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import DustBooked, Entry, FillBooked, Ledger, book
from tradefleet.domain.order import Fill, Order, OrderType, ProtectionRequest, Purpose, Side
from tradefleet.domain.position import ExitReason

NO_LIST = -1
_STOPS = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)


class History(Protocol):
    """The account's own record of one symbol."""

    def orders_since(self, symbol: str, order_id: int) -> tuple[Order, ...]:
        """Return all orders with at least this number, oldest first, without their fills."""

    def fills_since(self, symbol: str, trade_id: int) -> tuple[Fill, ...]:
        """Return all fills with at least this trade id, oldest first."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a client order id tells; see `client_order_id`."""

    installation: str
    bot_id: int
    epoch: int
    sequence: int
    purpose: Purpose

    @classmethod
    def read(cls, text: str, mode: str) -> "Name | None":
        """Return what a name tells, None if it is not one of ours in this mode."""
        parts = text.split("-")
        if len(parts) != 6 or parts[0] != f"tf{mode[0]}":
            return None
        numbers = parts[2:5]
        if not all(part.isascii() and part.isdigit() for part in numbers):
            return None
        if parts[5] not in set(Purpose):
            return None
        bot_id, epoch, sequence = map(int, numbers)
        return cls(parts[1], bot_id, epoch, sequence, Purpose(parts[5]))


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the exchange tells of a bot.

    Attributes:
        entries: its whole history, oldest first.
        ledger: its money after them.
        resting: protection that works at the exchange now.
        epoch: the highest in any of its names.
    """

    entries: tuple[Entry, ...]
    ledger: Ledger
    resting: tuple[ProtectionRequest, ...] = ()
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose orders are looked for."""

    installation: str
    mode: str
    bot_id: int

    def name(self, order: Order) -> Name | None:
        """Return what an order's name tells if it is this bot's."""
        name = Name.read(order.client_order_id, self.mode)
        ours = name and (name.installation, name.bot_id) == (self.installation, self.bot_id)
        return name if ours else None


def rebuild(
    history: History,
    owner: Owner,
    instrument: Instrument,
    budget: Decimal,
    words: Iterable[FillBooked] = (),
) -> Rebuilt:
    """Return a bot's books as the exchange alone tells them.

    Args:
        history: of the account.
        owner: whose.
        instrument: of the bot's symbol.
        budget: quote it was given.
        words: entries that stand for a person's word, from the old books.

    Raises:
        InputError: an entry order still works (`entry_works`), so its fills are not all there.
        RuleBrokenError: the history sells more than it bought; part of it is missing.
    """
    found = [
        (name, order)
        for order in history.orders_since(instrument.symbol, 0)
        if (name := owner.name(order)) is not None
    ]
    for name, order in found:
        if name.purpose is Purpose.ENTRY and not order.status.is_final:
            raise InputError(
                f"the entry order {order.client_order_id} still works at the exchange; cancel it "
                "there, then rebuild",
                code="entry_works",
            )
    orders = {order.order_id: (name, order) for name, order in found}
    mine = [
        (FillBooked(fill, _reason(*orders[fill.order_id])), fill.order_id)
        for fill in history.fills_since(instrument.symbol, 0)
        if fill.order_id in orders
    ]
    mine += [(word, -1) for word in words]
    mine.sort(key=lambda row: (row[0].fill.time, row[0].fill.trade_id))
    resting = _resting(found)
    entries, ledger = _fold(mine, Ledger(instrument, budget), is_resting=bool(resting))
    return Rebuilt(entries, ledger, resting, max((name.epoch for name, _ in found), default=0))


def _fold(
    fills: Sequence[tuple[FillBooked, int]], ledger: Ledger, *, is_resting: bool
) -> tuple[tuple[Entry, ...], Ledger]:
    """Return the entries with the dust between them, and the ledger after them.

    A bot has one position at a time: where another entry order buys although something is held,
    what was held had been given up as dust.
    """
    entries: list[Entry] = []
    entered_by = 0

    def add(entry: Entry) -> None:
        nonlocal ledger
        ledger = book(ledger, entry)
        entries.append(entry)

    for booked, order_id in fills:
        bought = booked.fill.side is Side.BUY
        if bought and ledger.position.is_open and order_id != entered_by:
            add(DustBooked(ledger.position.last_exit_at or booked.fill.time))
        entered_by = order_id if bought else entered_by
        add(booked)
    position = ledger.position
    if position.sold and position.is_open and not is_resting and _is_dust(ledger, fills):
        add(DustBooked(position.last_exit_at))
    return tuple(entries), ledger


def _is_dust(ledger: Ledger, fills: Sequence[tuple[FillBooked, int]]) -> bool:
    quantity = ledger.instrument.floor_quantity(ledger.position.quantity)
    price = next(booked.fill.price for booked, _ in reversed(fills) if booked.fill.price)
    too_little = quantity * price < ledger.instrument.min_notional
    return too_little or not quantity or quantity < ledger.instrument.min_quantity


def _reason(name: Name, order: Order) -> ExitReason:
    if name.purpose is Purpose.STOP or (name.purpose is Purpose.PROTECTION and _stops(order)):
        return ExitReason.STOP_LOSS
    if name.purpose in (Purpose.TARGET, Purpose.PROTECTION):
        return ExitReason.TAKE_PROFIT
    return ExitReason.SIGNAL


def _stops(order: Order) -> bool:
    return order.type in _STOPS


def _resting(found: Sequence[tuple[Name, Order]]) -> tuple[ProtectionRequest, ...]:
    """Return the protection that works now, as it was asked for."""
    working = [
        (name, order)
        for name, order in found
        if name.purpose in (Purpose.PROTECTION, Purpose.STOP, Purpose.TARGET)
        and not order.status.is_final
    ]
    entries = {  # an entry's exits came in the same list
        order.order_list_id: order.client_order_id
        for name, order in found
        if name.purpose is Purpose.ENTRY and order.order_list_id != NO_LIST
    }
    groups = groupby(sorted(working, key=_intent), key=_intent)
    return tuple(_request([order for _, order in legs], entries) for _, legs in groups)


def _intent(named: tuple[Name, Order]) -> tuple[int, int]:
    return named[0].epoch, named[0].sequence


def _request(legs: Sequence[Order], entries: Mapping[int, str]) -> ProtectionRequest:
    stem = legs[0].client_order_id.rpartition("-")[0]
    names: Mapping[str, str] = {
        f"{which}_client_order_id": f"{stem}-{purpose.value}"
        for which, purpose in (
            ("list", Purpose.PROTECTION),
            ("stop", Purpose.STOP),
            ("target", Purpose.TARGET),
        )
    }
    stop = next((leg for leg in legs if _stops(leg)), None)
    target = next((leg for leg in legs if not _stops(leg)), None)
    return ProtectionRequest(
        **names,
        symbol=legs[0].symbol,
        quantity=legs[0].quantity,
        stop_price=stop.stop_price if stop else None,
        stop_limit_price=(stop.price or None) if stop else None,
        target_price=target.price if target else None,
        entry_client_order_id=entries.get(legs[0].order_list_id, ""),
    )
