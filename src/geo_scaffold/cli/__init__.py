"""The command line: Typer, Rich, exit codes. One verb a module, heavy imports inside the verb.

- app: the commands and what every one of them shares
- options: the arguments and options that several verbs share
- carry_out: carries out a plan for `new`, `release` and `rename`
- new, checklist, undo, release, mr, names, facts, drift, demo: one verb each
- formats: a checklist for people, for programs and for CI
- conflicts: the menu for a file that somebody else wrote
- preview: a plan and its result, as a table, as lines, as a diff
- streams: standard output, whose errors have their own class
- report: messages and errors, for people and as JSON; own_options: in the options of the verb that runs
"""

import errno
import gc
import os
import sys
from itertools import pairwise
from typing import Final

from geo_scaffold.cli.streams import OutputError, failed, open_streams
from geo_scaffold.errors import GeoScaffoldError, InterruptedRunError, SystemCallError, UsageError

__all__ = ["main"]

_COLLECT_AFTER: Final = 200_000
"""New objects until the collector looks for garbage, instead of 700: a short run, mostly imports, never gets there."""
_RETRY: Final = "Run it again; GEO_SCAFFOLD_TRACEBACK=1 shows where it comes from"
_REMEDIES: Final = {
    errno.EACCES: "Check who owns it and its folders, and whether this user may read them",
    errno.EPERM: "Check who owns it and its folders, and whether this user may read them",
    errno.ENOENT: "Check that it and the current folder are still there",
    errno.ENOTDIR: "Check that its folders are folders",
    errno.ELOOP: "Check its symbolic links: they form a loop",
    errno.ENAMETOOLONG: "Use a shorter name or folder",
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EROFS: "Use a folder that can be written to",
    errno.EMFILE: "Raise the limit of open files (ulimit -n)",
    errno.ENFILE: "Close files in other programs",
    errno.ENOMEM: "Free some memory",
    errno.EIO: "Check the disk",
}
"""What to do about a system error that no layer expected."""


def main() -> None:
    """Run the command line; every failure becomes two lines and an exit code, never a traceback."""
    gc.set_threshold(_COLLECT_AFTER)
    try:
        code = _run()
        sys.stdout.flush()
    except OutputError as error:
        code = failed(error)
    except KeyboardInterrupt:
        code = InterruptedRunError.exit_code
    gc.freeze()  # otherwise the interpreter scans everything that was imported when it exits
    sys.exit(code)


def _run() -> int:
    """Run the command line and return its exit code; only an error of the output is raised."""
    open_streams()
    try:
        # Inside the `try`, since most of a short run is this import, and Ctrl-C must be handled here too.
        from geo_scaffold.cli.app import app

        code = app(standalone_mode=False)
        sys.stdout.flush()
    except OutputError:
        raise
    except GeoScaffoldError as error:
        return _report(error)
    except KeyboardInterrupt:
        # Otherwise `python -m` dies of SIGINT, although it is caught, if it was raised inside an import.
        eval("None")  # noqa: S307 - CPython forgets it when it begins the next one
        return InterruptedRunError.exit_code
    except OSError as error:  # the layers below turn those that they expect into our own
        if os.environ.get("GEO_SCAFFOLD_TRACEBACK"):
            raise
        return _report(_refused(error))
    except Exception as error:
        return _report_other(error)
    return code if isinstance(code, int) else 0


def _refused(error: OSError) -> SystemCallError:
    """Return our error for one of the system: what, where, and what to do."""
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else None
    reason = error.strerror or str(error) or type(error).__name__
    where = f"cannot read or use {path}" if path else "the system refused what the command needs"
    return SystemCallError(f"{where}: {reason}", path=path, remedy=_REMEDIES.get(error.errno or 0, _RETRY))


def _report(error: GeoScaffoldError) -> int:
    from geo_scaffold.cli.report import report_error

    report_error(error, as_json=_wants_json())
    return error.exit_code


def _report_other(error: Exception) -> int:
    """Report an error of Typer, or an unexpected one."""
    from typer import Abort

    if isinstance(error, Abort):  # Ctrl-C or Ctrl-D at a question
        sys.stderr.write("\ninterrupted; nothing was written\n")
        return InterruptedRunError.exit_code
    if hasattr(error, "format_message") and hasattr(error, "show"):  # wrong usage; Typer does not export its class
        if _wants_json():
            return _report(UsageError(error.format_message(), remedy="--help lists the commands and options"))
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
    """Tell whether the output is for a program."""
    arguments = sys.argv[1:]
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments)
