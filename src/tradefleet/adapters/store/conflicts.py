"""Adding rows of which some may exist already, in the words of both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table


def add_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique one like it exists; return whether it was inserted."""
    statement = _insert(connection, table, row).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).one_or_none() is not None


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the values of the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys}
    statement = _insert(connection, table, row)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _insert(connection: Connection, table: Table, row: Mapping[str, Any]) -> Any:
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).values(**row)
    from sqlalchemy.dialects import postgresql  # a few megabytes that SQLite users do without

    return postgresql.insert(table).values(**row)
