"""The files of a tree, each read, decoded and parsed once."""

import fnmatch
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from geo_scaffold.checkout.fingerprint import Fingerprint
from geo_scaffold.commit import digest
from geo_scaffold.errors import GeoScaffoldError

if TYPE_CHECKING:  # planning needs no outline
    from geo_scaffold.outline import Breakage, Outline

Read: TypeAlias = Callable[[str], bytes | None]
"""Returns the content of a file of a tree, or None if there is none."""

_SPECIAL: Final = frozenset("?[]")
"""The wildcards of a pattern besides a star."""


class Files(Protocol):
    """Where files are: a folder on disk, or a commit."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if there is none.

        Raises:
            GeoScaffoldError: It cannot be read.
        """

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty if there is no folder.

        Raises:
            GeoScaffoldError: It cannot be read.
        """


class Looked(NamedTuple):
    """What has been read.

    Args:
        fingerprint: As returned by `Sources.fingerprint`.
        unreadable: What could not be read, by its path in GitLab's tree.
    """

    fingerprint: Fingerprint | None
    unreadable: "Mapping[str, Breakage]"


class Sources:
    """The files of a tree, by their path in GitLab's tree.

    Args:
        files: Where they are; they must not change while this is in use.
        prefix: The prefix of a path of GitLab's tree, such as `gitlab/`.
    """

    def __init__(self, files: Files, prefix: str) -> None:
        self.prefix = prefix
        self._files = files
        self._contents: dict[str, bytes | None] = {}
        self._texts: dict[str, str | None] = {}
        self._unreadable: dict[str, Breakage] = {}
        self._broken: dict[str, Breakage | None] = {}
        self._outlines: dict[str, Outline] = {}
        self._folders: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._absent: set[str] = set()
        self._elsewhere: list[Fingerprint] = []

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if there is none or it cannot be read."""
        if path not in self._contents:
            content = None
            try:
                content = self._files.read(self.prefix + path)
            except GeoScaffoldError as error:
                self._unreadable[path] = _breakage(error)
            self._contents[path] = content
        return self._contents[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None if there is none or it cannot be read."""
        if path not in self._texts:
            content = self.read(path)
            self._texts[path] = None if content is None else content.decode("utf-8", "surrogateescape")
        return self._texts[path]

    def scanned(self, path: str) -> str:
        """Return the text of one of many files to search; empty if there is none or it cannot be read.

        Any one of a thousand files may have what is searched for, so an unreadable one is not reported.
        """
        if path in self._contents:
            return self.text(path) or ""
        try:
            self._contents[path] = self._files.read(self.prefix + path)
        except GeoScaffoldError:
            return ""
        return self.text(path) or ""

    def cannot_read(self, path: str) -> bool:
        """Tell whether something exists that cannot be read, file or folder."""
        self.read(path)
        return path in self._unreadable

    def breakage(self, path: str) -> "Breakage | None":
        """Return why a file cannot be read, or None if it can, or there is none."""
        if path not in self._broken:
            text = self.text(path)
            from geo_scaffold.outline.broken import breakage_of  # noqa: PLC0415 - as above

            self._broken[path] = self._unreadable.get(path) if text is None else breakage_of(text, path)
        return self._broken[path]

    def outline(self, path: str) -> "Outline":
        """Return the constructs of a Ruby file; empty if there is no file."""
        if path not in self._outlines:
            from geo_scaffold.outline.ruby import outline_ruby  # noqa: PLC0415 - as above

            self._outlines[path] = outline_ruby(self.text(path) or "")
        return self._outlines[path]

    def exists(self, path: str) -> bool:
        """Tell whether something of this name exists; what cannot be read counts, because it may."""
        folder, _, name = path.rpartition("/")
        if folder not in self._names:
            self._names[folder] = frozenset(self.folder(folder))
        if name in self._names[folder]:
            return True
        return folder in self._unreadable and (self.read(path) is not None or path in self._unreadable)

    def folder(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty if there is no folder or it cannot be read."""
        if folder in self._absent:
            return ()
        if folder not in self._folders:
            above, _, name = folder.rpartition("/")
            if above and name not in self.folder(above) and above not in self._unreadable:
                self._absent.add(folder)  # like most folders that an autoloader would search
                return ()
            names: tuple[str, ...] = ()
            try:
                names = self._files.names(self.prefix + folder)
            except GeoScaffoldError as error:
                self._unreadable[folder] = _breakage(error)
            self._folders[folder] = names
        return self._folders[folder]

    def unreadable_folder(self, folder: str) -> "Breakage | None":
        """Return why a folder cannot be read, or None if it can, or there is none."""
        self.folder(folder)
        return self._unreadable.get(folder)

    def matching(self, pattern: str) -> list[str]:
        """Return the files whose path matches a pattern; a `*` matches a part of one name.

        Args:
            pattern: POSIX, relative to the root of GitLab's tree.
        """
        folder, _, name = pattern.rpartition("/")
        folders = [folder]
        if "*" in folder:
            above, _, part = folder.rpartition("/")
            folders = [f"{above}/{each}" for each in _having(self.folder(above), part)]
        if "*" not in name:
            return [f"{each}/{name}" for each in folders if self.exists(f"{each}/{name}")]
        return [f"{each}/{found}" for each in folders for found in _having(self.folder(each), name)]

    def unreadable(self) -> str | None:
        """Return why something could not be read so far, or None if everything could."""
        found = next(iter(self._unreadable.items()), None)
        if found is None:
            return None
        path, broken = found
        return broken.what if path in broken.what else f"{self.prefix}{path} {broken.what}"

    def require_readable(self) -> None:
        """Raise if a file could not be read so far.

        Raises:
            GeoScaffoldError: Why one could not.
        """
        for path in self._unreadable:
            self._files.read(self.prefix + path)

    def fingerprint(self) -> Fingerprint | None:
        """Return what has been read so far, by its path from the root.

        Returns:
            None if something could not be read, or another process read something else.
        """
        if self.unreadable():
            return None
        paths = [self.prefix + path for path in self._contents]
        files = {path: self._files.read(path) for path in paths}
        found: Fingerprint | None = Fingerprint(
            {path: None if content is None else digest(content) for path, content in files.items()},
            {self.prefix + folder: names for folder, names in self._folders.items()},
        )
        for each in self._elsewhere:
            found = found and found.and_of(each)
        return found

    def looked(self) -> Looked:
        """Return what has been read so far, for another process that reads the same files."""
        return Looked(self.fingerprint(), self._unreadable)

    def learn(self, looked: Looked) -> None:
        """Add what another process has read.

        Args:
            looked: What it has read.
        """
        if looked.fingerprint:
            self._elsewhere.append(looked.fingerprint)
        for path, broken in looked.unreadable.items():
            self._unreadable.setdefault(path, broken)


def _breakage(error: GeoScaffoldError) -> "Breakage":
    """Return the finding for something unreadable: the system's reason, if there is one."""
    from geo_scaffold.outline import Breakage  # noqa: PLC0415 - as above

    reason = getattr(error.__cause__, "strerror", None)
    return Breakage(f"cannot be read: {reason}" if reason else error.message, 1)


def _having(names: tuple[str, ...], pattern: str) -> list[str]:
    """Return the names that match a pattern; of the thousands in `db/migrate` few do."""
    start, star, end = pattern.partition("*")
    if not star or "*" in end or set(start + end) & _SPECIAL:
        return fnmatch.filter(names, pattern)
    # The usual case: no regular expression is compiled, and one search goes through all names.
    text, least, found = _in_lines(names), len(start) + len(end), []
    place = text.find(f"{end}\n", 1)
    while place >= 0:
        name = text[text.rfind("\n", 0, place + len(end)) + 1 : place + len(end)]
        if len(name) >= least and name.startswith(start):
            found.append(name)
        place = text.find(f"{end}\n", place + 1)
    return found


@lru_cache(maxsize=32)
def _in_lines(names: tuple[str, ...]) -> str:
    """Return names as one text, a line feed before and after each; a name that contains one is left out."""
    return "\n".join(("", *(name for name in names if "\n" not in name), ""))
