"""Compares the lines of our entries in shared files with those of other types."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Op
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist.subject import Subject
from geo_scaffold.verbs.drift.findings import Finding, Sort
from geo_scaffold.verbs.drift.newest import FEWEST, common, renaming

FEWEST_IN_ORDER: Final = 4
"""How many lines have to be in order to rule out an accident: with three, every sixth list would be."""
_NOT_COMPARED: Final = frozenset({"sql", "messages", "reference-type", "no-experiment", "api-fields"})
"""The editors whose lines are not compared: they are proven in another way, or copied from the newest types."""


def of_lines(
    artifacts: Sequence[Artifact],
    context: Mapping[str, Any],
    before: Sources,
    tree: Tree,
    *,
    newest: Sequence[Subject],
    everyone: Sequence[Subject],
) -> Iterator[Finding]:
    """Yield the lines that the newest types have in a shared file and ours does not, and vice versa.

    Also our lines that are out of the order of all other types' lines.

    Args:
        artifacts: All artifacts of the edition for this kind.
        context: What templates may use, for an invented type.
        before: The checkout as it is.
        tree: The checkout with the entries of our type.
        newest: The newest types of this kind.
        everyone: All types.
    """
    renames = [renaming(dict(subject.names), context) for subject in everyone]
    for file in _edited_files(artifacts, context, before, tree):
        if line := _out_of_order(file.added, file.after.splitlines(), renames):
            what = f"the lines of all types stand in order, and `{line}` is not put where it sorts"
            yield Finding(file.artifact, Sort.MOVED, file.path, None, what)
        theirs = [lines for subject in newest if (lines := _lines_of(subject, file.before, context))]
        for line, count in common(theirs).items():
            if line not in file.added:
                what = f"{count} of the {len(theirs)} newest have the line `{line}`"
                yield Finding(file.artifact, Sort.ADDED, file.path, None, what)
        if len(theirs) >= FEWEST:
            for line in sorted(file.added.difference(*theirs)):
                if re.search(r"\w", line):
                    what = f"none of the {len(theirs)} newest has the line `{line}`"
                    yield Finding(file.artifact, Sort.DIFFERS, file.path, None, what)


class _EditedFile(NamedTuple):
    """A shared file with our entries.

    Args:
        artifact: The id of the first artifact that edits it.
        path: Its path.
        before: Its text without our entries.
        after: Its text with them.
        added: The lines that only `after` has, normalised by `_squeeze`.
    """

    artifact: str
    path: str
    before: str
    after: str
    added: frozenset[str]


def _edited_files(
    artifacts: Sequence[Artifact], context: Mapping[str, Any], before: Sources, tree: Tree
) -> Iterator[_EditedFile]:
    """Yield each shared file whose lines can be compared, once."""
    done: set[str] = set()
    for artifact in artifacts:
        if artifact.op in {Op.CONFIRM, Op.CREATE} or artifact.phase is Phase.RELEASE:
            continue
        for target in artifact.targets_for(context):
            path, editor = artifact.fill(target.path, context), (target.editor or {}).get("kind")
            if editor is None or editor in _NOT_COMPARED or path in done:
                continue
            text, content = before.text(path), tree.read(path)
            if text is None or content is None:
                continue
            done.add(path)
            after = content.decode("utf-8", "surrogateescape")
            if added := _squeezed(after) - _squeezed(text):
                yield _EditedFile(artifact.id, path, text, after, added)


def _lines_of(subject: Subject, text: str, context: Mapping[str, Any]) -> frozenset[str]:
    """Return the lines that name a type, with our type's names in place of its own."""
    rename = renaming(dict(subject.names), context)
    renamed = ((line, rename(line)) for line in (*text.splitlines(), *text.lower().splitlines()))
    return frozenset(_squeeze(new) for line, new in renamed if new != line)


def _out_of_order(added: AbstractSet[str], lines: Sequence[str], renames: Sequence[Callable[[str], str]]) -> str | None:
    """Return a line of ours that breaks the order of the same lines of other types, or None.

    In any list, a type has a line like those of the others except for its names. If these are ascending, ours has to
    fit.

    Args:
        added: Our lines, normalised by `_squeeze`.
        lines: The lines of the file with them.
        renames: Functions that replace the names of each type by ours.
    """
    ours = _places(added, lines)
    others: dict[str, list[int]] = defaultdict(list)
    for rename in renames:
        renamed = [new if (new := rename(line)) != line else None for line in lines]
        for line, places in _places(added, renamed).items():
            others[line] += places
    for line in sorted(added):
        own, other = ours[line], others[line]
        # If a type has a line several times, it is unknown which one belongs to which list.
        if len(own) != 1 or len(other) < FEWEST_IN_ORDER or len({*own, *other}) != len(other) + 1:
            continue
        if _is_sorted(lines, other) and not _is_sorted(lines, [*own, *other]):
            return _entry(lines[own[0]])
    return None


def _places(added: AbstractSet[str], lines: Sequence[str | None]) -> dict[str, list[int]]:
    """Return at which of some lines each of ours stands, from 0."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line is not None and (squeezed := _squeeze(line)) in added:
            places[squeezed].append(number)
    return places


def _is_sorted(lines: Sequence[str], places: Sequence[int]) -> bool:
    entries = [_entry(lines[place]) for place in sorted(places)]
    return entries == sorted(entries)


def _entry(line: str) -> str:
    """Return what a line of a list says."""
    return line.strip().rstrip(",")


def _squeezed(text: str) -> frozenset[str]:
    return frozenset(map(_squeeze, text.splitlines()))


def _squeeze(line: str) -> str:
    """Return a line without what depends on its neighbours: spaces, a trailing comma, numbers and versions."""
    # Numbers, URLs and the placeholders XXXXX and XX.Y of GitLab's issue template.
    return re.sub(r"\d[\d.]*%?|https?://\S+|X+\.?Y?\b", "N", " ".join(line.lower().split()).rstrip(",\\ "))
