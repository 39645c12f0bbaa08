"""Compares what the library's models require of a database with what it has."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.schema import SchemaItem

from geo_runtime.databases import main, tracking
from geo_runtime.databases.store import CacheRow, LeaseRow, ScoredRow
from geo_runtime.site.jobs import JobRow

TABLES: Final[dict[str, Sequence[Table]]] = {
    "main": main.TABLES,
    "tracking": tracking.TABLES,
    "store": tuple(row.metadata.tables[row.__tablename__] for row in (LeaseRow, CacheRow, ScoredRow, JobRow)),
}
"""The library's own tables, by database."""


def differences(connection: Connection, line: str) -> list[str]:
    """Compare the library's own tables with its models, as Alembic does to write migrations.

    Args:
        connection: A connection to the database.
        line: The database: `main`, `tracking` or `store`.

    Returns:
        The necessary changes, such as `add_column jobs.run_at`; other tables are ignored.
    """
    wanted = MetaData()
    for table in TABLES[line]:
        table.to_metadata(wanted)

    def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: SchemaItem | None) -> bool:
        return kind != "table" or name in wanted.tables

    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    return list(_described(compare_metadata(context, wanted)))


def _described(changes: Iterable[Any]) -> Iterable[str]:
    for change in changes:
        if isinstance(change, list):  # changes of one column
            yield from _described(change)
            continue
        names = [str(getattr(part, "name", part)) for part in change[1:] if isinstance(part, (str, SchemaItem))]
        table = getattr(change[1], "table", None)
        yield f"{change[0]} {'.'.join([*([table.name] if table is not None else []), *names])}"
