"""Brings a store's schema up to date at start, once, whoever comes first.

Alembic is imported only when there is something to do: it is as big as the rest of a bot.
"""

import os
import time
from pathlib import Path

from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.domain.errors import StoreError

HEAD = "0003"  # the newest step in `migrations/versions`
EMPTY_LOOKS, EMPTY_PAUSE_S = 20, 0.1
SCRIPTS = Path(__file__).parent / "migrations"
# Any number that no other program takes for itself.
_TAKE_LOCK = "SELECT pg_advisory_xact_lock(8330983)"
_IS_NEW = "SELECT to_regclass('alembic_version') IS NULL"
_FILE_IS_NEW = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'alembic_version')"


def migrate(store: Store) -> None:
    """Create the schema or bring it up to date; other processes wait meanwhile.

    Raises:
        StoreError: the store cannot be written, or a newer version of Tradefleet wrote it.
    """
    if store.file:
        _create(store, store.file)
    else:
        with store.write() as connection:
            _prepare_schema(connection, store)
    if version(store) != HEAD:
        upgrade(store, SCRIPTS, HEAD)


def version(store: Store) -> str:
    """Return the schema's version as it stands; empty where there is none."""
    with store.read() as connection:
        if connection.scalar(_FILE_IS_NEW if store.file else _IS_NEW):
            return ""
        return str(connection.scalar("SELECT version_num FROM alembic_version") or "")


def upgrade(store: Store, scripts: Path, target: str) -> None:
    """Walk from the schema as it is to `target`, wholly or not at all."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with store.rebuild() as connection:
        if store.schema:
            connection.exec_driver_sql(_TAKE_LOCK)
        found = MigrationContext.configure(
            connection
        ).get_current_revision()  # another process may have been here meanwhile
        if found and found not in known:
            raise StoreError(
                f"the store {store.name} was written by a newer Tradefleet (its schema is {found}, "
                f"this version knows {target}); update Tradefleet, or take another data folder"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def _create(store: Store, file: Path) -> None:
    """Make the file if there is none, readable by its owner only."""
    _refuse_emptied(file)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDONLY, 0o600))
    except OSError as error:
        raise StoreError(f"the store {file} cannot be made: {error.strerror}") from error
    store.turn_wal_on()


def _refuse_emptied(file: Path) -> None:
    """Refuse a file of no bytes: it is read as a fleet without bots, and may have held one.

    Another process may be making it at this moment; that takes it no time.
    """
    for _ in range(EMPTY_LOOKS):
        try:
            if file.stat().st_size:
                return
        except OSError:
            return  # there is none, or making it will say why it cannot be made
        time.sleep(EMPTY_PAUSE_S)
    raise StoreError(
        f"the store {file} is empty (0 bytes): it was cut off, or its very first start was. If it "
        "ever held bots, restore a backup (tradefleet restore) or move it away, create them again "
        "and rebuild their books (tradefleet rebuild); else delete it"
    )


def _prepare_schema(connection: Connection, store: Store) -> None:
    connection.execute(_TAKE_LOCK)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {store.schema}")
