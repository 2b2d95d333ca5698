"""Alembic's entry: runs the revisions on the connection, and in the transaction, that `app.migrate` opened."""

from alembic import context

from app.report import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
