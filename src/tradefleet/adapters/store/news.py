"""Headlines of the whole fleet."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.conflicts import add_new
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.statement import Statement
from tradefleet.adapters.store.tables import headlines as table
from tradefleet.domain.strategy import Headline

_BETWEEN = Statement(
    select(table)
    .where(table.c.published > bindparam("since"), table.c.published <= bindparam("until"))
    .order_by(table.c.published, table.c.id)
)


class SqlNews:
    """The `News` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, headlines: Sequence[Headline]) -> None:
        """Keep headlines; known ones (source, title, time) are ignored or get their score."""
        with self._store.write() as connection:
            for headline in headlines:
                if add_new(connection, table, dump(headline)) or headline.score is None:
                    continue
                same = (
                    (table.c.source == headline.source)
                    & (table.c.title == headline.title)
                    & (table.c.published == headline.published)
                )
                connection.execute(update(table).where(same).values(score=headline.score))

    def between(self, since: int, until: int, symbol: str = "") -> tuple[Headline, ...]:
        """Return those with `since < published <= until`, oldest first.

        Args:
            since, until: UTC milliseconds.
            symbol: a base asset such as `BTC`: those about it or about the whole market; empty =
                all there are.
        """
        with self._store.read() as connection:
            rows = connection.execute(_BETWEEN, since=since, until=until)
            found = (load(Headline, row.by_name) for row in rows)
            return tuple(h for h in found if not symbol or not h.symbols or symbol in h.symbols)
