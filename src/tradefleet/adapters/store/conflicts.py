"""Adding rows of which some may exist already, in the words of both databases."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table

from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.statement import Statement, parameters


def add_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique one like it exists; return whether it was inserted."""
    return connection.execute(adding(table, *row), **row).rowcount > 0


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the values of the one with the same primary key."""
    connection.execute(putting(table, *row), **row)


@cache
def adding(table: Table, *names: str) -> Statement:
    """Return what inserts these columns, unless such a row exists."""
    return Statement(lambda database: _insert(database, table, names).on_conflict_do_nothing())


@cache
def putting(table: Table, *names: str) -> Statement:
    """Return what inserts these columns, or replaces them in the row with the same key."""
    keys = [column.name for column in table.primary_key]

    def written(database: str) -> Any:
        statement = _insert(database, table, names)
        changed = {name: statement.excluded[name] for name in names if name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)

    return Statement(written)


def _insert(database: str, table: Table, names: tuple[str, ...]) -> Any:
    if database == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite

        return insert_sqlite(table).values(parameters(names)).inline()
    from sqlalchemy.dialects.postgresql import insert  # megabytes that SQLite users do without

    return insert(table).values(parameters(names)).inline()
