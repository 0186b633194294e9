"""The journals as everybody may read them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from tradefleet.adapters.store.books import books_of
from tradefleet.adapters.store.bots import ALL_BOTS, bot_of
from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.retention import count_old_decisions, drop_expired, thin_equity
from tradefleet.adapters.store.rows import decision_of, fill_of, intent_of, trade_of
from tradefleet.adapters.store.statement import Statement
from tradefleet.adapters.store.tables import (
    decision_counts,
    decisions,
    entries,
    equity,
    intents,
    totals,
    trades,
)
from tradefleet.domain.order import Fill, ProtectionRequest
from tradefleet.domain.position import Trade
from tradefleet.ports import Decision, EquityPoint, Intent, IntentState, Totals

_TOTALS = Statement(select(totals))


class SqlRecords:
    """The `Records` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def totals(self) -> Mapping[int, Totals]:
        """Return the figures of every bot."""
        with self._store.read() as connection:
            known = {row.bot_id: row for row in connection.execute(_TOTALS)}
            fleet = connection.execute(ALL_BOTS)
            return {row.id: books_of(bot_of(row), known.get(row.id)).totals() for row in fleet}

    def trades(self, bot_id: int | None = None, limit: int = 100) -> tuple[tuple[int, Trade], ...]:
        """Return closed trades with their bot's id, newest first; of all bots without an id."""
        query = select(trades).order_by(trades.c.exit_time.desc(), trades.c.number.desc())
        if bot_id is not None:
            query = query.where(trades.c.bot_id == bot_id)
        with self._store.read() as connection:
            rows = connection.execute(query.limit(limit))
            return tuple((row.bot_id, trade_of(row)) for row in rows)

    def fills(self, bot_id: int, limit: int = 100) -> tuple[Fill, ...]:
        """Return fills, newest first."""
        query = (
            select(entries)
            .where(entries.c.bot_id == bot_id, entries.c.trade_id.is_not(None))
            .order_by(entries.c.number.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            return tuple(fill_of(row) for row in connection.execute(query))

    def intents(self, bot_id: int, limit: int = 100) -> tuple[Intent, ...]:
        """Return intents, newest first."""
        query = (
            select(intents)
            .where(intents.c.bot_id == bot_id)
            .order_by(intents.c.sequence.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            return tuple(intent_of(row) for row in connection.execute(query))

    def resting(self, bot_ids: Iterable[int]) -> Mapping[int, ProtectionRequest]:
        """Return what rests at the exchange for these bots, as far as their journals know."""
        query = (
            select(intents)
            .where(intents.c.bot_id.in_(tuple(bot_ids)))
            .where(intents.c.state == IntentState.ACCEPTED)
            .order_by(intents.c.sequence)
        )
        with self._store.read() as connection:
            requests = {row.bot_id: intent_of(row).request for row in connection.execute(query)}
        return {
            bot: known for bot, known in requests.items() if isinstance(known, ProtectionRequest)
        }

    def decisions(
        self, bot_id: int, limit: int = 100, before: int | None = None
    ) -> tuple[Decision, ...]:
        """Return decision records, newest first; `before` is a close time, for paging."""
        query = select(decisions).where(decisions.c.bot_id == bot_id)
        if before is not None:
            query = query.where(decisions.c.close_time < before)
        query = query.order_by(decisions.c.close_time.desc(), decisions.c.id.desc()).limit(limit)
        with self._store.read() as connection:
            return tuple(decision_of(row) for row in connection.execute(query))

    def equity(self, bot_id: int, since: int) -> tuple[EquityPoint, ...]:
        """Return the worth over time, oldest first; bot id 0 is the fleet."""
        query = (
            select(equity)
            .where(equity.c.bot_id == bot_id, equity.c.at >= since)
            .order_by(equity.c.at)
        )
        with self._store.read() as connection:
            rows = connection.execute(query)
            return tuple(EquityPoint(row.at, row.equity, row.holding) for row in rows)

    def record_equity(self, points: Mapping[int, EquityPoint]) -> None:
        """Add a point for each bot id; thinned out with age."""
        with self._store.write() as connection:
            for bot_id, point in points.items():
                row = {"at": point.at, "equity": point.equity, "holding": point.holding}
                put(connection, equity, {"bot_id": bot_id, **row})

    def forget_old(self, now: int) -> None:
        """Turn evaluations without action older than 7 days into counts; thin the equity."""
        with self._store.write() as connection:
            count_old_decisions(connection, now)
        with self._store.write() as connection:
            thin_equity(connection, now)
        with self._store.write() as connection:
            drop_expired(connection, now)

    def counted_decisions(self, bot_id: int) -> int:
        """Return how many evaluations are too old to be kept one by one."""
        query = select(func.sum(decision_counts.c.count)).where(decision_counts.c.bot_id == bot_id)
        with self._store.read() as connection:
            return int(connection.scalar(query) or 0)
