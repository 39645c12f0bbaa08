"""Helpers for migrations that work on both PostgreSQL and SQLite."""

from alembic import op
from sqlalchemy import CheckConstraint, TextClause, column, false, func, text

from geo_runtime.databases.columns import BigId, UtcDateTime

__all__ = ["FALSE", "ZERO", "BigId", "UtcDateTime", "limit", "nulls_first"]

ZERO, FALSE = text("0"), false()
"""Defaults; a plain string would be quoted."""


def nulls_first(name: str) -> TextClause:
    """Return an index column that sorts nulls first; SQLite has no other order.

    Args:
        name: The column.
    """
    return text(name if op.get_bind().dialect.name == "sqlite" else f"{name} NULLS FIRST")


def limit(name: str, column_name: str, characters: int = 255) -> CheckConstraint:
    """Return the limit of a text, as created by GitLab's `t.text limit:`.

    Args:
        name: The name of the constraint.
        column_name: The column.
        characters: How many characters it may have.
    """
    return CheckConstraint(func.char_length(column(column_name)) <= characters, name=name)
