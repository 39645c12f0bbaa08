"""The statements of an SQL schema about one table, compared by effect rather than by text."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from geo_scaffold.outline.construct import Gap

# Statements of db/structure.sql and ee/db/geo/structure.sql, as pg_dump writes them, joined to one line.
INDEX: Final = re.compile(
    r"CREATE (UNIQUE )?INDEX (\S+) ON (?:ONLY )?(\S+) USING \w+ \((?=.*;)(.*?)\)(?: WHERE (.*))?;"
)
KEY: Final = re.compile(r"ALTER TABLE (?:ONLY )?(\S+) ADD CONSTRAINT \S+ PRIMARY KEY \((\w+)")
_FUNCTION: Final = re.compile(r"CREATE FUNCTION (\w+)\(\)[^;]*;")
"""Up to its first statement, which distinguishes functions that assign a column."""
_TRIGGER: Final = re.compile(r"CREATE TRIGGER (\w+) ")
_NOISE: Final = re.compile(r"[()\s]")
_ATTRIBUTES: Final = (
    (re.compile(r"CREATE SEQUENCE (\S+)"), "the sequence"),
    (re.compile(r"ALTER SEQUENCE \S+ OWNED BY (\S+);"), "the owner of the sequence of"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ALTER COLUMN (\S+) SET DEFAULT"), "the default of"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ADD CONSTRAINT \S+ (PRIMARY KEY)"), "the constraint"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ADD CONSTRAINT \S+ (FOREIGN KEY \(\S+\))"), "the constraint"),
)

Part = tuple[str, str, str]
"""The sort of a part of a schema, its identity, and its name for people."""


def schema_gaps(wanted: str, text: str, *, matters: Callable[[str], bool] = lambda _: True) -> list[Gap]:
    """Return which parts of some statements are missing from a schema.

    An index is identified by its table, columns and condition, a column by its name and type, a constraint by what it
    constrains; names may differ.

    Args:
        wanted: The statements, separated by blank lines.
        text: The schema.
        matters: Tells whether a sort of part is required: `table`, `column`, `index`, `the constraint FOREIGN ...`.
    """
    gaps = []
    found: set[tuple[str, str]] | None = None
    for statement in _statements(wanted):
        if statement in text:
            continue
        if found is None:
            # Statements as pg_dump writes them in db/structure.sql.
            tables = set(
                re.findall(r"(?:CREATE TABLE|ALTER TABLE ONLY|SEQUENCE|FUNCTION|CREATE TRIGGER) (\w+)", wanted)
            )
            found = {(sort, key) for each in statements_about(text, tables) for sort, key, _ in _parts(each)}
        missing = [shown for sort, key, shown in _parts(statement) if (sort, key) not in found and matters(sort)]
        gaps += [Gap(what, statement) for what in (missing[:1] if "table" in missing[:1] else missing)]
    return _without_parts_of_missing_tables(gaps)


def table_gaps(wanted: str, text: str, *, optional: Collection[str] = ()) -> list[Gap]:
    """Return what is missing from a table in a schema, whoever created it.

    A hand-written table has a history: names, lengths and the order of columns differ, conditions are spelled
    differently, an index may have more columns or no condition, a primary key replaces a unique index, a foreign key
    may be a loose one. The rest is required: columns, a primary key, and an index or a check that does the work; a
    missing limit or uniqueness is a lesser gap.

    Args:
        wanted: The statements, separated by blank lines.
        text: The schema.
        optional: Columns that may be missing from such a table.
    """
    indexed = (match[3] for each in _statements(wanted) if (match := INDEX.match(" ".join(each.split()))))
    # A statement as pg_dump writes it in db/structure.sql.
    made = set(re.findall(r"CREATE TABLE (\w+) \(", wanted))
    about = list(statements_about(text, {*made, *indexed}))
    statements = [" ".join(each.split()) for each in about]
    there = {key for each in about for sort, key, _ in _parts(each) if sort in {"table", "column"}}
    indexes = [index for each in statements if (index := _index(each))]
    keys = [(match[1], match[2]) for each in statements if (match := KEY.match(each))]
    gaps = []
    for statement in _statements(wanted):
        one_line = " ".join(statement.split())
        if one_line.startswith("CREATE TABLE "):
            lines = {line.split()[0]: line for line in statement.splitlines()[1:] if line.strip()}
            for sort, key, shown in _parts(statement):
                name = key.rpartition(".")[2]
                if sort == "table" and key not in there:
                    return [Gap(shown, wanted)]
                if sort == "column" and key not in there and name not in optional:
                    gaps.append(Gap(shown, lines[name].strip().rstrip(",")))
                elif sort == "check" and not _is_checked(key, statements):
                    rule = key.partition(" ")[2]
                    line = next(each for each in statement.splitlines() if each.strip().rstrip(",").endswith(rule))
                    gaps.append(Gap(shown, line.strip().rstrip(","), is_lesser="char_length(" in rule))
        elif index := _index(one_line):
            is_key = (index.table, index.column) in keys
            by_key = is_key and not index.condition
            if index.table not in made:  # on another table: a reference to that needs this index, complete
                by_key = any(KEY.match(each) and each.endswith(f"KEY ({index.column});") for each in statements)
                exact = {part[:2] for each in about for part in _parts(each)}
                if not by_key and any(part[:2] not in exact for part in _parts(statement)):
                    gaps += [Gap(shown, statement) for _, _, shown in _parts(statement)]
                continue
            if not by_key and not any(_serves(each, index, is_key=is_key) for each in indexes):
                serving = (each._replace(unique=True) for each in indexes)
                is_lesser = any(_serves(each, index, is_key=is_key) for each in serving)
                gaps += [Gap(shown, statement, is_lesser=is_lesser) for _, _, shown in _parts(statement)]
        elif (primary := KEY.match(one_line)) and all(table != primary[1] for table, _ in keys):
            gaps.append(Gap(f"a primary key of `{primary[1]}`", statement))
        elif one_line.startswith("CREATE TRIGGER ") and f"\n{statement.strip()}\n" not in text:
            gaps.append(Gap(f"the trigger `{one_line.split()[2]}`", statement))
    return gaps


class _Index(NamedTuple):
    """An index reduced to its use: its first column, and the words of its condition."""

    table: str
    unique: bool
    column: str
    condition: frozenset[str]


def _index(one_line: str) -> _Index | None:
    match = INDEX.match(one_line)
    if match is None:
        return None
    unique, _, table, columns, where = match.groups()
    # The columns and values in a condition, however PostgreSQL put brackets around them.
    words = re.findall(r"\w+", where or "")
    condition = frozenset(word for word in words if word not in {"AND", "OR", "ANY", "ARRAY", "IN"})
    return _Index(table, bool(unique), re.split(r"[ ,]", columns)[0], condition)


def _serves(existing: _Index, wanted: _Index, *, is_key: bool) -> bool:
    """Tell whether an index does the work of another one: covers its rows, by the same first column or condition.

    Args:
        existing: The existing index.
        wanted: The required index.
        is_key: Whether the required one begins with a key, by which rows are ordered anyway.
    """
    named = {word for word in wanted.condition if not word.isdigit()} if is_key else set()
    leads = existing.column == wanted.column or named == {existing.column}
    return (
        existing.table == wanted.table
        and existing.condition <= wanted.condition
        and (existing.unique or not wanted.unique)
        and (leads or existing.condition == wanted.condition != frozenset())
    )


def _is_checked(key: str, statements: list[str]) -> bool:
    """Tell whether the length of a column is limited, to any length."""
    table, _, rule = key.partition(" ")
    # The check of a text limit in db/structure.sql: `CHECK ((char_length(name) <= 255))`.
    column = re.search(r"char_length\((\w+)\)", rule)
    if column is None:
        return True
    limited = (f"char_length({column[1]})", f" {column[1]} character varying(")
    # A limit not yet validated for older rows is in a separate statement.
    adding = (f"ALTER TABLE {table} ADD CONSTRAINT ", f"ALTER TABLE ONLY {table} ADD CONSTRAINT ")
    return any(
        part in statement
        for statement in statements
        if statement.startswith(f"CREATE TABLE {table} (") or (statement.startswith(adding) and " CHECK " in statement)
        for part in limited
    )


def _without_parts_of_missing_tables(gaps: list[Gap]) -> list[Gap]:
    tables = {gap.text: gap.what for gap in gaps if gap.what.startswith("the table ")}
    return [gap for gap in gaps if gap.text not in tables or gap.what == tables[gap.text]]


def _statements(text: str) -> Iterator[str]:
    from geo_scaffold.editors.sql.script import parse  # noqa: PLC0415 - knows where a function ends

    return (statement.text for statement in parse(text))


def condition_of(where: str | None) -> str:
    """Return the condition of an index, normalised for brackets and spaces."""
    return _NOISE.sub("", where or "")


def statements_about(text: str, tables: set[str]) -> Iterator[str]:
    """Yield the statements of a schema, which may be large, that name one of these tables.

    Args:
        text: The schema.
        tables: Names of tables, without a schema.
    """
    seen = set()
    for table in tables:
        for start, end in _naming(text, table):
            if start not in seen:
                seen.add(start)
                yield text[start:end]


@lru_cache(maxsize=64)
def _naming(text: str, table: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of the statements that name a table; cached, because several parts of a checklist need them."""
    # In files of megabytes, searching for one character is a hundred times as fast as for two.
    end_of_line = "\r\n" if "\r" in text and "\r\n" in text else "\n"
    blank = end_of_line * 2
    found = []
    at = text.find(table)
    while at >= 0:
        gap = text.rfind(blank, 0, at)
        start = 0 if gap < 0 else gap + len(blank)
        end = text.find(f";{end_of_line}", at) + 1 or len(text)
        found.append((start, end))
        at = text.find(table, max(end, at + 1))
    return tuple(found)


