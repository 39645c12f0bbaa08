"""What a secondary knows about each of the Cool Widgets: the registry, in the tracking database."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.ddl import FALSE, ZERO, BigId, UtcDateTime, limit, nulls_first

revision = "20230101000000"
down_revision = None

TABLE = "cool_widget_registry"
FAILED = sa.text("state = 2 AND verification_state = 3")
NEEDED = sa.text("state = 2 AND verification_state IN (0, 3)")
PENDING = sa.text("state = 2 AND verification_state = 0")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigId, primary_key=True),
        sa.Column("cool_widget_id", sa.BigInteger, nullable=False),
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
        sa.Column("checksum_mismatch", sa.Boolean, server_default=FALSE, nullable=False),
        sa.Column("force_to_redownload", sa.Boolean, server_default=FALSE, nullable=False),
        sa.Column("missing_on_primary", sa.Boolean, server_default=FALSE, nullable=False),
        sa.Column("verification_checksum", sa.LargeBinary),
        sa.Column("verification_checksum_mismatched", sa.LargeBinary),
        sa.Column("verification_failure", sa.Text),
        sa.Column("last_sync_failure", sa.Text),
        limit("check_5621d0d23f", "verification_failure"),
        limit("check_39fb66da50", "last_sync_failure"),
    )
    op.create_index(
        "index_cool_widget_registry_on_cool_widget_id",
        TABLE,
        ["cool_widget_id"],
        unique=True,
    )
    op.create_index("index_cool_widget_registry_on_retry_at", TABLE, ["retry_at"])
    op.create_index("index_cool_widget_registry_on_state", TABLE, ["state"])
    # Which of them failed and are due?
    op.create_index(
        "cool_widget_registry_failed_verification",
        TABLE,
        [nulls_first("verification_retry_at")],
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    # How many need verification?
    op.create_index(
        "cool_widget_registry_needs_verification",
        TABLE,
        ["verification_state"],
        postgresql_where=NEEDED,
        sqlite_where=NEEDED,
    )
    # Which of them are pending?
    op.create_index(
        "cool_widget_registry_pending_verification",
        TABLE,
        [nulls_first("verified_at")],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
