"""Edits of large files, made in several processes before the steps of a plan are taken one after the other.

What an entry makes of a file depends on nothing but its content, so files can be edited in any order. A step takes over
such an edit only if its file has exactly the content that was edited; otherwise it edits the file itself. So plan,
questions and errors are those of one process, whatever a helper delivers.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.operations import Applied, EntryOperation, Operation
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.cores import processes_for, shared_out

_LARGE: Final = 1 << 20
"""From how many bytes on a file is edited in this process: handing it over would take long, and so does its edit."""


class _Edit(NamedTuple):
    """The content of a file, and what an entry makes of it."""

    content: bytes
    applied: Applied


class Edits:
    """What entries make of their files.

    Args:
        edits: Those that are known, by the id and the path of the operation.
    """

    def __init__(self, edits: Mapping[tuple[str, str], _Edit]) -> None:
        self._edits = edits

    def apply(self, operation: Operation, tree: Tree) -> Applied:
        """Apply an operation, by its edit if that is known; see `Operation.apply`."""
        edit = self._edits.get((operation.id, operation.path))
        if edit is None or edit.content != tree.read(operation.path):
            return operation.apply(tree)
        if edit.applied.after is not None:
            tree.write(operation.path, edit.applied.after)
        return edit.applied


def edit_in_parallel(operations: Iterable[Operation], tree: Tree) -> Edits:
    """Return what entries make of their files, if one of them is large.

    Args:
        operations: The operations in their order.
        tree: The target, which is not changed.
    """
    entries: dict[str, list[EntryOperation]] = {}
    for operation in operations:
        if isinstance(operation, EntryOperation) and not _reads_others(operation):
            entries.setdefault(operation.path, []).append(operation)
    contents = {path: content for path in entries if (content := _content(path, tree))}
    paths = sorted(contents, key=lambda path: len(contents[path]))
    large = [number for number, path in enumerate(paths) if len(contents[path]) >= _LARGE]
    others = range(1, len(paths) - len(large))
    if not large or (processes := processes_for(len(others))) == 1:
        return Edits({})

    def edited(number: int) -> list[Applied]:
        content, found = contents[paths[number]], list[Applied]()
        with suppress(Exception):  # the step raises it again, in its turn
            for entry in entries[paths[number]]:
                found.append(entry.applied_to(content))
                content = found[-1].after or content
        return found

    shared = shared_out(
        edited,
        own=[0, *large],  # the smallest is edited before there are helpers, so that they have what most edits import
        others=others[::-1],
        processes=processes,
        know=lambda: None,
        progress=lambda begun: None,
    )
    edits = {}
    for path, applied in zip(paths, shared.done, strict=True):
        content = contents[path]
        for entry, one in zip(entries[path], applied, strict=False):
            edits[entry.id, path] = _Edit(content, one)
            content = one.after or content
    return Edits(edits)


def _content(path: str, tree: Tree) -> bytes | None:
    with suppress(GeoScaffoldError):  # the step raises it again
        return tree.read(path)
    return None


def _reads_others(entry: EntryOperation) -> bool:
    """Tell whether an entry is derived from other files, which other steps may change."""
    return any(isinstance(part.editor, ManifestEditor) and part.editor.spec.get("reads") for part in entry.parts)
