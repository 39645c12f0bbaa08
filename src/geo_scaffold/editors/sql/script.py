"""The statements of a schema file, with their offsets and their place in pg_dump's order.

pg_dump sorts objects by kind, schema and name, and then moves some on which others depend, such as the partitions of a
table; Rails removes its comments. Only the ends of statements need care: function bodies and strings may contain
semicolons and blank lines too. The largest file has 59,000 lines, so each statement is examined only if it is needed.
"""

import re
from bisect import bisect_left
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import Final, NamedTuple, TypeAlias

from geo_scaffold.editors.failures import blocked, line_number
from geo_scaffold.editors.splice import BOM

# Statements as pg_dump writes them, in db/structure.sql and ee/db/geo/structure.sql; one ends with an empty line.
END: Final = re.compile(r";[ \t]*+(?:\r?\n(?:[ \t]*\r?\n)+|\s*+\Z)")
ENDS: Final = re.compile(rf"({END.pattern})")
"""The same, kept where a text is divided there."""
QUOTED: Final = re.compile(
    r"""(?:'[^']*'|"[^"]*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/)|(?P<open>['"]|\$\w*\$|/\*)""", re.DOTALL
)
"""A string, a function body or a comment; `open` matches the beginning of one that never ends."""
CLOSED: Final = re.compile(r"""(?:[^'"$/-]++|'[^']*+'|"[^"]*+"|--[^\n]*+\n|-(?!-)|\$(?!\w*+\$)|/(?!\*))*+""")
"""Text up to the first unterminated string, or the first function body or block comment, which are rare."""
# What can begin a string or a comment; and what comes before the first word of a statement.
MAYBE_QUOTED: Final = re.compile(r"""['"$]|--|/\*""")
LEADING: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)

OTHER, FUNCTION, RELATION, ATTACH, DEFAULT, CONSTRAINT, INDEX, TRIGGER, FOREIGN_KEY = range(9)
"""The kinds of statements, in pg_dump's order."""

PART: Final = r'(?:"[^"]+"|[\w$]+)'
NAME: Final = rf"({PART}(?:\.{PART})?)"
_BEGINNING: Final = len("CREATE TABLE")
PATTERNS: Final = {
    beginning: (rank, pattern)
    for rank, pattern, beginnings in (
        (
            RELATION,
            re.compile(rf"CREATE (?:TABLE|SEQUENCE|(?:MATERIALIZED )?VIEW) {NAME}"),
            ("CREATE TABLE", "CREATE SEQUE", "CREATE VIEW ", "CREATE MATER"),
        ),
        (RELATION, re.compile(rf"ALTER SEQUENCE {NAME} (OWNED BY)"), ("ALTER SEQUEN",)),
        (INDEX, re.compile(rf"CREATE (?:UNIQUE )?INDEX {NAME} ON (?:ONLY )?{NAME}"), ("CREATE INDEX", "CREATE UNIQU")),
        (FUNCTION, re.compile(rf"CREATE FUNCTION {NAME}"), ("CREATE FUNCT",)),
    )
    for beginning in beginnings
}
"""By the first characters of a statement: its kind, and the positions of its name and its table's."""
# What the sorting of statements needs of each, as pg_dump writes them.
TRIGGERS: Final = re.compile(rf"CREATE TRIGGER {NAME} .*? ON {NAME}")
TABLES: Final = re.compile(
    rf"ALTER TABLE (?:ONLY )?{NAME}\s+"
    rf"(?:ADD CONSTRAINT {NAME} (FOREIGN KEY)?|ALTER COLUMN {NAME} SET DEFAULT|(ATTACH PARTITION))"
)
_ALTERATION: Final = "ALTER TABLE "
_BEGINNINGS: Final = {
    **{rank: tuple(each for each, (its, _) in PATTERNS.items() if its == rank) for rank in (FUNCTION, RELATION, INDEX)},
    TRIGGER: ("CREATE TRIGG",),
    **dict.fromkeys((ATTACH, DEFAULT, CONSTRAINT, FOREIGN_KEY), (_ALTERATION,)),
}
"""How the statements of a kind begin."""
_MOST_CLASSIFIED: Final = 1 << 15