def _parts(statement: str) -> Iterator[Part]:
    one_line = " ".join(statement.split())
    if one_line.startswith("CREATE TABLE "):
        name = one_line.split()[2]
        yield "table", name, f"the table `{name}`"
        for line in statement.splitlines()[1:]:
            words = line.strip().rstrip(",").split()
            if not words or words[0].startswith(")"):
                continue
            if words[0] == "CONSTRAINT":
                rule = " ".join(words[2:])
                yield "check", f"{name} {rule}", f"the check `{rule}` of `{name}`"
            else:
                yield "column", f"{name}.{words[0]}", f"the column `{words[0]}` of `{name}`"
    elif match := INDEX.match(one_line):
        unique, _, table, columns, where = match.groups()
        # The columns of an index in db/structure.sql.
        bare = re.sub(r" (?:ASC|DESC|NULLS FIRST|NULLS LAST)\b", "", columns)
        shown = f"{'a unique' if unique else 'an'} index of `{table}` on {columns}{f' where {where}' if where else ''}"
        yield "index", f"{table} {unique or ''}{bare} {condition_of(where)}", shown
    elif match := _FUNCTION.match(one_line):
        yield "function", match[0], f"the function `{match[1]}`"
    elif match := _TRIGGER.match(one_line):
        yield "trigger", one_line, f"the trigger `{match[1]}`"
    else:
        for pattern, sort in _ATTRIBUTES:
            if match := pattern.match(one_line):
                table = one_line.split()[3] if one_line.startswith("ALTER TABLE ONLY") else one_line.split()[2]
                yield f"{sort} {match[1]}", table, f"{sort} {match[1]} of `{table}`"
