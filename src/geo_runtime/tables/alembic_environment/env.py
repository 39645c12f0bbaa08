"""Alembic's environment for migrations; `geo_runtime.tables.migrating` provides the connection."""

from alembic import context

context.configure(**context.config.attributes, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
