"""How the bots' fills ever changed the wallet, kept added up between two looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock

from sqlalchemy import bindparam, select

from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.rows import fill_of
from tradefleet.adapters.store.statement import Row, Statement
from tradefleet.adapters.store.tables import bots, entries, leases, totals

_BOTS = Statement(
    select(bots.c.id, bots.c.base, bots.c.quote, leases.c.epoch, leases.c.held, totals.c.entries)
    .join(totals, totals.c.bot_id == bots.c.id)
    .join(leases, leases.c.bot_id == bots.c.id, isouter=True)
)
_NEWER = Statement(
    select(entries)
    .where(entries.c.bot_id == bindparam("bot_id"), entries.c.number > bindparam("number"))
    .order_by(entries.c.number)
)


@dataclass(slots=True)
class _Sum:
    """What the entries of one bot moved, up to a number.

    Attributes:
        lease: epoch of the bot's lease and whether it is held; books are replaced under a lease
            of their own, so that a sum of the old ones ends with it.
    """

    lease: tuple[int | None, bool | None]
    number: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)


class Moved:
    """Adds up the fills of all bots, deleted ones too; each is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sums: dict[int, _Sum] = {}
        self._turn = Lock()

    def amounts(self) -> Mapping[str, Decimal]:
        """Return how the wallet was changed, by asset; a person's word moves nothing in it."""
        with self._turn, self._store.read() as connection:
            for bot in connection.execute(_BOTS):
                self._follow(connection, bot)
            together: dict[str, Decimal] = {}
            for known in self._sums.values():
                _add(together, known.amounts)
            return together

    def _follow(self, connection: Connection, bot: Row) -> None:
        known = self._sums.get(bot.id)
        lease = (bot.epoch, bot.held)
        if known is None or known.lease != lease:
            known = self._sums[bot.id] = _Sum(lease)
        if known.number == bot.entries:
            return
        for row in connection.execute(_NEWER, bot_id=bot.id, number=known.number):
            if row.trade_id is not None and row.trade_id >= 0:  # neither dust nor a word
                _add(known.amounts, fill_of(row).moved(bot.base, bot.quote))
            known.number = row.number


def _add(amounts: dict[str, Decimal], more: Mapping[str, Decimal]) -> None:
    for asset, amount in more.items():
        amounts[asset] = amounts.get(asset, Decimal(0)) + amount
