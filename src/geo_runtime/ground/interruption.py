"""How long-running work is asked to stop: it checks from time to time, and gives up where it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_asked: ContextVar[Event | None] = ContextVar("asked_to_end", default=None)


class Interrupted(BaseException):
    """The process ends; its work is started again later, or by another one. Not a failure, so no `Exception`."""


@contextmanager
def interruptible(asked: Event) -> Iterator[None]:
    """Make what runs in a block check an event.

    Args:
        asked: Set when it should end.
    """
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def is_interrupted() -> bool:
    """Whether the current work should end."""
    asked = _asked.get()
    return asked is not None and asked.is_set()


def check() -> None:
    """Give up here if requested.

    Raises:
        Interrupted: It was requested.
    """
    if is_interrupted():
        raise Interrupted("the process ends")
