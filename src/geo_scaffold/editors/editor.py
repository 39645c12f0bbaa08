"""What every editor can do."""

from functools import cache
from typing import Protocol, Self, runtime_checkable


class Editor(Protocol):
    """One entry at one place of a file's text.

    Editors are frozen data. The text is the whole file, decoded as UTF-8 with `surrogateescape`, so that every byte
    survives; it includes a byte order mark, and its line ends are unchanged.
    """

    def contains(self, text: str) -> bool:
        """Tell whether the entry exists, in any equivalent spelling.

        Raises:
            LocatorError: Its place does not exist exactly once.
        """
        ...

    def insert(self, text: str) -> str:
        """Return the text with the entry in its place; unchanged if it exists already.

        The result is parsed again and proven: the old structure plus exactly the entry, every other byte unchanged.

        Raises:
            LocatorError: Its place does not exist exactly once, or the result would not be the old structure plus the
                entry.
        """
        ...

    def remove(self, text: str) -> str:
        """Return the text without the entry, which is located by structure; unchanged if it does not exist.

        Raises:
            LocatorError: Its place does not exist exactly once, or the entry cannot be removed alone.
        """
        ...


@runtime_checkable
class Remembering(Editor, Protocol):
    """An editor whose edit can only be undone by knowing the earlier text: what it removed, or did not insert."""

    def to_remember(self, text: str) -> str:
        """Return what `remove` will need to know about the text before the edit, for `knowing`; empty if nothing.

        Raises:
            LocatorError: Its place does not exist exactly once.
        """
        ...

    def knowing(self, memory: str) -> Self:
        """Return a copy of this editor whose `remove` restores the earlier text."""
        ...


@cache
def remembers(kind: type[Editor]) -> bool:
    """Tell whether editors of a class are `Remembering`; testing each of them would cost as much as creating it."""
    return issubclass(kind, Remembering)


@runtime_checkable
class Reading(Editor, Protocol):
    """An editor of an entry derived from other files, which determine what it is or where it goes."""

    def reading(self, sources: tuple[str | None, ...]) -> Self:
        """Return a copy of this editor that knows these files.

        Args:
            sources: The texts of the files, in the order of their paths; None where there is no file.
        """
        ...
