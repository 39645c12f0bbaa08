"""The command line: Typer, Rich, exit codes. One verb a module, heavy imports inside the verb.

- app: the commands and what every one of them shares
- options: the arguments and options that several verbs share
- carry_out: what `new` and `release` do with a plan
- new, checklist, undo, release, names, facts, demo: one verb each
- formats: what a checklist looks like for people, for programs and for CI
- conflicts: the menu for a file that somebody else wrote
- preview: a plan and its result, as a table, as lines, as a diff
- report: messages and errors, for people and as JSON
"""

import errno
import gc
import os
import sys
from itertools import pairwise
from typing import IO, Final

from geo_scaffold.errors import GeoScaffoldError, InterruptedRunError, UsageError

__all__ = ["main"]

_COLLECT_AFTER: Final = 200_000
"""New objects until the collector looks for garbage, instead of 700: a short run, mostly imports, never gets there."""


def main() -> None:
    """Run the command line; every failure ends as two lines and an exit code, never as a traceback."""
    gc.set_threshold(_COLLECT_AFTER)
    _open_streams()
    try:
        # Inside, since most of a short run is this import: Ctrl-C must find somebody who answers.
        from geo_scaffold.cli.app import app

        code = app(standalone_mode=False)
        sys.stdout.flush()
    except GeoScaffoldError as error:
        code = _report(error)
    except KeyboardInterrupt:
        # Else `python -m` ends by SIGINT, though this is caught, if it passed through an `exec` of text, as in imports.
        eval("None")  # noqa: S307 - CPython forgets it when it begins the next one
        code = InterruptedRunError.exit_code
    except OSError as error:  # the layers below turn their own into errors of ours
        code = _report_output(error)
    except Exception as error:
        code = _report_other(error)
    gc.freeze()  # else the interpreter, on its way out, goes through all that was imported
    sys.exit(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """Stand in for standard streams that were closed, as cron and `>&-` do."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(mode))


def _nowhere(mode: str) -> IO[str]:
    return os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8")


def _report_output(error: OSError) -> int:
    """Say that what was asked for was done, and could not be shown."""
    if error.errno != errno.EPIPE:  # `| head` is no trouble
        sys.stderr.write(f"error: the output cannot be written: {error.strerror}\n  The command itself went through.\n")
    sys.stdout = _nowhere("w")  # else it fails again on the way out
    return 1


def _report(error: GeoScaffoldError) -> int:
    from geo_scaffold.cli.report import report_error

    report_error(error, as_json=_wants_json())
    return error.exit_code


def _report_other(error: Exception) -> int:
    """Report what Typer raises, and what nobody expected."""
    from typer import Abort

    if isinstance(error, Abort):  # Ctrl-C or Ctrl-D at a question
        sys.stderr.write("\ninterrupted; nothing was written\n")
        return InterruptedRunError.exit_code
    if hasattr(error, "format_message") and hasattr(error, "show"):  # wrong usage; Typer does not export its class
        if _wants_json():
            return _report(UsageError(error.format_message(), remedy="--help shows what there is"))
        error.show()
        return UsageError.exit_code
    if os.environ.get("GEO_SCAFFOLD_TRACEBACK"):
        raise error
    return _report(
        GeoScaffoldError(
            f"a bug of geo-scaffold: {type(error).__name__}: {error}",
            remedy="Run it again with GEO_SCAFFOLD_TRACEBACK=1 and report what it prints",
        )
    )


def _wants_json() -> bool:
    """Tell whether a program reads what is printed."""
    arguments = sys.argv[1:]
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments)
