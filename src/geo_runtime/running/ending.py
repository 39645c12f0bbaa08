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
GRACE_S: Final = 8.0
"""What a process takes to end at most, if it is not told otherwise: less than those who stop it wait, as a rule."""


def run_program(main: Callable[[], int]) -> int:
    """Run a program and return its exit code; what it cannot do without is said in two lines, and with exit code 4.

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
    """Say what is wrong, and what to do, unless it is said into a file on the very disk that is full."""
    with suppress(OSError):
        sys.stderr.write(f"error: {message}\n  {remedy}\n")


def when_told_to_end(act: Callable[[], None], *, follows: bool) -> None:
    """Do something when a signal says that the process should end.

    Args:
        act: What to do.
        follows: Do it too when standard input ends, as it does when whoever started the process was killed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: act())
    if follows:

        def wait() -> None:
            sys.stdin.read()
            act()

        threading.Thread(target=wait, daemon=True).start()
