"""How long work is asked to stop: it checks from time to time, and gives up where it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_asked: ContextVar[Event | None] = ContextVar("asked_to_end", default=None)


class Interrupted(BaseException):
    """The process ends; what was at work is begun again, by another one or later. No failure, so no `Exception`."""


@contextmanager
def interruptible(asked: Event) -> Iterator[None]:
    """Have what runs in a block look at an event.

    Args:
        asked: Set when it should end.
    """
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def is_interrupted() -> bool:
    """Whether what runs here should end."""
    asked = _asked.get()
    return asked is not None and asked.is_set()


def check() -> None:
    """Give up here if that was asked for.

    Raises:
        Interrupted: It was.
    """
    if is_interrupted():
        raise Interrupted("the process ends")
