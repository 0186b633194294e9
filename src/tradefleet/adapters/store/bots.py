"""The fleet as the person set it up."""

import secrets
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from tradefleet.adapters.store.armings import disarm
from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.conflicts import add_new
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.halts import standing_halt
from tradefleet.adapters.store.statement import Row, Statement
from tradefleet.adapters.store.tables import bots, creations, entries, leases, properties
from tradefleet.domain.bot import Bot, BotSettings, Wish, heed
from tradefleet.domain.errors import InputError
from tradefleet.ports.halts import StandingHalt

_LAST_ID = "last_bot_id"
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"  # no vowels: spells no word, SQL's least of all

ALL_BOTS = Statement(select(bots).where(~bots.c.deleted).order_by(bots.c.id))
_bot = select(bots).where(bots.c.id == bindparam("bot_id"), ~bots.c.deleted)
_BOT = Statement(_bot)
_LOCKED_BOT = Statement(_bot.with_for_update())
_FAIL = Statement(
    update(bots).where(bots.c.id == bindparam("bot_id")).values(failure=bindparam("failure"))
)
_PROPERTY = Statement(select(properties.c.value).where(properties.c.name == bindparam("name")))


def installation_id(store: Store) -> str:
    """Return four characters that tell this store from every other; made on first use."""
    with store.read() as connection:
        if known := connection.scalar(_PROPERTY, name="installation"):
            return str(known)
    with store.write() as connection:
        made = "".join(secrets.choice(_ALPHABET) for _ in range(4))
        add_new(connection, properties, {"name": "installation", "value": made})
        return str(
            connection.scalar(_PROPERTY, name="installation")
        )  # another process may have been first


