"""The sharding keys of a table of verification states: the columns of the model's table that say whose a record is.

GitLab's specs ask each table of a schema with `require_sharding_key` for them (spec/lib/gitlab/organizations/
sharding_key_spec.rb). The states' are copied from the record by a trigger: `install_sharding_key_assignment_trigger` of
lib/gitlab/database/migration_helpers.rb.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from geo_scaffold.names.identifiers import trigger_name

_HELD: Final = {"hard_keys": "hard", "loose_keys": "loose", "bare_keys": "none"}
LISTS: Final = ("state_keys", *_HELD)
"""The lists of keys of the states' table, by what holds the model's own to its owner."""
_TIME: Final = "%Y%m%d%H%M%S"
_TIME_DIGITS: Final = 14


class OwnerKey(NamedTuple):
    """The column that says what a record belongs to, and the table of the owners."""

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
"""What a column refers to by its name, where no table says it."""


class KeyColumn(NamedTuple):
    """A column of the model's table that may be a sharding key.

    Args:
        table: What it refers to; empty: nothing says it.
        type: Its type.
        reference: What holds it to that table: `hard`, a foreign key; `loose`, one of GitLab's own; `none`.
        why: Why nothing holds it, as GitLab's specs say of this column; empty: they do not.
        is_high_traffic: Whether so much is written to that table that a lock of it has to wait for the deployment.
    """

    table: str
    type: str = "bigint"
    reference: str = "none"
    why: str = ""
    is_high_traffic: bool = False


class Count(NamedTuple):
    """How many of several sharding keys a row has, as `num_nonnulls` is asked for it."""

    operator: str = "="
    limit: int = 1


class ParentTable(NamedTuple):
    """What the table of a model says of a foreign key to it, and of the keys that are copied from it.

    Args:
        primary_key: The one column that tells its rows apart.
        columns: Those that may be sharding keys, as far as they are known.
        is_known: Whether the table is, so that what is not among its columns is not there.
        sharding_keys: Those that its dictionary names.
        needs_none: Whether the tables of its schema need no sharding key.
        key_count: How many of the keys a row has.
        supports_transfer: Whether its dictionary says how rows are moved between organizations.
    """

    primary_key: str = "id"
    columns: Mapping[str, KeyColumn] = MappingProxyType({})
    is_known: bool = False
    sharding_keys: tuple[str, ...] = ()
    needs_none: bool = False
    key_count: Count = Count()
    supports_transfer: bool = False


class ShardingKey(NamedTuple):
    """A sharding key of the states' table, as templates use it.

    Args:
        column: Its column, called as that of the model's table.
        table: What it refers to.
        type: The type of both columns.
        reference: What holds the model's own to that table: `hard`, `loose` or `none`.
        why: Why nothing holds the model's own to it; empty: nothing says it.
        trigger: The name of the trigger that fills it, and of its function.
        trigger_version: The version of the migration that makes it.
        foreign_key_version: That of the migration of its foreign key, which comes after all triggers.
        foreign_key_folder: Where that one is: where much is written to the other table, it comes after the deployment.
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
    """Return the sharding keys of a table of states.

    Args:
        columns: The columns, as they were answered.
        parent: What the model's table says.
        state_table: The table.
        timestamp: The version of the migration that makes it.
    """
    found = []
    for number, column in enumerate(columns, 1):
        known = parent.columns.get(column, KeyColumn(""))
        found.append(
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
    return tuple(found)


def usual_table(column: str) -> str:
    """Return the table that a column refers to by its name; empty: its name does not say it."""
    return _USUAL.get(column, "users" if column.endswith("_user_id") else "")


def seconds_after(timestamp: str, seconds: int) -> str:
    """Return the version of a migration that has to sort after another one, or before it.

    Versions of real trees need not be times: what is none is counted on as a number.

    Args:
        timestamp: The version of the other one.
        seconds: How many seconds later.
    """
    return moved_by(timestamp, seconds) or (str(int(timestamp) + seconds) if timestamp.isdecimal() else timestamp)


def moved_by(timestamp: str, seconds: int) -> str | None:
    """Return a timestamp some seconds later, or earlier, or None if it is no time, or none would be."""
    if len(timestamp) != _TIME_DIGITS or not (timestamp.isascii() and timestamp.isdigit()):
        return None
    try:
        # Not by `strptime`, whose module takes longer to import than all else here.
        moved = datetime.fromisoformat(f"{timestamp[:8]}T{timestamp[8:]}") + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return moved.strftime(_TIME)


def with_version(values: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """Return what templates and paths may use, with a text in place of every version of a migration.

    Args:
        values: What they may use.
        text: Such as `*`, of a pattern.
    """
    lists = {
        name: tuple(key._replace(trigger_version=text, foreign_key_version=text) for key in values.get(name, ()))
        for name in LISTS
    }
    return MappingProxyType({**values, "timestamp": text, "timestamp_before": text, **lists})


def with_key_versions(values: Mapping[str, Any], versions: Mapping[tuple[str, str], str]) -> Mapping[str, Any]:
    """Return what templates and paths may use, with the versions that the migrations of sharding keys have.

    Args:
        values: What they may use.
        versions: Them, by the column of a key and the name of the version, such as `trigger_version`.
    """

    def known(key: ShardingKey) -> ShardingKey:
        return key._replace(**{name: version for (column, name), version in versions.items() if column == key.column})

    return {**values, **{name: tuple(map(known, values.get(name, ()))) for name in LISTS}}


def lists_of(keys: Sequence[ShardingKey]) -> Mapping[str, Any]:
    """Return the lists of keys that a manifest may name, each with its columns as a text, of which none is empty.

    A foreign key is made only where the model's own table has one on the column: a copied value may name an owner that
    is gone already, where nothing or only a loose one holds the original.

    Args:
        keys: All of them.
    """
    held = {name: tuple(key for key in keys if key.reference == sort) for name, sort in _HELD.items()}
    lists = {"state_keys": tuple(keys), **held}
    columns = {f"{name}_columns": " ".join(key.column for key in those) for name, those in lists.items()}
    return {**lists, **columns}
