"""Caches for the next run what can be made again; only what this user cached is ever returned."""

import os
from typing import Final

from geo_scaffold.commit.private import CACHE_VARIABLE, Private, open_cache
from geo_scaffold.commit.seal import is_sealed, seal

_STEERING: Final = (CACHE_VARIABLE, "XDG_CACHE_HOME", "HOME")
"""The variables that determine where a cache is."""


class Cache:
    """A cache of sealed files in a private folder; without such a folder nothing is cached.

    Args:
        kind: Its name.
        most: How many files it keeps; the oldest go first.
    """

    def __init__(self, kind: str, *, most: int) -> None:
        self._kind = kind
        self._most = most
        self._folder: Private | None = None
        self._is_tidy = False
        self._opened_by: tuple[str | None, ...] | None = None

    def find(self, name: str) -> bytes | None:
        """Return what was cached under a name, or None if nothing was, or not by this user."""
        folder = self._open()
        if folder is None:
            return None
        try:
            mark, _, content = (folder.read(name) or b"").partition(b"\n")
        except OSError:
            return None
        return content if is_sealed(self._purpose(name), content, mark.decode("ascii", "replace")) else None

    def keep(self, name: str, content: bytes) -> None:
        """Cache something; if that fails, it is made again the next time.

        Args:
            name: The name of a file in the folder of the cache.
            content: Its content, without the seal.
        """
        folder = self._open()
        mark = seal(self._purpose(name), content) if folder else None
        if folder is None or mark is None:
            return
        try:
            folder.write(name, mark.encode() + b"\n" + content)
        except OSError:
            return
        if not self._is_tidy:  # once: a run that caches many need not check each time
            folder.keep_newest(self._most)
            self._is_tidy = True

    def _open(self) -> Private | None:
        """Open the folder once per run: a run may read a hundred files."""
        place = tuple(os.environ.get(name) for name in _STEERING)
        if place != self._opened_by:
            if self._folder:
                self._folder.close()
            self._folder, self._opened_by = open_cache(self._kind), place
        return self._folder

    def _purpose(self, name: str) -> str:
        return f"cache {self._kind} {name}"
