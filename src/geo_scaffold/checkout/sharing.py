"""Which classes share an uploader: only with the last of them does it leave GitLab's list of exceptions.

The list is in ee/spec/uploaders/every_gitlab_uploader_spec.rb (see `unwanted`).
"""

import re
from collections.abc import Iterator
from typing import Final

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.mounts import Mounts
from geo_scaffold.checkout.sources import Sources

_ROOTS: Final = ("app/models", "app/models/concerns", "ee/app/models", "ee/app/models/concerns")


def classes_mounting(uploader: str, sources: Sources, classes: Classes, mounts: Mounts) -> tuple[str, ...]:
    """Return the record classes that mount an uploader, themselves or through a concern or a parent, sorted.

    Only the uploader's namespace is searched, or everything if it has none.

    Args:
        uploader: Its full name.
        sources: The files.
        classes: The classes of the tree.
        mounts: Their mounts.
    """
    outer, _, _ = uploader.rpartition("::")
    folder = classes.constants.path_of(outer.partition("::")[0]) if outer else ""
    texts = {path: sources.scanned(path) for root in _roots(folder) for path in _files(root, sources)}
    words, looked_for, found = {uploader.rpartition("::")[2]}, set[str](), set[str]()
    while words - looked_for:
        new = sorted(words - looked_for)
        pattern = re.compile(rf"\b(?:{'|'.join(new)})\b")
        looked_for |= words
        for path, text in texts.items():
            # Few files have any: searching for the words first is much faster.
            if any(word in text for word in new) and pattern.search(text):
                for definition in classes.constants.in_file(path)[1:]:
                    if not definition.is_class and not definition.declarations:
                        continue  # a namespace, whose name is in every file of its folder
                    if not definition.is_class or classes.is_abstract(definition.name):
                        words.add(definition.name.rpartition("::")[2])  # others mount the uploader through it
                    elif any(mount.uploader == uploader for mount in mounts.of_class(definition.name, None)):
                        found.add(definition.name)
    return tuple(sorted(found))


def _roots(folder: str) -> tuple[str, ...]:
    """Return the folders to search, none of them inside another."""
    return tuple(f"{root}/{folder}" for root in _ROOTS) if folder else (_ROOTS[0], _ROOTS[2])


def _files(folder: str, sources: Sources) -> Iterator[str]:
    for name in sources.folder(folder):
        if name.endswith(".rb"):
            yield f"{folder}/{name}"
        elif "." not in name:
            yield from _files(f"{folder}/{name}", sources)
