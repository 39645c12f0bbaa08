"""The cursor of a secondary."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, UtcDateTime

revision = "20261126000000"
down_revision = None

TABLE = "event_log_states"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("event_id", BigId, primary_key=True, autoincrement=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
