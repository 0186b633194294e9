"""The newest state of things that processes share."""

from typing import Any

from sqlalchemy import bindparam, select

from tradefleet.adapters.store.codec import dump
from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.statement import Statement
from tradefleet.adapters.store.tables import snapshots
from tradefleet.ports.records import Snapshot

_SNAPSHOT = Statement(
    select(snapshots.c.value, snapshots.c.at).where(snapshots.c.name == bindparam("name"))
)


class SqlSnapshots:
    """The `Snapshots` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, name: str, value: Any, at: int) -> None:
        """Replace a snapshot; decimals become text, enums their values."""
        with self._store.write() as connection:
            put(connection, snapshots, {"name": name, "value": dump(value), "at": at})

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot, or None if there never was one."""
        with self._store.read() as connection:
            row = connection.execute(_SNAPSHOT, name=name).first()
            return Snapshot(row.value, row.at) if row else None
