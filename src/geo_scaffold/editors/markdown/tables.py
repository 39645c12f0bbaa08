"""Rows of a table."""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.lines import cut_lines, insert_lines_after
from geo_scaffold.editors.markdown.page import Line, Page, parse
from geo_scaffold.editors.order import Placed
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.records import dataclass

# GitLab Flavored Markdown's tables: what divides cells, and the line below the heads.
PIPE: Final = re.compile(r"(?<!\\)\|")
DELIMITER: Final = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*$")


class Row(NamedTuple):
    """A row: its line, and its cells with the space around them."""

    line: Line
    cells: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The cells without the space around them."""
        return tuple(cell.strip() for cell in self.cells)


@dataclass(frozen=True, eq=False)
class Table:
    """The header row, the row of dashes, and the others."""

    head: Row
    dashes: Row
    body: tuple[Row, ...]

    @cached_property
    def values(self) -> list[tuple[str, ...]]:
        """The cells of the rows, without the space around them."""
        return [row.values for row in self.body]


class Column(NamedTuple):
    """The width of a column.

    Args:
        width: The width of most cells, space included; 0 if they are not padded.
        uniform: Whether all cells have it.
        tight: Whether all cells have it, and at least one needs it.
    """

    width: int
    uniform: bool
    tight: bool


@dataclass(frozen=True)
class TableRows(Placed):
    """Rows of the table under a heading, padded like their neighbours.

    If a new cell is wider than a column that is exactly as wide as it needs to be, the column is widened; `remove`
    narrows it again.

    Args:
        heading: The heading with its hashes; the table is before the next heading.
        rows: The cells of each row.

    Example:
        ```toml
        editor = { kind = "table-rows", heading = "## Metrics", order = "sorted" }
        ```

        with the lines:

        ```markdown
        | `geo_cool_widgets` | Gauge | 18.9 |
        ```

        Before:

        ```markdown
        ## Metrics

        | Metric        | Type  | Since |
        |:--------------|:------|:------|
        | `geo_boilers` | Gauge | 15.1  |
        | `geo_steams`  | Gauge | 15.2  |
        ```

        After:

        ```markdown
        ## Metrics

        | Metric             | Type  | Since |
        |:-------------------|:------|:------|
        | `geo_boilers`      | Gauge | 15.1  |
        | `geo_cool_widgets` | Gauge | 18.9  |
        | `geo_steams`       | Gauge | 15.2  |
        ```
    """

    heading: str
    rows: tuple[tuple[str, ...], ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        values = self._table(text).values
        return all(row in values for row in self.rows)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        table = self._table(text)
        values = table.values
        missing = {_shown(row): row for row in self._missing(text, table)}
        if not missing:
            return text
        columns = [column_of(table, number) for number in range(len(table.head.cells))]
        wider = self._wider(columns, missing.values())
        widened = [column._replace(width=column.width + more) for column, more in zip(columns, wider, strict=True)]
        splices = _resized(text, table, wider)
        prefix = table.dashes.line.text.partition("|")[0]
        expected = list(values)
        for place, new in self.places([_shown(row) for row in values], list(missing)):
            before = table.body[place - 1] if place else table.dashes
            lines = [prefix + laid_out(missing[name], widened) for name in new]
            splices.append(insert_lines_after(text, before.line.start, lines))
            offset = len(expected) - len(values)
            expected[place + offset : place + offset] = [missing[name] for name in new]
        return self._proven(text, splices, expected)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        table = self._table(text)
        gone = [row for row in table.body if row.values in self.rows]
        if not gone:
            return text
        remaining = [row for row in table.body if row.values not in self.rows]
        rest = Table(table.head, table.dashes, tuple(remaining))
        narrower = [self._narrower(table, rest, gone, number) for number in range(len(table.head.cells))]
        splices = [cut_lines(text, row.line.start, row.line.start) for row in gone]
        return self._proven(text, [*splices, *_resized(text, rest, narrower)], [row.values for row in remaining])

    def _missing(self, _text: str, table: Table) -> list[tuple[str, ...]]:
        """Return the rows to insert."""
        return [row for row in self.rows if row not in table.values]

    def _wider(self, columns: list[Column], rows: Iterable[tuple[str, ...]]) -> list[int]:
        """Return how much wider each column gets for some rows."""
        needs = (max(map(_need, cells)) for cells in zip(*rows, strict=True))
        return [max(need - column.width, 0) if column.tight else 0 for column, need in zip(columns, needs, strict=True)]

    def _narrower(self, table: Table, rest: Table, gone: list[Row], number: int) -> int:
        """Return how much narrower, as a negative number, a column gets without the rows that alone made it so wide."""
        column, needed = column_of(table, number), max(_need(row.values[number]) for row in (rest.head, *rest.body))
        made_it_wide = max(_need(row.values[number]) for row in gone) == column.width
        dashes = len(rest.dashes.cells[number].strip())
        narrower = needed - column.width
        return narrower if column.tight and made_it_wide and narrower < 0 and dashes + narrower >= 3 else 0

    def _table(self, text: str) -> Table:
        table = only_table(parse(text), self.heading)
        for row in self.rows:
            if len(row) != len(table.head.cells):
                raise blocked(
                    f"the table under `{self.heading}` was expected to have {len(row)} columns, "
                    f"it has {len(table.head.cells)}"
                )
            if table.values.count(row) > 1:
                raise blocked(f"the row of `{row[0]}` is in the table under `{self.heading}` more than once")
        return table

    def _proven(self, text: str, splices: list[Splice], expected: list[tuple[str, ...]]) -> str:
        result = apply_splices(text, splices)
        old, new = self._table(text), only_table(parse(result), self.heading)
        same = (old.head.values, len(old.dashes.cells)) == (new.head.values, len(new.dashes.cells))
        if not same or new.values != expected:
            raise not_proven(f"the rows under `{self.heading}`")
        return result


@lru_cache(maxsize=16)
def only_table(page: Page, heading: str) -> Table:
    """Return the one table under a heading.

    Args:
        page: The page.
        heading: The heading with its hashes, such as `## Metrics`.

    Raises:
        LocatorError: There are none, or several.
    """
    section = page.section(heading)
    tables: list[Table] = []
    for number in section:
        line = page.lines[number]
        if not line.is_text or not DELIMITER.match(line.text) or number - 1 not in section:
            continue
        head = _row(page.lines[number - 1])
        dashes = _row(line)
        if not head or not dashes or len(head.cells) != len(dashes.cells):
            continue
        body = []
        for other in page.lines[number + 1 : section.stop]:
            row = _row(other)
            if not row:
                break
            body.append(row)
        tables.append(Table(head, dashes, tuple(body)))
    if len(tables) != 1:
        raise blocked(f"one table was expected under `{heading}`, {len(tables)} are there")
    return tables[0]


def _row(line: Line) -> Row | None:
    text = line.text.strip()
    pipes = [match.start() for match in PIPE.finditer(text)]
    if not line.is_text or len(pipes) < 2 or pipes[0] != 0 or pipes[-1] != len(text) - 1:
        return None
    return Row(line, tuple(text[a + 1 : b] for a, b in pairwise(pipes)))


def _shown(values: tuple[str, ...]) -> str:
    return " | ".join(values)


def _need(value: str) -> int:
    return len(value) + 2


def column_of(table: Table, number: int) -> Column:
    """Return the width of a column of a table.

    Args:
        table: The table.
        number: The number of the column, from zero.
    """
    rows = [table.head, *(row for row in table.body if number < len(row.cells))]
    widths = [len(row.cells[number]) for row in (table.dashes, *rows)]
    width = max(set(widths), key=lambda each: (widths.count(each), each))
    if widths.count(width) * 2 <= len(widths):
        return Column(0, uniform=False, tight=False)
    needed = max(_need(row.cells[number].strip()) for row in rows)
    uniform = set(widths) == {width}
    return Column(width, uniform=uniform, tight=uniform and needed == width)


def laid_out(values: tuple[str, ...], columns: list[Column]) -> str:
    """Return the line of a row, without anything before its first bar.

    Args:
        values: The text of each cell, without padding.
        columns: The width of each column.
    """
    cells = []
    for value, column in zip(values, columns, strict=True):
        cell = f" {value} "
        # A cell that exactly fills a loose column would later look as if it had made the column so wide.
        fills = len(cell) == column.width and column.uniform and not column.tight
        cells.append(f"{cell} " if fills else cell.ljust(column.width))
    return f"|{'|'.join(cells)}|"


def _resized(text: str, table: Table, changes: list[int]) -> list[Splice]:
    """Return the splices that widen or narrow columns, at the end of each cell or among its dashes."""
    splices = []
    for row in (table.head, table.dashes, *table.body):
        at = row.line.start + row.line.text.index("|") + 1
        for cell, change in zip(row.cells, changes, strict=False):
            if change:
                place = at + (cell.index("-") + 1 if row is table.dashes else len(cell))
                fill = "-" if row is table.dashes else " "
                start = place if change > 0 or row is table.dashes else place + change
                splices.append(Splice(start, start - min(change, 0), fill * change))
            at += len(cell) + 1
    return splices
