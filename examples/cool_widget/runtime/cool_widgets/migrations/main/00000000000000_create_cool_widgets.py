"""The table of Cool Widgets, which existed before Geo in GitLab; only what replication needs."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.ddl import BigId

revision = "00000000000000"
down_revision = None

TABLE = "cool_widgets"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigId, primary_key=True),
        sa.Column("repository_storage", sa.String(255), nullable=False),
        sa.Column("disk_path", sa.String(255), nullable=False, unique=True),
        sa.Column("full_path", sa.String(255), nullable=False, unique=True),
        sqlite_autoincrement=True,  # else the id of a record that is gone is given again, which Geo would take for it
    )


def downgrade() -> None:
    op.drop_table(TABLE)
