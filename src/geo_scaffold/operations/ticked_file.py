"""A Markdown checklist, in which people tick boxes: a new rendering keeps their ticks."""

import re
from typing import Final

from geo_scaffold.commit import digest
from geo_scaffold.operations.operation import Outcome, Status
from geo_scaffold.operations.whole_file import RENDERED_ANEW, FileOperation
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree

# The boxes of CHECKLIST.md, as `edition/checklist.py` writes them and people tick them.
_BOX: Final = re.compile(rb"^( *[-*] )\[([ xX])\]( .*)$", re.MULTILINE)


def outline_of(content: bytes) -> str:
    """Hash a checklist without its ticks."""
    return digest(_BOX.sub(rb"\1[ ]\3", content))


@dataclass(frozen=True, slots=True)
class TickedFileOperation(FileOperation):
    """Create a checklist, or render it again with the ticks that people set.

    Args:
        outline: Hash of what an earlier run rendered, without ticks.
    """

    outline: str | None = None

    def status(self, tree: Tree) -> Outcome:
        """Compare the checklist with the current rendering and that of the earlier run; ticks are not a conflict."""
        outcome = FileOperation.status(self, tree)
        content = tree.read(self.path)
        if outcome.status is Status.CONFLICT and content is not None and outline_of(content) == self.outline:
            return Outcome(Status.PLANNED, f"{RENDERED_ANEW}; your ticks are kept")
        return outcome

    def over(self, content: bytes) -> bytes:
        """Return the current rendering with the ticks of the existing file."""
        ticked = {box[3] for box in _BOX.finditer(content) if box[2] != b" "}

        def tick(box: re.Match[bytes]) -> bytes:
            return box[1] + b"[x]" + box[3] if box[3] in ticked else box[0]

        return _BOX.sub(tick, self.content)
