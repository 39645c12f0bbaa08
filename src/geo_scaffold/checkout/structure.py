"""The tables in `db/structure.sql`: columns, keys, references and partitions, each with its line.

A PostgreSQL dump has one form for each statement (pg_dump writes it, and GitLab normalises it), so one linear scan
finds all statements of a form. A table is parsed on first use.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from geo_scaffold.records import dataclass

STRUCTURE: Final = "db/structure.sql"

_NAME: Final = r'(?:[\w$]+\.)?"?([\w$]+)"?'
# Of db/structure.sql and ee/db/geo/structure.sql, as pg_dump writes them.
# Each begins with literal text, line feed included: searching for that is fifty times as fast as for `^`.
_TABLE: Final = re.compile(rf"\nCREATE (?:UNLOGGED )?TABLE {_NAME} \(\n")
_ALTER: Final = re.compile(
    rf"\nALTER TABLE (?:ONLY )?{_NAME}\s+(?:ADD CONSTRAINT \S+ (PRIMARY KEY|UNIQUE|FOREIGN KEY) \(([^()]*)\)"
    rf"(?: REFERENCES {_NAME})?|ATTACH PARTITION {_NAME} FOR VALUES (.*);)"
)
_UNIQUE: Final = re.compile(rf"\nCREATE UNIQUE INDEX \S+ ON (?:ONLY )?{_NAME} USING btree \(([^()]*)\);")
_TRIGGER: Final = re.compile(r"\nCREATE TRIGGER (?=\w++ .* ON (\S++) )(\w++) ")
_COLUMN: Final = re.compile(r'^    "?([\w$]+)"? (.*?),?$', re.MULTILINE)
_CONSTRAINTS: Final = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"})
_INLINE: Final = re.compile(r"^    (?:CONSTRAINT \S+ )?(PRIMARY KEY|UNIQUE) \(([^()]*)\)", re.MULTILINE)
_REQUIRED: Final = re.compile(r"CHECK \(\((\w+) IS NOT NULL\)\)")
_COUNTED: Final = re.compile(r"CHECK \(+num_nonnulls\(([\w$\", ]+)\) (=|>=|<=|<>|>|<) (\d+)\)")
_COUNTING: Final = "num_nonnulls("
_COUNTED_LATER: Final = re.compile(rf"\nALTER TABLE (?:ONLY )?{_NAME}\n    ADD CONSTRAINT \S+ {_COUNTED.pattern}")
_BLOCK: Final = 1 << 14
_MANY: Final = 12
"""The number of tables that are searched for one by one; for more, one scan of all statements is faster."""


class Key(NamedTuple):
    """Columns that are declared to be a key, and the line that declares it."""

    columns: tuple[str, ...]
    line: int


class Reference(NamedTuple):
    """A foreign key: its columns, the table that it refers to, its line, and whether it is valid for older rows too."""

    columns: tuple[str, ...]
    table: str
    line: int
    is_validated: bool = True


class CountConstraint(NamedTuple):
    """A constraint on how many of some columns have a value, such as exactly one: the columns, operator and number."""

    columns: frozenset[str]
    operator: str
    limit: int


class Partition(NamedTuple):
    """A partition: its parent table, the values that it holds, and the line."""

    table: str
    values: str
    line: int


class Trigger(NamedTuple):
    """A trigger: its name, the line of its statement, and the statement of the function of this name."""

    name: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Args:
        name: Its name.
        line: The line of its statement.
        columns: The line of each column.
        types: The type of each column, such as `bigint`.
        required: The columns that have a value in every row.
        primary_key: All columns of its primary key, in order, or None if it has none.
        unique: Columns that are unique by a constraint, or by an index without a condition.
        references: Its foreign keys.
        counts: Its constraints on how many of some columns have a value.
        partitioned: How it is partitioned, such as `LIST (model_type)`, or None if it is not.
        partition_of: The table of which it is a partition, or None.
    """

    name: str
    line: int
    columns: Mapping[str, int]
    types: Mapping[str, str]
    required: frozenset[str]
    primary_key: Key | None
    unique: tuple[Key, ...]
    references: tuple[Reference, ...]
    counts: tuple[CountConstraint, ...]
    partitioned: str | None
    partition_of: Partition | None

    def is_unique(self, column: str) -> bool:
        """Tell whether a column is unique by itself, so that a foreign key may reference it."""
        keys = [*self.unique, *([self.primary_key] if self.primary_key else [])]
        return any(key.columns == (column,) for key in keys)


