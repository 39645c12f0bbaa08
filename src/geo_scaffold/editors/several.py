"""Several entries of one file that are one entry for whoever asks."""

from dataclasses import dataclass

from geo_scaffold.editors.editor import Editor


@dataclass(frozen=True)
class Several:
    """Entries that are there when all of them are.

    Args:
        editors: One an entry, in the order in which they go in.
    """

    editors: tuple[Editor, ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        found = [editor.contains(text) for editor in self.editors]
        return all(found)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        for editor in self.editors:
            text = editor.insert(text)
        return text

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        for editor in reversed(self.editors):
            text = editor.remove(text)
        return text
