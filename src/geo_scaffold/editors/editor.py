"""What every editor can do."""

from functools import cache
from typing import Protocol, Self, runtime_checkable


class Editor(Protocol):
    """One entry at one place of a file's text.

    Editors are frozen data. The text is the whole file, decoded as UTF-8 with `surrogateescape`, so that every byte
    survives; a byte order mark is its first character, line ends are as they are.
    """

    def contains(self, text: str) -> bool:
        """Tell whether the entry is there, in any spelling that means the same.

        Raises:
            LocatorError: Its place is not there exactly once.
        """
        ...

    def insert(self, text: str) -> str:
        """Return the text with the entry in its place; the same text where it is there already.

        The result is parsed again and proven: the old structure plus exactly the entry, every other byte unchanged.

        Raises:
            LocatorError: Its place is not there exactly once, or the result would not be the old structure plus the
                entry.
        """
        ...

    def remove(self, text: str) -> str:
        """Return the text without the entry, found by structure; the same text where it is not there.

        Raises:
            LocatorError: Its place is not there exactly once, or the entry cannot be taken out alone.
        """
        ...


@runtime_checkable
class Remembering(Editor, Protocol):
    """An editor that can be taken back only by one who knows what was there: what it takes out, or has not put in."""

    def to_remember(self, text: str) -> str:
        """Return what `remove` will have to know of a text that the entry goes into, for `knowing`; empty: nothing.

        Raises:
            LocatorError: Its place is not there exactly once.
        """
        ...

    def knowing(self, memory: str) -> Self:
        """Return this editor as one whose `remove` brings back what was there."""
        ...


@cache
def remembers(kind: type[Editor]) -> bool:
    """Tell whether editors of a class are `Remembering`; to ask each of them would cost as much as to make it."""
    return issubclass(kind, Remembering)


@runtime_checkable
class Reading(Editor, Protocol):
    """An editor of what is derived from other files, which say what the entry is or where it stands."""

    def reading(self, sources: tuple[str | None, ...]) -> Self:
        """Return this editor as one that knows these files.

        Args:
            sources: The texts of the files, in the order of their paths; None where there is no file.
        """
        ...
