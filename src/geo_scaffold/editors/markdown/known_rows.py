"""Rows of a table that may exist under another name: a link, a class, the name that users know."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Final

from geo_scaffold.editors.markdown.page import parse
from geo_scaffold.editors.markdown.tables import Column, Row, Table, TableRows, only_table
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import dataclass

# Cells of doc/administration/geo/replication/datatypes.md: `[Wikis](../wiki.md)`, `LFS objects _(file system)_`,
# `**Yes** (18.9)`, and flags in its notes.
_LINK: Final = re.compile(r"\[([^\[\]]*+)\](?:\([^()]*+\))?")
_TARGET: Final = re.compile(r"\]\(([^()#\s]++)")
_INDEX: Final = frozenset({"_index", "index"})
_VARIANT: Final = re.compile(r"_\([^()]*+\)_")
_TAG: Final = re.compile(rf"<[^<>]*+>|{_VARIANT.pattern}")
_FLAG: Final = re.compile(r"`geo_(\w+?)_(?:replication|verification|force_primary_checksumming)`")
_WORD: Final = re.compile(r"[A-Z]++(?![a-z])|[A-Z]?[a-z]++|\d++")
YES_CELL: Final = re.compile(r"\[?\*\*Yes\*\*")
"""The beginning of a cell that means yes."""


@dataclass(frozen=True)
class CalledRows(TableRows):
    """Rows that may have other names, and that never change the padding of others.

    Args:
        names: Other names of the rows: a class, a title, a phrase.
    """

    names: tuple[str, ...] = ()

    def _wider(self, columns: list[Column], _rows: Iterable[tuple[str, ...]]) -> list[int]:
        return [0 for _ in columns]

    def _narrower(self, _table: Table, _rest: Table, _gone: list[Row], _number: int) -> int:
        return 0


@dataclass(frozen=True)
class KnownRows(CalledRows):
    """Rows that are inserted if none of their names is in the table, without padding other rows.

    A row of one variant, such as `_(file system)_`, matches one of the same variant, or of none.

    Args:
        column: The number of the cell with the name.
        known_from: The heading of another table of the page: if it has a row with one of the names, the name there
            counts too, and so does whatever else links to the same page.

    Example:
        ```toml
        editor = { kind = "known-rows", heading = "# T", column = 1, names = ["cool"], known_from = "# Limits" }
        ```

        with the lines:

        ```markdown
        | Blob | Cool Widgets _(file system)_ |
        | Blob | Cool Widgets _(object storage)_ |
        ```

        Before:

        ```markdown
        # T

        | Type | Feature                 |
        |:-----|:------------------------|
        | Blob | Steam _(file system)_   |

        # Limits

        | Feature                   | Replicated | Notes                                     |
        |:--------------------------|:-----------|:------------------------------------------|
        | [Steam](../steam.md)      | **Yes**    | Feature flag `geo_cool_replication`. |
        ```

        After:

        ```markdown
        # T

        | Type | Feature                 |
        |:-----|:------------------------|
        | Blob | Steam _(file system)_   |
        | Blob | Cool Widgets _(object storage)_ |

        # Limits

        | Feature                   | Replicated | Notes                                     |
        |:--------------------------|:-----------|:------------------------------------------|
        | [Steam](../steam.md)      | **Yes**    | Feature flag `geo_cool_replication`. |
        ```
    """

    column: int = 0
    known_from: str = ""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return not self._missing(text, self._table(text))

    def _missing(self, text: str, table: Table) -> list[tuple[str, ...]]:
        names = {spelling(name) for name in self._all_names(text)} - self._names_of_others(text)
        variants = {
            variant_of(row.values[self.column])
            for row in table.body
            if len(row.cells) > self.column and spelling(row.values[self.column]) in names
        }
        return [row for row in self.rows if variants.isdisjoint({"", variant_of(row[self.column])})]

    def _all_names(self, text: str) -> Iterator[str]:
        yield from (row[self.column] for row in self.rows)
        yield from self.names
        if not self.known_from:
            return
        with suppress(LocatorError):
            table = only_table(parse(text), self.known_from)
            rows = rows_called(table, self.names)
            pages = {page for row in rows if (page := _page_of(row.values[0]))}
            yield from (row.values[0] for row in table.body if row in rows or _page_of(row.values[0]) in pages)

    def _names_of_others(self, text: str) -> set[str]:
        """Return what the other table calls rows that name only flags of other types."""
        if not self.known_from:
            return set()
        with suppress(LocatorError):
            body = only_table(parse(text), self.known_from).body
            return {spelling(row.values[0]) for row in body if _is_of_another(row, self.names)}
        return set()


def rows_called(table: Table, names: Iterable[str]) -> list[Row]:
    """Return the rows that have one of the names in their first cell.

    Else those whose last cell names the feature flag of one. Else those that mean yes and link to a page of that name,
    or of the namespace of the class.

    Args:
        table: The table.
        names: The names that the rows may have.
    """
    names = tuple(names)
    width = len(table.head.cells)
    whole = [row for row in table.body if len(row.cells) == width and not _is_of_another(row, names)]
    spelled = {spelled for name in names if (spelled := spelling(name))}
    if found := [row for row in whole if spelling(row.values[0]) in spelled]:
        return found
    if found := [row for row in whole if any(f"`geo_{name}_" in row.values[-1] for name in names)]:
        return found
    pages = spelled | {space for name in names if (space := spelling(name.rpartition("::")[0]))}
    confirmed = (row for row in whole if any(map(YES_CELL.match, row.values)))
    return [row for row in confirmed if spelling(_stem(_page_of(row.values[0]))) in pages]


def _is_of_another(row: Row, names: Iterable[str]) -> bool:
    """Tell whether the last cell of a row names feature flags, and none of them is of one of these names."""
    flags = {*_FLAG.findall(row.values[-1])}
    return bool(flags) and flags.isdisjoint(names)


@lru_cache(maxsize=4096)
def spelling(name: str) -> str:
    """Return a name for comparison: its words without their endings, whatever is between them."""
    words = _WORD.findall(_TAG.sub("", _LINK.sub(r"\1", name)))
    # The first cells of the tables in doc/administration/geo/replication/datatypes.md, in the singular or the plural.
    return "".join(re.sub(r"ies$", "y", word.lower()).removesuffix("s") for word in words)


def variant_of(name: str) -> str:
    """Return the variant of a row, such as `_(file system)_`; empty if none."""
    found = _VARIANT.search(name)
    return found.group().lower() if found else ""


def _page_of(cell: str) -> str:
    """Return the page that a cell links to, without the anchor; empty if it has no link."""
    found = _TARGET.search(cell)
    return found.group(1) if found else ""


def _stem(page: str) -> str:
    """Return the name of a page: of its file, or of its folder for an index page."""
    *folders, file = page.split("/")
    stem = file.partition(".")[0]
    return folders[-1] if folders and stem in {"", *_INDEX} else stem
