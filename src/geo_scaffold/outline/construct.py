"""One construct of a file, and a gap that a file has compared to it."""

import textwrap
from typing import Generic, NamedTuple, TypeVar

from geo_scaffold.outline.keys import Key
from geo_scaffold.records import dataclass, field

KeyT_co = TypeVar("KeyT_co", bound=Key, covariant=True)


@dataclass(frozen=True, slots=True)
class Construct(Generic[KeyT_co]):
    """One construct.

    Args:
        key: Its identity.
        shown: Its text for people, such as `include ::Geo::ReplicableModel`.
        line: The line where it begins, from 1.
        source: Its source, with the indentation of its lines.
        value: Its value, if that is one constant, string, symbol or word; for a class, its superclass.
        options: Its keyword arguments with such values; for a table's columns and indexes, all.
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
        """Return the value of a keyword argument, or None if it has none of this name, or its value is unknown."""
        return dict(self.options).get(name)


class Gap(NamedTuple):
    """Something that is missing from a file, or has another meaning there.

    Args:
        what: What is missing or different, for people; a part of a sentence.
        text: The lines to add, or the replacement.
        line: The line of the differing one, or None if it is missing.
        is_lesser: Whether everything works without it: the limit of a text, or the uniqueness of an existing index.
    """

    what: str
    text: str
    line: int | None = None
    is_lesser: bool = False
