"""The table of the records; a type's model has it before Geo comes."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId

revision = "00000000000000"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "widgets",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("project_id", sa.BigInteger, sa.ForeignKey("projects.id")),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("repository_storage", sa.String(255), nullable=False),
        sa.Column("disk_path", sa.String(255), nullable=False),
        sa.Column("full_path", sa.String(255), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("widgets")
