"""Names of PostgreSQL objects: how PostgreSQL and GitLab derive them, and how ours are kept short enough."""

import hashlib
from collections.abc import Iterable
from typing import Final

MAX_IDENTIFIER_BYTES: Final = 63
"""PostgreSQL's NAMEDATALEN - 1. It truncates longer names without an error, so two of them can become equal."""

_DIGEST_CHARACTERS: Final = 10


def shorten(identifier: str) -> str:
    """Return an identifier that PostgreSQL does not truncate.

    The rule must not change, because migration, `structure.sql` and code must agree on it and a released name is fixed.
    Up to 63 bytes are unchanged; a longer identifier becomes its first 52 bytes, without trailing underscores, then `_`
    and the first 10 hexadecimal digits of the SHA-256 of the whole identifier.

    Args:
        identifier: The full name of an index or a constraint.
    """
    encoded = identifier.encode()
    if len(encoded) <= MAX_IDENTIFIER_BYTES:
        return identifier
    kept = _clip(encoded, MAX_IDENTIFIER_BYTES - 1 - _DIGEST_CHARACTERS).rstrip("_")
    return f"{kept}_{_digest(identifier)}"


def object_name(table: str, column: str | None, label: str | None) -> str:
    """Return the name that PostgreSQL itself gives to a sequence, primary key or other implicit object.

    This is `makeObjectName` of PostgreSQL's `src/backend/commands/indexcmds.c`: the longer of table and column loses
    bytes, the column first if both are equally long, until the whole fits.

    Args:
        table: The table's name.
        column: The column's name, or None if PostgreSQL uses none (`<table>_pkey`).
        label: What PostgreSQL appends: `pkey`, `seq`, `key`, `fkey`.
    """
    table_bytes, column_bytes = table.encode(), (column or "").encode()
    available = MAX_IDENTIFIER_BYTES - (column is not None) - (0 if label is None else len(label.encode()) + 1)
    of_table, of_column = len(table_bytes), len(column_bytes)
    while of_table + of_column > available:
        if of_table > of_column:
            of_table -= 1
        else:
            of_column -= 1
    parts = [_clip(table_bytes, of_table)]
    if column is not None:
        parts.append(_clip(column_bytes, of_column))
    if label is not None:
        parts.append(label)
    return "_".join(parts)


def check_constraint_name(table: str, column: str) -> str:
    """Return the name of the constraint behind `t.text column, limit: n`.

    GitLab builds it in `text_limit_name` (lib/gitlab/database/migration_helpers.rb).

    Args:
        table: The name of the table, without a schema.
        column: The name of the column.
    """
    return f"check_{_digest(f'{table}_{column}_check_max_length')}"


def count_constraint_name(table: str, columns: Iterable[str]) -> str:
    """Return the name of the constraint that `add_multi_column_not_null_constraint` creates.

    GitLab builds it in `multi_column_not_null_constraint_name` (lib/gitlab/database/migrations/constraints_helpers.rb).

    Args:
        table: The name of the table.
        columns: The names of its columns, in any order.
    """
    joined = "_".join(sorted(columns))
    return f"check_{_digest(f'{table}_{joined}_check_num_nonnulls')}"


def trigger_name(table: str, column: str) -> str:
    """Return the name of the trigger that assigns a sharding key, and of its function.

    GitLab builds it in `generated_name` (lib/gitlab/database/triggers/assign_desired_sharding_key.rb).

    Args:
        table: The name of the table, without a schema.
        column: The name of the column.
    """
    return f"trigger_{hashlib.sha256(f'{table}_assign_{column}'.encode()).hexdigest()[:12]}"


def foreign_key_name(table: str, column: str) -> str:
    """Return the name of the constraint behind `t.references ..., foreign_key: true`.

    Active Record builds it in `foreign_key_name` (connection_adapters/abstract/schema_statements.rb).

    Args:
        table: The name of the table, without a schema.
        column: The name of the column.
    """
    return f"fk_rails_{_digest(f'{table}_{column}_fk')}"


def concurrent_foreign_key_name(table: str, column: str) -> str:
    """Return the name of the constraint that `add_concurrent_foreign_key` creates.

    GitLab builds it in `concurrent_foreign_key_name` (lib/gitlab/database/migration_helpers.rb).

    Args:
        table: The name of the table, without a schema.
        column: The name of the column.
    """
    return f"fk_{_digest(f'{table}_{column}_fk')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _clip(encoded: bytes, length: int) -> str:
    """Return the first bytes as text, without a partial character at the end (PostgreSQL's `pg_mbcliplen`)."""
    return encoded[:length].decode(errors="ignore")
