"""What is forgotten, and when: growth is bounded, facts and actions stay for ever."""

from sqlalchemy import delete, func, insert, select, tuple_

from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.tables import (
    creations,
    decision_counts,
    decisions,
    equity,
    headlines,
    links,
    messages,
    sessions,
)
from tradefleet.domain.candle import DAY, HOUR, MINUTE

_KEPT_OUTCOMES = ("bought", "sold", "refused", "unknown")
# older than: at most one point per
_EQUITY_STEPS = ((DAY, 5 * MINUTE), (7 * DAY, HOUR), (90 * DAY, DAY))


def count_old_decisions(connection: Connection, now: int) -> None:
    """Turn evaluations older than 7 days that sent no order into counts by day and outcome."""
    old = (decisions.c.at < now - 7 * DAY) & decisions.c.outcome.not_in(_KEPT_OUTCOMES)
    day = (decisions.c.at // DAY) * DAY
    key = (decisions.c.bot_id, day.label("day"), decisions.c.outcome)
    found = connection.execute(select(*key, func.count()).where(old).group_by(*key))
    table = decision_counts
    for bot_id, at, outcome, count in found:
        same = (table.c.bot_id == bot_id) & (table.c.day == at) & (table.c.outcome == outcome)
        grown = table.update().where(same).values(count=table.c.count + count)
        if not connection.execute(grown).rowcount:
            row = {"bot_id": bot_id, "day": at, "outcome": outcome, "count": count}
            connection.execute(insert(table).values(**row))
    connection.execute(delete(decisions).where(old))


def thin_equity(connection: Connection, now: int) -> None:
    """Keep the newest point of every 5 minutes after a day, hour after a week, day after 90."""
    for age, step in _EQUITY_STEPS:
        old = equity.c.at < now - age
        newest = (
            select(equity.c.bot_id, func.max(equity.c.at))
            .where(old)
            .group_by(equity.c.bot_id, equity.c.at // step)
        )
        point = tuple_(equity.c.bot_id, equity.c.at)
        connection.execute(delete(equity).where(old, point.not_in(newest)))


def drop_expired(connection: Connection, now: int) -> None:
    """Drop ended sessions and links, delivered messages, old headlines and request keys."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(delete(links).where(links.c.expires_at <= now))
    connection.execute(delete(creations).where(creations.c.created_at < now - DAY))
    connection.execute(delete(headlines).where(headlines.c.published < now - 90 * DAY))
    over = messages.c.next_attempt_at.is_(None) & (messages.c.created_at < now - 30 * DAY)
    connection.execute(delete(messages).where(over))
