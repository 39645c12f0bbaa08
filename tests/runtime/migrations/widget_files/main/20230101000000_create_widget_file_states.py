"""The verification state of each record on the primary."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.databases.columns import BigId, UtcDateTime
from geo_runtime.ddl import ZERO, limit, nulls_first

revision = "20230101000000"
down_revision = "00000000000000"

PENDING = sa.text("verification_state = 0")
FAILED = sa.text("verification_state = 3")
NEEDED = sa.text("verification_state = 0 OR verification_state = 3")


def upgrade() -> None:
    op.create_table(
        "widget_file_states",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("verification_started_at", UtcDateTime),
        sa.Column("verification_retry_at", UtcDateTime),
        sa.Column("verified_at", UtcDateTime),
        sa.Column("widget_file_id", sa.BigInteger, nullable=False),
        sa.Column("verification_state", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_retry_count", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_checksum", sa.LargeBinary),
        sa.Column("verification_failure", sa.Text),
        sa.ForeignKeyConstraint(
            ["widget_file_id"], ["widget_files.id"], name="fk_rails_45a7e33aee", ondelete="CASCADE"
        ),
        limit("check_cf9d035f9a", "verification_failure"),
    )
    op.create_index("index_widget_file_states_on_widget_file_id", "widget_file_states", ["widget_file_id"], unique=True)
    op.create_index("index_widget_file_states_on_verification_state", "widget_file_states", ["verification_state"])
    op.create_index(
        "index_widget_file_states_pending_verification",
        "widget_file_states",
        [nulls_first("verified_at")],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_index(
        "index_widget_file_states_failed_verification",
        "widget_file_states",
        [nulls_first("verification_retry_at")],
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    op.create_index(
        "index_widget_file_states_needs_verification",
        "widget_file_states",
        ["verification_state"],
        postgresql_where=NEEDED,
        sqlite_where=NEEDED,
    )


def downgrade() -> None:
    op.drop_table("widget_file_states")
