"""What is read once for a short piece of work, as GitLab keeps sites and flags for the length of a request or job."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_memory: ContextVar[dict[tuple[object, str], Any] | None] = ContextVar("memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Let what `remembered` reads in a block be read once; a block within another one shares its memory."""
    token = _memory.set({}) if _memory.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _memory.reset(token)


def remembered(owner: object, name: str, read: Callable[[], T]) -> T:
    """Return what was read before in this piece of work, or read it; outside of any it is always read.

    Args:
        owner: Whose it is.
        name: What it is.
        read: Reads it.
    """
    memory = _memory.get()
    if memory is None:
        return read()
    key = (owner, name)
    if key not in memory:
        memory[key] = read()
    found: T = memory[key]
    return found


def forget(owner: object, name: str) -> None:
    """Have something read again, because it was changed."""
    memory = _memory.get()
    if memory is not None:
        memory.pop((owner, name), None)
