"""What entries share that are treated as one entry: all of them are there, or some are somebody else's."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.records import dataclass, replace

E = TypeVar("E", bound=RubyEditor)


@dataclass(frozen=True, kw_only=True)
class Compound(ABC, Generic[E]):
    """Entries that are there when all of them are. Subclasses have the editors and put them in.

    Args:
        theirs: What was there before, so that `remove` leaves it, as `to_remember` says it.
    """

    theirs: frozenset[str] = frozenset()

    if TYPE_CHECKING:

        @property
        def editors(self) -> tuple[E, ...]:
            """One an entry, in the order in which they go in."""

    @staticmethod
    @abstractmethod
    def label(editor: E) -> str:
        """Return what tells an entry from the others, on one line."""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        found = [editor.contains(text) for editor in self.editors]
        return all(found)

    def remove(self, text: str) -> str:
        """Return the text without the entries that were not there before."""
        for editor in reversed(self.editors):
            text = text if self.label(editor) in self.theirs else editor.remove(text)
        return text

    def to_remember(self, text: str) -> str:
        """Return which entries are there already, for `knowing`; one a line."""
        return "\n".join(self.label(editor) for editor in self.editors if editor.contains(text))

    def knowing(self, memory: str) -> Self:
        """Return this editor as one that leaves what was there."""
        return replace(self, theirs=frozenset(memory.splitlines()))
