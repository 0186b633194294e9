"""A copy of the store that is whole, and the way back from one.

A copy is made while everything runs. Going back happens while nothing does: the file that stood
there is kept, and every bot's epoch goes beyond any that was ever used, so that no order after it
carries the name of one before.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.upkeep import quick_check
from tradefleet.domain.errors import InputError, StoreError

# Beyond the epochs of a store that can no longer be read.
UNKNOWN_EPOCHS = 1_000
_SIDE_FILES = ("-wal", "-shm")


def back_up(store: Store, target: Path) -> None:
    """Write a consistent copy, readable by its owner only; running bots do not notice.

    Raises:
        InputError: there is such a file, or the store is not a file.
        StoreError: it cannot be read or written, or the copy is not sound.
    """
    source = _file(store)
    if target.exists():
        raise InputError(f"{target} exists; a backup never overwrites anything")
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as there,
            closing(sqlite3.connect(part)) as copy,
        ):
            there.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        if problem := quick_check(_store_at(part)):
            raise StoreError(problem)
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the backup {target} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(store: Store, source: Path, now: int) -> Path | None:
    """Put a backup in the store's place; nothing may run meanwhile.

    Args:
        store: its file is moved aside, never deleted.
        source: a backup of this or an older version.
        now: UTC milliseconds; names the file that was replaced.

    Returns:
        Where the replaced file lies now; None if there was none.

    Raises:
        InputError: there is no such backup.
        StoreError: it is damaged, or a newer Tradefleet wrote it.
    """
    target = _file(store)
    if not source.is_file():
        raise InputError(f"there is no backup {source}")
    if problem := quick_check(_store_at(source)):
        raise StoreError(problem)
    store.close()
    part = target.with_name(f".{target.name}.part")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        fresh = _store_at(part)
        migrate(fresh)
        _stop_all(fresh, _epochs(store))
        fresh.close()
        _settle_down(part)
        _sync(part)
        kept = _set_aside(target, now)
        part.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the backup {source} cannot be restored: {error}") from error
    finally:
        for suffix in ("", *_SIDE_FILES):
            Path(f"{part}{suffix}").unlink(missing_ok=True)
    return kept


def how_to_back_up(store: Store) -> str:
    """Return in words how a store that is not a file is copied, and how it comes back."""
    return (
        "this store is on a PostgreSQL server, which has its own tools: `pg_dump --format=custom "
        f'--schema={store.schema} --file=FILE "$DATABASE_URL"` makes a backup; `pg_restore --clean '
        '--if-exists --single-transaction --dbname="$DATABASE_URL" FILE` brings it back while '
        "nothing runs, and then, before anything does, `tradefleet rebuild` of every bot"
    )


def _file(store: Store) -> Path:
    if store.file is None:
        raise InputError(how_to_back_up(store))
    return store.file


def _store_at(file: Path) -> Store:
    from sqlalchemy.engine import URL

    return Store(URL.create("sqlite", database=str(file.resolve())))


def _epochs(store: Store) -> dict[int, int] | None:
    """Return the epochs the present store knows; None where it cannot be read."""
    if store.file is None or not store.file.exists():
        return None
    try:
        with store.read() as connection:
            rows = connection.execute("SELECT bot_id, epoch FROM leases").rows
            return {row.bot_id: row.epoch for row in rows}
    except StoreError:
        return None
    finally:
        store.close()


def _stop_all(fresh: Store, known: dict[int, int] | None) -> None:
    """Let every bot of the backup be stopped, under epochs that were never used."""
    with fresh.write(durable=True) as connection:
        for row in connection.execute("SELECT bot_id, epoch FROM leases").rows:
            least = row.epoch + UNKNOWN_EPOCHS if known is None else known.get(row.bot_id, 0)
            connection.driver.execute(
                "UPDATE leases SET epoch = ?, held = 0, heartbeat = NULL WHERE bot_id = ?",
                (max(row.epoch, least), row.bot_id),
            )
        connection.execute("UPDATE bots SET wish = 'stop_keep' WHERE wish IN ('run', 'pause')")


def _settle_down(file: Path) -> None:
    """Let everything lie in the one file, so that it can be moved."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA journal_mode = WAL")


def _set_aside(target: Path, now: int) -> Path | None:
    if not target.exists():
        return None
    kept = target.with_name(f"{target.name}.replaced-{now}")
    target.rename(kept)
    for suffix in _SIDE_FILES:
        beside = Path(f"{target}{suffix}")
        if beside.exists():
            beside.rename(f"{kept}{suffix}")
    return kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
