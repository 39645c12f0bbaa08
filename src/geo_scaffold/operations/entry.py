"""An entry in a file that exists."""

from dataclasses import dataclass

from geo_scaffold.editors import Editor
from geo_scaffold.errors import LocatorError
from geo_scaffold.operations.operation import OpKind, Status, Verdict
from geo_scaffold.tree import Tree


@dataclass(frozen=True, slots=True)
class EntryOperation:
    """Ensure an entry in an existing file, or derive a part of one.

    Args:
        id: The artifact's id.
        kind: `ensure` or `derive`.
        path: The file.
        editor: What puts the entry into the file's text; None: nothing can, so a person must.
        snippet: The lines to paste by hand.
        place: Where in the file they go, for people.
    """

    id: str
    kind: OpKind
    path: str
    editor: Editor | None
    snippet: str = ""
    place: str = ""

    def status(self, tree: Tree) -> Verdict:
        """Look for the entry, and for its place."""
        text = _decode(tree.read(self.path))
        if text is None:
            return Verdict(Status.OPEN, "the file is not in this tree")
        if self.editor is None:
            return Verdict(Status.BLOCKED, f"no editor for this file yet; paste the lines {self.place}".rstrip())
        try:
            if self.editor.contains(text):
                return Verdict(Status.UNCHANGED)
            self.editor.insert(text)
        except LocatorError as error:
            return Verdict(Status.BLOCKED, error.message)
        return Verdict(Status.PLANNED)

    def apply(self, tree: Tree) -> None:
        """Put the entry in.

        Raises:
            LocatorError: Its place is not there exactly once.
        """
        text = _decode(tree.read(self.path))
        if text is None or self.editor is None:
            raise LocatorError(f"{self.path} cannot be edited", path=self.path)
        tree.write(self.path, _encode(self.editor.insert(text)))

    def revert(self, tree: Tree) -> str | None:
        """Take the entry out by structure; later edits around it stay."""
        text = _decode(tree.read(self.path))
        if text is None or self.editor is None:
            return None
        try:
            without = self.editor.remove(text)
        except LocatorError as error:
            return f"kept: {error.message}"
        tree.write(self.path, _encode(without))
        return None


def _decode(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
