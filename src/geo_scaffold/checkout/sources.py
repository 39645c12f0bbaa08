"""The files of a tree, each read, decoded and looked at once."""

import fnmatch
from collections.abc import Callable
from typing import Protocol, TypeAlias

from geo_scaffold.checkout.seen import Seen
from geo_scaffold.commit import digest
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.outline import Breakage, Outline, breakage_of, outline_ruby

Read: TypeAlias = Callable[[str], bytes | None]
"""Returns what a file of a tree holds; None: there is none."""


class Files(Protocol):
    """Where files are: a folder on disk, or a commit."""

    def read(self, path: str) -> bytes | None:
        """Return what a file holds; None: there is none.

        Raises:
            GeoScaffoldError: It cannot be read.
        """

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; none where there is no folder."""


class Sources:
    """Files by their path in GitLab's tree.

    Args:
        files: Where they are; they are the same as long as this is used.
        prefix: What comes before a path of GitLab's tree, such as `gitlab/`.
    """

    def __init__(self, files: Files, prefix: str) -> None:
        self.prefix = prefix
        self._files = files
        self._texts: dict[str, str | None] = {}
        self._unreadable: dict[str, Breakage] = {}
        self._broken: dict[str, Breakage | None] = {}
        self._outlines: dict[str, Outline] = {}
        self._folders: dict[str, tuple[str, ...]] = {}

    def text(self, path: str) -> str | None:
        """Return the text of a file; None: there is none, or it cannot be read."""
        if path not in self._texts:
            content = None
            try:
                content = self._files.read(self.prefix + path)
            except GeoScaffoldError as error:
                self._unreadable[path] = Breakage(error.message, 1)
            self._texts[path] = None if content is None else content.decode("utf-8", "surrogateescape")
        return self._texts[path]

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None: there is none, or it cannot be read."""
        text = self.text(path)
        return None if text is None else text.encode("utf-8", "surrogateescape")

    def breakage(self, path: str) -> Breakage | None:
        """Return what keeps a file from being read; None: nothing, or there is no file."""
        if path not in self._broken:
            text = self.text(path)
            self._broken[path] = self._unreadable.get(path) if text is None else breakage_of(text, path)
        return self._broken[path]

    def outline(self, path: str) -> Outline:
        """Return the constructs of a Ruby file; none where there is no file."""
        if path not in self._outlines:
            self._outlines[path] = outline_ruby(self.text(path) or "")
        return self._outlines[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is something of this name."""
        folder, _, name = path.rpartition("/")
        return name in self.folder(folder)

    def folder(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; none where there is no folder."""
        if folder not in self._folders:
            above, _, name = folder.rpartition("/")
            if above and name not in self.folder(above):
                return ()  # most of the folders that an autoloader would look into are not there
            self._folders[folder] = self._files.names(self.prefix + folder)
        return self._folders[folder]

    def matching(self, pattern: str) -> list[str]:
        """Return the files whose path has a pattern; a `*` stands for a part of one name.

        Args:
            pattern: POSIX, relative to the root of GitLab's tree.
        """
        folder, _, name = pattern.rpartition("/")
        folders = [folder]
        if "*" in folder:
            above, _, part = folder.rpartition("/")
            folders = [f"{above}/{each}" for each in fnmatch.filter(self.folder(above), part)]
        if "*" not in name:
            return [f"{each}/{name}" for each in folders if name in self.folder(each)]
        return [f"{each}/{found}" for each in folders for found in fnmatch.filter(self.folder(each), name)]

    def unreadable(self) -> str | None:
        """Return why one of the files that were looked at so far could not be read; None: all could."""
        return next((each.what for each in self._unreadable.values()), None)

    def seen(self) -> Seen | None:
        """Return what was looked at so far, by its path from the root; None: something could not be read."""
        if self.unreadable():
            return None
        paths = [self.prefix + path for path in self._texts]
        files = {path: self._files.read(path) for path in paths}
        return Seen(
            {path: None if content is None else digest(content) for path, content in files.items()},
            {self.prefix + folder: names for folder, names in self._folders.items()},
        )
