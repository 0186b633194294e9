"""The stop of the whole fleet, one row that every bot obeys, and what each bot left behind."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.statement import Statement, inserting, parameters
from tradefleet.adapters.store.tables import activities, bots, properties, snapshots
from tradefleet.domain.bot import Halt, Wish
from tradefleet.ports.halts import BotReceipt, StandingHalt

_HALT = "halt"
_RECEIPT = "receipt:"
_EXPECTED = "stop:"
_STANDING = Statement(select(properties.c.value).where(properties.c.name == bindparam("name")))
_ADD_ACTIVITY = inserting(
    activities, *(column.name for column in activities.columns if column.name != "id")
)
_RECEIPTS = Statement(select(snapshots.c.value).where(snapshots.c.name.startswith(_RECEIPT)))
_EXPECTATIONS = Statement(select(snapshots.c.value).where(snapshots.c.name.startswith(_EXPECTED)))
_LOCKED = Statement(
    select(snapshots.c.value).where(snapshots.c.name == bindparam("name")).with_for_update()
)
_EXPECTS_NO_MORE = Statement(delete(snapshots).where(snapshots.c.name == bindparam("name")))
_FAILED_NO_MORE = Statement(
    update(bots).where(~bots.c.deleted, bots.c.failure != "").values(**parameters(("failure",)))
)
_LIFT = Statement(delete(properties).where(properties.c.name == bindparam("name")))
_STAY_STOPPED = Statement(
    update(bots)
    .where(~bots.c.deleted, bots.c.wish.in_((Wish.RUN.value, Wish.PAUSE.value)))
    .values(version=bots.c.version + 1, **parameters(("wish",)))
)


def standing_halt(connection: Connection) -> StandingHalt | None:
    """Return the stop of the whole fleet, if one stands."""
    text = connection.scalar(_STANDING, name=_HALT)
    return load(StandingHalt, json.loads(text)) if text else None


class SqlHalts:
    """The `Halts` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self) -> StandingHalt | None:
        """Return the stop of the whole fleet, if one stands."""
        with self._store.read() as connection:
            return standing_halt(connection)

    def raise_halt(self, how: Halt, actor: str, now: int) -> StandingHalt:
        """Stop the whole fleet: one durable write."""
        halt = StandingHalt(how, actor, now, secrets.token_hex(4))
        with self._store.write(durable=True) as connection:
            put(connection, properties, {"name": _HALT, "value": json.dumps(dump(halt))})
            if not halt.how.wish.wants_process:
                connection.execute(_FAILED_NO_MORE, failure="")
            note(connection, now, actor, "panic", how.value)
        return halt

    def reset(self, actor: str, now: int, *, resume: bool) -> bool:
        """End the stop; return whether one stood."""
        with self._store.write(durable=True) as connection:
            if not connection.execute(_LIFT, name=_HALT).rowcount:
                return False
            if not resume:
                connection.execute(_STAY_STOPPED, wish=Wish.STOP_KEEP.value)
            note(connection, now, actor, "reset", "bots go on" if resume else "bots stay stopped")
            return True

    def expect(self, bot_id: int, version: int, now: int) -> None:
        """Write down that a bot owes a receipt from this version on."""
        asked = {"bot_id": bot_id, "version": version}
        with self._store.write() as connection:
            left = connection.execute(_LOCKED, name=f"{_RECEIPT}{bot_id}").first()
            if left is not None and load(BotReceipt, left.value).version >= version:
                return  # it was told before, and answered
            row: dict[str, Any] = {"name": f"{_EXPECTED}{bot_id}", "value": asked, "at": now}
            put(connection, snapshots, row)

    def owing(self) -> frozenset[int]:
        """Return the bots that have left no receipt since they were told to stop."""
        with self._store.read() as connection:
            asked = connection.execute(_EXPECTATIONS)
            return frozenset(row.value["bot_id"] for row in asked)

    def leave(self, receipt: BotReceipt) -> None:
        """Keep what a bot found at the exchange when it stopped."""
        name = f"{_RECEIPT}{receipt.bot_id}"
        with self._store.write(durable=True) as connection:
            row: dict[str, Any] = {"name": name, "value": dump(receipt), "at": receipt.at}
            put(connection, snapshots, row)
            self._is_answered(connection, receipt)
            note(connection, receipt.at, "bot", "receipt", receipt.sentence, receipt.bot_id)

    def receipts(self) -> Mapping[int, BotReceipt]:
        """Return the newest receipt of every bot that ever left one."""
        with self._store.read() as connection:
            found = [load(BotReceipt, row.value) for row in connection.execute(_RECEIPTS)]
        return {receipt.bot_id: receipt for receipt in found}

    @staticmethod
    def _is_answered(connection: Connection, receipt: BotReceipt) -> None:
        """Expect no more what this receipt answers; one from before the last stop does not."""
        name = f"{_EXPECTED}{receipt.bot_id}"
        expected = connection.execute(_LOCKED, name=name).first()
        if expected is not None and expected.value["version"] <= receipt.version:
            connection.execute(_EXPECTS_NO_MORE, name=name)


def note(
    connection: Connection, now: int, actor: str, action: str, detail: str, bot_id: int = 0
) -> None:
    """Add to the audit log, within the change it tells of."""
    row = {"at": now, "actor": actor, "action": action, "detail": detail, "bot_id": bot_id}
    connection.execute(_ADD_ACTIVITY, **row)
