"""Errors and messages: two lines on standard error for people, one object on standard output for programs."""

import json
import os
import sys

from geo_scaffold.errors import GeoScaffoldError

SCHEMA = 1
"""Version of every JSON document that the command line prints."""


def wants_colour() -> bool:
    """Tell whether messages are coloured: on a terminal only, and never when NO_COLOR is set (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def report_error(error: GeoScaffoldError, *, as_json: bool) -> None:
    """Say what is wrong, where, and what to do.

    Args:
        error: What went wrong.
        as_json: Print the error object of the JSON contract on standard output instead.
    """
    if as_json:
        fields = {"code": error.code, "message": error.message, "path": error.path, "remedy": error.remedy}
        sys.stdout.write(json.dumps({"schema": SCHEMA, "error": fields}, indent=2) + "\n")
        return
    red, plain = ("\x1b[31m", "\x1b[0m") if wants_colour() else ("", "")
    where = f"{error.path}: " if error.path and error.path not in error.message else ""
    sys.stderr.write(f"{red}error:{plain} {where}{error.message}\n")
    if error.remedy:
        sys.stderr.write(f"  {error.remedy}\n")
