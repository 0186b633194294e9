"""Which bots are armed for real money; each change is in the audit log in the same write."""

from sqlalchemy import bindparam, delete, select

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.conflicts import put
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.halts import note
from tradefleet.adapters.store.statement import Statement
from tradefleet.adapters.store.tables import armings
from tradefleet.domain.candle import DAY
from tradefleet.domain.instrument import plain
from tradefleet.ports.access import Arming

_ARMING = Statement(select(armings.c.value).where(armings.c.bot_id == bindparam("bot_id")))
_DISARM = Statement(delete(armings).where(armings.c.bot_id == bindparam("bot_id")))


def disarm(connection: Connection, bot_id: int) -> bool:
    """End an arming; return whether there was one."""
    return connection.execute(_DISARM, bot_id=bot_id).rowcount > 0


class SqlArmings:
    """The `Armings` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, bot_id: int) -> Arming | None:
        """Return a bot's arming, expired or not."""
        with self._store.read() as connection:
            row = connection.execute(_ARMING, bot_id=bot_id).first()
            return load(Arming, row.value) if row else None

    def arm(self, arming: Arming) -> None:
        """Arm a bot, instead of how it was armed before."""
        days = (arming.expires_at - arming.armed_at) // DAY
        detail = f"{arming.symbol}, at most {plain(arming.cap)} a buy, {days} days"
        if arming.reason:
            detail += f"; the key may withdraw, used because: {arming.reason}"
        with self._store.write(durable=True) as connection:
            put(connection, armings, {"bot_id": arming.bot_id, "value": dump(arming)})
            note(connection, arming.armed_at, arming.actor, "arm", detail, arming.bot_id)

    def disarm(self, bot_id: int, actor: str, now: int) -> bool:
        """End an arming; return whether there was one."""
        with self._store.write(durable=True) as connection:
            was = disarm(connection, bot_id)
            if was:
                note(connection, now, actor, "disarm", "", bot_id)
            return was
