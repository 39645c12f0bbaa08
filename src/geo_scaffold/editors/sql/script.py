"""The statements of a schema file, with their offsets and their place in pg_dump's order.

pg_dump sorts objects by kind, schema and name, and then moves some that others depend on, such as the partitions of a
table; Rails takes out its comments. Only the ends of statements need care: function bodies and strings hold semicolons
and blank lines too. The largest file has 59,000 lines, so each statement is looked at once and with little.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from geo_scaffold.editors.failures import blocked, line_number
from geo_scaffold.editors.splice import BOM

END: Final = re.compile(r";[ \t]*+(?:\r?\n(?:[ \t]*\r?\n)+|\s*+\Z)")
QUOTED: Final = re.compile(
    r"""(?:'[^']*'|"[^"]*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/)|(?P<open>['"]|\$\w*\$|/\*)""", re.DOTALL
)
"""A string, a function body or a comment; `open`: the beginning of one that never ends."""
CLOSED: Final = re.compile(r"""(?:[^'"$/-]++|'[^']*+'|"[^"]*+"|--[^\n]*+|-(?!-)|\$(?!\w*+\$)|/(?!\*))*+""")
"""Text up to the first string that never ends, and to function bodies and block comments, of which there are few."""
MAYBE_QUOTED: Final = re.compile(r"""['"$]|--|/\*""")
MAYBE_HIDING: Final = re.compile(r"""['"$/-]""")
"""The first character of these: for one character a large file is searched in a fifth of the time."""
LEADING: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)

OTHER, FUNCTION, RELATION, ATTACH, DEFAULT, CONSTRAINT, INDEX, TRIGGER, FOREIGN_KEY = range(9)
"""The kinds of statements, in pg_dump's order."""

PART: Final = r'(?:"[^"]+"|[\w$]+)'
NAME: Final = rf"({PART}(?:\.{PART})?)"
PATTERNS: Final = {
    beginning: (rank, re.compile(pattern))
    for beginning, rank, pattern in (
        ("CREATE S", RELATION, rf"CREATE SEQUENCE {NAME}"),
        ("CREATE T", RELATION, rf"CREATE TABLE {NAME}"),
        ("CREATE V", RELATION, rf"CREATE VIEW {NAME}"),
        ("CREATE M", RELATION, rf"CREATE MATERIALIZED VIEW {NAME}"),
        ("CREATE I", INDEX, rf"CREATE INDEX {NAME} ON (?:ONLY )?{NAME}"),
        ("CREATE U", INDEX, rf"CREATE UNIQUE INDEX {NAME} ON (?:ONLY )?{NAME}"),
        ("CREATE F", FUNCTION, rf"CREATE FUNCTION {NAME}"),
        ("ALTER SE", RELATION, rf"ALTER SEQUENCE {NAME} (OWNED BY)"),
    )
}
"""By the first characters of a statement: its kind, and where its name is, and its table's after it."""
TRIGGERS: Final = re.compile(rf"CREATE TRIGGER {NAME} .*? ON {NAME}")
TABLES: Final = re.compile(
    rf"ALTER TABLE (?:ONLY )?{NAME}\s+"
    rf"(?:ADD CONSTRAINT {NAME} (FOREIGN KEY)?|ALTER COLUMN {NAME} SET DEFAULT|(ATTACH PARTITION))"
)


class Statement(NamedTuple):
    """One statement.

    Args:
        start: Offset of its first character.
        end: Offset after its semicolon.
        text: What is between.
        rank: Its kind; `None`: it belongs to the statement before it.
        key: Its position among those of its kind; `None`: it is not sorted with them.
        name: What it defines, and the table that this is of; unique in its kind.
    """

    start: int
    end: int
    text: str
    rank: int | None
    key: tuple[str, ...] | None
    name: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """Its text, without regard to white space."""
        return " ".join(self.text.split())


Place: TypeAlias = tuple[int | None, tuple[str, ...] | None, tuple[str, ...]]
NOWHERE: Final[Place] = (None, None, ())


_KNOWN: Final[dict[str, tuple[Statement, ...]]] = {}
_MOST_KNOWN: Final = 4


def parse(text: str) -> tuple[Statement, ...]:
    """Return the statements of a file; an edit asks for those of the same text several times.

    Args:
        text: The whole file.

    Raises:
        LocatorError: The last statement has no end.
    """
    found = _KNOWN.get(text)
    if found is None:
        found = parse_part(text)
        remember(text, found)
    return found


def remember(text: str, statements: tuple[Statement, ...]) -> None:
    """Keep the statements of a file that an edit has made, which knows them without parsing all of it again.

    Args:
        text: The whole file.
        statements: What `parse_part` would return for it.
    """
    _KNOWN.pop(text, None)
    while len(_KNOWN) >= _MOST_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    _KNOWN[text] = statements


def moved(statements: Iterable[Statement], by: int) -> list[Statement]:
    """Return statements some characters further on in their text."""
    if not by:
        return list(statements)
    # Of ten thousand statements most move, and `_replace` takes ten times as long.
    return [Statement(s + by, e + by, text, rank, key, name) for s, e, text, rank, key, name in statements]


