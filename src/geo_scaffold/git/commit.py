"""The files of a commit, read from git's objects; nothing is checked out, filtered or fetched."""

import hashlib
import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple, Self

from geo_scaffold.errors import ReadError
from geo_scaffold.git.repository import Repository

_FOLDER: Final = "40000"
_FILES: Final = frozenset({"100644", "100755", "100664"})
_LINK: Final = "120000"
_SUBMODULE: Final = "160000"
"""The modes of entries in a git tree; 100664 occurs in old commits."""
_MOST_BYTES: Final = 1 << 26
"""The largest object that is read, the same as for a file on disk."""
_BLOCK: Final = 1 << 16
_DEEPEST: Final = 100
"""How deep a link's path may be; its text may be as long as an object."""
_MOST_LINKS: Final = 40
"""How many links a path may go through, as in Linux."""


class _Entry(NamedTuple):
    """One entry of a git tree: its type, and the id of its object."""

    mode: str
    id: str


class Commit:
    """The files of a commit. It is a context manager.

    Paths are POSIX paths relative to the checkout, which may be a folder of the repository. A folder may be a link, as
    on disk; a file may not.

    Args:
        repository: The repository.
        commit: Its id.
    """

    def __init__(self, repository: Repository, commit: str) -> None:
        self.id = commit
        self._prefix = repository.prefix
        self._trees: dict[str, Mapping[str, _Entry]] = {}
        self._git = repository.start("cat-file", "--batch")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop git."""
        for pipe in (self._git.stdin, self._git.stdout):
            if pipe:
                with suppress(OSError):  # git has ended already
                    pipe.close()
        self._git.wait()

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if there is none.

        Raises:
            ReadError: It is not a file, or git does not have it.
        """
        entry = self._file(path)
        return None if entry is None else self._object(entry.id, path)[1]

    def holds(self, path: str, content: bytes | None) -> bool:
        """Tell whether a file has a content, by its id, so that git need not have the object; None means no file.

        Args:
            path: Its path, relative to the checkout.
            content: The bytes, or None for no file.

        Raises:
            ReadError: Git does not have its folder.
        """
        entry = self._entry(path)
        if entry is None or content is None:
            return entry is None and content is None
        return entry.mode in _FILES and entry.id == blob_id(content, like=entry.id)

    def is_file(self, path: str) -> bool:
        """Tell whether a path is a file; errors as for `holds`."""
        entry = self._entry(path)
        return entry is not None and entry.mode in _FILES

    def id_of(self, path: str) -> str | None:
        """Return the id of what is at a path, or None if nothing is; errors as for `holds`."""
        entry = self._entry(path)
        return entry and entry.id

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty if there is no folder.

        Raises:
            ReadError: Git does not have it, or it is outside the repository.
        """
        return tuple(sorted(self._entries(f"{self._prefix}{folder}".rstrip("/"))))

    def blob(self, id_: str, path: str) -> bytes:
        """Return the content of a blob.

        Args:
            id_: Its id.
            path: Its file, for an error.

        Raises:
            ReadError: Git does not have it.
        """
        return self._object(id_, path)[1]

    def _entry(self, path: str) -> _Entry | None:
        folder, _, name = f"{self._prefix}{path}".rpartition("/")
        return self._entries(folder).get(name)

    def _file(self, path: str) -> _Entry | None:
        entry = self._entry(path)
        if entry is not None and entry.mode not in _FILES:
            raise self._unreadable(path, "is not a file", remedy="Make it a file")
        return entry

    def _entries(self, folder: str, links: int = 0) -> Mapping[str, _Entry]:
        """Return the entries of a folder of the repository."""
        if folder not in self._trees:
            self._trees[folder] = self._tree(folder, links)
        return self._trees[folder]

    def _tree(self, folder: str, links: int) -> Mapping[str, _Entry]:
        if not folder:
            return self._parsed(f"{self.id}^{{tree}}", self.id)
        above, _, name = folder.rpartition("/")
        entry = self._entries(above, links).get(name)
        if entry is None or entry.mode in _FILES:
            return {}
        if entry.mode == _SUBMODULE:
            raise self._unreadable(folder, "is a submodule, whose files are in no commit of this repository")
        if entry.mode == _LINK:
            to = posixpath.normpath(posixpath.join(above, os.fsdecode(self._object(entry.id, folder)[1])))
            if to.startswith(("/", "..")) or links == _MOST_LINKS or to.count("/") > _DEEPEST:
                raise self._unreadable(folder, "is a link that leads out of the repository, or nowhere")
            return self._entries("" if to == "." else to, links + 1)
        if entry.mode != _FOLDER:
            raise self._unreadable(folder, "is not a folder")
        return self._parsed(entry.id, folder)

    def _parsed(self, name: str, path: str) -> dict[str, _Entry]:
        try:
            return dict(_parsed(*self._object(name, path)))
        except ValueError as error:  # git accepts any pushed object, unless it is told to check them
            raise self._unreadable(path or self.id, "its folder is damaged: git fsck says more") from error

    def _object(self, name: str, path: str) -> tuple[str, bytes]:
        """Return the id and the content of an object that has to exist."""
        assert self._git.stdin is not None and self._git.stdout is not None  # noqa: S101, PT018 - for the type checker
        try:
            self._git.stdin.write(f"{name}\n".encode())
            self._git.stdin.flush()
            header = self._git.stdout.readline().decode().split()
            if len(header) == 3:  # id, type and size
                if int(header[2]) > _MOST_BYTES:
                    self._skip(int(header[2]) + 1)
                    raise self._unreadable(path, "it is too large")
                content = self._git.stdout.read(int(header[2]) + 1)
                if len(content) == int(header[2]) + 1:
                    return header[0], content[:-1]
        except OSError as error:
            raise self._unreadable(path, f"git does not have it ({error.strerror})") from error
        raise self._unreadable(path, "git does not have it")

    def _skip(self, size: int) -> None:
        assert self._git.stdout is not None  # noqa: S101 - for the type checker
        while size > 0 and (block := self._git.stdout.read(min(size, _BLOCK))):
            size -= len(block)

    def _unreadable(self, path: str, why: str, *, remedy: str = "") -> ReadError:
        """Return the error for a file that cannot be read; a clone may not have it, and nothing is fetched."""
        fetch = f"Fetch it first: git cat-file -p {self.id}:{self._prefix}{path}" if "have it" in why else ""
        return ReadError(
            f"cannot read {path} of the commit {self.id}: {why}",
            path=path,
            remedy=remedy or fetch or "Name the types instead of giving --changed",
        )


def blob_id(content: bytes, *, like: str) -> str:
    """Return the id that git gives a file's content.

    Args:
        content: The content.
        like: An id of the same repository, whose length tells which hash it uses.
    """
    made = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    made.update(b"blob %d\0" % len(content))
    made.update(content)
    return made.hexdigest()


def _parsed(id_: str, content: bytes) -> Iterator[tuple[str, _Entry]]:
    """Yield the entries of a tree: mode, space, name, NUL, and an id as long as that of the tree itself."""
    at, width = 0, len(id_) // 2
    while at < len(content):
        end = content.index(b"\0", at)
        mode, _, name = content[at:end].partition(b" ")
        at = end + 1 + width
        yield os.fsdecode(name), _Entry(mode.decode(), content[end + 1 : at].hex())
