"""Which paths are allowed: inside the root by their text, and inside the root through every symbolic link."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from geo_scaffold.errors import ConfinementError, WriteError

_ANOTHER_NAME: Final = "Give one of them another name, with --name or --set"
"""What to do if two files would have the same path."""


def confine(root: Path, path: str) -> Path:
    """Resolve a relative path inside a root.

    The path need not exist. A folder on the way may be a symbolic link if it leads to a folder inside the root. The
    last part must not be a link, because replacing it would replace the link, not the file.

    Args:
        root: An existing folder, which may itself be reached through symbolic links.
        path: POSIX path, relative to the root.

    Returns:
        The absolute path, free of links.

    Raises:
        ConfinementError: The path leaves the root, goes into `.git`, or ends in a symbolic link.
        WriteError: A part of the path is a file or not accessible, or the root is not a folder.
    """
    return Root(root).confine(path)


def parts_of(path: str) -> list[str]:
    """Split a relative POSIX path, if its text stays inside the folder.

    Raises:
        ConfinementError: It does not.
    """
    parts = path.split("/")
    if not path:
        reason = "is empty"
    elif "\0" in path:
        reason = "holds a NUL character"
    elif "\\" in path:
        reason = "holds a backslash"
    elif path.startswith("/"):
        reason = "is absolute"
    elif ".." in parts:
        reason = "leads upwards (..)"
    elif "" in parts or "." in parts:
        reason = "has an empty part or a single dot"
    elif ".git" in path.casefold() and _is_git(parts):
        reason = "leads into a .git folder"
    else:
        return parts
    raise ConfinementError(f"the path {path!r} {reason}", path=path, remedy="Use a plain path inside the target folder")


def check_distinct(paths: Iterable[str]) -> None:
    """Check that no two paths are the same file, even on a file system that ignores case, or both file and folder.

    Raises:
        WriteError: Two are.
    """
    seen: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            other = seen[folded]
            how = "twice" if other == path else f"and, different only in case, {other}"
            raise WriteError(f"the plan names {path} {how}; nothing was written", path=path, remedy=_ANOTHER_NAME)
        seen[folded] = path
    for folded, path in seen.items():
        parent = folded.rpartition("/")[0]
        while parent:
            if parent in seen:
                text = f"the plan needs {seen[parent]} as a file and, for {path}, as a folder; nothing was written"
                raise WriteError(text, path=seen[parent], remedy=_ANOTHER_NAME)
            parent = parent.rpartition("/")[0]


class Root:
    """A root that is resolved once, for many paths.

    Args:
        root: An existing folder.
        remembers: Whether to check a folder only once for everything in it. For reading only: a writer has to know what
            is there at that moment.
    """

    def __init__(self, root: Path, *, remembers: bool = False) -> None:
        self._remembers = remembers
        self._folders: dict[str, str] = {}
        try:
            self.path = root.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links, before Python 3.13
            reason = getattr(error, "strerror", None) or "it cannot be resolved"
            raise WriteError(
                f"cannot use the folder {root}: {reason}",
                path=str(root),
                remedy="Make it a folder that this user may use",
            ) from error
        if not self.path.is_dir():
            raise WriteError(
                f"{root} is a file, where a folder is needed", path=str(root), remedy="Choose another folder"
            )

    def confine(self, path: str) -> Path:
        """Do the same as the function `confine`, in this root."""
        return Path(self.place(path))

    def place(self, path: str) -> str:
        """Do the same, and return text: creating a `Path` takes longer than checking its file."""
        here, may_exist = self._placed(path)
        mode = self._mode(here, path) if may_exist else None
        if mode is not None and stat.S_ISLNK(mode):
            text = f"{path} is a symbolic link; it is neither followed nor replaced"
            raise ConfinementError(text, path=path, remedy="Replace the link by the file that it points to")
        return here

    def place_to_read(self, path: str) -> str:
        """Do the same without checking the last part: for `read`, which opens no symbolic link."""
        return self._placed(path)[0]

    def _placed(self, path: str) -> tuple[str, bool]:
        """Return the place of a path, and whether its folder exists."""
        *folders, name = parts_of(path)
        above = self._folders.get("/".join(folders))
        if above is None:
            above, within = str(self.path).rstrip("/"), ""  # text, because this runs for thousands of files
            for depth, folder in enumerate(folders):
                within = f"{within}/{folder}" if within else folder
                if within in self._folders:
                    above = self._folders[within]
                    continue
                above = f"{above}/{folder}"
                mode = self._mode(above, path)
                if mode is None:  # nothing below can exist either
                    return "/".join([above, *folders[depth + 1 :], name]), False
                if stat.S_ISLNK(mode):
                    above = str(self._follow(Path(above), path)).rstrip("/")
                elif not stat.S_ISDIR(mode):
                    raise self._not_a_folder(Path(above), path)
                if self._remembers:
                    self._folders[within] = above
        return f"{above}/{name}", True

    def relative(self, path: Path) -> str:
        """Return a path that `confine` returned relative to the root, as the user knows it."""
        return path.relative_to(self.path).as_posix()

    def _follow(self, link: Path, path: str) -> Path:
        target = Path(os.path.realpath(link))
        if not target.is_relative_to(self.path) or _is_git(target.relative_to(self.path).parts):
            text = f"{path} leaves the target: {self.relative_text(link)} is a symbolic link to {target}"
            raise ConfinementError(text, path=path, remedy="Remove the link, or choose another target folder")
        if not target.is_dir():
            raise self._not_a_folder(link, path)
        return target

    def relative_text(self, path: Path) -> str:
        """Return any path for a message: relative to the root if it is inside."""
        return self.relative(path) if path.is_relative_to(self.path) else str(path)

    def _mode(self, here: str, path: str) -> int | None:
        try:
            return os.lstat(here).st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WriteError(
                f"cannot look at {path}: {error.strerror}", path=path, remedy="Make its folders readable for this user"
            ) from error

    def _not_a_folder(self, here: Path, path: str) -> WriteError:
        name = self.relative_text(here)
        text = f"cannot write {path}: {name} is a file, where a folder is needed"
        return WriteError(text, path=name, remedy="Move that file away")


def _is_git(parts: Iterable[str]) -> bool:
    return any(part.casefold() == ".git" for part in parts)
