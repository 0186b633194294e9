"""How long a position had no stop before its protection rested."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the measure; what protected before was not measured."""
    op.add_column("intents", sa.Column("naked_ms", sa.BigInteger(), nullable=True))
