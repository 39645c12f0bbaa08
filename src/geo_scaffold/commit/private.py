"""The user's private folders, outside of every tree: nobody else can have written what is in them.

By the XDG base directory specification a cache is below `$XDG_CACHE_HOME` and state below `$XDG_STATE_HOME`. Both come
from the environment, which may come from anybody: a folder is used only if it belongs to this user, is not a link, is
reached through no link that another user could have planted, and is not part of the tree being worked on.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from geo_scaffold.commit import effects
from geo_scaffold.commit.files import content_of

OWN: Final = "geo-scaffold"
"""The name of our folder in each of the two."""
CACHE_VARIABLE: Final = "GEO_SCAFFOLD_CACHE"
"""Names another folder for caches by its full path; if empty, nothing is cached."""

_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_ROOT: Final = 0
_MOST_LINKS: Final = 40
_MOST_BYTES: Final = 1 << 26
_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MARKS: Final = (".git", "ee/lib/gitlab/geo.rb")
"""What marks the top of a repository, or of a checkout."""


class Private:
    """A folder that only this user can use, held open so that it stays the one that was checked.

    Args:
        descriptor: The open folder.
    """

    def __init__(self, descriptor: int) -> None:
        self._folder = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder."""
        os.close(self._folder)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file of this user, or None if there is none, or it is another user's or not a file.

        Raises:
            OSError: It cannot be read.
        """
        try:
            descriptor = os.open(name, _OPEN_FILE, dir_fd=self._folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                return None
            raise
        try:
            status = os.fstat(descriptor)
            is_own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
            return content_of(descriptor, status.st_size) if is_own and status.st_size <= _MOST_BYTES else None
        finally:
            os.close(descriptor)

    def write(self, name: str, content: bytes, *, durable: bool = False, once: bool = False) -> None:
        """Write a file, completely or not at all; only its user may read it.

        Args:
            name: The name of the file.
            content: Its bytes.
            durable: Wait for the disk.
            once: Keep a file that exists by then.

        Raises:
            OSError: It cannot be written.
        """
        temporary = Path(f".{name[:50]}-{os.getpid()}-{os.urandom(4).hex()}")
        descriptor = effects.create(temporary, _FILE_MODE, self._folder)
        try:
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[effects.write(descriptor, rest) :]
                if durable:
                    effects.sync_open(descriptor)
            finally:
                effects.close(descriptor)
            if once:
                with suppress(FileExistsError):
                    effects.link(temporary, Path(name), self._folder)
                effects.remove(temporary, self._folder)
            else:
                effects.rename(temporary, Path(name), self._folder)
        except BaseException:
            with suppress(OSError):
                effects.remove(temporary, self._folder)
            raise
        if durable:
            effects.sync_open(self._folder)

    def remove(self, name: str) -> None:
        """Remove a file.

        Raises:
            OSError: It cannot be removed.
        """
        effects.remove(Path(name), self._folder)

    def keep_newest(self, most: int) -> None:
        """Remove the oldest files, down to a number."""
        with suppress(OSError):
            with os.scandir(self._folder) as entries:
                by_age = sorted((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name) for entry in entries)
            for _, name in by_age[:-most]:
                effects.remove(Path(name), self._folder)


def open_cache(kind: str) -> Private | None:
    """Open the folder of a cache, creating it if it is missing; None if there is none to trust.

    Args:
        kind: The name of the cache.
    """
    given = os.environ.get(CACHE_VARIABLE)
    if given is not None:  # a relative one would be in the tree
        return _open(given, (kind,)) if given.startswith("/") else None
    return _open(_base("XDG_CACHE_HOME", ".cache"), (OWN, kind))


def open_state() -> Private | None:
    """Open the folder of this user's state, creating it if it is missing; None if there is none to trust."""
    return _open(_base("XDG_STATE_HOME", ".local/state"), (OWN,))


def _base(variable: str, default: str) -> str | None:
    given = os.environ.get(variable, "")
    if given.startswith("/"):
        return given
    try:
        home = str(Path.home())
    except RuntimeError:  # there is no home folder
        return None
    return f"{home}/{default}" if home.startswith("/") else None


def _open(base: str | None, names: tuple[str, ...]) -> Private | None:
    try:
        if base is None or "\0" in base or not (place := _resolve(base)) or _is_in_tree(place):
            return None
        _make(place)
        descriptor = None
        for name in names:
            place = f"{place}/{name}"
            with suppress(FileExistsError):
                if not _may_make_in(os.path.dirname(place)):  # noqa: PTH120 - runs at every start
                    return None
                effects.make_directory(Path(place), _MODE)
            if descriptor is not None:
                os.close(descriptor)
            descriptor = _checked(place)
            if descriptor is None:
                return None
    except OSError:
        return None
    return None if descriptor is None else Private(descriptor)


def _checked(place: str) -> int | None:
    """Open a folder that belongs to this user and is not a link; from now on nobody else may write to it."""
    descriptor = os.open(place, _OPEN_FOLDER)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid():
            if stat.S_IMODE(status.st_mode) != _MODE:  # from an older version, or another umask
                effects.change_mode(descriptor, _MODE)
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _resolve(path: str) -> str | None:
    """Resolve the links of a path; None if another user could have made one of them."""
    done, rest = "/", [part for part in reversed(path.split("/")) if part not in ("", ".")]
    links = 0
    while rest:
        part = rest.pop()
        if part == "..":
            done = os.path.dirname(done)  # noqa: PTH120 - as above
            continue
        here = f"{done.rstrip('/')}/{part}"
        try:
            status = os.lstat(here)
        except FileNotFoundError:  # nothing below can exist either
            return f"{here}/{'/'.join(reversed(rest))}".rstrip("/") if ".." not in rest else None
        if not stat.S_ISLNK(status.st_mode):
            done = here
            continue
        links += 1
        if status.st_uid not in (_ROOT, os.geteuid()) or links > _MOST_LINKS:
            return None
        target = os.readlink(here)  # noqa: PTH115 - as above
        done = "/" if target.startswith("/") else done
        rest += [part for part in reversed(target.split("/")) if part not in ("", ".")]
    return done


def _make(path: str) -> None:
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)  # noqa: PTH120 - as above
    if missing and not _may_make_in(path):
        return
    for folder in reversed(missing):
        with suppress(FileExistsError):
            effects.make_directory(Path(folder), _MODE)


def _may_make_in(folder: str) -> bool:
    """Tell whether we may create a folder here: under `sudo` a home still belongs to the user, and has to stay so."""
    user = os.geteuid()
    return user != _ROOT or os.stat(folder).st_uid == user  # noqa: PTH116 - as above


def _is_in_tree(place: str) -> bool:
    """Tell whether a folder is part of the tree being worked on, so that its contents may have come with the tree."""
    try:
        own = _top_of(place)
        return own is not None and (own == _top_of(str(Path.cwd())) or os.path.lexists(f"{own}/{_MARKS[1]}"))
    except OSError:  # the current folder no longer exists
        return False


def _top_of(place: str) -> str | None:
    while True:
        if any(os.path.lexists(f"{place}/{mark}") for mark in _MARKS):
            return place
        above = os.path.dirname(place)  # noqa: PTH120 - as above
        if above == place:
            return None
        place = above
