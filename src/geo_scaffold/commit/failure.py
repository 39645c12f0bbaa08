"""Errors of the operating system, in words for people."""

import errno
from collections.abc import Callable

from geo_scaffold.errors import GeoScaffoldError, InterruptedRunError, StaleError, WriteError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space and run the command again"),
    errno.EDQUOT: ("the disk quota is used up", "Free some space and run the command again"),
    errno.EFBIG: ("the file is larger than is allowed here", "Raise the limit (ulimit -f) and run the command again"),
    errno.EACCES: ("permission denied", "Check the owner and the permissions of the file and of its folder"),
    errno.EPERM: ("operation not permitted", "Check the owner and the attributes of the file and of its folder"),
    errno.EROFS: ("the file system is read-only", "Choose a folder that can be written to"),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name or folder"),
    errno.ENOTDIR: ("a part of the path is a file, where a folder is needed", "Move that file away"),
    errno.EISDIR: ("it is a folder, where a file is needed", "Move that folder away"),
    errno.ENOENT: (
        "no such file or folder",
        "Check that the folder exists and is not being changed by another program",
    ),
    errno.ENOLCK: (
        "the file system has no locks",
        "Mount it with locks (for NFS without nolock), or work in a copy on a local disk",
    ),
    errno.EMFILE: ("too many files are open", "Raise the limit (ulimit -n) and run the command again"),
}


def explain(error: BaseException, place: Callable[[str], str] = str) -> BaseException:
    """Turn what stopped a run into the error to show; anything but an `OSError` is returned unchanged.

    Args:
        error: The exception.
        place: Turns the path in the exception into the one that the user knows.
    """
    if isinstance(error, GeoScaffoldError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return InterruptedRunError("interrupted; nothing was written", remedy="Run the command again")
    if isinstance(error, OSError):
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), None))
        path = place(str(error.filename)) if error.filename else None
        where = f"cannot write {path}" if path else "cannot write"
        return WriteError(f"{where}: {reason}; nothing was written", path=path, remedy=remedy)
    return error


def changed(path: str, what: str = "changed") -> StaleError:
    """Return the error for a file that is no longer as the plan found it.

    Args:
        path: The file, relative to the root of the target.
        what: What happened to it, as the end of a sentence.
    """
    return StaleError(
        f"{path} {what} since the plan was made; nothing was written",
        path=path,
        remedy="Run the command again: it plans again with the file as it is",
    )
