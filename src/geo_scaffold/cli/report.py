"""Errors and messages: two lines on standard error for people, one object on standard output for programs."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from geo_scaffold.errors import GeoScaffoldError

SCHEMA = 1
"""Version of every JSON document that the command line prints."""


def wants_colour(stream: TextIO) -> bool:
    """Tell whether a stream is coloured: on a terminal only, and never when NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def is_at_terminal() -> bool:
    """Tell whether there is somebody to ask, who sees the question's context."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def tell(sentence: str) -> None:
    """Say something that is not the result: on standard error, where it is in no program's way."""
    sys.stderr.write(f"{sentence}\n")


def now() -> str:
    """Return the time as a migration's timestamp: only the command line looks at the clock."""
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def print_json(document: Mapping[str, object]) -> None:
    """Print a document, alone on standard output.

    Args:
        document: With its `schema`.
    """
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def recover_first(into: Path) -> None:
    """Bring what a killed run left to one of its two ends, and say so: every verb starts like this.

    Args:
        into: The folder that the verb was pointed to.

    Raises:
        GeoScaffoldError: It cannot be done without a person.
    """
    from geo_scaffold.verbs.recovering import recover_around

    for sentence in recover_around(into):
        tell(sentence)


def report_error(error: GeoScaffoldError, *, as_json: bool) -> None:
    """Say what is wrong, where, and what to do.

    Args:
        error: What went wrong.
        as_json: Print the error object of the JSON contract on standard output instead.
    """
    if as_json:
        fields = {"code": error.code, "message": error.message, "path": error.path, "remedy": error.remedy}
        print_json({"schema": SCHEMA, "error": fields})
        return
    red, plain = ("\x1b[31m", "\x1b[0m") if wants_colour(sys.stderr) else ("", "")
    where = f"{error.path}: " if error.path and error.path not in error.message else ""
    sys.stderr.write(f"{red}error:{plain} {where}{error.message}\n")
    if error.remedy:
        sys.stderr.write(f"  {error.remedy}\n")
