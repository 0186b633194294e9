"""${message}."""

import sqlalchemy as sa
from alembic import op

from tradefleet.adapters.store.tables import Money

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Go one step forward; the way back is a copy of the old file."""
    ${upgrades if upgrades else ""}
