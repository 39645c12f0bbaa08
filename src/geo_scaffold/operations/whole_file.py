"""A file that is written as a whole."""

from dataclasses import dataclass

from geo_scaffold.commit import digest
from geo_scaffold.operations.merging import merge
from geo_scaffold.operations.operation import Applied, OpKind, Status, Verdict
from geo_scaffold.tree import Tree


@dataclass(frozen=True, slots=True)
class FileOperation:
    """Create a file, or derive one that is new as a whole.

    Args:
        id: The artifact's id.
        kind: `create` or `derive`.
        path: The file.
        content: What is rendered now.
        rendered: Hash of what an earlier run rendered; None: none did.
        written: Hash of what that run wrote, where a person had edited it before it was written.
        replaced: What was there before an earlier run overwrote it; None: nothing.
        old: What the earlier run rendered, where it can be told; None: it cannot.
    """

    id: str
    kind: OpKind
    path: str
    content: bytes
    rendered: str | None = None
    written: str | None = None
    replaced: bytes | None = None
    old: bytes | None = None

    def status(self, tree: Tree) -> Verdict:
        """Compare the file with the rendering of now and that of the earlier run."""
        found = tree.read(self.path)
        if found is None:
            return Verdict(Status.PLANNED, "" if self.rendered is None else "was deleted since; made again")
        if found == self.content:
            return Verdict(Status.UNCHANGED)
        if self.rendered == digest(self.content):
            return Verdict(Status.UNCHANGED, "edited since, kept as it is")
        if self.is_ours(found):
            return Verdict(Status.PLANNED, "its rendering has changed")
        if self._merged(found) is not None:
            return Verdict(Status.PLANNED, "your edits are kept, the new answers are filled in")
        why = "there is another file of this name" if self.rendered is None else "edited since where an answer goes"
        return Verdict(Status.CONFLICT, why)

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Let the file hold what is rendered now, among the edits of a person where that is possible."""
        verdict = self.status(tree)
        if verdict.status is not Status.PLANNED and not (force and verdict.status is Status.CONFLICT):
            return Applied(verdict)
        before = tree.read(self.path)
        after = self.content if before is None else self.over(before)
        tree.write(self.path, after)
        return Applied(verdict, before, after)

    def over(self, found: bytes) -> bytes:
        """Return what the file is to hold in place of what it holds."""
        merged = None if self.is_ours(found) else self._merged(found)
        return self.content if merged is None else merged

    def revert(self, tree: Tree) -> str | None:
        """Delete the file, or give back what it replaced, if nobody has edited it since."""
        found = tree.read(self.path)
        if found is None or found == self.replaced:
            return None
        if not self.is_ours(found):
            return "edited since, kept"
        if self.replaced is None:
            tree.delete(self.path)
        else:
            tree.write(self.path, self.replaced)
        return None

    def _merged(self, found: bytes) -> bytes | None:
        """Return a person's version with the changes of the rendering; None where a changed place was edited."""
        if self.old is None or digest(self.old) != self.rendered:
            return None
        return merge(self.old, self.content, found)

    def is_ours(self, content: bytes) -> bool:
        """Tell whether an earlier run wrote exactly this content."""
        return digest(content) in (self.rendered, self.written)
