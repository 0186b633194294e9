"""Brings a store's schema up to date at start, once, whoever comes first."""

import os

from sqlalchemy.schema import CreateSchema

from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.tables import metadata


def migrate(store: Store) -> None:
    """Create or upgrade the schema."""
    if store.file:
        store.file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(store.file, os.O_CREAT | os.O_RDWR, 0o600))
        store.turn_wal_on()
    with store.write() as connection:
        if store.schema:
            connection.execute(CreateSchema(store.schema, if_not_exists=True))
        metadata.create_all(connection)
