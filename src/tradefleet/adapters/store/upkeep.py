"""How large and how sound a store is."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from tradefleet.adapters.store.engine import Store
from tradefleet.domain.errors import StoreError


def sizes(store: Store) -> Mapping[str, int]:
    """Return the bytes on disk by name: the database's files, or the schema on a server."""
    if store.file:
        files = (Path(f"{store.file}{suffix}") for suffix in ("", "-wal"))
        return {file.name: file.stat().st_size for file in files if file.exists()}
    query = text(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN "
        "pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relkind = 'r'"
    )
    with store.read() as connection:
        return {store.schema: int(connection.scalar(query, schema=store.schema) or 0)}


def quick_check(store: Store) -> str:
    """Return why the store is not sound, in one sentence, or an empty text if it is."""
    try:
        with store.read() as connection:
            if not store.file:
                connection.execute("SELECT 1")
                return ""
            found = connection.scalar("PRAGMA quick_check(1)")
    except StoreError as error:
        return str(error)
    if found == "ok":
        return ""
    return (
        f"the store {store.name} is damaged ({found}); stop everything, keep a copy of the file, "
        "and restore the newest backup (`tradefleet restore`), then `tradefleet rebuild` each bot"
    )
