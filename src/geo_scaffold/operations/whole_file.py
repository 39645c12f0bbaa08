"""A file that is written as a whole."""

from typing import Final

from geo_scaffold.commit import digest
from geo_scaffold.operations.merging import Clash, both_sides, merge
from geo_scaffold.operations.operation import IN_CONFLICT, Applied, OpKind, Status, Verdict, is_in_conflict
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree

RENDERED_ANEW: Final = "rendered again, as an answer or a template has changed"
"""What is said of a file that nobody has edited."""


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
        source: Where the file is now, where that is another path: it moves. None: it is where it belongs, or nowhere.
    """

    id: str
    kind: OpKind
    path: str
    content: bytes
    rendered: str | None = None
    written: str | None = None
    replaced: bytes | None = None
    old: bytes | None = None
    source: str | None = None

    def status(self, tree: Tree) -> Verdict:
        """Compare the file with the rendering of now and that of the earlier run."""
        found = tree.read(self.path)
        moved = tree.read(self.source) if self.source else None
        if moved is not None and found is None:
            return self._status_of_move(moved)
        if found is None:
            return Verdict(Status.PLANNED, "" if self.rendered is None else "was deleted since; created again")
        if self.is_whole_in(tree):
            return Verdict(Status.UNCHANGED)
        return self._status_of_edited(found, moved)

    def _status_of_edited(self, found: bytes, moved: bytes | None) -> Verdict:
        """Return the status of a file that is there and holds something else."""
        if is_in_conflict(found):
            return Verdict(Status.BLOCKED, IN_CONFLICT)
        if self.rendered == digest(self.content) and moved is None:
            return Verdict(Status.UNCHANGED, "edited since, kept as it is")
        if self.rendered is None or moved is not None:
            return Verdict(Status.CONFLICT, "another file with this name exists")
        return self._status_of(found, RENDERED_ANEW, "your edits are kept, the new answers are filled in")

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Let the file hold what is rendered now, among the edits of a person where that is possible."""
        verdict = self.status(tree)
        if verdict.status is not Status.PLANNED and not (force and verdict.status is Status.CONFLICT):
            return Applied(verdict)
        before = tree.read(self.path)
        moved = tree.read(self.source) if self.source else None
        found = before if before is not None else moved
        after = self.content if found is None else self.over(found)
        if self.source and moved is not None:
            tree.move(self.source, self.path, after)
        else:
            tree.write(self.path, after)
        has_edits = found is not None and not self.is_ours(found) and after != self.content
        return Applied(verdict, before, after, rendered=self.content if has_edits else None)

    def over(self, found: bytes) -> bytes:
        """Return what the file is to hold in place of what it holds."""
        if self.is_ours(found):
            return _ending_as(found, self.content)
        if self.rendered == digest(self.content):  # only its place changes
            return found
        merged = self._merged(found)
        return merged if isinstance(merged, bytes) else self.content

    def revert(self, tree: Tree) -> str | None:
        """Delete the file, or give back what it replaced, if nobody has edited it since."""
        found = tree.read(self.path)
        if found is None or found == self.replaced:
            return None
        if not self.is_ours(found):
            return f"kept: {IN_CONFLICT}" if is_in_conflict(found) else "edited since, kept"
        if self.replaced is None:
            tree.delete(self.path)
        else:
            tree.write(self.path, self.replaced)
        return None

    def is_whole_in(self, tree: Tree) -> bool:
        """Tell whether the file holds what is rendered now, whatever a checkout made of the ends of its lines."""
        found = tree.read(self.path)
        return found is not None and _plain(found) == self.content

    def is_ours(self, content: bytes) -> bool:
        """Tell whether an earlier run wrote exactly this content, whatever a checkout made of the ends of its lines."""
        hashes = (self.rendered, self.written)
        return digest(content) in hashes or (b"\r\n" in content and digest(_plain(content)) in hashes)

    def _status_of_move(self, moved: bytes) -> Verdict:
        """Return the status of a file that is to be at another path, where nothing is."""
        if is_in_conflict(moved):
            return Verdict(Status.BLOCKED, IN_CONFLICT)
        if self.rendered == digest(self.content):
            return Verdict(Status.PLANNED, f"moved from {self.source}")
        return self._status_of(moved, f"moved from {self.source}", f"moved from {self.source}; your edits are kept")

    def _status_of(self, found: bytes, ours: str, theirs: str) -> Verdict:
        if self.is_ours(found):
            return Verdict(Status.PLANNED, ours)
        merged = self._merged(found)
        if isinstance(merged, bytes):
            return Verdict(Status.PLANNED, theirs) if merged != found or self.source else Verdict(Status.UNCHANGED)
        return Verdict(Status.CONFLICT, f"edited since where an answer goes{both_sides(merged)}")

    def _merged(self, found: bytes) -> bytes | Clash | None:
        """Return a person's version with the changes of the rendering; else what clashes, or None: nothing says it."""
        if self.old is None or digest(self.old) != self.rendered:
            return None
        return merge(self.old, self.content, found)


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n") if b"\r\n" in content else content


def _ending_as(found: bytes, content: bytes) -> bytes:
    """Return a content with its lines ending as those of what it replaces."""
    return content.replace(b"\n", b"\r\n") if b"\r\n" in found and b"\r" not in content else content
