"""Runs migrations inside the transaction that `migrate` opened."""

from alembic import context

from tradefleet.adapters.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can alter little in place
)
with context.begin_transaction():
    context.run_migrations()
