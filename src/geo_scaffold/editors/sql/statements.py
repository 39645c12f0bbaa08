"""Statements of a schema."""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import BOM, Splice, apply_splices, line_end_at
from geo_scaffold.editors.sql.script import (
    RELATION,
    Statement,
    classify,
    key_of_table,
    moved,
    parse,
    parse_part,
    remember,
)
from geo_scaffold.records import dataclass

OWNER: Final = re.compile(r"ALTER SEQUENCE (\S+) OWNED BY (\S+)\.[^\s.]+;")


@dataclass(frozen=True)
class Statements:
    """Statements where pg_dump would write them.

    It knows tables, sequences and their owners, views, defaults, constraints, indexes, triggers, foreign keys and
    functions. White space does not count. `insert` adds those that are missing, and refuses where one is there with
    another definition; `remove` takes out those that are there.

    Args:
        statements: Each as pg_dump writes it, with line feeds and its semicolon.

    Example:
        ```toml
        editor = { kind = "sql" }
        ```

        with the lines:

        ```sql
        CREATE INDEX index_cool_widgets_on_name ON cool_widgets USING btree (name);
        ```

        Before:

        ```sql
        CREATE TABLE cool_widgets (
            name text
        );

        CREATE INDEX index_boilers_on_name ON boilers USING btree (name);

        CREATE INDEX index_steams_on_name ON steams USING btree (name);
        ```

        After:

        ```sql
        CREATE TABLE cool_widgets (
            name text
        );

        CREATE INDEX index_boilers_on_name ON boilers USING btree (name);

        CREATE INDEX index_cool_widgets_on_name ON cool_widgets USING btree (name);

        CREATE INDEX index_steams_on_name ON steams USING btree (name);
        ```
    """

    statements: tuple[str, ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return all([each.meaning for each in same] == [wanted.meaning] for wanted, same in self._pairs(parse(text)))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        there = parse(text)
        missing = self._missing(there)
        if not missing:
            return text
        eol = line_end_at(text, 0)
        gaps: dict[int, list[Statement]] = {}
        # Several may go to one gap: there they come in pg_dump's order.
        for (rank, schema), new in groupby(sorted(missing, key=_order), key=_kind):
            places = _Places(there, rank, schema)
            for statement in new:
                gaps.setdefault(places.gap(statement), []).append(statement)
        placed = [(gap, *_proven_splice(text, there, gap, new, eol)) for gap, new in sorted(gaps.items())]
        result = apply_splices(text, [splice for _, splice, _ in placed])
        remember(result, _with_new(there, placed))
        return result

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        there = parse(text)
        numbers = {statement.start: number for number, statement in enumerate(there)}
        gone = sorted(
            numbers[each.start]
            for wanted, same in self._pairs(there)
            for each in same
            if each.meaning == wanted.meaning
        )
        if not gone:
            return text
        result = apply_splices(text, _cuts(text, there, gone))
        kept = [statement.text for number, statement in enumerate(there) if number not in gone]
        if [statement.text for statement in parse(result)] != kept:
            raise not_proven("the statements taken out")
        return result

    def _wanted(self) -> list[Statement]:
        wanted = [Statement(0, len(text), text.strip(), *classify(text.strip())) for text in self.statements]
        for statement in wanted:
            if statement.key is None:
                raise ValueError(f"no place is known for a statement like `{statement.text[:60]}`")
        return [
            statement._replace(key=key) for statement, key in zip(wanted, _keys(wanted, are_placed=False), strict=True)
        ]

    def _pairs(self, there: tuple[Statement, ...]) -> list[tuple[Statement, list[Statement]]]:
        """Return each statement with those of the file that define the same."""
        wanted = self._wanted()
        names: dict[tuple[object, ...], list[Statement]] = {(each.rank, each.name): [] for each in wanted}
        for statement in there:
            if (same := names.get((statement.rank, statement.name))) is not None:
                same.append(statement)
        return [(statement, names[statement.rank, statement.name]) for statement in wanted]

    def _missing(self, there: tuple[Statement, ...]) -> list[Statement]:
        missing = []
        for statement, same in self._pairs(there):
            if not same:
                missing.append(statement)
            elif [each.meaning for each in same] != [statement.meaning]:
                at = "more than once" if len(same) > 1 else "with another definition"
                raise blocked(f"`{' '.join(statement.text.split()[:4])} ...` is there {at}")
        return missing


def _keys(statements: list[Statement], *, are_placed: bool) -> list[tuple[str, ...]]:
    """Return the keys of statements, those of tables with regard to the sequences that they own.

    A sequence depends on its table. Where it sorts before it (its name is cut so that the ending fits, or only the
    table's has a prefix), pg_dump moves the table forward to it.

    Args:
        statements: The statements.
        are_placed: They are in the file's order, so a table that was moved is right before its sequence.
    """
    owners: dict[str, str] = {}
    before: dict[str, str] = {}
    name = ""
    for each in statements:
        if each.rank == RELATION:
            before.setdefault(each.name[0], name)
            name = each.name[0]
            if each.text.startswith("ALTER") and (match := OWNER.match(each.text)):
                owners[match[1]] = match[2]
    sequences = {table: sequence for sequence, table in owners.items() if not are_placed or before[sequence] == table}
    return [
        key_of_table(each.key or (), sequences[each.name[0]])
        if each.rank == RELATION and each.name[0] in sequences
        else each.key or ()
        for each in statements
    ]


def _order(statement: Statement) -> tuple[int, tuple[str, ...]]:
    return statement.rank or 0, statement.key or ()


def _kind(statement: Statement) -> tuple[int, str]:
    return statement.rank or 0, (statement.key or ("",))[0]


class _Places:
    """The places for statements of one kind.

    Args:
        there: The statements of the file.
        rank: The kind.
        schema: The schema; others sort before or after it as a whole, and only count where it has none yet.
    """

    def __init__(self, there: tuple[Statement, ...], rank: int, schema: str) -> None:
        self._there = there
        group = [number for number, each in enumerate(there) if each.rank == rank and each.key is not None]
        same = [number for number in group if _kind(there[number])[1] == schema]
        group = same or group
        self._run = AscendingRun(_keys([there[number] for number in group], are_placed=True))
        # A kind that is not there yet comes after all kinds that pg_dump writes before it.
        lower = (number for number, each in enumerate(there) if each.rank is not None and each.rank < rank)
        self._group = group or [max(lower, default=-1)]

    def gap(self, new: Statement) -> int:
        """Return the number of the statement that a new one goes before."""
        place = self._run.place(new.key)
        if self._run.positions and place <= self._run.positions[0]:
            # Before the first one in order; what is before that was moved there.
            return self._group[self._run.positions[0]]
        number = self._group[max(place - 1, 0)] + 1
        # What belongs to the statement before, such as a comment on it, stays with it; settings stay first.
        while number < len(self._there) and self._there[number].rank is None:
            number += 1
        return number


def _proven_splice(
    text: str, there: tuple[Statement, ...], gap: int, new: list[Statement], eol: str
) -> tuple[Splice, tuple[Statement, ...]]:
    """Return the splice of new statements between two, and these as they are parsed, as if it were the only splice.

    The three parts, parsed alone, must be what they were.

    A statement begins where the one before it ends, and what is inside it has no influence on others. So what parses in
    the same way from the one before to the one after leaves the rest of the file as it was.
    """
    texts = [statement.text.replace("\n", eol) for statement in new]
    before, after = there[gap - 1 : gap] if gap else (), there[gap : gap + 1]
    splice = _splice(text, before, after, texts, eol)
    lower = before[0].start if before else 0
    upper = after[0].end if after else len(text)
    window = text[lower : splice.start] + splice.text + text[splice.end : upper]
    expected = [*(each.text for each in before), *texts, *(each.text for each in after)]
    found = parse_part(window)
    if [each.text for each in found] != expected:
        raise not_proven("the statements")
    return splice, tuple(moved(found[len(before) : len(before) + len(new)], lower))


def _with_new(
    there: tuple[Statement, ...], placed: Iterable[tuple[int, Splice, tuple[Statement, ...]]]
) -> tuple[Statement, ...]:
    """Return the statements of a file with the new ones of proven splices.

    Args:
        there: Those before.
        placed: The gap, the splice and the statements of each, by gap.
    """
    result: list[Statement] = []
    at = shift = 0
    for gap, splice, new in placed:
        result += moved(there[at:gap], shift)
        result += moved(new, shift)
        at, shift = gap, shift + len(splice.text)
    return (*result, *moved(there[at:], shift))


def _splice(text: str, before: tuple[Statement, ...], after: tuple[Statement, ...], new: list[str], eol: str) -> Splice:
    if before:
        return Splice(before[0].end, before[0].end, "".join(eol + eol + statement for statement in new))
    if after:
        return Splice(after[0].start, after[0].start, "".join(statement + eol + eol for statement in new))
    at = len(BOM) if text.startswith(BOM) else 0
    return Splice(at, at, (eol + eol).join(new) + eol)


def _cuts(text: str, there: tuple[Statement, ...], gone: list[int]) -> list[Splice]:
    cuts = []
    leaving = set(gone)
    first_kept = next((number for number in range(len(there)) if number not in leaving), len(there))
    if first_kept:
        # The space after the first ones goes with them, so that the next one is first without space before it.
        last = there[first_kept - 1].end
        end = there[first_kept].start if first_kept < len(there) else len(text) if not text[last:].strip() else last
        cuts.append(Splice(there[0].start, end, ""))
    for number in gone:
        if number > first_kept:
            start, end = there[number - 1].end, there[number].end
            if text[start : there[number].start].strip():
                raise blocked(f"a comment is before `{' '.join(there[number].text.split()[:4])} ...`")
            cuts.append(Splice(start, end, ""))
    return cuts
