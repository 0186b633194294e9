"""What people should know: findings, messages on their way, and what was done by whom."""

from sqlalchemy import bindparam, case, delete, insert, select, update

from tradefleet.adapters.store.codec import dump
from tradefleet.adapters.store.conflicts import add_new, adding
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.statement import Statement, parameters
from tradefleet.adapters.store.tables import activities, findings, messages
from tradefleet.ports.notices import Activity, Finding, Message, Severity

_ADD_FINDING = adding(findings, *findings.columns.keys())
_same = (findings.c.code == bindparam("code")) & (findings.c.bot_id == bindparam("bot_id"))
_REFRESH_FINDING = Statement(update(findings).where(_same).values(parameters(("severity", "text"))))
_CLOSE_FINDING = Statement(delete(findings).where(_same))
_worst = case({Severity.ACT.value: 0, Severity.LOOK.value: 1}, value=findings.c.severity, else_=2)
_FINDINGS = Statement(select(findings).order_by(_worst, findings.c.opened_at, findings.c.bot_id))


class SqlFindings:
    """The `Findings` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, finding: Finding) -> bool:
        """Open a finding or refresh its text; return whether it is new."""
        row = dump(finding)
        with self._store.write() as connection:
            if connection.execute(_ADD_FINDING, **row).rowcount:
                return True
            del row["opened_at"]
            connection.execute(_REFRESH_FINDING, **row)
            return False

    def close(self, code: str, bot_id: int = 0) -> bool:
        """Close a finding; return whether it was open."""
        with self._store.write() as connection:
            return connection.execute(_CLOSE_FINDING, code=code, bot_id=bot_id).rowcount > 0

    def all(self) -> tuple[Finding, ...]:
        """Return open findings, worst first."""
        with self._store.read() as connection:
            return tuple(
                Finding(row.code, Severity(row.severity), row.text, row.opened_at, row.bot_id)
                for row in connection.execute(_FINDINGS)
            )


class SqlOutbox:
    """The `Outbox` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, message: Message) -> None:
        """Queue a message; one with a known key was queued before."""
        row = {
            "kind": message.kind,
            "text": message.text,
            "created_at": message.created_at,
            "key": message.key or None,
            "attempts": 0,
            "next_attempt_at": message.created_at,
            "error": "",
        }
        with self._store.write() as connection:
            add_new(connection, messages, row)

    def due(self, now: int, limit: int = 10) -> tuple[Message, ...]:
        """Return messages whose next attempt has come, oldest first."""
        query = (
            select(messages)
            .where(messages.c.next_attempt_at <= now)
            .order_by(messages.c.id)
            .limit(limit)
        )
        with self._store.read() as connection:
            return tuple(
                Message(row.kind, row.text, row.created_at, row.key or "", row.id, row.attempts)
                for row in connection.execute(query)
            )

    def sent(self, message_id: int, now: int) -> None:
        """Record a delivery."""
        self._attempted(message_id, sent_at=now, next_attempt_at=None, error="")

    def failed(self, message_id: int, why: str, next_attempt_at: int | None) -> None:
        """Record a failure; None gives up."""
        self._attempted(message_id, next_attempt_at=next_attempt_at, error=why)

    def put_off(self, message_id: int, next_attempt_at: int) -> None:
        """Let a message wait; that is no attempt."""
        this = update(messages).where(messages.c.id == message_id)
        with self._store.write() as connection:
            connection.execute(this.values(next_attempt_at=next_attempt_at))

    def _attempted(self, message_id: int, **values: int | str | None) -> None:
        this = update(messages).where(messages.c.id == message_id)
        with self._store.write() as connection:
            connection.execute(this.values(attempts=messages.c.attempts + 1, **values))


class SqlActivities:
    """The `Activities` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, activity: Activity) -> None:
        """Add an action."""
        with self._store.write() as connection:
            connection.execute(insert(activities).values(**dump(activity)))

    def newest(self, limit: int = 100) -> tuple[Activity, ...]:
        """Return actions, newest first."""
        query = select(activities).order_by(activities.c.id.desc()).limit(limit)
        with self._store.read() as connection:
            return tuple(
                Activity(row.at, row.actor, row.action, row.detail, row.bot_id)
                for row in connection.execute(query)
            )
