"""Leases, cached values, sorted sets and jobs of a site."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, Json, UtcDateTime

revision = "20261126000000"
down_revision = None

TABLES = ("exclusive_leases", "cache_entries", "sorted_set_members", "jobs")


def upgrade() -> None:
    op.create_table(
        "exclusive_leases",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "cache_entries",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", Json, nullable=False),
        sa.Column("expires_at", UtcDateTime),
    )
    op.create_table(
        "sorted_set_members",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("member", sa.String(255), primary_key=True),
        sa.Column("score", sa.Float, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("unique_key", sa.String(64), unique=True),
        sa.Column("run_at", UtcDateTime, nullable=False, index=True),
        sa.Column("running_until", UtcDateTime),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("status_expires_at", UtcDateTime, nullable=False),
        sa.Column("correlation_id", sa.String(36)),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
