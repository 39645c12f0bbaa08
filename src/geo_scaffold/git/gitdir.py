"""The repository around a folder, as far as files show it without git; most runs need no more."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

from geo_scaffold.commit import read_start
from geo_scaffold.ownership import owner_of

_LEFT_OUT: Final = re.compile(rb"(?:\A|\0)S ([^\0]*)")
"""The tag of an entry with the skip-worktree bit, in `ls-files -t -z`."""
_MOST_OF_A_LINK: Final = 1 << 12
"""The longest file `.git` that names the git dir, in bytes."""
_PLAIN: Final = 2
"""The version of an index in which no entry has an extended flag such as skip-worktree; with one, git writes 3."""


class GitDirectory(NamedTuple):
    """The work tree around a folder, as far as files show it without git: its top and its git dir."""

    top: Path
    folder: Path

    @classmethod
    def of(cls, root: Path) -> Self | None:
        """Return it, or None if there is none, or the nearest is another user's, which Git would not use."""
        for parent in (root, *root.parents):
            entry = parent / ".git"
            with suppress(OSError):
                if parent != root and any(owner_of(path, inside=parent) is not None for path in (parent, entry)):
                    return None
                if entry.is_dir():
                    return cls(parent, entry)
                if entry.is_file():
                    text = os.fsdecode(read_start(entry, _MOST_OF_A_LINK))
                    folder = parent / text.removeprefix("gitdir:").strip()
                    return cls(parent, folder) if text.startswith("gitdir:") else None
        return None


def prefix_of(root: Path) -> str:
    """Return the path of a checkout in its repository, with a trailing slash; empty if it is the top, or in none."""
    directory = GitDirectory.of(root)
    below = root.relative_to(directory.top).as_posix() if directory else "."
    return "" if below == "." else f"{below}/"


def left_out(root: Path) -> frozenset[str]:
    """Return the files that a sparse checkout leaves out: they are in the index, and not deleted.

    Git is run only if the index can have such an entry, which its first bytes tell.

    Args:
        root: The checkout.

    Raises:
        ReadError: Git fails.
    """
    if not _may_leave_out(root):
        return frozenset()
    from geo_scaffold.git.repository import Repository  # noqa: PLC0415 - runs git

    listed = Repository.of(root).ask("ls-files", "--cached", "-t", "-z")
    found = (os.fsdecode(path) for path in _LEFT_OUT.findall(listed))
    return frozenset(path for path in found if not os.path.lexists(root / path))


def _may_leave_out(root: Path) -> bool:
    directory = GitDirectory.of(root)
    if directory is None:
        return False
    folder = directory.folder
    given = os.environ.get("GIT_INDEX_FILE")
    for path in (folder / "index", *([Path(given)] if given else ())):
        with suppress(OSError):
            head = read_start(path, 8)
            if head[:4] == b"DIRC" and int.from_bytes(head[4:], "big") != _PLAIN:
                return True
    with suppress(OSError), os.scandir(folder) as entries:  # it holds the rest of a split index
        return any(entry.name.startswith("sharedindex.") for entry in entries)
    return False
