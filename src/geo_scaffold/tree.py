"""A virtual tree of files: reads lazily, remembers what it read, holds new contents. It writes nothing."""

import errno
import os
import stat
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Final

from geo_scaffold.commit import Change, Preconditions, Root, parts_of, read
from geo_scaffold.errors import ReadError
from geo_scaffold.git import left_out

MOST_BYTES: Final = 1 << 26
"""The largest file that is read: ten times the size of GitLab's largest that matter here."""


class Tree:
    """A folder, which need not exist yet, with unwritten changes.

    Paths are POSIX paths relative to the root; paths that leave the root are refused.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._disk = Root(root, remembers=True) if root.exists() else None
        self._base: dict[str, bytes | None] = {}
        self._held: dict[str, bytes | None] = {}
        self._statuses: dict[str, os.stat_result] = {}
        self._modes: dict[str, int] = {}
        self._folders: dict[str, tuple[str, ...]] = {}

    def base(self, path: str) -> bytes | None:
        """Return the content of a file on disk, or None if there is none. It is read once, so a plan sees one state.

        Raises:
            ConfinementError: The path leaves the root.
            ReadError: It exists and cannot be read.
        """
        if path not in self._base:
            self._base[path] = self._read(path)
        return self._base[path]

    def read(self, path: str) -> bytes | None:
        """Return the future content of a file, or None if there will be none.

        Raises:
            ConfinementError: The path leaves the root.
            ReadError: It exists and cannot be read.
        """
        return self._held[path] if path in self._held else self.base(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty if there is no folder.

        They include what a sparse checkout leaves out, though it is not on disk.

        Raises:
            ReadError: The folder exists and cannot be read.
        """
        try:
            found = listing(f"{self.root}/{folder}")
        except OSError as error:
            where = folder or str(self.root)
            raise ReadError(
                f"cannot read {where}: {error.strerror}", path=where, remedy="Make the folder readable"
            ) from error
        self._folders.setdefault(folder, found)
        inside = f"{folder.rstrip('/')}/" if folder else ""
        also = {path[len(inside) :].partition("/")[0] for path in self.left_out if path.startswith(inside)}
        return tuple(sorted({*found, *also})) if also else found

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The files that a sparse checkout leaves out: they are in git's index, and not deleted.

        Raises:
            ReadError: Git cannot list them.
        """
        return left_out(self.root) if self._disk else frozenset()

    def assume(self, path: str, content: bytes) -> None:
        """Record content that was already read, so that plan and reader see one state.

        Args:
            path: The file.
            content: Its content.
        """
        self._base.setdefault(path, content)

    def seen(self) -> Preconditions:
        """Return what has been read so far, for the commit to compare."""
        return Preconditions(
            {path: (content, self._statuses.get(path)) for path, content in self._base.items()}, self._folders
        )

    def write(self, path: str, content: bytes) -> None:
        """Change or create a file.

        Args:
            path: Its path, relative to the root.
            content: Its new bytes.
        """
        self.base(path)
        self._held[path] = content

    def move(self, source: str, path: str, content: bytes) -> None:
        """Move a file, with its permissions, and change its content.

        Args:
            source: Its path.
            path: Its new path.
            content: Its new content.
        """
        self.write(path, content)
        self.delete(source)
        if status := self._statuses.get(source):
            self._modes[path] = stat.S_IMODE(status.st_mode)

    def delete(self, path: str) -> None:
        """Delete a file."""
        self.base(path)
        self._held[path] = None

    def changes(self) -> tuple[Change, ...]:
        """Return the files that will differ, in the order in which they were first touched."""
        return tuple(
            Change(path, self._base[path], after, self._modes.get(path))
            for path, after in self._held.items()
            if after != self._base[path]
        )

    def missing_folders(self) -> tuple[str, ...]:
        """Return the missing folders that new files need, parents first; `.` is the root itself."""
        missing = {} if self._disk else {".": None}
        for path, content in self._held.items():
            if content is None:
                continue
            folders = path.split("/")[:-1]
            for depth in range(1, len(folders) + 1):
                folder = "/".join(folders[:depth])
                if folder not in missing and not (self.root / folder).exists():
                    missing[folder] = None
        return tuple(missing)

    def emptied(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Return which of some folders will be empty, innermost first.

        Args:
            folders: The folders, relative to the root.
        """
        gone: dict[str, None] = {}
        kept = [path for path, content in self._held.items() if content is not None]
        for folder in sorted(folders, key=lambda each: -each.count("/")):
            paths = [f"{folder}/{name}" for name in listing(self.root / folder)]
            is_left = any(path not in gone and self._held.get(path, b"") is not None for path in paths)
            if paths and not is_left and not any(path.startswith(f"{folder}/") for path in kept):
                gone[folder] = None
        return tuple(gone)

    @staticmethod
    def _read_from(disk: Root, path: str) -> tuple[bytes, os.stat_result] | None:
        try:
            return read(disk.place_to_read(path), most=MOST_BYTES)
        except OSError:
            disk.place(path)  # raises if something is wrong with the path, such as a symbolic link
            raise

    def _read(self, path: str) -> bytes | None:
        if self._disk is None:
            parts_of(path)
            return None
        try:
            found = self._read_from(self._disk, path)
            if found is None and path in self.left_out:
                raise ReadError(
                    f"{path} is left out of this sparse checkout",
                    path=path,
                    remedy=f"Run git sparse-checkout add {path.rpartition('/')[0] or '/'}, or disable",
                )
        except OSError as error:
            if error.errno == errno.ENOTDIR:
                return None
            what = "is a folder, where a file is needed" if error.errno == errno.EISDIR else str(error.strerror)
            raise ReadError(f"cannot read {path}: {what}", path=path, remedy="Move it away, or fix it") from error
        if found is None:
            return None
        content, self._statuses[path] = found
        return content


def listing(folder: Path | str) -> tuple[str, ...]:
    """Return the sorted names in a folder; empty if there is no folder.

    Raises:
        OSError: The folder exists and cannot be read.
    """
    try:
        return tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - names are enough, of thousands
    except (FileNotFoundError, NotADirectoryError):
        return ()
