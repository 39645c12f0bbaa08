"""What a secondary knows of each record."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, UtcDateTime
from geo_runtime.ddl import ZERO, limit, nulls_first

revision = "20230101000000"
down_revision = None

PENDING = sa.text("state = 2 AND verification_state = 0")
FAILED = sa.text("state = 2 AND verification_state = 3")
NEEDED = sa.text("state = 2 AND verification_state IN (0, 3)")


def upgrade() -> None:
    op.create_table(
        "widget_file_registry",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("widget_file_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_synced_at", UtcDateTime),
        sa.Column("retry_at", UtcDateTime),
        sa.Column("verified_at", UtcDateTime),
        sa.Column("verification_started_at", UtcDateTime),
        sa.Column("verification_retry_at", UtcDateTime),
        sa.Column("state", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_state", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("retry_count", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_retry_count", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("checksum_mismatch", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("verification_checksum", sa.LargeBinary),
        sa.Column("verification_checksum_mismatched", sa.LargeBinary),
        sa.Column("verification_failure", sa.Text),
        sa.Column("last_sync_failure", sa.Text),
        limit("check_116f9ec9f3", "verification_failure"),
        limit("check_547d402709", "last_sync_failure"),
    )
    op.create_index(
        "index_widget_file_registry_on_widget_file_id", "widget_file_registry", ["widget_file_id"], unique=True
    )
    op.create_index("index_widget_file_registry_on_retry_at", "widget_file_registry", ["retry_at"])
    op.create_index("index_widget_file_registry_on_state", "widget_file_registry", ["state"])
    op.create_index(
        "widget_file_registry_failed_verification",
        "widget_file_registry",
        [nulls_first("verification_retry_at")],
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    op.create_index(
        "widget_file_registry_needs_verification",
        "widget_file_registry",
        ["verification_state"],
        postgresql_where=NEEDED,
        sqlite_where=NEEDED,
    )
    op.create_index(
        "widget_file_registry_pending_verification",
        "widget_file_registry",
        [nulls_first("verified_at")],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )


def downgrade() -> None:
    op.drop_table("widget_file_registry")
