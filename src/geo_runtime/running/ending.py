"""When and how the programs of a site stop; if the machine or a setting is wrong, with a message of two lines."""

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sqlalchemy.exc import OperationalError, ProgrammingError

from geo_runtime.databases.disk import is_full
from geo_runtime.errors import ConfigurationError, GeoRuntimeError
from geo_runtime.ground.secrets import masked

FAILED: Final = 4
_LOOK_S: Final = 1.0
GRACE_S: Final = 8.0
"""How long a process may take to end, by default: less than a supervisor usually waits."""


def run_program(main: Callable[[], int]) -> int:
    """Run a program and return its exit code; fatal problems are reported in two lines, with exit code 4.

    Args:
        main: The program.
    """
    try:
        return main()
    except ConfigurationError as error:
        for message, remedy in error.problems:
            say(message, remedy)
        return FAILED
    except GeoRuntimeError as error:
        say(str(error), "geo-runtime check says what is missing")
        return FAILED
    except Exception as error:
        if is_full(error):
            say(f"the disk is full: {str(error).splitlines()[0]}", "Free some space, and start it again")
            return FAILED
        if isinstance(error, (OperationalError, ProgrammingError)):
            refusal = masked(" ".join(str(error.orig).split()))
            say(f"a database cannot be used: {refusal}", "geo-runtime check says which, and what to do")
            return FAILED
        raise


def say(message: str, remedy: str) -> None:
    """Print what is wrong and what to do, unless that goes to a file on the full disk itself."""
    with suppress(OSError):
        sys.stderr.write(f"error: {message}\n  {remedy}\n")


def wait_until_set(ended: threading.Event) -> None:
    """Wait in the main thread for an event that a signal sets.

    Python runs handlers of signals only in the main thread, and a signal wakes that thread only if the kernel gives it
    the signal. When a process goes on after it was stopped, as in a container that was paused, any thread may get what
    has arrived meanwhile; so the main thread has to wake by itself now and then.

    Args:
        ended: The event.
    """
    while not ended.wait(_LOOK_S):
        pass


def when_told_to_end(act: Callable[[], None], *, follows: bool) -> None:
    """Call a function when a signal asks the process to end.

    Args:
        act: The function.
        follows: Also call it when standard input closes, as it does when the parent was killed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())
    if follows:

        def wait() -> None:
            sys.stdin.read()
            act()

        threading.Thread(target=wait, daemon=True).start()
