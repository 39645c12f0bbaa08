"""Where journal and lock are: in the git dir, out of sight, else in a folder of ours in the root.

Another user's repository is ignored, and no link is followed on the way to either.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit.owners import is_folder_to_trust, is_own_folder, is_to_trust
from geo_scaffold.errors import ConfinementError, WriteError

OWN_FOLDER = ".geo-scaffold"
OWN_TEMPORARY = f"{OWN_FOLDER}/tmp"  # noqa: S108 - in the root, not in the system's

_IN_GIT_DIR = "geo-scaffold"
_MOST_OF_A_GIT_FILE = 4096


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
        """The journal of an incomplete run, which has to be rolled back."""
        return self.folder / "journal.json"

    @property
    def done(self) -> Path:
        """The journal of a complete run: only cleaning up is left."""
        return self.folder / "done.json"

    @property
    def draft(self) -> Path:
        """A journal that is being written: nothing has happened yet."""
        return self.folder / "journal.tmp"

    @property
    def is_in_tree(self) -> bool:
        """Whether it is in the tree itself, so that its contents may have come with the tree."""
        return self.folder.parent.name == OWN_FOLDER

    def folders(self) -> list[Path]:
        """The folders that we may create and, when empty, remove; parents first."""
        return [self.folder.parent, self.folder] if self.is_in_tree else [self.folder]

    def is_pending(self) -> bool:
        """Whether a run left its journal here."""
        return os.path.lexists(self.journal) or os.path.lexists(self.done)

    def check(self) -> None:
        """Check the folders on the way, as far as they exist.

        Raises:
            ConfinementError: One of them is a link.
            WriteError: One of them is a file.
        """
        for folder in self.folders():
            try:
                mode = folder.lstat().st_mode
            except FileNotFoundError:
                return
            if stat.S_ISLNK(mode):
                raise ConfinementError(
                    f"{folder} is a symbolic link; it is neither followed nor replaced",
                    path=str(folder),
                    remedy="Remove the link",
                )
            if not stat.S_ISDIR(mode):
                raise WriteError(
                    f"{folder} is a file, where a folder is needed; nothing was written",
                    path=str(folder),
                    remedy="Move that file away",
                )

    def is_own(self) -> bool:
        """Tell whether the folder belongs to the user, and no link is on the way to it."""
        return all(is_own_folder(str(folder)) for folder in self.folders())


def place_for(root: Path) -> Place:
    """Choose the place for a run.

    Args:
        root: The resolved root of the run.

    Raises:
        ConfinementError: A folder on the way is a symbolic link.
        WriteError: A folder on the way is a file.
    """
    git = _find_git_dir(root)
    place = git if git and os.access(git.folder.parent, os.W_OK) else Place(root / OWN_TEMPORARY, root)
    place.check()
    return place


def places_left(root: Path) -> list[Place]:
    """Return the places that exist: of a run that is working, or of one that was killed.

    Both places are checked, because the repository may have been created, or become writable, since.

    Args:
        root: The resolved root.
    """
    git = _find_git_dir(root)
    places = [git] if git and os.path.lexists(git.folder) else []
    own = os.path.join(root, OWN_FOLDER)  # noqa: PTH118 - runs at every start; a Path costs ten times as much
    if os.path.islink(own) or os.path.lexists(os.path.join(root, OWN_TEMPORARY)):  # noqa: PTH114, PTH118 - as above
        places.append(Place(root / OWN_TEMPORARY, root))
    return places


def _find_git_dir(root: Path) -> Place | None:
    top = str(root)
    while True:
        entry = os.path.join(top, ".git")  # noqa: PTH118 - runs at every start; a Path costs ten times as much
        try:
            status = os.lstat(entry)
            if stat.S_ISREG(status.st_mode):
                return _follow_git_file(Path(entry), Path(top)) if _is_own_top(top, status) else None
            os.lstat(os.path.join(entry, "HEAD"))  # noqa: PTH118
            is_usable = stat.S_ISDIR(status.st_mode) and _is_own_top(top, status)
            return Place(Path(entry, _IN_GIT_DIR), Path(top)) if is_usable else None
        except OSError:
            parent = os.path.dirname(top)  # noqa: PTH120
            if parent == top:
                return None
            top = parent


def _is_own_top(top: str, entry: os.stat_result) -> bool:
    """Tell whether a repository, its folder and its `.git`, belongs to the user, as Git judges it, or to root."""
    return is_to_trust(entry) and is_to_trust(os.stat(top))  # noqa: PTH116


def _follow_git_file(entry: Path, top: Path) -> Place | None:
    """Return the git dir of a worktree or a submodule, whose `.git` is a file that names it."""
    try:
        with entry.open("rb") as file:
            text = file.read(_MOST_OF_A_GIT_FILE).decode(errors="surrogateescape")
    except OSError:
        return None
    if not text.startswith("gitdir:") or "\0" in text:
        return None
    folder = top / text.removeprefix("gitdir:").strip()
    if not is_folder_to_trust(str(folder)) or not os.path.lexists(folder / "HEAD"):
        return None
    return Place(folder / _IN_GIT_DIR, top)
