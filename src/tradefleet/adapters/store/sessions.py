"""Who may use the dashboard. Only hashes are kept: the store opens no door."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update

from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.tables import links, properties, sessions

_RENEWED_EVERY_MS = 60_000  # a page asks many times a minute; its session is written once


class SqlSessions:
    """The `Sessions` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def secret(self, name: str) -> str:
        """Return a stored secret hash (`password`, `token`) or an empty text."""
        query = select(properties.c.value).where(properties.c.name == f"secret_{name}")
        with self._store.read() as connection:
            return connection.scalar(query) or ""

    def set_secret(self, name: str, value: str) -> None:
        """Store a secret's hash."""
        with self._store.write() as connection:
            put(connection, properties, {"name": f"secret_{name}", "value": value})

    def begin(self, session_hash: str, now: int, idle_ms: int) -> None:
        """Store a browser session."""
        with self._store.write() as connection:
            put(connection, sessions, {"hash": session_hash, "expires_at": now + idle_ms})

    def touch(self, session_hash: str, now: int, idle_ms: int) -> bool:
        """Return whether a session is alive, and keep it so."""
        query = select(sessions.c.expires_at).where(sessions.c.hash == session_hash)
        with self._store.read() as connection:
            expires_at = connection.scalar(query)
        if expires_at is None or expires_at <= now:
            return False
        if now + idle_ms - expires_at >= _RENEWED_EVERY_MS:
            this = update(sessions).where(sessions.c.hash == session_hash)
            with self._store.write() as connection:
                connection.execute(this.values(expires_at=now + idle_ms))
        return True

    def end(self, session_hash: str) -> None:
        """End a session."""
        with self._store.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.hash == session_hash))

    def living(self, now: int) -> Mapping[str, int]:
        """Return when each living session will end by itself, by its hash."""
        with self._store.read() as connection:
            rows = connection.execute(select(sessions).where(sessions.c.expires_at > now))
            return {row.hash: row.expires_at for row in rows}

    def add_link(self, link_hash: str, expires_at: int) -> None:
        """Store a single-use login link."""
        with self._store.write() as connection:
            connection.execute(insert(links).values(hash=link_hash, expires_at=expires_at))

    def use_link(self, link_hash: str, now: int) -> bool:
        """Return whether a login link was good; it is not any more."""
        good = (links.c.hash == link_hash) & (links.c.expires_at > now)
        with self._store.write() as connection:
            return connection.execute(delete(links).where(good)).rowcount > 0
