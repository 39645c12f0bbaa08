"""Users, and which groups and organizations they are in."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, Text255, UtcDateTime

revision = "20261130000000"
down_revision = "20261126000000"


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", Text255, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("id", BigId, primary_key=True),
        _parent("user_id", "users"),
        _parent("member_namespace_id", "namespaces", index=True),
        sa.Column("requested_at", UtcDateTime),
        sa.UniqueConstraint("user_id", "member_namespace_id"),
    )
    op.create_table(
        "organization_users",
        sa.Column("id", BigId, primary_key=True),
        _parent("organization_id", "organizations"),
        _parent("user_id", "users", index=True),
        sa.UniqueConstraint("organization_id", "user_id"),
    )


def downgrade() -> None:
    for table in ("organization_users", "members", "users"):
        op.drop_table(table)


def _parent(name: str, table: str, *, index: bool = False) -> sa.Column[int]:
    """Return a foreign key column with cascading deletion."""
    return sa.Column(name, BigId, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=index)