def parse_part(text: str) -> tuple[Statement, ...]:
    """Return the statements of a part of a file.

    Args:
        text: What begins and ends between statements.

    Raises:
        LocatorError: The last statement has no end.
    """
    found: list[Statement] = []
    start = quoted = len(BOM) if text.startswith(BOM) else 0
    hiding = _next_hiding(text, start)
    for match in END.finditer(text, start):
        end = match.start() + 1
        if end <= quoted:  # inside of a string, a function body or a comment
            continue
        if hiding < end:  # most statements have nothing that could hide an end
            quoted = _after_quoted(text, max(quoted, start), end)
            if end <= quoted:
                continue
            hiding = _next_hiding(text, end)
        at, part = start, text[start:end]
        if part[0] not in "CA" and (leading := LEADING.match(part)):
            at, part = start + leading.end(), part[leading.end() :]
        found.append(Statement(at, end, part, *classify(part)))
        start = match.end()
    leading = LEADING.match(text, start)
    if leading and leading.end() < len(text) and text[leading.end() :].rstrip():
        raise blocked(f"the statement on line {line_number(text, leading.end())} has no end")
    return tuple(found)


def endless_line(text: str) -> int | None:
    """Return the line on which a file begins what has no end: a string, function body, comment or statement.

    Args:
        text: The whole file.

    Returns:
        The line, from 1; None: all of it ends.
    """
    at = 0
    while begins := MAYBE_QUOTED.match(text, _closed_until(text, at)):
        found = QUOTED.match(text, begins.start())
        if found and found["open"]:
            return line_number(text, begins.start())
        at = found.end() if found else begins.end()
    rest = text.rfind(";") + 1 or (len(BOM) if text.startswith(BOM) else 0)
    leading = LEADING.match(text, rest)
    end = leading.end() if leading else rest
    return line_number(text, end) if end < len(text) else None


def _next_hiding(text: str, at: int) -> int:
    """Return where the next character is that could begin what hides an end; after the file where there is none."""
    begins = MAYBE_HIDING.search(text, at)
    return begins.start() if begins else len(text) + 1


def _closed_until(text: str, at: int) -> int:
    """Return where the next function body or block comment begins, or what never ends; else the end of the file."""
    closed = CLOSED.match(text, at)
    return closed.end() if closed else at


def _after_quoted(text: str, at: int, end: int) -> int:
    """Return the end of the last string, function body or comment that begins between two places, neither in one.

    It may be after the second place; of one that never ends it is the end of the file. So each is looked at once.
    """
    while begins := MAYBE_QUOTED.search(text, at, end):
        found = QUOTED.match(text, begins.start())
        if found and found["open"]:
            return len(text)
        at = found.end() if found else begins.end()
    return at


def classify(statement: str) -> Place:
    """Return the kind, the key and the name of a statement.

    Args:
        statement: Its text, without comments before it.
    """
    beginning = statement[:8]
    if beginning == "ALTER TA":
        return _of_table(statement)
    if rank_and_pattern := PATTERNS.get(beginning):
        rank, pattern = rank_and_pattern
        if match := pattern.match(statement):
            names = match.groups()
            if rank == INDEX:
                # An index is in the schema of its table.
                return rank, (_schema(names[1]), _bare(names[0])), names
            # What owns a sequence is "0", what is known by its own name "1", what says who owns it "2".
            return rank, (_schema(names[0]), _bare(names[0]), "2" if names[1:] else "1"), names
    if beginning == "CREATE T" and (match := TRIGGERS.match(statement)):
        names = match.groups()
        return TRIGGER, (_schema(names[1]), *map(_bare, names)), names
    if beginning == "ALTER IN":
        # Of partitions, which nobody adds by hand; pg_dump writes them after the last index.
        return INDEX, None, ()
    return (OTHER, None, ()) if beginning in {"CREATE E", "CREATE S"} else NOWHERE


def _of_table(statement: str) -> Place:
    match = TABLES.match(statement)
    if not match:
        return NOWHERE
    table, constraint, foreign, column, _ = match.groups()
    if constraint:
        return (
            FOREIGN_KEY if foreign else CONSTRAINT,
            (_schema(table), _bare(constraint), _bare(table)),
            (table, constraint),
        )
    if column:
        # Inside a table the order is that of its columns, which only the table knows.
        return DEFAULT, (_schema(table), _bare(table)), (table, column)
    return ATTACH, None, ()


def key_of_table(key: tuple[str, ...], sequence: str) -> tuple[str, ...]:
    """Return the key of a table, knowing a sequence that it owns: it comes before it.

    Args:
        key: The key by its name alone.
        sequence: The name of the sequence.
    """
    return min(key, (key[0], _bare(sequence), "0"))


def _schema(name: str) -> str:
    """Return the schema of a name; what has none is in `public`, which sorts among the others."""
    return (name.rpartition(".")[0].strip('"') or "public") if "." in name else "public"


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"') if "." in name or '"' in name else name
