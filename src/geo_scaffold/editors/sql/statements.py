"""Statements of a schema."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import BOM, Splice, apply_splices, line_end_at
from geo_scaffold.editors.sql.script import (
    RELATION,
    Script,
    Statement,
    classify,
    key_of_table,
    meaning_of,
    parse,
    parse_part,
    remember,
)
from geo_scaffold.records import dataclass

# As pg_dump writes it.
OWNER: Final = re.compile(r"ALTER SEQUENCE (\S+) OWNED BY (\S+)\.[^\s.]+;")


@dataclass(frozen=True)
class Statements:
    """Statements, each where pg_dump would write it.

    It supports tables, sequences and their owners, views, defaults, constraints, indexes, triggers, foreign keys and
    functions. White space is ignored. `insert` adds the missing ones, and refuses if one exists with another
    definition; `remove` removes those that exist.

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
        script = parse(text)
        return all(
            [script[number].meaning for number in same] == [wanted.meaning] for wanted, same in self._pairs(script)
        )

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        script = parse(text)
        missing = self._missing(script)
        if not missing:
            return text
        eol = line_end_at(text, 0)
        gaps: dict[int, list[_OwnStatement]] = {}
        # Several may go into one gap, in pg_dump's order.
        for (rank, schema), new in groupby(sorted(missing, key=_order), key=_kind):
            places = _Places(script, rank, schema)
            for statement in new:
                gaps.setdefault(places.gap(statement), []).append(statement)
        return _changed(text, script, [_addition(text, script, gap, new, eol) for gap, new in sorted(gaps.items())])

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        script = parse(text)
        pairs = self._pairs(script)
        gone = sorted({number for wanted, same in pairs for number in same if script[number].meaning == wanted.meaning})
        return _changed(text, script, list(_removals(text, script, gone))) if gone else text

    def _wanted(self) -> "list[_OwnStatement]":
        texts = [text.strip() for text in self.statements]
        wanted = []
        for text, key in zip(texts, _keys(texts, are_placed=False), strict=True):
            rank, _, name = classify(text)
            if rank is None or not key:
                raise ValueError(f"no place is known for a statement like `{text[:60]}`")
            wanted.append(_OwnStatement(text, rank, key, name))
        return wanted

    def _pairs(self, script: Script) -> "list[tuple[_OwnStatement, list[int]]]":
        """Return each statement with the numbers of the file's statements that define the same thing."""
        pairs = []
        for rank, same_kind in groupby(self._wanted(), key=lambda each: each.rank):
            numbers = script.like(rank)
            for wanted in same_kind:
                # Few statements have a name in them, and looking for it is faster than classifying them all.
                named = (number for number in numbers if wanted.name[0] in script[number].text)
                same = [number for number in named if (script[number].rank, script[number].name) == (rank, wanted.name)]
                pairs.append((wanted, same))
        return pairs

    def _missing(self, script: Script) -> "list[_OwnStatement]":
        missing = []
        for statement, same in self._pairs(script):
            if not same:
                missing.append(statement)
            elif [script[number].meaning for number in same] != [statement.meaning]:
                what = "appears more than once" if len(same) > 1 else "has another definition"
                raise blocked(f"`{' '.join(statement.text.split()[:4])} ...` {what}")
        return missing


class _OwnStatement(NamedTuple):
    """A statement to add or to remove: its text, and its kind, key and name, as for `classify`."""

    text: str
    rank: int
    key: tuple[str, ...]
    name: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """See `meaning_of`."""
        return meaning_of(self.text)


def _keys(statements: list[str], *, are_placed: bool) -> list[tuple[str, ...]]:
    """Return the keys of statements, with those of tables depending on the sequences that they own.

    A sequence depends on its table. If it sorts before the table (because its name is shortened, or only the table's
    has a prefix), pg_dump moves the table in front of it.

    Args:
        statements: The texts of the statements.
        are_placed: Whether they are in the file's order, so that a moved table is right before its sequence.
    """
    owners: dict[str, str] = {}
    before: dict[str, str] = {}
    last = ""
    places = [classify(each) for each in statements]
    for text, (rank, _, name) in zip(statements, places, strict=True):
        if rank == RELATION:
            before.setdefault(name[0], last)
            last = name[0]
            if text.startswith("ALTER") and (match := OWNER.match(text)):
                owners[match[1]] = match[2]
    sequences = {table: sequence for sequence, table in owners.items() if not are_placed or before[sequence] == table}
    return [
        key_of_table(key or (), sequences[name[0]]) if rank == RELATION and name[0] in sequences else key or ()
        for rank, key, name in places
    ]


def _order(statement: _OwnStatement) -> tuple[int, tuple[str, ...]]:
    return statement.rank, statement.key


def _kind(statement: _OwnStatement) -> tuple[int, str]:
    return statement.rank, statement.key[0]