class _Statements(NamedTuple):
    """The statements about a table besides its own: alterations, unique indexes, the one that attaches it."""

    alterations: list[re.Match[str]]
    uniques: list[re.Match[str]]
    attachment: re.Match[str] | None


class Structure:
    """The tables of a dump.

    Args:
        text: The whole file; empty if there is none.
    """

    def __init__(self, text: str) -> None:
        self._text = f"\n{text}"  # so that a statement in the first line is preceded by a line feed, too
        self._tables: dict[str, Table | None] = {}
        self._about: dict[str, _Statements] = {}

    def table(self, name: str) -> Table | None:
        """Return a table, or None if the dump has none of this name."""
        if name not in self._tables:
            self._tables[name] = None  # for a partition of itself
            at = self._starts.get(name)
            self._tables[name] = None if at is None else self._table(name, at)
        return self._tables[name]

    def partitions_for(self, value: str | None = None) -> list[tuple[str, Partition]]:
        """Return the partitions that hold the rows with one value, such as a class's uploads, with their names.

        Args:
            value: The value, or None for all partitions.
        """
        matches = [
            attachment for attachment in self._attachments.values() if value is None or f"'{value}'" in attachment[6]
        ]
        return [(match[5], Partition(match[1], match[6], self._line(match.start(1)))) for match in matches]

    def partition(self, name: str) -> Partition | None:
        """Return the parent of a partition, or None if the table is not one."""
        match = self._statements(name).attachment
        return Partition(match[1], match[6], self._line(match.start(1))) if match else None

    def triggers(self, table: str) -> Iterator[Trigger]:
        """Yield the triggers of a table; in GitLab a trigger and its function have the same name."""
        for match in self._triggers.get(table, ()):
            start = self._text.find(f"\nCREATE FUNCTION {match[2]}() ")
            function = self._text[start : self._text.find("\n$$;\n", start)] if start >= 0 else ""
            yield Trigger(match[2], self._line(match.start(1)), function)

    def _statements(self, name: str) -> _Statements:
        """Return the statements about a table; for the first few tables they are searched for by its name."""
        if name not in self._about:
            if "_alterations" in self.__dict__ or len(self._about) >= _MANY:
                alterations, uniques = self._alterations.get(name, []), self._uniques.get(name, [])
                self._about[name] = _Statements(alterations, uniques, self._attachments.get(name))
            else:
                self._about[name] = self._named(name)
        return self._about[name]

    def _named(self, name: str) -> _Statements:
        """Return the statements with the name of a table on their first two lines, where pg_dump puts it."""
        statements = _Statements([], [], None)
        at, done = self._text.find(name), -1
        while at >= 0:
            line = self._text.rfind("\n", 0, at)
            if self._text.startswith("\n    ", line):
                line = self._text.rfind("\n", 0, line)
            if line > done:
                done = line
                statements = self._with(statements, line, name)
            at = self._text.find(name, at + len(name))
        return statements

    def _with(self, statements: _Statements, line: int, name: str) -> _Statements:
        if self._text.startswith("\nALTER TABLE ", line) and (match := _ALTER.match(self._text, line)):
            if match[1] == name:
                statements.alterations.append(match)
            if match[5] == name:
                return statements._replace(attachment=match)
        match = _UNIQUE.match(self._text, line) if self._text.startswith("\nCREATE UNIQUE ", line) else None
        if match and match[1] == name:
            statements.uniques.append(match)
        return statements

    def _line(self, offset: int) -> int:
        """Return the line of an offset, from 1."""
        block = offset // _BLOCK
        return self._feeds[block] + self._text.count("\n", block * _BLOCK, offset)

    @cached_property
    def _feeds(self) -> list[int]:
        """The number of lines before each block of the text."""
        counts = (self._text.count("\n", at, at + _BLOCK) for at in range(0, len(self._text), _BLOCK))
        return list(accumulate(counts, initial=0))

    @cached_property
    def _starts(self) -> dict[str, int]:
        """The offset of each table's statement, by its name."""
        starts: dict[str, int] = {}
        for match in _TABLE.finditer(self._text):
            starts.setdefault(match[1], match.start() + 1)
        return starts

    @cached_property
    def _alterations(self) -> dict[str, list[re.Match[str]]]:
        """The statements that alter each table."""
        return _by_table(_ALTER, self._text)

    @cached_property
    def _uniques(self) -> dict[str, list[re.Match[str]]]:
        """The statements of the unique indexes of each table."""
        return _by_table(_UNIQUE, self._text)

    @cached_property
    def _triggers(self) -> dict[str, list[re.Match[str]]]:
        """The statements of the triggers of each table."""
        return _by_table(_TRIGGER, self._text)

    @cached_property
    def _later_counts(self) -> dict[str, list[re.Match[str]]]:
        """The separate statements that limit how many of some columns have a value."""
        found: dict[str, list[re.Match[str]]] = {}
        at = self._text.find(_COUNTING)
        while at >= 0:
            line = self._text.rfind("\n", 0, self._text.rfind("\n", 0, at))
            match = _COUNTED_LATER.match(self._text, max(line, 0))
            if match and match.start(2) == at + len(_COUNTING):
                found.setdefault(match[1], []).append(match)
            at = self._text.find(_COUNTING, at + 1)
        return found

    def _counts(self, name: str, body: str) -> Iterator[CountConstraint]:
        for match in _COUNTED.finditer(body):
            yield CountConstraint(frozenset(_columns(match[1])), match[2], int(match[3]))
        for match in self._later_counts.get(name, ()):
            yield CountConstraint(frozenset(_columns(match[2])), match[3], int(match[4]))

    @cached_property
    def _attachments(self) -> dict[str, re.Match[str]]:
        """The statements that attach a partition, by its name."""
        return {match[5]: match for matches in self._alterations.values() for match in matches if match[5]}

    def _table(self, name: str, start: int) -> Table:
        text = self._text
        open_at = text.index("(\n", start) + 2
        close_at = text.index("\n)", open_at - 1)
        body = text[open_at : close_at + 1]
        line = self._line(start)
        first = line + 1
        columns, types, required = {}, {}, set(_REQUIRED.findall(body))
        for number, each in enumerate(body.splitlines(), first):
            match = _COLUMN.match(each)
            if match and match[1] not in _CONSTRAINTS:
                columns[match[1]] = number
                types[match[1]] = match[2].partition(" ")[0]
                required |= {match[1]} if " NOT NULL" in match[2] else set()
        keys: dict[str, list[Key]] = {"PRIMARY KEY": [], "UNIQUE": []}
        references = []
        for match in _INLINE.finditer(body):
            keys[match[1]].append(Key(_columns(match[2]), first + body.count("\n", 0, match.start())))
        about = self._statements(name)
        for match in about.alterations:
            if match[2] is None:
                continue
            at = self._line(match.start(2))
            if match[2] == "FOREIGN KEY":
                is_validated = "NOT VALID" not in text[match.end() : text.find(";", match.end())]
                references.append(Reference(_columns(match[3]), match[4] or "", at, is_validated))
            else:
                keys[match[2]].append(Key(_columns(match[3]), at))
        keys["UNIQUE"] += [Key(_columns(match[2]), self._line(match.start(1))) for match in about.uniques]
        partition = self.partition(name)
        if partition and (parent := self.table(partition.table)):
            known = {reference.columns for reference in references}
            references += [reference for reference in parent.references if reference.columns not in known]
        end = text.index(";", close_at)
        # The clause after the columns in db/structure.sql.
        parted = re.match(r"\n\)\s*PARTITION BY (.*)", text[close_at:end], re.DOTALL)
        return Table(
            name,
            line,
            columns,
            types,
            frozenset(required),
            keys["PRIMARY KEY"][0] if keys["PRIMARY KEY"] else None,
            tuple(keys["UNIQUE"]),
            tuple(references),
            tuple(self._counts(name, body)),
            " ".join(parted[1].split()) if parted else None,
            partition,
        )


def _by_table(pattern: re.Pattern[str], text: str) -> dict[str, list[re.Match[str]]]:
    """Return the statements of a form, by the first table that they name."""
    found: dict[str, list[re.Match[str]]] = {}
    for match in pattern.finditer(text):
        found.setdefault(match[1], []).append(match)
    return found


def _columns(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"') for part in text.split(","))
