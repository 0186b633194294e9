"""The tables: facts of the bots, what people wish, and what processes share.

Times are UTC milliseconds, money is exact on both databases. Facts (`entries`, `intents`, `trades`)
are only ever added to; `totals` is a projection of `entries`, written in the same transaction.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from tradefleet.adapters.store.codec import amount
from tradefleet.domain.instrument import plain


class Money(TypeDecorator[Decimal]):
    """An exact decimal: text on SQLite, whose numbers are floats; unbounded NUMERIC elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type in the database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Refuse what is not a finite decimal: a float has lost digits already."""
        if value is None:
            return None
        if not (isinstance(value, Decimal) and value.is_finite()):
            raise ValueError(f"money must be a finite Decimal, was {value!r}")
        return plain(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Return the decimal that was stored."""
        return None if value is None else amount(value)


metadata = MetaData(
    naming_convention={  # batch migrations address constraints by name
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers INTEGER keys only


def _bot_id(**options: Any) -> Column[int]:
    return Column("bot_id", Integer, ForeignKey("bots.id"), nullable=False, **options)


def _money(name: str) -> Column[Decimal]:
    return Column(name, Money, nullable=False)


def _time(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


properties = Table(  # the installation's id, the last bot id, hashes of secrets
    "properties",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# ---------------------------------------------------------------- the fleet

bots = Table(
    "bots",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("settings", JSON, nullable=False),
    Column("base", String(32), nullable=False),
    Column("quote", String(32), nullable=False),
    Column("wish", String(16), nullable=False),
    Column("failure", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _time("created_at"),
    Column("deleted", Boolean, nullable=False),
)

creations = Table(  # a create request that comes twice makes one bot
    "creations",
    metadata,
    Column("key", String(200), primary_key=True),
    _bot_id(),
    _time("created_at"),
)

leases = Table(  # one row a bot for ever, so that its epoch never goes back
    "leases",
    metadata,
    _bot_id(primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("holder", JSON),
    Column("heartbeat", JSON),
    _time("beat_at"),
)

armings = Table(  # for real money; gone with any change of the bot's settings
    "armings",
    metadata,
    _bot_id(primary_key=True),
    Column("value", JSON, nullable=False),
)

# ---------------------------------------------------------------- the facts of a bot

intents = Table(
    "intents",
    metadata,
    _bot_id(primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String(1), nullable=False),
    Column("client_order_id", String(36), nullable=False, unique=True),
    Column("request", JSON, nullable=False),
    _time("created_at"),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("exit_reason", String(16), nullable=False),
    Column("stop_loss", Money),
    Column("take_profit", Money),
    Column("naked_ms", BigInteger),
    Index("ix_intents_bot_id_state", "bot_id", "state"),
)

entries = Table(  # fills and dust in the order they were booked; dust has a time only
    "entries",
    metadata,
    _bot_id(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _time("time"),
    Column("symbol", String(32)),
    Column("trade_id", BigInteger),
    Column("order_id", BigInteger),
    Column("side", String(4)),
    Column("price", Money),
    Column("quantity", Money),
    Column("quote_quantity", Money),
    Column("fee", Money),
    Column("fee_asset", String(32)),
    Column("fee_quote", Money),
    Column("is_maker", Boolean),
    Column("reason", String(16)),
    UniqueConstraint("bot_id", "symbol", "trade_id"),
)

trades = Table(
    "trades",
    metadata,
    _bot_id(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("symbol", String(32), nullable=False),
    _time("entry_time"),
    _money("entry_price"),
    _time("exit_time", index=True),
    _money("exit_price"),
    _money("quantity"),
    _money("cost"),
    _money("fees"),
    _money("profit"),
    Column("exit_reason", String(16), nullable=False),
    _money("dust"),
)

totals = Table(
    "totals",
    metadata,
    _bot_id(primary_key=True),
    Column("entries", Integer, nullable=False),
    _money("flow"),
    Column("position", JSON, nullable=False),
    _money("dust"),
    _money("fees"),
    _money("profit"),
    Column("trades", Integer, nullable=False),
    Column("wins", Integer, nullable=False),
    _time("last_trade_at"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _RowId, primary_key=True),
    _bot_id(),
    _time("close_time"),
    _time("at"),
    Column("action", String(8), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("sentence", Text, nullable=False),
    _money("price"),
    Column("reasons", JSON, nullable=False),
    Column("values", JSON, nullable=False),
    Index("ix_decisions_bot_id_close_time", "bot_id", "close_time"),
    Index("ix_decisions_outcome_at", "outcome", "at"),
    sqlite_autoincrement=True,
)

decision_counts = Table(  # what is left of old evaluations without action
    "decision_counts",
    metadata,
    _bot_id(primary_key=True),
    _time("day", primary_key=True, autoincrement=False),
    Column("outcome", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

equity = Table(  # bot id 0 is the fleet, hence no foreign key
    "equity",
    metadata,
    Column("bot_id", Integer, primary_key=True, autoincrement=False),
    _time("at", primary_key=True, autoincrement=False),
    _money("equity"),
    _money("holding"),
)

# ---------------------------------------------------------------- what processes share

snapshots = Table(
    "snapshots",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
    _time("at"),
)

findings = Table(
    "findings",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("bot_id", Integer, primary_key=True, autoincrement=False),
    Column("severity", String(8), nullable=False),
    Column("text", Text, nullable=False),
    _time("opened_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    _time("created_at"),
    Column("key", String(200), unique=True),  # null where a message may be sent again
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger, index=True),  # null once sent or given up
    Column("sent_at", BigInteger),
    Column("error", Text, nullable=False),
    sqlite_autoincrement=True,
)

activities = Table(
    "activities",
    metadata,
    Column("id", _RowId, primary_key=True),
    _time("at"),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("bot_id", Integer, nullable=False),
    sqlite_autoincrement=True,
)

headlines = Table(
    "headlines",
    metadata,
    Column("id", _RowId, primary_key=True),
    _time("published", index=True),
    Column("title", Text, nullable=False),
    Column("source", String(200), nullable=False),
    Column("symbols", JSON, nullable=False),
    Column("score", Double),
    UniqueConstraint("source", "title", "published"),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(128), primary_key=True),
    _time("expires_at"),
)

links = Table(
    "links",
    metadata,
    Column("hash", String(128), primary_key=True),
    _time("expires_at"),
)
