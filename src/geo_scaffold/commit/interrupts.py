"""Deferred signals: a handler only records them, and the steps check the record where they can stop."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from geo_scaffold.errors import InterruptedRunError

_Handler = Callable[[int, FrameType | None], object] | int | None

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Context in which the signals that end a program are only recorded.

    A signal that arrives after the work is complete has no effect: the caller reports what was done, which is more
    useful than dying silently. Signals that the program ignores (nohup) stay ignored. Outside of the main thread Python
    delivers no signals, and nothing needs to be done.
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._previous: dict[signal.Signals, _Handler] = {}

    def __enter__(self) -> Self:
        try:
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if handler not in (None, signal.SIG_IGN):
                    self._previous[number] = handler
                    signal.signal(number, self._note)
        except ValueError:  # not the main thread
            self._previous.clear()
        except BaseException:
            self._restore()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def check(self) -> None:
        """Stop here if a signal has arrived.

        Raises:
            InterruptedRunError: A signal has arrived.
        """
        if self._received is not None:
            name = signal.Signals(self._received).name
            raise InterruptedRunError(f"interrupted by {name}; nothing was written", remedy="Run the command again")

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._received = number

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
