"""Several entries treated as one: it exists if all of them do; some may be somebody else's."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.records import dataclass, replace

E = TypeVar("E", bound=RubyEditor)


@dataclass(frozen=True, kw_only=True)
class Compound(ABC, Generic[E]):
    """Entries that exist together. Subclasses provide the editors and insert the entries.

    Args:
        theirs: What existed before, in the form of `to_remember`, so that `remove` keeps it.
    """

    theirs: frozenset[str] = frozenset()

    if TYPE_CHECKING:

        @property
        def editors(self) -> tuple[E, ...]:
            """One for each entry, in the order of insertion."""

    @staticmethod
    @abstractmethod
    def label(editor: E) -> str:
        """Return an identifier of an entry, on one line."""

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        contained = [editor.contains(text) for editor in self.editors]
        return all(contained)

    def remove(self, text: str) -> str:
        """Return the text without the entries that did not exist before."""
        for editor in reversed(self.editors):
            text = text if self.label(editor) in self.theirs else editor.remove(text)
        return text

    def to_remember(self, text: str) -> str:
        """Return which entries exist already, for `knowing`, one per line."""
        return "\n".join(self.label(editor) for editor in self.editors if editor.contains(text))

    def knowing(self, memory: str) -> Self:
        """Return a copy of this editor that keeps what existed before."""
        return replace(self, theirs=frozenset(memory.splitlines()))
