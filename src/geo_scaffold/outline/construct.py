"""One construct of a file, and how a file falls short of it."""

import textwrap
from typing import Generic, NamedTuple, TypeVar

from geo_scaffold.outline.keys import Key
from geo_scaffold.records import dataclass, field

KeyT_co = TypeVar("KeyT_co", bound=Key, covariant=True)


@dataclass(frozen=True, slots=True)
class Construct(Generic[KeyT_co]):
    """One construct.

    Args:
        key: What it is.
        shown: What people read, such as `include ::Geo::ReplicableModel`.
        line: The line where it begins, from 1.
        source: Its source, with the indentation of its lines.
        value: Its value, if that is one constant, string, symbol or word; of a class, its superclass.
        options: Its keyword arguments of that sort; of a table's columns and indexes, all.
        is_empty: Whether it is a method, or has a block, with nothing in it.
    """

    key: KeyT_co
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

    def option(self, name: str) -> str | None:
        """Return the value of a keyword argument, or None if it has none of this name, or none that can be told."""
        return dict(self.options).get(name)


class Gap(NamedTuple):
    """Something that a file lacks, or has in a way that means something else.

    Args:
        what: What is missing or other, for people; a part of a sentence.
        text: The lines to add, or to have instead.
        line: Where the file has the other one, or None if it has none.
        is_lesser: Whether everything works without it: a limit of a text, or that an index which is there is unique.
    """

    what: str
    text: str
    line: int | None = None
    is_lesser: bool = False
