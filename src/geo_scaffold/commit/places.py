"""Where journal and lock are: in the git dir, where nobody sees them, else in a folder of our own in the root."""

import os
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit.confine import confine

OWN_FOLDER = ".geo-scaffold"
OWN_TEMPORARY = f"{OWN_FOLDER}/tmp"  # noqa: S108 - in the root, not in the system's

_IN_GIT_DIR = "geo-scaffold"


class Place(NamedTuple):
    """A folder for journal and lock, which exists only while a run writes, or after one was killed.

    Args:
        folder: The folder.
        top: The folder that the roots in its journals are relative to.
    """

    folder: Path
    top: Path

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.folder / "lock"

    @property
    def journal(self) -> Path:
        """The journal of a run that is not complete: it is to be rolled back."""
        return self.folder / "journal.json"

    @property
    def done(self) -> Path:
        """The journal of a run that is complete: only its cleaning up is left."""
        return self.folder / "done.json"

    @property
    def draft(self) -> Path:
        """A journal that is being written: nothing has happened yet."""
        return self.folder / "journal.tmp"

    def folders(self) -> list[Path]:
        """The folders that are ours to make and, when empty, to remove; parents first."""
        return [self.folder.parent, self.folder] if self.folder.parent.name == OWN_FOLDER else [self.folder]

    def is_pending(self) -> bool:
        """Whether a run left its journal here."""
        return os.path.lexists(self.journal) or os.path.lexists(self.done)


def place_for(root: Path) -> Place:
    """Choose the place for a run.

    Args:
        root: The resolved root of the run.

    Raises:
        ConfinementError: The folder in the root is a symbolic link to somewhere else.
    """
    git = _find_git_dir(root)
    if git and os.access(git.folder.parent, os.W_OK):
        return git
    return Place(confine(root, OWN_TEMPORARY), root)


def places_left(root: Path) -> list[Place]:
    """Find the places that exist: of a run that is at work, or of one that was killed.

    Both are looked for, because a repository may have become one, or writable, since.

    Args:
        root: The resolved root.

    Raises:
        ConfinementError: The folder in the root is a symbolic link to somewhere else.
    """
    git = _find_git_dir(root)
    places = [git] if git and os.path.lexists(git.folder) else []
    if os.path.lexists(root / OWN_TEMPORARY):
        places.append(Place(confine(root, OWN_TEMPORARY), root))
    return places


def _find_git_dir(root: Path) -> Place | None:
    top = str(root)
    while True:
        entry = os.path.join(top, ".git")  # noqa: PTH118 - runs at every start; a Path costs ten times as much
        try:
            os.stat(os.path.join(entry, "HEAD"))  # noqa: PTH116, PTH118
            return Place(Path(entry, _IN_GIT_DIR), Path(top))
        except NotADirectoryError:
            return _follow_git_file(Path(entry), Path(top))
        except OSError:
            parent = os.path.dirname(top)  # noqa: PTH120
            if parent == top:
                return None
            top = parent


def _follow_git_file(entry: Path, top: Path) -> Place | None:
    """Find the git dir of a worktree or a submodule, whose `.git` is a file that names it."""
    try:
        text = entry.read_bytes()[:4096].decode(errors="surrogateescape")
    except OSError:
        return None
    if not text.startswith("gitdir:"):
        return None
    folder = top / text.removeprefix("gitdir:").strip()
    if "\0" in text or not os.path.lexists(folder / "HEAD"):
        return None
    return Place(folder / _IN_GIT_DIR, top)
