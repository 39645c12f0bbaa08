"""What Alembic runs around migrations; `geo_runtime.tables.migrating` says on which connection."""

from alembic import context

context.configure(**context.config.attributes, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
