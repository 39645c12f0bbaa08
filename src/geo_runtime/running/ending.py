"""How the programs of a site end where it is the machine that is wrong: in two lines, with exit code 4."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Final

from geo_runtime.databases.disk import is_full

FAILED: Final = 4


def run_program(main: Callable[[list[str]], int], arguments: Sequence[str]) -> int:
    """Run a program and return its exit code; what it cannot do without is said in two lines.

    Args:
        main: The program.
        arguments: After its name; the first is a configuration file.
    """
    try:
        return main(list(arguments))
    except Exception as error:
        if is_full(error):
            return _say(f"the disk is full: {str(error).splitlines()[0]}", "Make room, and start it again")
        if isinstance(error, OSError) and arguments and str(error.filename) == arguments[0]:
            return _say(f"{arguments[0]} cannot be read: {error.strerror}", "Name the configuration file of a site")
        if isinstance(error, json.JSONDecodeError):
            return _say(f"{arguments[0]} is no JSON: {error}", "Look at the file")
        raise


def _say(message: str, remedy: str) -> int:
    sys.stderr.write(f"error: {message}\n  {remedy}\n")
    return FAILED
