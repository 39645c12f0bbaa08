"""What the checkout's own issue templates ask for, but no artifact covers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact
from geo_scaffold.verbs.drift.findings import Finding, Sort

_TEMPLATES: Final = ".gitlab/issue_templates/Geo Replicate a new *.md"
# Boxes of .gitlab/issue_templates/Geo Replicate a new *.md, what they have in backticks, and their words.
_BOX: Final = re.compile(r"^[ \t]*- \[ \] (.+)$", re.MULTILINE)
_CODE: Final = re.compile(r"`([^`]+)`")
_WORD: Final = re.compile(r"[a-z_]{4,}")
_NAMES: Final = (("cool_widget", "NAME"), ("CoolWidget", "NAME"), ("Cool Widget", "NAME"))
_MOST: Final = 100


def of_boxes(artifacts: Sequence[Artifact], context: Mapping[str, Any], sources: Sources) -> Iterator[Finding]:
    """Yield the boxes that name no file, command or word of an artifact.

    An artifact covers a box if it has a file or command that the box names in backticks, or shares most of its words:
    people word both freely.

    Args:
        artifacts: All artifacts of the edition.
        context: What templates may use, for `CoolWidget`, the name of the new type in the issue templates.
        sources: The checkout.
    """
    texts = [_texts_of(artifact, context) for artifact in artifacts]
    named = {code for text in texts for code in _codes(text)}
    words = [set(_WORD.findall(text.lower())) for text in texts]
    for path in sources.matching(_TEMPLATES):
        text, line, counted = sources.text(path) or "", 1, 0
        for match in _BOX.finditer(text):
            box = match[1]
            codes, own = _codes(box), set(_WORD.findall(box.lower()))
            if codes & named or any(2 * len(own & known) >= len(own) for known in words):
                continue
            line, counted = line + text.count("\n", counted, match.start()), match.start()
            yield Finding(
                "box", Sort.ADDED, path, line, f"no artifact answers the box `{box[:_MOST].replace('`', '')}`"
            )


def _texts_of(artifact: Artifact, context: Mapping[str, Any]) -> str:
    """Return the texts of an artifact: its boxes, files and commands."""
    texts = [artifact.fill(text, context) for text in (*artifact.boxes.values(), artifact.note or "")]
    paths = [f"`{path}`" for path in artifact.paths_for(context)]
    return " ".join(
        [artifact.id.replace("-", " "), *texts, *paths, *(f"`{command}`" for command in artifact.commands.values())]
    )


def _codes(text: str) -> set[str]:
    """Return the texts in backticks, without folders and the name of the type."""
    codes = set()
    for code in _CODE.findall(text):
        for one in code.split():
            # The version in the name of a migration.
            last = re.sub(r"\d{14}", "", one).rstrip("/").rpartition("/")[2]
            for name, placeholder in _NAMES:
                last = last.replace(name, placeholder)
            if len(last) > 4:
                codes.add(last)
    return codes
