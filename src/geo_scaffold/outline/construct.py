"""One construct of a file, and how a file falls short of it."""

import textwrap
from dataclasses import dataclass, field
from typing import Final, NamedTuple

TABLE: Final = "table "
"""Begins the scope of what a migration puts into a table."""


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct.

    Args:
        key: What it is, in a spelling that all spellings of it share; the first part is its sort: `class`, `method`,
            `constant`, `set` or `call`.
        shown: What people read, such as `include ::Geo::ReplicableModel`.
        line: The line where it begins, from 1.
        source: Its source, with the indentation of its lines.
        value: What it comes to, where that is one constant, string, symbol or word.
        options: Its keyword arguments of that sort; of a table's columns and indexes, all.
        is_empty: Whether it is a method, or has a block, with nothing in it.
    """

    key: tuple[str, ...]
    shown: str = field(compare=False)
    line: int = field(compare=False)
    source: str = field(compare=False)
    value: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    is_empty: bool = field(default=False, compare=False)

    @property
    def text(self) -> str:
        """Its source, re-indented to the left."""
        return textwrap.dedent(self.source)

    @property
    def sort(self) -> str:
        """What sort of construct it is."""
        return self.key[0]


class Gap(NamedTuple):
    """Something that a file lacks, or has in a way that means something else.

    Args:
        what: What is missing or other, for people; a part of a sentence.
        text: The lines to add, or to have instead.
        line: Where the file has the other one; None: it has none.
    """

    what: str
    text: str
    line: int | None = None
