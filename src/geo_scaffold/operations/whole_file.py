"""A file that is written as a whole."""

from typing import Final

from geo_scaffold.commit import digest
from geo_scaffold.operations.merging import Clash, both_sides, merge
from geo_scaffold.operations.operation import IN_CONFLICT, Applied, OpKind, Outcome, Status, is_in_conflict
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree

RENDERED_ANEW: Final = "rendered again, as an answer or a template has changed"
"""The reason for a file that nobody has edited."""


@dataclass(frozen=True, slots=True)
class FileOperation:
    """Create a file, or derive a whole one.

    Args:
        id: The artifact's id.
        kind: `create` or `derive`.
        path: The file.
        content: The current rendering.
        rendered: Hash of what an earlier run rendered, or None if none did.
        written: Hash of what that run wrote, if a person had edited the file before.
        replaced: The content that an earlier run overwrote, or None.
        old: What the earlier run rendered, or None if that is unknown.
        source: The file's current path, if it has to be moved from there; None if it is in its place, or does not
            exist.
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

    def status(self, tree: Tree) -> Outcome:
        """Compare the file with the current rendering and that of the earlier run."""
        content = tree.read(self.path)
        moved = tree.read(self.source) if self.source else None
        if moved is not None and content is None:
            return self._status_of_move(moved)
        if content is None:
            return Outcome(Status.PLANNED, "" if self.rendered is None else "was deleted since; created again")
        if self.is_whole_in(tree):
            return Outcome(Status.UNCHANGED)
        return self._status_of_edited(content, moved)

    def _status_of_edited(self, content: bytes, moved: bytes | None) -> Outcome:
        """Return the status of an existing file with another content."""
        if is_in_conflict(content):
            return Outcome(Status.BLOCKED, IN_CONFLICT)
        if self.rendered == digest(self.content) and moved is None:
            return Outcome(Status.UNCHANGED, "edited since, kept as it is")
        if self.rendered is None or moved is not None:
            return Outcome(Status.CONFLICT, "another file with this name exists")
        return self._status_of(content, RENDERED_ANEW, "your edits are kept, the new answers are filled in")

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Write the current rendering to the file, merged with a person's edits if possible."""
        outcome = self.status(tree)
        if outcome.status is not Status.PLANNED and not (force and outcome.status is Status.CONFLICT):
            return Applied(outcome)
        before = tree.read(self.path)
        moved = tree.read(self.source) if self.source else None
        found = before if before is not None else moved
        after = self.content if found is None else self.over(found)
        if self.source and moved is not None:
            tree.move(self.source, self.path, after)
        else:
            tree.write(self.path, after)
        has_edits = found is not None and not self.is_ours(found) and after != self.content
        return Applied(outcome, before, after, rendered=self.content if has_edits else None)

    def over(self, content: bytes) -> bytes:
        """Return the new content of the file for its present one."""
        if self.is_ours(content):
            return _ending_as(content, self.content)
        if self.rendered == digest(self.content):  # only its place changes
            return content
        merged = self._merged(content)
        return merged if isinstance(merged, bytes) else self.content

    def revert(self, tree: Tree) -> str | None:
        """Delete the file, or restore what it replaced, if nobody has edited it since."""
        content = tree.read(self.path)
        if content is None or content == self.replaced:
            return None
        if not self.is_ours(content):
            return f"kept: {IN_CONFLICT}" if is_in_conflict(content) else "edited since, kept"
        if self.replaced is None:
            tree.delete(self.path)
        else:
            tree.write(self.path, self.replaced)
        return None

    def is_whole_in(self, tree: Tree) -> bool:
        """Tell whether the file has the current rendering, whatever its line endings are."""
        content = tree.read(self.path)
        return content is not None and _plain(content) == self.content

    def is_ours(self, content: bytes) -> bool:
        """Tell whether an earlier run wrote exactly this content, whatever its line endings are."""
        hashes = (self.rendered, self.written)
        return digest(content) in hashes or (b"\r\n" in content and digest(_plain(content)) in hashes)

    def _status_of_move(self, moved: bytes) -> Outcome:
        """Return the status of a file that has to move to another path, where there is nothing."""
        if is_in_conflict(moved):
            return Outcome(Status.BLOCKED, IN_CONFLICT)
        if self.rendered == digest(self.content):
            return Outcome(Status.PLANNED, f"moved from {self.source}")
        return self._status_of(moved, f"moved from {self.source}", f"moved from {self.source}; your edits are kept")

    def _status_of(self, content: bytes, ours: str, theirs: str) -> Outcome:
        if self.is_ours(content):
            return Outcome(Status.PLANNED, ours)
        merged = self._merged(content)
        if isinstance(merged, bytes):
            return Outcome(Status.PLANNED, theirs) if merged != content or self.source else Outcome(Status.UNCHANGED)
        where = f", in {self.source}," if self.source else ""
        return Outcome(Status.CONFLICT, f"edited since{where} where an answer goes{both_sides(merged)}")

    def _merged(self, content: bytes) -> bytes | Clash | None:
        """Return a person's version with the rendering's changes; else the clash, or None if that is unknown."""
        if self.old is None or digest(self.old) != self.rendered:
            return None
        return merge(self.old, self.content, content)


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n") if b"\r\n" in content else content


def _ending_as(found: bytes, content: bytes) -> bytes:
    """Return a content with the line endings of what it replaces."""
    return content.replace(b"\n", b"\r\n") if b"\r\n" in found and b"\r" not in content else content
