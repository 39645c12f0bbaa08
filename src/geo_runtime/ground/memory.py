"""Caches what is read once for a short piece of work, as GitLab caches sites and flags during a request or job.

GitLab also caches them in its processes for a minute; a thread here can do the same, for a time of its choice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")

Values = dict[tuple[object, str], Any]


class _ThreadCache:
    """What a thread caches from one piece of work to the next; all of it counts as old as the oldest."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._values: Values = {}
        self._begun_at = monotonic()

    def values(self) -> Values:
        """Return what is cached, or nothing if that is too old."""
        if monotonic() - self._begun_at > self.seconds:
            self._values, self._begun_at = {}, monotonic()
        return self._values


_memory: ContextVar[Values | None] = ContextVar("memory", default=None)
_kept: ContextVar[_ThreadCache | None] = ContextVar("kept", default=None)


def keep(seconds: float) -> None:
    """Make pieces of work of this thread, from now on, start with what earlier ones read, if it is not too old.

    Args:
        seconds: How old it may be when a piece of work begins, by the machine's clock.
    """
    if _kept.get() is None:
        _kept.set(_ThreadCache(seconds))


@contextmanager
def remembering() -> Iterator[None]:
    """Cache what `remembered` reads in a block; a nested block shares the cache."""
    token = None
    if _memory.get() is None:
        cache = _kept.get()
        token = _memory.set({} if cache is None else cache.values())
    try:
        yield
    finally:
        if token is not None:
            _memory.reset(token)


def remembered(owner: object, name: str, read: Callable[[], T]) -> T:
    """Return what was read before in this piece of work, or read it; outside of one, always read it.

    Args:
        owner: Its owner.
        name: Its name.
        read: Reads it.
    """
    memory = _memory.get()
    if memory is None:
        return read()
    key = (owner, name)
    if key not in memory:
        memory[key] = read()
    value: T = memory[key]
    return value


def forget(owner: object) -> None:
    """Forget everything of an owner, because something was changed and the rest may depend on it."""
    memory = _memory.get()
    if memory is not None:
        for key in [key for key in memory if key[0] is owner]:
            del memory[key]