class SqlBots:
    """The `Bots` of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self,
        settings: BotSettings,
        base: str,
        quote: str,
        now: int,
        *,
        bot_id: int | None = None,
        key: str = "",
    ) -> Bot:
        """Add a bot, stopped, under a new id or the one asked for."""
        with self._store.write() as connection:
            last = _last_id(connection)
            if key and (made := _made_before(connection, key)):
                return bot_of(made)
            chosen = bot_id or last + 1
            if connection.scalar(select(bots.c.id).where(bots.c.id == chosen)) is not None:
                raise InputError(
                    f"bot {chosen} exists, or existed: an id is never used again",
                    field="id",
                    code="id_taken",
                )
            if chosen < 1:
                raise InputError(f"id: expected at least 1, was {chosen}", field="id")
            bot = Bot(chosen, settings, base, quote, created_at=now)
            _insert(connection, bot)
            _remember_id(connection, max(last, chosen))
            if key:
                add_new(connection, creations, {"key": key, "bot_id": chosen, "created_at": now})
            return bot

    def get(self, bot_id: int) -> Bot:
        """Return a bot; `InputError` (`unknown_bot`) if there is none."""
        with self._store.read() as connection:
            return _get(connection, bot_id)

    def all(self) -> tuple[Bot, ...]:
        """Return every bot that was not deleted, by id."""
        with self._store.read() as connection:
            halt = standing_halt(connection)
            return tuple(bot_of(row, halt) for row in connection.execute(ALL_BOTS))

    def update(
        self, bot_id: int, settings: BotSettings, version: int, *, base: str = "", quote: str = ""
    ) -> Bot:
        """Change a bot; `InputError` (`stale_version`) if it changed meanwhile."""
        with self._store.write() as connection:
            before = _get(connection, bot_id, lock=True)
            if before.version != version:
                raise InputError(
                    f"bot {bot_id} was changed meanwhile (version {before.version}, yours is "
                    f"{version}); load it again and repeat your change",
                    field="version",
                    code="stale_version",
                )
            if settings.symbol != before.settings.symbol:
                _refuse_after_trading(connection, before)
            disarm(connection, bot_id)  # what was armed was the bot as it was
            return _change(
                connection,
                bot_id,
                settings=dump(settings),
                base=base or before.base,
                quote=quote or before.quote,
            )

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        """Say what the bot should do; clears its failure."""
        with self._store.write() as connection:
            _get(connection, bot_id, lock=True)
            return _change(connection, bot_id, wish=wish.value, failure="")

    def own_wish(self, bot_id: int) -> Wish:
        """Return what this bot alone was told, whatever the whole fleet was told."""
        with self._store.read() as connection:
            return Wish(_row(connection, bot_id).wish)

    def fail(self, bot_id: int, why: str) -> None:
        """Record why a bot cannot run; empty clears it."""
        with self._store.write() as connection:
            connection.execute(_FAIL, bot_id=bot_id, failure=why)

    def delete(self, bot_id: int) -> None:
        """Remove a bot; its history stays, its id is never used again."""
        with self._store.write() as connection:
            _get(connection, bot_id, lock=True)
            disarm(connection, bot_id)
            connection.execute(
                update(bots)
                .where(bots.c.id == bot_id)
                .values(deleted=True, wish=Wish.STOP_KEEP.value, version=bots.c.version + 1)
            )


def _last_id(connection: Connection) -> int:
    """Return the highest id ever given, locked until the end of the transaction."""
    add_new(connection, properties, {"name": _LAST_ID, "value": "0"})
    query = select(properties.c.value).where(properties.c.name == _LAST_ID).with_for_update()
    return int(connection.scalar(query))


def _remember_id(connection: Connection, bot_id: int) -> None:
    connection.execute(
        update(properties).where(properties.c.name == _LAST_ID).values(value=str(bot_id))
    )


def _made_before(connection: Connection, key: str) -> Row | None:
    return connection.execute(
        select(bots).join(creations, creations.c.bot_id == bots.c.id).where(creations.c.key == key)
    ).first()


def _insert(connection: Connection, bot: Bot) -> None:
    connection.execute(
        insert(bots).values(
            id=bot.id,
            settings=dump(bot.settings),
            base=bot.base,
            quote=bot.quote,
            wish=bot.wish.value,
            failure=bot.failure,
            version=bot.version,
            created_at=bot.created_at,
            deleted=False,
        )
    )
    connection.execute(insert(leases).values(bot_id=bot.id, epoch=0, held=False, beat_at=0))


def _get(connection: Connection, bot_id: int, *, lock: bool = False) -> Bot:
    return bot_of(_row(connection, bot_id, lock=lock), standing_halt(connection))


def _row(connection: Connection, bot_id: int, *, lock: bool = False) -> Row:
    row = connection.execute(_LOCKED_BOT if lock else _BOT, bot_id=bot_id).first()
    if row is None:
        raise InputError(f"there is no bot {bot_id}", field="id", code="unknown_bot")
    return row


def _change(connection: Connection, bot_id: int, **values: Any) -> Bot:
    connection.execute(
        update(bots).where(bots.c.id == bot_id).values(version=bots.c.version + 1, **values)
    )
    return _get(connection, bot_id)


def _refuse_after_trading(connection: Connection, bot: Bot) -> None:
    """Refuse another symbol once the ledger holds facts in the old one."""
    query = select(entries.c.number).where(entries.c.bot_id == bot.id).limit(1)
    if connection.scalar(query) is not None:
        raise InputError(
            f"bot {bot.id} has traded {bot.settings.symbol}, so its books are in that symbol; "
            "create another bot for another symbol",
            field="symbol",
            code="symbol_in_use",
        )


def bot_of(row: Row, halt: StandingHalt | None = None) -> Bot:
    """Return the bot of a row; its wish heeds the halt."""
    return Bot(
        id=row.id,
        settings=load(BotSettings, row.settings),
        base=row.base,
        quote=row.quote,
        wish=heed(Wish(row.wish), halt.how if halt else None),
        failure=row.failure,
        version=row.version,
        created_at=row.created_at,
    )
