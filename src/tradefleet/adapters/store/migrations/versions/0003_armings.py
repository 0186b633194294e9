"""Bots are armed for real money."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table of armings."""
    op.create_table(
        "armings",
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_armings_bot_id")),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_armings")),
    )
