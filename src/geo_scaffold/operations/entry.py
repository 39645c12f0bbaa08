"""An entry in a file that exists."""

from dataclasses import dataclass
from typing import NamedTuple

from geo_scaffold.editors import Absence, Editor
from geo_scaffold.errors import LocatorError
from geo_scaffold.operations.operation import OpKind, Status, Verdict
from geo_scaffold.tree import Tree


class Part(NamedTuple):
    """One place of the entry; most entries have one.

    Args:
        editor: What puts it into the file's text; None: nothing can, so a person must.
        snippet: The lines to paste by hand.
        place: Where in the file they go, for people.
        language: Of the lines, as Markdown names it.
    """

    editor: Editor | None
    snippet: str
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class EntryOperation:
    """Ensure an entry in an existing file, or derive a part of one.

    Args:
        id: The artifact's id.
        kind: `ensure` or `derive`.
        path: The file.
        parts: What goes where; all of them, or none.
    """

    id: str
    kind: OpKind
    path: str
    parts: tuple[Part, ...]

    @property
    def snippet(self) -> str:
        """All the lines to paste by hand."""
        return "\n".join(part.snippet for part in self.parts)

    def status(self, tree: Tree) -> Verdict:
        """Look for the entry, and for its place."""
        text = _decode(tree.read(self.path))
        if text is None:
            return Verdict(Status.OPEN, "the file is not in this tree")
        try:
            after = self._inserted(text)
        except LocatorError as error:
            return Verdict(Status.BLOCKED, error.message)
        return Verdict(Status.UNCHANGED if after == text else Status.PLANNED)

    def apply(self, tree: Tree) -> None:
        """Put the entry in.

        Raises:
            LocatorError: Its place is not there exactly once.
        """
        tree.write(self.path, _encode(self._inserted(_decode(tree.read(self.path)) or "")))

    def taken(self, tree: Tree) -> str:
        """Return what `apply` would take out of the file, where the entry is that something is absent there."""
        text = _decode(tree.read(self.path)) or ""
        editors = (part.editor for part in self.parts)
        return next((taken for each in editors if isinstance(each, Absence) and (taken := each.taken(text))), "")

    def revert(self, tree: Tree) -> str | None:
        """Take the entry out by structure; later edits around it stay."""
        text = _decode(tree.read(self.path))
        if text is None:
            return None
        try:
            for part in reversed(self.parts):
                text = part.editor.remove(text) if part.editor else text
        except LocatorError as error:
            return f"kept: {error.message}"
        tree.write(self.path, _encode(text))
        return None

    def _inserted(self, text: str) -> str:
        for part in self.parts:
            if part.editor is None:
                raise LocatorError(f"no editor for this place yet: {part.place or 'paste the lines by hand'}")
            text = part.editor.insert(text)
        return text


def _decode(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