Place: TypeAlias = tuple[int | None, tuple[str, ...] | None, tuple[str, ...]]
NOWHERE: Final[Place] = (None, None, ())


class Statement(NamedTuple):
    """One statement.

    Args:
        gap: How many characters are between the previous statement, or the beginning of the file, and this one.
        text: From there to its semicolon.
    """

    gap: int
    text: str

    @property
    def rank(self) -> int | None:
        """Its kind, or `None` if it belongs to the statement before it."""
        return classify(self.text)[0]

    @property
    def key(self) -> tuple[str, ...] | None:
        """Its position among those of its kind, or `None` if it is not sorted with them."""
        return classify(self.text)[1]

    @property
    def name(self) -> tuple[str, ...]:
        """What it defines, and the table of that; unique in its kind."""
        return classify(self.text)[2]

    @property
    def meaning(self) -> str:
        """See `meaning_of`."""
        return meaning_of(self.text)


class Script(tuple[Statement, ...]):
    """The statements of a file in their order."""

    @cached_property
    def ends(self) -> list[int]:
        """The offset after each statement."""
        return list(accumulate([statement.gap + len(statement.text) for statement in self]))

    def start(self, number: int) -> int:
        """Return the offset of a statement."""
        return self.ends[number] - len(self[number].text)

    @cached_property
    def _by_beginning(self) -> dict[str, list[int]]:
        """The numbers of the statements by their first characters."""
        numbers: dict[str, list[int]] = {}
        for number, (_, text) in enumerate(self):
            numbers.setdefault(text[:_BEGINNING], []).append(number)
        return numbers

    def like(self, rank: int) -> list[int]:
        """Return the numbers of the statements that begin like those of a kind, so that none has to be classified."""
        return sorted(chain.from_iterable(self._by_beginning.get(each, ()) for each in _BEGINNINGS[rank]))

    def of_rank(self, rank: int) -> list[int]:
        """Return the numbers of the statements of a kind, of which few are classified.

        Several kinds begin alike, those that alter a table; pg_dump writes one of them after the other.
        """
        like = self.like(rank)
        first = bisect_left(like, rank, key=lambda number: self.order(number)[0])
        end = bisect_left(like, rank + 1, key=lambda number: self.order(number)[0])
        return like[first:end]

    def order(self, number: int) -> tuple[int, tuple[str, ...]]:
        """Return the kind and the key of a statement, or of the one before that it belongs to."""
        while number and self[number].rank is None:
            number -= 1
        rank, key, _ = classify(self[number].text)
        return rank or OTHER, key or ()

    def last_below(self, rank: int) -> int:
        """Return the number of the last statement of the kinds before one, or -1 if there is none."""
        return max(
            (number for number, each in enumerate(self) if each.rank is not None and each.rank < rank), default=-1
        )


def meaning_of(statement: str) -> str:
    """Return the text of a statement with white space normalised."""
    return " ".join(statement.split())


_KNOWN: Final[dict[str, Script]] = {}
_MOST_KNOWN: Final = 4


def parse(text: str) -> Script:
    """Return the statements of a file; cached, because an edit needs those of the same text several times.

    Args:
        text: The whole file.

    Raises:
        LocatorError: The last statement has no end.
    """
    script = _KNOWN.get(text)
    if script is None:
        script = parse_part(text)
        remember(text, script)
    return script


def remember(text: str, statements: Script) -> None:
    """Cache the statements of an edited file, which the edit knows without parsing all of it again.

    Args:
        text: The whole file.
        statements: What `parse_part` would return for it.
    """
    _KNOWN.pop(text, None)
    while len(_KNOWN) >= _MOST_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    _KNOWN[text] = statements


