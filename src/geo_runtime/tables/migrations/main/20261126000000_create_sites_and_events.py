"""Sites, events, statuses, flags, and who owns records."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, Json, Text255, UtcDateTime

revision = "20261126000000"
down_revision = None

TABLES = (
    "organizations",
    "namespaces",
    "projects",
    "geo_nodes",
    "geo_node_namespace_links",
    "geo_node_organization_links",
    "geo_events",
    "geo_event_log",
    "geo_node_statuses",
    "feature_gates",
)
"""In the order of their dependencies."""


def upgrade() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", Text255, nullable=False),
    )
    op.create_table(
        "namespaces",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", Text255, nullable=False),
        sa.Column("parent_id", BigId, sa.ForeignKey("namespaces.id"), index=True),
        sa.Column("organization_id", BigId, sa.ForeignKey("organizations.id"), index=True),
    )
    op.create_table(
        "projects",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", Text255, nullable=False),
        sa.Column("namespace_id", BigId, sa.ForeignKey("namespaces.id"), nullable=False, index=True),
        sa.Column("repository_storage", Text255, nullable=False, index=True),
    )
    op.create_table(
        "geo_nodes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("primary", sa.Boolean, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("name", Text255, nullable=False, unique=True),
        sa.Column("url", Text255, nullable=False),
        sa.Column("internal_url", Text255),
        sa.Column("access_key", Text255, nullable=False, unique=True),
        sa.Column("secret_access_key", Text255, nullable=False),
        sa.Column("files_max_capacity", sa.Integer, nullable=False),
        sa.Column("repos_max_capacity", sa.Integer, nullable=False),
        sa.Column("container_repositories_max_capacity", sa.Integer, nullable=False),
        sa.Column("verification_max_capacity", sa.Integer, nullable=False),
        sa.Column("minimum_reverification_interval", sa.Integer, nullable=False),
        sa.Column("selective_sync_type", Text255),
        sa.Column("selective_sync_shards", Json, nullable=False),
        sa.Column("sync_object_storage", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime),
    )
    op.create_table(
        "geo_node_namespace_links",
        _parent("geo_node_id", "geo_nodes", primary_key=True),
        _parent("namespace_id", "namespaces", primary_key=True),
    )
    op.create_table(
        "geo_node_organization_links",
        _parent("geo_node_id", "geo_nodes", primary_key=True),
        _parent("organization_id", "organizations", primary_key=True),
    )
    op.create_table(
        "geo_events",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("replicable_name", Text255, nullable=False),
        sa.Column("event_name", Text255, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "geo_event_log",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        _parent("geo_event_id", "geo_events", index=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "geo_node_statuses",
        sa.Column("id", BigId, primary_key=True),
        _parent("geo_node_id", "geo_nodes", nullable=False, unique=True),
        sa.Column("status", Json, nullable=False),
        sa.Column("status_message", Text255),
        sa.Column("db_replication_lag_seconds", sa.Integer),
        sa.Column("last_event_id", BigId),
        sa.Column("last_event_date", UtcDateTime),
        sa.Column("cursor_last_event_id", BigId),
        sa.Column("cursor_last_event_date", UtcDateTime),
        sa.Column("last_successful_status_check_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "feature_gates",
        sa.Column("feature_key", Text255, primary_key=True),
        sa.Column("value", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _parent(name: str, table: str, **options: bool) -> sa.Column[int]:
    """Return a foreign key column with cascading deletion."""
    return sa.Column(name, BigId, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]
