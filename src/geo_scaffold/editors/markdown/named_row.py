"""A row of a table that may exist under another name, such as a link or a class."""

import json
import re
from typing import Final, Self

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.markdown.known_rows import YES_CELL, CalledRows, rows_called
from geo_scaffold.editors.markdown.tables import Row, Table
from geo_scaffold.editors.splice import Splice
from geo_scaffold.records import dataclass, replace

# Cells of doc/administration/geo/replication/datatypes.md that say no.
_REFUSED: Final = re.compile(r"(?:Not planned|No)\b")


@dataclass(frozen=True)
class NamedRow(CalledRows):
    """One row, identified by the name in its first cell: an existing row is changed if it says no, else one is added.

    If no name matches, it is identified by the feature flag in the note in its last cell, else by the page that it
    links to.

    A cell that already means yes stays, and so does a note that gives no reason against it; a row of such cells is
    unchanged. Only the row itself is padded: forty rows are not rewritten for the sake of one.

    Args:
        known: The previous row, as JSON of its line and cells; empty if there was none.

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

    known: str = ""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        table = self._table(text)
        known = self._known(table)
        return self._changed(known) == known.values if known else False

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        table = self._table(text)
        if self.rows[0] in table.values:
            return text
        known = self._known(table)
        if known is None:
            return super().insert(text)
        changed = self._changed(known)
        return text if changed == known.values else self._replaced(text, table, known, _padded(changed, known), changed)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        if not self.known:
            return super().remove(text)
        table = self._table(text)
        line, *cells = json.loads(self.known)
        now = self._merged(tuple(cells))
        same = [row for row in table.body if row.values == now]
        if not same:
            return text
        if len(same) > 1:
            raise blocked(f"the row of `{now[0]}` is in the table under `{self.heading}` more than once")
        return self._replaced(text, table, same[0], line, tuple(cells))

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
        """Return the existing row with one of the names, or None if there is none."""
        rows = rows_called(table, (self.rows[0][0], *self.names))
        if len(rows) > 1 and all(self._changed(row) == row.values for row in rows):
            rows = rows[:1]
        if len(rows) > 1:
            shown = " and ".join(f"`{row.values[0]}`" for row in rows)
            raise blocked(f"{shown} in the table under `{self.heading}` may both be the row: change one by hand")
        return rows[0] if rows else None

    def _changed(self, row: Row) -> tuple[str, ...]:
        return self._merged(row.values)

    def _merged(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return the cells of a row with ours in place of a no."""
        own = self.rows[0]
        between = tuple(cell if YES_CELL.match(cell) else new for cell, new in zip(cells[1:-1], own[1:-1], strict=True))
        lacks_note = not cells[-1] and between != cells[1:-1]
        note = own[-1] if lacks_note or _REFUSED.match(cells[-1]) else cells[-1]
        return (cells[0], *between, note)


def _padded(cells: tuple[str, ...], row: Row) -> str:
    """Return the line of a row with other cells, each as wide as before, or as wide as it has to be."""
    prefix = row.line.text.partition("|")[0]
    laid = ((f" {cell} " if cell else "").ljust(len(old)) for cell, old in zip(cells, row.cells, strict=True))
    return f"{prefix}|{'|'.join(laid)}|"
