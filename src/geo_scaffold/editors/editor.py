"""What every editor can do."""

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
class Absence(Editor, Protocol):
    """An editor whose entry is that something is not there: it has to remember what it takes out."""

    def taken(self, text: str) -> str:
        """Return what `insert` would take out of a text, for `knowing`; empty: nothing.

        Raises:
            LocatorError: Its place is not there exactly once.
        """
        ...

    def knowing(self, taken: str) -> Self:
        """Return this editor as one whose `remove` puts back what was taken out."""
        ...