class _Places:
    """The places for statements of one kind.

    Args:
        script: The statements of the file.
        rank: The kind.
        schema: The schema; others sort before or after it as a whole, and only matter if it has no statements of this
            kind yet.
    """

    def __init__(self, script: Script, rank: int, schema: str) -> None:
        self._script = script
        self._group = script.of_rank(rank)
        self._run: AscendingRun | None = None
        if rank == RELATION:  # the only kind of which pg_dump moves some
            keys = _keys([script[number].text for number in self._group], are_placed=True)
            if of_schema := [place for place, key in enumerate(keys) if key[:1] == (schema,)]:
                self._group, keys = [self._group[place] for place in of_schema], [keys[place] for place in of_schema]
            self._run = AscendingRun(keys)
        # A new kind comes after all kinds that pg_dump writes before it.
        self._last_below = -1 if self._group else script.last_below(rank)

    def gap(self, new: _OwnStatement) -> int:
        """Return the number of the statement before which a new one goes."""
        number = self._last_below + 1
        if self._group:
            first = self._run.positions[0] if self._run else 0
            place = (
                self._run.place(new.key) if self._run else bisect_right(self._group, new[1:3], key=self._script.order)
            )
            if place <= first:
                # Before the first one in order; anything before that was moved there.
                return self._group[first]
            number = self._group[place - 1] + 1
        # Whatever belongs to the statement before, such as a comment on it, stays with it; settings stay first.
        while number < len(self._script) and self._script[number].rank is None:
            number += 1
        return number


class _Change(NamedTuple):
    """New statements in place of some of a file.

    Args:
        first: The number of the first one to remove.
        last: The number of the first one after those; equal to `first` if none is removed.
        new: The texts of the new ones.
        splice: The splice in the file.
    """

    first: int
    last: int
    new: list[str]
    splice: Splice


def _changed(text: str, script: Script, changes: list[_Change]) -> str:
    """Return a file after some changes, each proven; its statements are then known without parsing all of it again.

    Args:
        text: The file.
        script: Its statements.
        changes: In their order.

    Raises:
        LocatorError: Something else would be parsed differently.
    """
    result: list[Statement] = []
    at = 0
    for change in changes:
        result += script[at : change.first]
        found = _proven(text, script, change)
        result += found
        at = change.last + len(found) - len(change.new)
    changed = apply_splices(text, [change.splice for change in changes])
    remember(changed, Script([*result, *script[at:]]))
    return changed


def _proven(text: str, script: Script, change: _Change) -> tuple[Statement, ...]:
    """Return the new statements of a change, as if it were the only one, and the one after them, if any.

    From the statement before to the one after, parsed alone, the file must have the old ones and the new ones. A
    statement begins where the one before it ends, and its content has no influence on others. So if that part parses as
    expected, the rest of the file is unchanged.
    """
    _, last, new, splice = change
    before, after = script[max(change.first - 1, 0) : change.first], script[last : last + 1]
    lower = script.start(change.first - 1) if before else 0
    upper = script.ends[last] if after else len(text)
    window = text[lower : splice.start] + splice.text + text[splice.end : upper]
    found = parse_part(window)
    if [each.text for each in found] != [*(each.text for each in before), *new, *(each.text for each in after)]:
        raise not_proven("the statements" if new else "the statements taken out")
    return found[len(before) :]


def _addition(text: str, script: Script, gap: int, new: list[_OwnStatement], eol: str) -> _Change:
    """Return the change that adds statements after the one before a gap, or before the first one."""
    texts = [statement.text.replace("\n", eol) for statement in new]
    if gap:
        splice = Splice(script.ends[gap - 1], script.ends[gap - 1], "".join(eol + eol + each for each in texts))
    elif script:
        splice = Splice(script.start(0), script.start(0), "".join(each + eol + eol for each in texts))
    else:
        at = len(BOM) if text.startswith(BOM) else 0
        splice = Splice(at, at, (eol + eol).join(texts) + eol)
    return _Change(gap, gap, texts, splice)


def _removals(text: str, script: Script, gone: list[int]) -> Iterator[_Change]:
    """Yield the changes that remove statements, neighbours together."""
    for _, run in groupby(enumerate(gone), key=lambda each: each[1] - each[0]):
        numbers = [number for _, number in run]
        first, last = numbers[0], numbers[-1] + 1
        if first:
            for number in numbers:
                if text[script.ends[number - 1] : script.start(number)].strip():
                    raise blocked(f"a comment is before `{' '.join(script[number].text.split()[:4])} ...`")
            splice = Splice(script.ends[first - 1], script.ends[last - 1], "")
        elif last < len(script):
            # If the first ones are removed, so is the space after them, so that the next one starts the file.
            splice = Splice(script.start(0), script.start(last), "")
        else:
            rest = script.ends[-1]
            splice = Splice(script.start(0), rest if text[rest:].strip() else len(text), "")
        yield _Change(first, last, [], splice)
