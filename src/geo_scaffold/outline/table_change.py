"""What must be done to an incomplete table, in the terms of a migration."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from geo_scaffold.names.identifiers import shorten
from geo_scaffold.outline.construct import Gap
from geo_scaffold.outline.schema import INDEX, KEY, condition_of, statements_about

# Parts of statements of db/structure.sql and ee/db/geo/structure.sql, as pg_dump writes them.
_COLUMN: Final = re.compile(r"(\w+) (.+?)(?: DEFAULT (.+?))?( NOT NULL)?")
_LIMIT: Final = re.compile(r"CONSTRAINT (\w+) CHECK \(\(char_length\((\w+)\) <= (\d+)\)\)")
_ORDER: Final = re.compile(r"(\w+)((?: ASC| DESC)?(?: NULLS (?:FIRST|LAST))?)")


class TextLimit(NamedTuple):
    """The longest text of a column, in characters, and the constraint that limits it."""

    column: str
    limit: int
    name: str


class Column(NamedTuple):
    """A column, with type and default as PostgreSQL writes them.

    Args:
        name: Its name.
        type: Its type, such as `timestamp with time zone`.
        default: Its default, or None.
        is_required: Whether it is `NOT NULL`.
        limit: The longest text, or None if it is not a text.
    """

    name: str
    type: str
    default: str | None
    is_required: bool
    limit: TextLimit | None


class Index(NamedTuple):
    """An index.

    Args:
        name: Its name.
        columns: Its columns.
        order: The order of columns that do not have PostgreSQL's default order, such as `ASC NULLS FIRST`.
        where: Its condition, or None if it has none.
        is_unique: Whether it is unique.
        statement: The statement that creates it.
        instead_of: The index that it replaces, or None.
    """

    name: str
    columns: tuple[str, ...]
    order: Mapping[str, str]
    where: str | None
    is_unique: bool
    statement: str
    instead_of: "Index | None" = None


class TableChange(NamedTuple):
    """What has to be done to a table.

    Args:
        table: The table.
        columns: The columns to add, except a primary key.
        limits: The limits to add to existing columns.
        indexes: The indexes to add.
        key: The column of the primary key to add, or None if there is one.
        has_key_column: Whether that column exists.
        repeated: The columns that may have duplicate values, which a unique index would not allow.
    """

    table: str
    columns: tuple[Column, ...]
    limits: tuple[TextLimit, ...]
    indexes: tuple[Index, ...]
    key: str | None
    has_key_column: bool
    repeated: tuple[str, ...]


def table_change(table: str, gaps: Iterable[Gap], text: str) -> TableChange:
    """Return what has to be done to complete a table.

    Args:
        table: The existing table.
        gaps: What is missing, from `table_gaps`.
        text: The schema.
    """
    lines = [" ".join(gap.text.split()) for gap in gaps]
    about = [" ".join(statement.split()) for statement in statements_about(text, {table})]
    limits = {match[2]: TextLimit(match[2], int(match[3]), match[1]) for line in lines if (match := _LIMIT.match(line))}
    columns = tuple(_columns(lines, limits))
    new = {column.name for column in columns}
    existing = [index for statement in about if (index := _index(statement, table))]
    indexes = tuple(_placed(index, existing, text) for line in lines if (index := _index(line, table)))
    key = next((match[2] for line in lines if (match := KEY.match(line))), None)
    # A table in db/structure.sql, on one line.
    has_key_column = key in new or any(
        re.match(rf"CREATE TABLE {table} \((?:.*,)? {key} ", statement) for statement in about
    )
    unique = [index.columns[0] for index in indexes if index.is_unique] + ([key] if key and has_key_column else [])
    return TableChange(
        table,
        columns,
        tuple(limit for limit in limits.values() if limit.column not in new),
        indexes,
        key,
        has_key_column,
        tuple(dict.fromkeys(column for column in unique if column not in new and column != "id")),
    )


def _columns(lines: Iterable[str], limits: Mapping[str, TextLimit]) -> Iterator[Column]:
    for line in lines:
        if line.startswith(("CONSTRAINT ", "CREATE ", "ALTER ")):
            continue
        if match := _COLUMN.fullmatch(line):
            yield Column(match[1], match[2], match[3], bool(match[4]), limits.get(match[1]))


def _index(statement: str, table: str) -> Index | None:
    match = INDEX.match(statement)
    if match is None or match[3] != table:
        return None
    columns = {each[1]: each[2] for each in _ORDER.finditer(match[4])}
    order = {
        column: words.strip() if words.startswith((" ASC", " DESC")) else f"ASC{words}"
        for column, words in columns.items()
        if words
    }
    return Index(match[2], tuple(columns), order, match[5], bool(match[1]), statement)


def _placed(index: Index, existing: Iterable[Index], text: str) -> Index:
    """Return an index with a free name, and with the one that it makes redundant."""
    same = next((each for each in existing if each.name == index.name), None) or next(
        (
            each
            for each in existing
            if each.columns == index.columns and condition_of(each.where) == condition_of(index.where)
        ),
        None,
    )
    name = index.name
    if f"INDEX {name} ON " in text:
        name = shorten(f"{name}_{'unique' if index.is_unique else 'new'}")
    statement = index.statement.replace(f"INDEX {index.name} ", f"INDEX {name} ", 1)
    return index._replace(name=name, statement=statement, instead_of=same)
