"""A row of a table that may be there under a name that people gave it, such as a link or a class."""

import json
import re
from typing import Final, Self

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.lines import insert_lines_after
from geo_scaffold.editors.markdown.tables import Column, Row, Table, TableRows, column_of, laid_out
from geo_scaffold.editors.splice import Splice
from geo_scaffold.records import dataclass, replace

_LINK: Final = re.compile(r"\[([^\[\]]*+)\](?:\([^()]*+\))?")
_TAG: Final = re.compile(r"<[^<>]*+>|_\([^()]*+\)_")
_WORD: Final = re.compile(r"[A-Z]++(?![a-z])|[A-Z]?[a-z]++|\d++")
_SAID: Final = re.compile(r"\[?\*\*Yes\*\*")
_REFUSED: Final = re.compile(r"(?:Not planned|No)\b")


@dataclass(frozen=True)
class NamedRow(TableRows):
    """One row, known by the name in its first cell: one that is there is changed where it says no, else there is none.

    Where no name tells it, the feature flag does that the note in its last cell names.

    A cell that says yes already stays, and so does a note that gives no reason against it. Only the row itself is
    padded: a table of forty rows is not written anew for the sake of one.

    Args:
        names: How else the row may be called: a class, a title, a phrase.
        known: The row that was there, as JSON of its line and cells; empty: none was.

    Example:
        ```toml
        editor = { kind = "named-row", heading = "## Limits", names = ["Steam::CoolWidget"] }
        ```

        with the lines:

        ```markdown
        | Cool Widgets | **Yes** (18.9) | |
        ```

        Before:

        ```markdown
        ## Limits

        | Feature          | Replicated | Notes                      |
        |:-----------------|:-----------|:---------------------------|
        | Steam CoolWidget | No         | Not planned: it is coming. |
        ```

        After:

        ```markdown
        ## Limits

        | Feature          | Replicated | Notes                      |
        |:-----------------|:-----------|:---------------------------|
        | Steam CoolWidget | **Yes** (18.9) |                            |
        ```
    """

    names: tuple[str, ...] = ()
    known: str = ""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        table = self._table(text)
        known = self._known(table)
        return self._changed(known) == known.values if known else super().contains(text)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        table = self._table(text)
        if self.rows[0] in table.values:
            return text
        known = self._known(table)
        if known is None:
            last = table.body[-1] if table.body else table.dashes
            line = table.dashes.line.text.partition("|")[0] + laid_out(self.rows[0], _widths(table))
            return self._proven(
                text, [insert_lines_after(text, last.line.start, [line])], [*table.values, self.rows[0]]
            )
        changed = self._changed(known)
        return text if changed == known.values else self._replaced(text, table, known, _padded(changed, known), changed)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        if not self.known:
            return super().remove(text)
        table = self._table(text)
        line, *cells = json.loads(self.known)
        now = self._merged(tuple(cells))
        there = [row for row in table.body if row.values == now]
        if not there:
            return text
        if len(there) > 1:
            raise blocked(f"the row of `{now[0]}` is in the table under `{self.heading}` more than once")
        return self._replaced(text, table, there[0], line, tuple(cells))

    def to_remember(self, text: str) -> str:
        """See `Remembering.to_remember`."""
        known = self._known(self._table(text))
        if known is None or self._changed(known) == known.values:
            return ""
        return json.dumps([known.line.text, *known.values])

    def knowing(self, memory: str) -> Self:
        """See `Remembering.knowing`."""
        return replace(self, known=memory)

    def _replaced(self, text: str, table: Table, row: Row, line: str, cells: tuple[str, ...]) -> str:
        start = row.line.start
        expected = [cells if each is row else each.values for each in table.body]
        return self._proven(text, [Splice(start, start + len(row.line.text), line)], expected)

    def _known(self, table: Table) -> Row | None:
        """Return the row that is there under one of the names; None: there is none."""
        names = {spelling for name in (self.rows[0][0], *self.names) if (spelling := _spelling(name))}
        whole = [row for row in table.body if len(row.cells) == len(table.head.cells)]
        found = [row for row in whole if _spelling(row.values[0]) in names]
        found = found or [row for row in whole if any(f"`geo_{name}_" in row.values[-1] for name in self.names)]
        if len(found) > 1 and all(self._changed(row) == row.values for row in found):
            found = found[:1]
        if len(found) > 1:
            shown = " and ".join(f"`{row.values[0]}`" for row in found)
            raise blocked(f"{shown} in the table under `{self.heading}` may both be the row: change one by hand")
        return found[0] if found else None

    def _changed(self, row: Row) -> tuple[str, ...]:
        return self._merged(row.values)

    def _merged(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return the cells of a row with what ours says in place of a no."""
        own = self.rows[0]
        between = (cell if _SAID.match(cell) else new for cell, new in zip(cells[1:-1], own[1:-1], strict=True))
        note = own[-1] if not cells[-1] or _REFUSED.match(cells[-1]) else cells[-1]
        return (cells[0], *between, note)


def _spelling(name: str) -> str:
    """Return a name as it is compared: its words without their endings, whatever stands between them."""
    words = _WORD.findall(_TAG.sub("", _LINK.sub(r"\1", name)))
    return "".join(re.sub(r"ies$", "y", word.lower()).removesuffix("s") for word in words)


def _widths(table: Table) -> list[Column]:
    """Return how wide the columns are; one that is too narrow for the row stays so."""
    return [column_of(table, number)._replace(uniform=False) for number in range(len(table.head.cells))]


def _padded(cells: tuple[str, ...], row: Row) -> str:
    """Return the line of a row with other cells, each as wide as it was, or as it has to be."""
    prefix = row.line.text.partition("|")[0]
    laid = ((f" {cell} " if cell else "").ljust(len(old)) for cell, old in zip(cells, row.cells, strict=True))
    return f"{prefix}|{'|'.join(laid)}|"
