"""The boxes that people ticked in a Markdown description."""

import re
from collections.abc import Iterable
from typing import Final

from geo_scaffold.records import dataclass, field

# Boxes of a Markdown checklist, with GitLab's `[~]` for one that does not apply, and the id that `checklist` adds.
_BOX: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)]) \[([ xX~])\]\s+(.*)$")
_ID: Final = re.compile(r"`(?:([a-z][a-z0-9_]*):)?([a-z][a-z0-9-]*)`")
_OPENS: Final = "<!--"
_CLOSES: Final = "-->"
FOUND: Final = "<!-- found -->"
"""Marks a box that a program ticked in a list that people paste, which means nothing once the file has changed."""
# A fence of a code block, in which boxes are examples.
_FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Ticks:
    """The artifacts whose boxes are all ticked.

    Args:
        confirmed: Replicable name, empty if the box has none, and id of the artifact.
    """

    confirmed: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def confirm(self, name: str, artifact_id: str, *, alone: bool) -> bool:
        """Tell whether an artifact of a type is confirmed.

        Args:
            name: The replicable name.
            artifact_id: The artifact.
            alone: Whether only one type is audited, so that a box without a name refers to it.
        """
        return (name, artifact_id) in self.confirmed or (alone and ("", artifact_id) in self.confirmed)


def ticks_in(text: str) -> Ticks:
    """Read the boxes of a description: `- [x] ``id``: ...` or `- [x] ``name:id`` ...`.

    The first code span of its line identifies a box. An id in several boxes is confirmed if all are ticked. Boxes in
    code blocks and in comments are examples, and those that a program ticked are ignored.

    Args:
        text: The Markdown.
    """
    boxes: dict[tuple[str, str], list[bool]] = {}
    shown = "\n".join(_outside_fences(text.splitlines()))
    for line in _without_comments(shown).splitlines():
        if FOUND not in line and (box := _BOX.match(line)) and (found := _ID.search(box[2])):
            boxes.setdefault((found[1] or "", found[2]), []).append(box[1] in "xX")
    return Ticks(frozenset(key for key, ticked in boxes.items() if all(ticked)))


def _without_comments(text: str) -> str:
    """Return a text without its comments, in one pass: from an unclosed one on, none is a comment."""
    parts = []
    at = 0
    while (opens := text.find(_OPENS, at)) >= 0 and (closes := text.find(_CLOSES, opens + len(_OPENS))) >= 0:
        end = closes + len(_CLOSES)
        parts += [text[at:opens], FOUND if text[opens:end] == FOUND else ""]
        at = end
    return "".join([*parts, text[at:]])


def _outside_fences(lines: Iterable[str]) -> Iterable[str]:
    fence = ""
    for line in lines:
        if match := _FENCE.match(line):
            if not fence:
                fence = match[1]
            elif match[1].startswith(fence):
                fence = ""
        elif not fence:
            yield line
