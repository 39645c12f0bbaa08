"""The statements of an SQL schema that are about one table, compared by what they do rather than by their text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from geo_scaffold.outline.construct import Gap

_STATEMENT: Final = re.compile(r"\s*(.+?;)[ \t]*(?=\r?\n[ \t]*\r?\n|\s*\Z)", re.DOTALL)
_INDEX: Final = re.compile(r"CREATE (UNIQUE )?INDEX (\S+) ON (?:ONLY )?(\S+) USING \w+ \((.*?)\)(?: WHERE (.*))?;")
_NOISE: Final = re.compile(r"[()\s]")
_ATTRIBUTES: Final = (
    (re.compile(r"CREATE SEQUENCE (\S+)"), "the sequence"),
    (re.compile(r"ALTER SEQUENCE \S+ OWNED BY (\S+);"), "the owner of the sequence of"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ALTER COLUMN (\S+) SET DEFAULT"), "the default of"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ADD CONSTRAINT \S+ (PRIMARY KEY)"), "the constraint"),
    (re.compile(r"ALTER TABLE (?:ONLY )?\S+ ADD CONSTRAINT \S+ (FOREIGN KEY \(\S+\))"), "the constraint"),
)

Part = tuple[str, str, str]
"""The sort of a part of a schema, what tells it from others, and how people call it."""


def schema_gaps(wanted: str, text: str, *, matters: Callable[[str], bool] = lambda _: True) -> list[Gap]:
    """Return what a schema lacks of some statements.

    An index counts by the table, its columns and its condition, a column by its name and type, a constraint by what it
    constrains: names may differ.

    Args:
        wanted: The statements, set apart by blank lines.
        text: The schema.
        matters: Tells whether a sort of part has to be there: `table`, `column`, `index`, `the constraint FOREIGN ...`.
    """
    gaps = []
    found: set[tuple[str, str]] | None = None
    for statement in _statements(wanted):
        if statement in text:
            continue
        if found is None:
            tables = set(re.findall(r"(?:CREATE TABLE|ALTER TABLE ONLY|SEQUENCE) (\w+)", wanted))
            found = {(sort, key) for each in _about(text, tables) for sort, key, _ in _parts(each)}
        missing = [shown for sort, key, shown in _parts(statement) if (sort, key) not in found and matters(sort)]
        gaps += [Gap(what, statement) for what in (missing[:1] if "table" in missing[:1] else missing)]
    return _without_parts_of_missing_tables(gaps)


def _without_parts_of_missing_tables(gaps: list[Gap]) -> list[Gap]:
    tables = {gap.text: gap.what for gap in gaps if gap.what.startswith("the table ")}
    return [gap for gap in gaps if gap.text not in tables or gap.what == tables[gap.text]]


def _statements(text: str) -> Iterator[str]:
    return (match[1] for match in _STATEMENT.finditer(text))


def _about(text: str, tables: set[str]) -> Iterator[str]:
    """Yield the statements of a schema, which may be large, that name one of some tables."""
    seen = set()
    for table in tables:
        at = text.find(table)
        while at >= 0:
            gaps = [(text.rfind(blank, 0, at), len(blank)) for blank in ("\n\n", "\r\n\r\n")]
            start = max((found + length for found, length in gaps if found >= 0), default=0)
            end = min(e for e in (text.find(";\n", at), text.find(";\r\n", at), len(text)) if e >= 0) + 1
            if start not in seen:
                seen.add(start)
                yield text[start:end]
            at = text.find(table, max(end, at + 1))


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
    elif match := _INDEX.match(one_line):
        unique, _, table, columns, where = match.groups()
        bare = re.sub(r" (?:ASC|DESC|NULLS FIRST|NULLS LAST)\b", "", columns)
        shown = f"{'a unique' if unique else 'an'} index of `{table}` on {columns}{f' where {where}' if where else ''}"
        condition = _NOISE.sub("", where or "")
        yield "index", f"{table} {unique or ''}{bare} {condition}", shown
    else:
        for pattern, sort in _ATTRIBUTES:
            if match := pattern.match(one_line):
                table = one_line.split()[3] if one_line.startswith("ALTER TABLE ONLY") else one_line.split()[2]
                yield f"{sort} {match[1]}", table, f"{sort} {match[1]} of `{table}`"
