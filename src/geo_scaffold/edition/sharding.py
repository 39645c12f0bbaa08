"""The sharding keys of a table of verification states: the columns of the model's table that identify the owner.

GitLab's specs require them of each table of a schema with `require_sharding_key` (spec/lib/gitlab/organizations/
sharding_key_spec.rb). A trigger copies those of the states table from the record:
`install_sharding_key_assignment_trigger` of lib/gitlab/database/migration_helpers.rb.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from geo_scaffold.names.identifiers import trigger_name

_HELD: Final = {"hard_keys": "hard", "loose_keys": "loose", "bare_keys": "none"}
LISTS: Final = ("state_keys", *_HELD)
"""The lists of keys of the states table, by the constraint on the model's own key."""
_TIME: Final = "%Y%m%d%H%M%S"
_TIME_DIGITS: Final = 14


class OwnerKey(NamedTuple):
    """The column that references the owner of a record, and the table of the owners."""

    column: str
    table: str


OWNER_KEYS: Final[Mapping[str, OwnerKey]] = {
    "project": OwnerKey("project_id", "projects"),
    "group": OwnerKey("group_id", "namespaces"),
    "organization": OwnerKey("organization_id", "organizations"),
    "user": OwnerKey("user_id", "users"),
}
"""The usual column of each owner."""

_USUAL: Final = {**{key.column: key.table for key in OWNER_KEYS.values()}, "namespace_id": "namespaces"}
"""The table that a column references by its name, if no constraint tells."""


class KeyColumn(NamedTuple):
    """A column of the model's table that may be a sharding key.

    Args:
        table: The table that it references; empty if unknown.
        type: Its type.
        reference: Its constraint: `hard`, a foreign key; `loose`, a loose foreign key of GitLab; `none`.
        why: Why it has no constraint, by GitLab's specs; empty if they do not tell.
        is_high_traffic: Whether that table is written to so much that locking it has to wait until after the
            deployment.
    """

    table: str
    type: str = "bigint"
    reference: str = "none"
    why: str = ""
    is_high_traffic: bool = False


class Count(NamedTuple):
    """How many of several sharding keys a row has, as a check on `num_nonnulls`."""

    operator: str = "="
    limit: int = 1


class ParentTable(NamedTuple):
    """The key of a model's table for foreign keys, and the keys that are copied from it.

    Args:
        primary_key: The column that identifies its rows.
        columns: The columns that may be sharding keys, as far as known.
        is_known: Whether the table is known, so that columns not listed do not exist.
        sharding_keys: The sharding keys in its dictionary.
        needs_none: Whether the tables of its schema need no sharding key.
        key_count: How many of the keys a row has.
        supports_transfer: Whether its dictionary tells how rows move between organizations.
    """

    primary_key: str = "id"
    columns: Mapping[str, KeyColumn] = MappingProxyType({})
    is_known: bool = False
    sharding_keys: tuple[str, ...] = ()
    needs_none: bool = False
    key_count: Count = Count()
    supports_transfer: bool = False


class ShardingKey(NamedTuple):
    """A sharding key of the states table, as templates use it.

    Args:
        column: Its column, named as in the model's table.
        table: The table that it references.
        type: The type of both columns.
        reference: The constraint on the model's own column: `hard`, `loose` or `none`.
        why: Why the model's own column has no constraint; empty if unknown.
        trigger: The name of the trigger that fills it, and of the trigger's function.
        trigger_version: The version of the migration that creates the trigger.
        foreign_key_version: The version of the migration of its foreign key, which comes after all triggers.
        foreign_key_folder: The folder of that migration: post-deployment if the other table has high traffic.
    """

    column: str
    table: str
    type: str
    reference: str
    why: str
    trigger: str
    trigger_version: str
    foreign_key_version: str
    foreign_key_folder: str


def sharding_keys_of(
    columns: Sequence[str], parent: ParentTable, *, state_table: str, timestamp: str
) -> tuple[ShardingKey, ...]:
    """Return the sharding keys of a states table.

    Args:
        columns: The columns in the answers.
        parent: The keys of the model's table.
        state_table: The table.
        timestamp: The version of the migration that creates it.
    """
    keys = []
    for number, column in enumerate(columns, 1):
        known = parent.columns.get(column, KeyColumn(""))
        keys.append(
            ShardingKey(
                column,
                known.table or usual_table(column),
                known.type,
                known.reference,
                known.why,
                trigger_name(state_table, column),
                seconds_after(timestamp, number),
                seconds_after(timestamp, len(columns) + number),
                "db/post_migrate" if known.is_high_traffic else "db/migrate",
            )
        )
    return tuple(keys)


def usual_table(column: str) -> str:
    """Return the table that a column references by its name; empty if the name does not tell."""
    return _USUAL.get(column, "users" if column.endswith("_user_id") else "")


def seconds_after(timestamp: str, seconds: int) -> str:
    """Return the version of a migration that has to sort after another one, or before it.

    Versions in real trees need not be times: one that is not a time is incremented as a number.

    Args:
        timestamp: The version of the other one.
        seconds: How many seconds later.
    """
    return moved_by(timestamp, seconds) or (str(int(timestamp) + seconds) if timestamp.isdecimal() else timestamp)


def moved_by(timestamp: str, seconds: int) -> str | None:
    """Return a timestamp some seconds later, or earlier; None if it or the result is not a valid time.

    Args:
        timestamp: `YYYYMMDDHHMMSS`.
        seconds: How many seconds later; negative for earlier.
    """
    if len(timestamp) != _TIME_DIGITS or not (timestamp.isascii() and timestamp.isdigit()):
        return None
    try:
        # Not by `strptime`, whose module takes longer to import than everything else here.
        moved = datetime.fromisoformat(f"{timestamp[:8]}T{timestamp[8:]}") + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return moved.strftime(_TIME)


def with_version(values: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """Return the values for templates and paths, with a text in place of every migration version.

    Args:
        values: The values.
        text: The text, such as `*` for a pattern.
    """
    lists = {
        name: tuple(key._replace(trigger_version=text, foreign_key_version=text) for key in values.get(name, ()))
        for name in LISTS
    }
    return MappingProxyType({**values, "timestamp": text, "timestamp_before": text, **lists})


def with_key_versions(values: Mapping[str, Any], versions: Mapping[tuple[str, str], str]) -> Mapping[str, Any]:
    """Return the values for templates and paths, with the actual versions of the sharding keys' migrations.

    Args:
        values: The values.
        versions: The versions, by the column of a key and the name of the version, such as `trigger_version`.
    """

    def known(key: ShardingKey) -> ShardingKey:
        return key._replace(**{name: version for (column, name), version in versions.items() if column == key.column})

    return {**values, **{name: tuple(map(known, values.get(name, ()))) for name in LISTS}}


def lists_of(keys: Sequence[ShardingKey]) -> Mapping[str, Any]:
    """Return the lists of keys that a manifest may name, each with its columns as a text.

    A foreign key is only created if the model's own table has one on the column: without one, or with a loose one, a
    copied value may name an owner that no longer exists.

    Args:
        keys: All of them.
    """
    held = {name: tuple(key for key in keys if key.reference == sort) for name, sort in _HELD.items()}
    lists = {"state_keys": tuple(keys), **held}
    columns = {f"{name}_columns": " ".join(key.column for key in those) for name, those in lists.items()}
    return {**lists, **columns}
