"""The primary's checksum of each record of Cool Widgets, in the main database."""

import sqlalchemy as sa
from alembic import op

from geo_runtime.ddl import ZERO, UtcDateTime, limit, nulls_first

revision = "20230101000000"
down_revision = "00000000000000"

TABLE = "cool_widget_states"
FAILED = sa.text("verification_state = 3")
NEEDED = sa.text("verification_state = 0 OR verification_state = 3")
PENDING = sa.text("verification_state = 0")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("verification_started_at", UtcDateTime),
        sa.Column("verification_retry_at", UtcDateTime),
        sa.Column("verified_at", UtcDateTime),
        sa.Column("cool_widget_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("verification_state", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_retry_count", sa.SmallInteger, server_default=ZERO, nullable=False),
        sa.Column("verification_checksum", sa.LargeBinary),
        sa.Column("verification_failure", sa.Text),
        sa.ForeignKeyConstraint(
            ["cool_widget_id"],
            ["cool_widgets.id"],
            name="fk_rails_6f045fea17",
            ondelete="CASCADE",
        ),
        limit("check_cdcb6708de", "verification_failure"),
    )
    op.create_index(
        "index_cool_widget_states_on_verification_state",
        TABLE,
        ["verification_state"],
    )
    op.create_index(
        "index_cool_widget_states_pending_verification",
        TABLE,
        [nulls_first("verified_at")],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_index(
        "index_cool_widget_states_failed_verification",
        TABLE,
        [nulls_first("verification_retry_at")],
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    op.create_index(
        "index_cool_widget_states_needs_verification",
        TABLE,
        ["verification_state"],
        postgresql_where=NEEDED,
        sqlite_where=NEEDED,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
