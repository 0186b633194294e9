"""The facts of one bot, written only under its lease.

Every write reads the lease inside its own transaction, so a process that was taken over can
write nothing more. Intents, fills and dust wait for the disk before anything else happens.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import bindparam, func, select, update

from tradefleet.adapters.store.books import enter
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.leases import taken_over
from tradefleet.adapters.store.rows import (
    decision_values,
    entry_of,
    fill_of,
    intent_of,
    intent_values,
)
from tradefleet.adapters.store.statement import Statement, inserting, parameters
from tradefleet.adapters.store.tables import decisions, entries, intents, leases
from tradefleet.domain.bot import Bot
from tradefleet.domain.errors import RuleBrokenError
from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import Fill, Purpose
from tradefleet.ports.fleet import Lease
from tradefleet.ports.journal import Decision, Intent, IntentState

_UNSETTLED = (IntentState.OPEN.value, IntentState.ACCEPTED.value)

_our_intents = intents.c.bot_id == bindparam("bot_id")
_our_entries = entries.c.bot_id == bindparam("bot_id")
_held_epoch = select(leases.c.epoch).where(leases.c.bot_id == bindparam("bot_id"), leases.c.held)
_HELD_EPOCH = Statement(_held_epoch)
_EPOCH = Statement(_held_epoch.with_for_update())
_LAST_SEQUENCE = Statement(select(func.max(intents.c.sequence)).where(_our_intents))
_ADD_INTENT = inserting(intents)
_SETTLE_INTENT = Statement(
    update(intents)
    .where(_our_intents, intents.c.sequence == bindparam("sequence"))
    .values(parameters(("state", "detail")))
)
_MEASURE_INTENT = Statement(
    update(intents)
    .where(_our_intents, intents.c.sequence == bindparam("sequence"))
    .values(parameters(("naked_ms",)))
)
_OPEN_INTENTS = Statement(
    select(intents)
    .where(_our_intents, intents.c.state.in_(_UNSETTLED))
    .order_by(intents.c.sequence)
)
_NEWEST_INTENT = Statement(
    select(intents)
    .where(_our_intents, intents.c.purpose == bindparam("purpose"))
    .order_by(intents.c.sequence.desc())
    .limit(1)
)
_FILL = Statement(
    select(entries).where(
        _our_entries,
        entries.c.symbol == bindparam("symbol"),
        entries.c.trade_id == bindparam("trade_id"),
    )
)
_ENTRIES = Statement(select(entries).where(_our_entries).order_by(entries.c.number))
_ADD_DECISION = inserting(
    decisions, *(column.name for column in decisions.columns if column.name != "id")
)


class SqlJournal:
    """The `Journal` of one bot in a store."""

    def __init__(self, store: Store, bot: Bot, lease: Lease) -> None:
        self._store = store
        self._bot = bot
        self._lease = lease

    def confirm_lease(self) -> None:
        """Raise `LeaseError` if another process took over."""
        with self._store.read() as connection:
            self._check(connection, _HELD_EPOCH)

    def next_sequence(self) -> int:
        """Return the number of the next intent."""
        with self._store.read() as connection:
            return (connection.scalar(_LAST_SEQUENCE, bot_id=self._bot.id) or 0) + 1

    def record_intent(self, intent: Intent) -> None:
        """Write an intent down durably, before anything is sent."""
        with self._write(durable=True) as connection:
            connection.execute(_ADD_INTENT, bot_id=self._bot.id, **intent_values(intent))

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent; `naked_ms` where it began to protect a position."""
        became = {"state": state.value, "detail": detail}
        with self._write() as connection:
            ours = {"bot_id": self._bot.id, "sequence": sequence}
            if not connection.execute(_SETTLE_INTENT, **ours, **became).rowcount:
                raise RuleBrokenError(f"bot {self._bot.id} has no intent {sequence} to settle")
            if naked_ms is not None:
                connection.execute(_MEASURE_INTENT, **ours, naked_ms=naked_ms)

    def open_intents(self) -> tuple[Intent, ...]:
        """Return intents in state OPEN or ACCEPTED, oldest first."""
        with self._store.read() as connection:
            rows = connection.execute(_OPEN_INTENTS, bot_id=self._bot.id)
            return tuple(intent_of(row) for row in rows)

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        """Return the newest intent of a purpose, whatever became of it."""
        wanted = {"bot_id": self._bot.id, "purpose": purpose.value}
        with self._store.read() as connection:
            row = connection.execute(_NEWEST_INTENT, **wanted).first()
            return intent_of(row) if row else None

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills durably; known trade ids are ignored. Return those that were new.

        Raises:
            RuleBrokenError: more is sold than is held, or a known trade id comes with other
                figures; nothing of `fills` is booked then.
        """
        with self._write(durable=True) as connection:
            known = self._known(connection, fills)
            new: list[Entry] = []
            for booked in fills:
                key = (booked.fill.symbol, booked.fill.trade_id)
                if key in known:
                    _refuse_other_figures(known[key], booked.fill)
                else:
                    known[key] = booked.fill
                    new.append(booked)
            enter(connection, self._bot, new)
            return tuple(entry for entry in new if isinstance(entry, FillBooked))

    def book_dust(self, entry: DustBooked) -> None:
        """Close the trade, the rest being too small to sell."""
        with self._write(durable=True) as connection:
            enter(connection, self._bot, [entry])

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole history of the ledger, oldest first."""
        with self._store.read() as connection:
            return tuple(entry_of(row) for row in connection.execute(_ENTRIES, bot_id=self._bot.id))

    def record_decision(self, decision: Decision) -> None:
        """Keep the record of an evaluation."""
        with self._write() as connection:
            connection.execute(_ADD_DECISION, bot_id=self._bot.id, **decision_values(decision))

    @contextmanager
    def _write(self, *, durable: bool = False) -> Iterator[Connection]:
        with self._store.write(durable=durable) as connection:
            self._check(connection, _EPOCH)
            yield connection

    def _check(self, connection: Connection, epoch: Statement) -> None:
        if connection.scalar(epoch, bot_id=self._bot.id) != self._lease.epoch:
            raise taken_over(self._lease)

    def _known(
        self, connection: Connection, fills: Sequence[FillBooked]
    ) -> dict[tuple[str, int], Fill]:
        known = {}
        for booked in fills:
            key = {"symbol": booked.fill.symbol, "trade_id": booked.fill.trade_id}
            if row := connection.execute(_FILL, bot_id=self._bot.id, **key).first():
                known[row.symbol, row.trade_id] = fill_of(row)
        return known


def _refuse_other_figures(known: Fill, fill: Fill) -> None:
    def figures(fill: Fill) -> tuple[Any, ...]:
        return fill.order_id, fill.side, fill.price, fill.quantity

    if figures(known) != figures(fill):
        raise RuleBrokenError(
            f"{fill.symbol} trade {fill.trade_id} is in the books with other figures (order "
            f"{known.order_id}, {known.quantity} at {known.price}; now order {fill.order_id}, "
            f"{fill.quantity} at {fill.price}); was the exchange's account started anew?"
        )
