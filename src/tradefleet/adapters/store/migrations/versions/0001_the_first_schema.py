"""The first schema."""

import sqlalchemy as sa
from alembic import op

from tradefleet.adapters.store.tables import Money

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "activities",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bots",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("base", sa.String(length=32), nullable=False),
        sa.Column("quote", sa.String(length=32), nullable=False),
        sa.Column("wish", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bots")),
    )
    op.create_table(
        "equity",
        sa.Column("bot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("equity", Money(), nullable=False),
        sa.Column("holding", Money(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "at", name=op.f("pk_equity")),
    )
    op.create_table(
        "findings",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("bot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "bot_id", name=op.f("pk_findings")),
    )
    op.create_table(
        "headlines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("symbols", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headlines")),
        sa.UniqueConstraint(
            "source", "title", "published", name=op.f("uq_headlines_source_title_published")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("headlines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_headlines_published"), ["published"], unique=False)

    op.create_table(
        "links",
        sa.Column("hash", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_links")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_messages_next_attempt_at"), ["next_attempt_at"], unique=False
        )

    op.create_table(
        "properties",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_properties")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    op.create_table(
        "snapshots",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_snapshots")),
    )
    op.create_table(
        "creations",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_creations_bot_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_creations")),
    )
    op.create_table(
        "decision_counts",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_decision_counts_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "day", "outcome", name=op.f("pk_decision_counts")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("close_time", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("price", Money(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_decisions_bot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_decisions_bot_id_close_time", ["bot_id", "close_time"], unique=False
        )
        batch_op.create_index("ix_decisions_outcome_at", ["outcome", "at"], unique=False)

    op.create_table(
        "entries",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=True),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("side", sa.String(length=4), nullable=True),
        sa.Column("price", Money(), nullable=True),
        sa.Column("quantity", Money(), nullable=True),
        sa.Column("quote_quantity", Money(), nullable=True),
        sa.Column("fee", Money(), nullable=True),
        sa.Column("fee_asset", sa.String(length=32), nullable=True),
        sa.Column("fee_quote", Money(), nullable=True),
        sa.Column("is_maker", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_entries_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "number", name=op.f("pk_entries")),
        sa.UniqueConstraint(
            "bot_id", "symbol", "trade_id", name=op.f("uq_entries_bot_id_symbol_trade_id")
        ),
    )
    op.create_table(
        "intents",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=1), nullable=False),
        sa.Column("client_order_id", sa.String(length=36), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("exit_reason", sa.String(length=16), nullable=False),
        sa.Column("stop_loss", Money(), nullable=True),
        sa.Column("take_profit", Money(), nullable=True),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_intents_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "sequence", name=op.f("pk_intents")),
        sa.UniqueConstraint("client_order_id", name=op.f("uq_intents_client_order_id")),
    )
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.create_index("ix_intents_bot_id_state", ["bot_id", "state"], unique=False)

    op.create_table(
        "leases",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.JSON(), nullable=True),
        sa.Column("heartbeat", sa.JSON(), nullable=True),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_leases_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_leases")),
    )
    op.create_table(
        "totals",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("flow", Money(), nullable=False),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.Column("dust", Money(), nullable=False),
        sa.Column("fees", Money(), nullable=False),
        sa.Column("profit", Money(), nullable=False),
        sa.Column("trades", sa.Integer(), nullable=False),
        sa.Column("wins", sa.Integer(), nullable=False),
        sa.Column("last_trade_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_totals_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_totals")),
    )
    op.create_table(
        "trades",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("symbol", sa.String(length=32), nullable=False),
        sa.Column("entry_time", sa.BigInteger(), nullable=False),
        sa.Column("entry_price", Money(), nullable=False),
        sa.Column("exit_time", sa.BigInteger(), nullable=False),
        sa.Column("exit_price", Money(), nullable=False),
        sa.Column("quantity", Money(), nullable=False),
        sa.Column("cost", Money(), nullable=False),
        sa.Column("fees", Money(), nullable=False),
        sa.Column("profit", Money(), nullable=False),
        sa.Column("exit_reason", sa.String(length=16), nullable=False),
        sa.Column("dust", Money(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_trades_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", "number", name=op.f("pk_trades")),
    )
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trades_exit_time"), ["exit_time"], unique=False)
