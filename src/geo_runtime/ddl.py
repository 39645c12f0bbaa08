"""What migrations write the same way for PostgreSQL and for SQLite."""

from alembic import op
from sqlalchemy import CheckConstraint, TextClause, column, false, func, text

from geo_runtime.databases.columns import BigId, UtcDateTime

__all__ = ["FALSE", "ZERO", "BigId", "UtcDateTime", "limit", "nulls_first"]

ZERO, FALSE = text("0"), false()
"""Defaults; a plain string would be quoted."""


def nulls_first(name: str) -> TextClause:
    """Return a column of an index that has what is null before all else; SQLite has no other order.

    Args:
        name: The column.
    """
    return text(name if op.get_bind().dialect.name == "sqlite" else f"{name} NULLS FIRST")


def limit(name: str, column_name: str, characters: int = 255) -> CheckConstraint:
    """Return the limit of a text, as GitLab's `t.text limit:` makes it.

    Args:
        name: Of the constraint.
        column_name: The column.
        characters: How many it may hold.
    """
    return CheckConstraint(func.char_length(column(column_name)) <= characters, name=name)