def parse_part(text: str) -> Script:
    """Return the statements of a part of a file.

    Args:
        text: A part that begins and ends between statements.

    Raises:
        LocatorError: The last statement has no end.
    """
    parts: list[Statement] = []
    before = 0
    at = start = quoted = len(BOM) if text.startswith(BOM) else 0
    pieces = ENDS.split(text[start:])
    for piece, ending in zip(pieces[::2], pieces[1::2], strict=False):  # after the last one is what has no end
        end = at + len(piece) + 1
        # Most have nothing that could begin what hides an end.
        if quoted < end and (
            quoted > at or "'" in piece or '"' in piece or "$" in piece or "-" in piece or "/" in piece
        ):
            quoted = _after_quoted(text, max(quoted, at), end)
        at = end - 1 + len(ending)
        if end <= quoted:  # inside of a string, a function body or a comment
            continue
        part = text[start:end]
        if part[0] not in "CA" and (leading := LEADING.match(part)):
            start, part = start + leading.end(), part[leading.end() :]
        # There are ten thousand statements, and calling `Statement` would take twice as long.
        parts.append(tuple.__new__(Statement, (start - before, part)))
        before, start = end, at
    leading = LEADING.match(text, start)
    if leading and leading.end() < len(text) and text[leading.end() :].rstrip():
        raise blocked(f"the statement on line {line_number(text, leading.end())} has no end")
    return Script(parts)


def endless_line(text: str) -> int | None:
    """Return the line of an unterminated string, function body, comment or statement.

    Args:
        text: The whole file.

    Returns:
        The line, from 1, or None if everything is terminated.
    """
    at = 0
    while begins := MAYBE_QUOTED.match(text, _closed_until(text, at, len(text))):
        found = QUOTED.match(text, begins.start())
        if found and found["open"]:
            return line_number(text, begins.start())
        at = found.end() if found else begins.end()
    rest = text.rfind(";") + 1 or (len(BOM) if text.startswith(BOM) else 0)
    leading = LEADING.match(text, rest)
    end = leading.end() if leading else rest
    return line_number(text, end) if end < len(text) else None


def _closed_until(text: str, at: int, end: int) -> int:
    """Return the offset, before a limit, of the next function body, block comment or unterminated string."""
    closed = CLOSED.match(text, at, end)
    return closed.end() if closed else at


def _after_quoted(text: str, at: int, end: int) -> int:
    """Return the end of what begins between two offsets and ends after the second; else an offset before that.

    Neither offset is in a string, function body or comment. For an unterminated one it is the end of the file, so that
    each is scanned only once.
    """
    last = at
    while last < end and (at := _closed_until(text, at, end)) < end:
        found = QUOTED.match(text, at)
        if found and found["open"]:
            return len(text)
        last = at = found.end() if found else at + 1
    return last


@lru_cache(maxsize=_MOST_CLASSIFIED)
def classify(statement: str) -> Place:
    """Return the kind, the key and the name of a statement.

    Args:
        statement: Its text, without comments before it.
    """
    beginning = statement[:_BEGINNING]
    if beginning == _ALTERATION:
        return _of_table(statement)
    if rank_and_pattern := PATTERNS.get(beginning):
        rank, pattern = rank_and_pattern
        if match := pattern.match(statement):
            names = match.groups()
            if rank == INDEX:
                # An index is in the schema of its table.
                return rank, (_schema(names[1]), _bare(names[0])), names
            # "0" is the owner of a sequence, "1" the sequence itself, "2" the statement about its owner.
            return rank, (_schema(names[0]), _bare(names[0]), "2" if names[1:] else "1"), names
    if match := TRIGGERS.match(statement):
        names = match.groups()
        return TRIGGER, (_schema(names[1]), *map(_bare, names)), names
    if beginning == "ALTER INDEX ":
        # Statements about partitions, which nobody adds by hand; pg_dump writes them after the last index.
        return INDEX, None, ()
    return (OTHER, None, ()) if statement.startswith(("CREATE E", "CREATE S")) else NOWHERE


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
        # Within a table the order is that of its columns, which only the table has.
        return DEFAULT, (_schema(table), _bare(table)), (table, column)
    return ATTACH, None, ()


def key_of_table(key: tuple[str, ...], sequence: str) -> tuple[str, ...]:
    """Return the key of a table that owns a sequence: the table comes before it.

    Args:
        key: The key by its name alone.
        sequence: The name of the sequence.
    """
    return min(key, (key[0], _bare(sequence), "0"))


def _schema(name: str) -> str:
    """Return the schema of a name; a name without one is in `public`, which sorts among the others."""
    return (name.rpartition(".")[0].strip('"') or "public") if "." in name else "public"


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"') if "." in name or '"' in name else name
