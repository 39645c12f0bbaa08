"""A row of an RSpec table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from geo_scaffold.editors.failures import blocked, not_once
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.lines import lines_after, lines_before
from geo_scaffold.editors.ruby.members import place_for
from geo_scaffold.editors.ruby.scopes import block_of, scopes_around, scopes_named, statements
from geo_scaffold.editors.ruby.syntax import Source, equivalent, plain, single, text_of
from geo_scaffold.editors.splice import Splice, indentation_at
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


class Row(NamedTuple):
    """A row of a table: its node and those of its cells."""

    node: "Node"
    cells: "list[Node]"

    @property
    def texts(self) -> list[str]:
        """The texts of the cells."""
        return [text_of(cell) for cell in self.cells]


@dataclass(frozen=True, kw_only=True)
class TableRow(RubyEditor):
    """A row of `where(...) do a | b | c end`.

    Columns that are aligned to their longest cells stay so: a longer cell moves the other rows' bars, and removing it
    moves them back. In a table that is not aligned, no other row changes, and the row has its bars where most others
    have them.

    Args:
        cells: The cells. A row with the same first cell is this row; if others differ, nothing is written.
        inside: The scopes around the table, outermost first (`scopes`); empty for anywhere.
        method: The method that takes the table.
        ordered: Whether it is inserted in alphabetical order of first cells, if the table is strictly sorted; else it
            goes last.

    Example:
        ```toml
        editor = { kind = "table-row", ordered = true }
        ```

        with the lines:

        ```ruby
        'cool_widget' | :blob
        ```

        Before:

        ```ruby
        where(:name, :kind) do
          'boiler' | :blob
          'steam'  | :repository
        end
        ```

        After:

        ```ruby
        where(:name, :kind) do
          'boiler'      | :blob
          'cool_widget' | :blob
          'steam'       | :repository
        end
        ```
    """

    cells: tuple[str, ...]
    inside: tuple[str, ...] = ()
    method: str = "where"
    ordered: bool = False

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"the row `{self.cells[0]}`"

    def expected(self) -> "Node":
        """Return the row, parsed alone."""
        return single(" | ".join(self.cells))

    def find(self, source: Source) -> "list[Node]":
        """Return the rows that match it."""
        expected = self.expected()
        first = _cells(expected)[0]
        found = [row.node for row in self._rows(source) if equivalent(row.cells[0], first)]
        if any(not equivalent(node, expected) for node in found):
            raise blocked(f"{self.what} has other cells")
        return found

    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert it in its place and move the bars of the others."""
        rows = self._rows(source)
        last, widths = rows[-1], _widths([*(row.texts for row in rows), self.cells])
        if len(last.cells) != len(self.cells):
            raise blocked(f"expected a table of {len(self.cells)} columns, found {len(last.cells)}")
        splices = []
        if not _are_aligned(rows, _widths([row.texts for row in rows])):
            aligned = _are_aligned(rows, widths)
            widths = _usual_bars(source, rows)
            if aligned:
                # The new row would make them look aligned, and removing it would move their bars.
                widths = [max(widths[0], len(self.cells[0])) + 1, *widths[1:]]
        else:
            splices = _aligning(source, rows, widths)
        line = _line(self.cells, widths)
        indentation = indentation_at(source.text, source.start(last.node))
        keys = [plain(row.cells[0]) for row in rows]
        index = place_for(plain(_cells(self.expected())[0]), keys, ordered=self.ordered)
        if index:
            return [*splices, lines_after(source.text, source.last(rows[index - 1].node), [indentation + line])]
        return [*splices, lines_before(source.text, source.start(rows[0].node), [indentation + line])]

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it and move the bars of the others back."""
        rows = self._rows(source)
        others = [row for row in rows if row.node.id != entry.id]
        splices = [placement.without(source, entry)]
        if _are_aligned(rows, _widths([row.texts for row in rows])):
            splices += _aligning(source, others, _widths([row.texts for row in others]))
        return splices

    def _rows(self, source: Source) -> list[Row]:
        scopes = {scope.id for scope in scopes_named(source, self.inside)} if self.inside else None
        tables = [
            call
            for name in source.nodes_named(self.method)
            if (call := name.parent) is not None
            and block_of(call) is not None
            and call.child_by_field_name("method") == name
            and (scopes is None or scopes_around(call)[0].id in scopes)
        ]
        if len(tables) != 1:
            raise not_once(f"the table of `{self.method}`", self.inside, len(tables))
        rows = [Row(node, _cells(node)) for node in statements(tables[0])]
        if not rows or any(len(row.cells) < 2 for row in rows):
            raise blocked(f"expected rows of `|` in the table of `{self.method}`, found {'others' if rows else 'none'}")
        return rows


def _cells(row: "Node") -> "list[Node]":
    operator = row.child_by_field_name("operator")
    left, right = row.child_by_field_name("left"), row.child_by_field_name("right")
    if row.type != "binary" or operator is None or operator.type != "|" or left is None or right is None:
        return [row]
    return [*_cells(left), right]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=False)]
    return " | ".join([*padded, cells[-1]])


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(cell) for cell in column) for column in zip(*rows, strict=False)]


def _are_aligned(rows: Sequence[Row], widths: Sequence[int]) -> bool:
    return all(text_of(row.node) == _line(row.texts, widths) and "\n" not in text_of(row.node) for row in rows)


def _bars(source: Source, row: Row) -> list[int]:
    """Return the widths of a row's cells, from its bars; empty for a row of several lines."""
    if row.node.start_point.row != row.node.end_point.row:
        return [0] * len(row.cells)
    bars = [cell.next_sibling for cell in row.cells[:1]] + [cell.prev_sibling for cell in row.cells[2:]]
    return [
        source.start(bar) - source.start(cell) - 1
        for cell, bar in zip(row.cells, bars, strict=False)
        if bar is not None
    ]


def _usual_bars(source: Source, rows: Sequence[Row]) -> list[int]:
    """Return the positions of most rows' bars; in a tie, the last ones."""
    bars = [_bars(source, row) for row in reversed(rows)]
    return max(bars, key=bars.count)


def _aligning(source: Source, rows: Sequence[Row], widths: Sequence[int]) -> list[Splice]:
    """Return the splices that move the bars of rows to new widths."""
    splices = []
    for row in rows:
        for cell, after, width in zip(row.cells, row.cells[1:], widths, strict=False):
            start, end = source.end(cell), source.start(after)
            gap = " " * (width - len(text_of(cell))) + " | "
            # The bar itself stays: only blanks are added and removed.
            bar = source.text.index("|", start)
            splices += [Splice(start, bar, gap[: gap.index("|")]), Splice(bar + 1, end, " ")]
    return [splice for splice in splices if source.text[splice.start : splice.end] != splice.text]
