"""The engine: transactions on SQLite or PostgreSQL that lose nothing and lie about nothing.

SQLite writers take the write lock at once (`BEGIN IMMEDIATE`): a deferred transaction that reads
and then writes fails at once under contention, and the driver's own default loses updates silently.
On PostgreSQL rows that are read to be changed are read `FOR UPDATE`.

A store opens on first use, never before a fork: a connection must not be shared by two processes.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from tradefleet.adapters.store.failures import explain
from tradefleet.domain.errors import SettingsError, StoreError

BUSY_TIMEOUT_S = 30
_WRITE, _DURABLE, _REBUILD = "tradefleet_write", "tradefleet_durable", "tradefleet_rebuild"


class Store:
    """One mode's database. Cheap to make; opens on first use, refuses use across a fork."""

    def __init__(self, url: URL, schema: str = "") -> None:
        """Name the database.

        Args:
            url: SQLAlchemy's; `locate` makes it.
            schema: PostgreSQL only.
        """
        self.url = url
        self.schema = schema
        self._engine: Engine | None = None
        self._pid = 0
        self._opening = threading.Lock()  # of the dashboard's threads one opens it

    @classmethod
    def locate(cls, database_url: str, home: Path, mode: str) -> "Store":
        """Return the store of a mode: paper and live never share a file or a schema.

        Args:
            database_url: empty = SQLite in the data folder; a SQLite URL is a file whose folder
                gets one folder a mode; a PostgreSQL URL gets one schema a mode.
            home: the data folder.
            mode: `paper`, `testnet`, `binance-demo` or `live`.

        Raises:
            SettingsError: the URL cannot be used.
        """
        try:
            url = make_url(database_url or f"sqlite:///{home.resolve() / 'tradefleet.db'}")
        except ArgumentError:
            raise SettingsError(
                "DATABASE_URL: expected something like sqlite:////folder/name.db or "
                "postgresql://user:password@host/name"
            ) from None
        match url.get_backend_name():
            case "sqlite" if url.database and url.database != ":memory:":
                file = Path(url.database).resolve()
                return cls(url.set(database=str(file.parent / mode / file.name)))
            case "postgresql":
                url = url.set(drivername="postgresql+psycopg")
                return cls(url, f"tradefleet_{mode.replace('-', '_')}")
        raise SettingsError(
            f"DATABASE_URL: expected a sqlite file or postgresql, was {url.get_backend_name()!r}"
        )

    @property
    def file(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        if self.url.get_backend_name() != "sqlite":
            return None
        return Path(str(self.url.database))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._transaction() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction that writes; it is rolled back if the block raises.

        Args:
            durable: survives a power cut from the moment it is committed, at the price of a
                wait for the disk. What is not durable survives any crash of ours, and a power cut
                may undo the newest of it, never a part.
        """
        with self._transaction(**{_WRITE: True, _DURABLE: durable}) as connection:
            yield connection

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """Open a durable transaction that may rebuild tables; closes the store when it ends.

        SQLite changes a table by copying and dropping it: references are checked at the end only.
        """
        try:
            with self._transaction(**{_WRITE: True, _DURABLE: True, _REBUILD: True}) as connection:
                yield connection
                if self.file and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(f"the store {self.name} would lose references; left as it was")
        finally:
            self.close()  # the connection checks no references any more

    def turn_wal_on(self) -> None:
        """Let readers and one writer work side by side; stays with the SQLite file."""
        with self._failing_clearly(), closing(self._connect_sqlite()) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StoreError(
                f"the store {self.name} lies on a disk that cannot share it between processes (a "
                "network disk?); set TRADEFLEET_HOME to a folder on a local disk"
            )

    def close(self) -> None:
        """Close what is open; the store may be used again, also by a child to be forked."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None

    @contextmanager
    def _transaction(self, **options: bool) -> Iterator[Connection]:
        with self._failing_clearly(), self._opened().connect() as connection:
            connection = connection.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def _failing_clearly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(explain(error.orig, self.name)) from error
        except sqlite3.Error as error:
            raise StoreError(explain(error, self.name)) from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store {self.name} failed: {error}") from error

    @property
    def name(self) -> str:
        """The file or URL for people, without a password."""
        return str(self.file or self.url.render_as_string(hide_password=True))

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine, self._pid = self._create(), os.getpid()
        if self._pid != os.getpid():
            raise StoreError(
                f"the store {self.name} was opened before this process was forked; "
                "it must be closed before a fork and opened after it"
            )
        return self._engine

    def _create(self) -> Engine:
        options: dict[str, Any] = {"pool_size": 4, "max_overflow": -1}
        if self.file:
            engine = create_engine(self.url, creator=self._connect_sqlite, **options)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        try:
            engine = create_engine(
                self.url,
                connect_args={"options": f"-csearch_path={self.schema}", "connect_timeout": 10},
                pool_pre_ping=True,
                **options,
            )
        except (ImportError, NoSuchModuleError) as error:
            raise StoreError(
                "PostgreSQL needs the driver psycopg: pip install 'tradefleet[postgres]'"
            ) from error
        event.listen(engine, "begin", _begin_postgresql)
        return engine

    def _connect_sqlite(self) -> sqlite3.Connection:
        # mode=rw: reading must not leave an empty file behind; `migrate` creates it.
        connection = sqlite3.connect(
            f"{Path(str(self.url.database)).as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,  # the driver must not begin or commit by itself
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -1024")  # KiB; fifty bots keep one each
        connection.execute(f"PRAGMA journal_size_limit = {16 << 20}")  # bytes a burst may leave
        return connection


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_WRITE):
        connection.exec_driver_sql("BEGIN")
        return
    if options.get(_REBUILD):
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    # May only be changed outside a transaction, and stays with the connection: set it each time.
    level = "FULL" if options.get(_DURABLE) else "NORMAL"
    connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_WRITE) and not options.get(_DURABLE):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
