"""The journals as everybody may read them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import BindParameter, bindparam, func, select

from tradefleet.adapters.store.books import books_of
from tradefleet.adapters.store.bots import ALL_BOTS, bot_of
from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.moved import Moved
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
from tradefleet.domain.order import Fill, OrderRequest, ProtectionRequest, Purpose
from tradefleet.domain.position import Trade
from tradefleet.ports.journal import Decision, Intent, IntentState
from tradefleet.ports.records import EquityPoint, Totals

_bot: BindParameter[int] = bindparam("bot_id")
_limit: BindParameter[int] = bindparam("limit")
_trades = select(trades).order_by(trades.c.exit_time.desc(), trades.c.number.desc()).limit(_limit)
_decisions = (
    select(decisions)
    .where(decisions.c.bot_id == _bot)
    .order_by(decisions.c.close_time.desc(), decisions.c.id.desc())
    .limit(_limit)
)
_TOTALS = Statement(select(totals))
_TRADES = Statement(_trades)
_TRADES_OF_BOT = Statement(_trades.where(trades.c.bot_id == _bot))
_FILLS = Statement(
    select(entries)
    .where(entries.c.bot_id == _bot, entries.c.trade_id.is_not(None))
    .order_by(entries.c.number.desc())
    .limit(_limit)
)
_INTENTS = Statement(
    select(intents)
    .where(intents.c.bot_id == _bot)
    .order_by(intents.c.sequence.desc())
    .limit(_limit)
)
_DECISIONS = Statement(_decisions)
_DECISIONS_BEFORE = Statement(_decisions.where(decisions.c.close_time < bindparam("before")))
_EQUITY = Statement(
    select(equity)
    .where(equity.c.bot_id == _bot, equity.c.at >= bindparam("since"))
    .order_by(equity.c.at)
)
_DECIDED = Statement(
    select(decisions)
    .where(decisions.c.bot_id == _bot, decisions.c.outcome == bindparam("outcome"))
    .where(decisions.c.at >= bindparam("since"))
    .order_by(decisions.c.at, decisions.c.id)
)
_CLOSED_SINCE = Statement(
    select(trades).where(trades.c.exit_time >= bindparam("since")).order_by(trades.c.exit_time)
)
_ENTERING = Statement(
    select(intents).where(
        intents.c.state == IntentState.OPEN.value, intents.c.purpose == Purpose.ENTRY.value
    )
)
_COUNTED = Statement(
    select(func.sum(decision_counts.c.count)).where(decision_counts.c.bot_id == _bot)
)


class SqlRecords:
    """The `Records` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._moved = Moved(store)

    def totals(self) -> Mapping[int, Totals]:
        """Return the figures of every bot."""
        with self._store.read() as connection:
            known = {row.bot_id: row for row in connection.execute(_TOTALS)}
            fleet = connection.execute(ALL_BOTS)
            return {row.id: books_of(bot_of(row), known.get(row.id)).totals() for row in fleet}

    def trades(self, bot_id: int | None = None, limit: int = 100) -> tuple[tuple[int, Trade], ...]:
        """Return closed trades with their bot's id, newest first; of all bots without an id."""
        with self._store.read() as connection:
            if bot_id is None:
                rows = connection.execute(_TRADES, limit=limit)
            else:
                rows = connection.execute(_TRADES_OF_BOT, bot_id=bot_id, limit=limit)
            return tuple((row.bot_id, trade_of(row)) for row in rows)

    def fills(self, bot_id: int, limit: int = 100) -> tuple[Fill, ...]:
        """Return fills, newest first."""
        with self._store.read() as connection:
            rows = connection.execute(_FILLS, bot_id=bot_id, limit=limit)
            return tuple(fill_of(row) for row in rows)

    def intents(self, bot_id: int, limit: int = 100) -> tuple[Intent, ...]:
        """Return intents, newest first."""
        with self._store.read() as connection:
            rows = connection.execute(_INTENTS, bot_id=bot_id, limit=limit)
            return tuple(intent_of(row) for row in rows)

    def moved(self) -> Mapping[str, Decimal]:
        """Return how the fills of all bots ever changed the wallet, by asset."""
        return self._moved.amounts()

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

    def naked(self, bot_ids: Iterable[int]) -> Mapping[int, int]:
        """Return how long these bots' positions had no stop before the one that rests, in ms."""
        query = (
            select(intents.c.bot_id, intents.c.naked_ms)
            .where(intents.c.bot_id.in_(tuple(bot_ids)))
            .where(intents.c.state == IntentState.ACCEPTED, intents.c.naked_ms.is_not(None))
            .order_by(intents.c.sequence)
        )
        with self._store.read() as connection:
            return {row.bot_id: row.naked_ms for row in connection.execute(query)}

    def decisions(
        self, bot_id: int, limit: int = 100, before: int | None = None
    ) -> tuple[Decision, ...]:
        """Return decision records, newest first; `before` is a close time, for paging."""
        wanted = {"bot_id": bot_id, "limit": limit}
        with self._store.read() as connection:
            if before is None:
                rows = connection.execute(_DECISIONS, **wanted)
            else:
                rows = connection.execute(_DECISIONS_BEFORE, before=before, **wanted)
            return tuple(decision_of(row) for row in rows)

    def decided(self, bot_id: int, outcome: str, since: int) -> tuple[Decision, ...]:
        """Return the decisions with this outcome at or after `since`, oldest first."""
        with self._store.read() as connection:
            rows = connection.execute(_DECIDED, bot_id=bot_id, outcome=outcome, since=since)
            return tuple(decision_of(row) for row in rows)

    def closed_since(self, since: int) -> tuple[Trade, ...]:
        """Return every trade closed at or after `since`, of deleted bots too, oldest first."""
        with self._store.read() as connection:
            return tuple(trade_of(row) for row in connection.execute(_CLOSED_SINCE, since=since))

    def entering(self, bot_ids: Iterable[int]) -> Mapping[int, Decimal]:
        """Return what these bots are about to pay: buys written down, their outcome not known."""
        wanted = set(bot_ids)
        with self._store.read() as connection:
            buys = [(row.bot_id, intent_of(row)) for row in connection.execute(_ENTERING)]
        return {bot_id: _cost(intent) for bot_id, intent in buys if bot_id in wanted}

    def equity(self, bot_id: int, since: int) -> tuple[EquityPoint, ...]:
        """Return the worth over time, oldest first; bot id 0 is the fleet."""
        with self._store.read() as connection:
            rows = connection.execute(_EQUITY, bot_id=bot_id, since=since)
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
        with self._store.read() as connection:
            return int(connection.scalar(_COUNTED, bot_id=bot_id) or 0)


def _cost(intent: Intent) -> Decimal:
    """Return the quote a buy may cost; 0 where only a quantity at market was asked for."""
    request = intent.request
    if not isinstance(request, OrderRequest):
        return Decimal(0)
    priced = (request.quantity or Decimal(0)) * (request.price or Decimal(0))
    return request.quote_quantity or priced
