"""Books that were told by the exchange, put in the place of those the store held."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BindParameter, bindparam, delete, func, select, update

from tradefleet.adapters.store.books import enter
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.leases import taken_over
from tradefleet.adapters.store.rows import intent_values
from tradefleet.adapters.store.statement import Statement, inserting
from tradefleet.adapters.store.tables import entries, intents, leases, properties, totals, trades
from tradefleet.domain.bot import Bot
from tradefleet.domain.ledger import Entry
from tradefleet.domain.order import ProtectionRequest, Purpose
from tradefleet.ports.fleet import Lease
from tradefleet.ports.journal import Intent, IntentState

_bot: BindParameter[int] = bindparam("bot_id")
_FORGET = [Statement(delete(table).where(table.c.bot_id == _bot)) for table in (entries, trades)]
_FORGET_TOTALS = Statement(delete(totals).where(totals.c.bot_id == _bot))
_EPOCH = Statement(
    select(leases.c.epoch).where(leases.c.bot_id == _bot, leases.c.held).with_for_update()
)
_GIVE_BACK = Statement(
    update(leases)
    .where(leases.c.bot_id == _bot)
    .values(epoch=bindparam("epoch"), held=False, heartbeat=None)
)
_ENDED = Statement(
    update(intents)
    .where(intents.c.bot_id == _bot, intents.c.state == IntentState.ACCEPTED.value)
    .values(state=IntentState.DONE.value, detail="the books were rebuilt from the exchange")
)
_STILL_RESTS = Statement(
    update(intents)
    .where(intents.c.bot_id == _bot, intents.c.client_order_id == bindparam("name"))
    .values(state=IntentState.ACCEPTED.value, detail="")
)
_LAST_SEQUENCE = Statement(select(func.max(intents.c.sequence)).where(intents.c.bot_id == _bot))
_ADD_INTENT = inserting(intents)
_NAME_INSTALLATION = Statement(
    update(properties)
    .where(properties.c.name == "installation")
    .values(value=bindparam("installation"))
)


def replace_books(
    store: Store,
    bot: Bot,
    lease: Lease,
    told: Sequence[Entry],
    resting: Iterable[ProtectionRequest],
    epoch: int,
    now: int,
) -> None:
    """Replace a bot's history in one transaction, and give the bot back.

    Args:
        store: where.
        bot: whose.
        lease: of this process; it is over afterwards.
        told: the history, oldest first.
        resting: protection that works at the exchange.
        epoch: the highest that was ever used; the next process takes a higher one.
        now: UTC milliseconds.

    Raises:
        LeaseError: another process took the bot meanwhile; nothing was changed.
        RuleBrokenError: the history sells more than it bought; nothing was changed.
    """
    with store.write(durable=True) as connection:
        if connection.scalar(_EPOCH, bot_id=bot.id) != lease.epoch:
            raise taken_over(lease)
        for forget in (*_FORGET, _FORGET_TOTALS):
            connection.execute(forget, bot_id=bot.id)
        enter(connection, bot, list(told))
        connection.execute(_ENDED, bot_id=bot.id)
        for request in resting:
            name = request.list_client_order_id
            if not connection.execute(_STILL_RESTS, bot_id=bot.id, name=name).rowcount:
                sequence = (connection.scalar(_LAST_SEQUENCE, bot_id=bot.id) or 0) + 1
                rests = IntentState.ACCEPTED
                intent = Intent(sequence, Purpose.PROTECTION, request, now, rests)
                connection.execute(_ADD_INTENT, bot_id=bot.id, **intent_values(intent))
        connection.execute(_GIVE_BACK, bot_id=bot.id, epoch=max(lease.epoch, epoch))


def take_installation(store: Store, installation: str) -> None:
    """Go on under the name of an installation whose store is lost."""
    with store.write(durable=True) as connection:
        connection.execute(_NAME_INSTALLATION, installation=installation)
