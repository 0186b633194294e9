"""The engine: transactions on SQLite or PostgreSQL that lose nothing and lie about nothing.

SQLite writers take the write lock at once (`BEGIN IMMEDIATE`): a deferred transaction that reads
and then writes fails at once under contention, and the driver's own default loses updates silently.
On PostgreSQL rows that are read to be changed are read `FOR UPDATE`.

A store opens on first use, never before a fork: a connection must not be shared by two processes.
"""

import os
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Dialect, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.failures import explain
from tradefleet.adapters.store.statement import compile_all
from tradefleet.domain.errors import SettingsError, StoreError

BUSY_TIMEOUT_S = 30
MOST_IDLE = 4


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
        self._pid = 0
        self._idle: list[Any] = []  # connections of the driver's
        gone = weakref.finalize(self, _close, self._idle, os.getpid())
        gone.atexit = False  # the end of the process closes them anyway

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
        """Open a transaction that only reads.

        Raises:
            StoreError: it cannot be read, or what stands there was not written by us.
        """
        try:
            with self._transaction("BEGIN") as connection:
                yield connection
        except (ValueError, ArithmeticError) as error:
            raise StoreError(
                f"the store {self.name} holds something that cannot be read ({error}): it was "
                "edited by hand, or spoilt. Put it right, or restore a backup (tradefleet restore)"
            ) from error

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction that writes; it is rolled back if the block raises.

        Args:
            durable: survives a power cut from the moment it is committed, at the price of a
                wait for the disk. What is not durable survives any crash of ours, and a power cut
                may undo the newest of it, never a part.
        """
        if self.file:
            # May only be changed outside a transaction, and stays: it is set each time.
            level = "FULL" if durable else "NORMAL"
            words = [f"PRAGMA synchronous = {level}", "BEGIN IMMEDIATE"]
        else:
            words = ["BEGIN"] if durable else ["BEGIN", "SET LOCAL synchronous_commit = off"]
        with self._transaction(*words) as connection:
            yield connection

    @contextmanager
    def rebuild(self) -> Iterator[sqlalchemy.Connection]:
        """Open a durable transaction of SQLAlchemy's own, which may rebuild tables.

        SQLite changes a table by copying and dropping it: references are checked at the end only.
        """
        engine = create_engine(self.url, creator=self._connect_for_rebuild, poolclass=NullPool)
        if self.file:
            event.listen(engine, "begin", _begin_immediate)
        with self._failing_clearly(), engine.begin() as connection:
            yield connection
            if self.file and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreError(f"the store {self.name} would lose references; left as it was")

    def turn_wal_on(self) -> None:
        """Let readers and one writer work side by side; stays with the SQLite file."""
        with self._failing_clearly(), closing(self._connect_sqlite()) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StoreError(
                f"the store {self.name} lies on a disk that cannot share it between processes (a "
                "network disk?); set TRADEFLEET_HOME to a folder on a local disk"
            )

    def compile(self) -> None:
        """Compile what is run often, so that forked processes share it; opens nothing."""
        compile_all(self._dialect)

    def close(self) -> None:
        """Close what is open; the store may be used again, also by a child to be forked."""
        _close(self._idle, self._pid)
        self._idle.clear()
        self._pid = 0

    @contextmanager
    def _transaction(self, *words: str) -> Iterator[Connection]:
        with self._failing_clearly():
            driver = self._begun(words)
            try:
                yield Connection(driver, self._dialect)
                driver.execute("COMMIT")
            except BaseException:
                self._roll_back(driver)
                raise
            self._keep(driver)

    def _begun(self, words: Sequence[str]) -> Any:
        """Return a connection of the driver's after the words that begin a transaction."""
        self._refuse_after_fork()
        while True:
            try:
                driver, is_new = self._idle.pop(), False
            except IndexError:
                driver, is_new = self._connect(), True
            try:
                for word in words:
                    driver.execute(word)
            except self._dialect.loaded_dbapi.Error:
                driver.close()
                if is_new or self.file:
                    raise  # else the server hung up on a connection that was idle
            else:
                return driver

    def _roll_back(self, driver: Any) -> None:
        try:
            driver.rollback()
        except self._dialect.loaded_dbapi.Error:
            driver.close()
        else:
            self._keep(driver)

    def _keep(self, driver: Any) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(driver)
        else:
            driver.close()

    def _refuse_after_fork(self) -> None:
        self._pid = self._pid or os.getpid()
        if self._pid != os.getpid():
            raise StoreError(
                f"the store {self.name} was opened before this process was forked; "
                "it must be closed before a fork and opened after it"
            )

    @contextmanager
    def _failing_clearly(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(explain(error.orig, self.name)) from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store {self.name} failed: {error}") from error
        except self._dialect.loaded_dbapi.Error as error:
            raise StoreError(explain(error, self.name)) from error

    @property
    def name(self) -> str:
        """The file or URL for people, without a password."""
        return str(self.file or self.url.render_as_string(hide_password=True))

    @property
    def _dialect(self) -> Dialect:
        return _dialect(self.url.drivername)

    def _connect(self, **options: Any) -> Any:
        if self.file:
            return self._connect_sqlite()
        _, known = self._dialect.create_connect_args(self.url)
        options = {"autocommit": True, "connect_timeout": 10} | options
        search_path = f"-csearch_path={self.schema}"
        return self._dialect.connect(**known, options=search_path, **options)

    def _connect_for_rebuild(self) -> Any:
        if not self.file:
            return self._connect(autocommit=False)
        connection = self._connect_sqlite()
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _connect_sqlite(self) -> sqlite3.Connection:
        # mode=rw: reading must not leave an empty file behind; `migrate` creates it.
        connection = sqlite3.connect(
            f"{Path(str(self.url.database)).as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,  # the driver must not begin or commit by itself
            check_same_thread=False,  # a connection is used by one thread at a time
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -1024")  # KiB; fifty bots keep one each
            connection.execute(f"PRAGMA journal_size_limit = {16 << 20}")  # what a burst may leave
        except sqlite3.Error:  # the file is no database
            connection.close()
            raise
        return connection


def _close(idle: Sequence[Any], pid: int) -> None:
    """Close connections, unless they belong to the process that this one was forked from."""
    if pid == os.getpid():
        for driver in idle:
            driver.close()


@cache
def _dialect(drivername: str) -> Dialect:
    """Return the one dialect of a driver; what SQLAlchemy learns with it stays with it."""
    kind: Any = URL.create(drivername).get_dialect()
    try:
        dialect: Dialect = kind(dbapi=kind.import_dbapi())
    except ImportError as error:
        raise StoreError(
            "PostgreSQL needs the driver psycopg: pip install 'tradefleet[postgres]'"
        ) from error
    return dialect


def _begin_immediate(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
