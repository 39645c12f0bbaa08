"""One run at a time: an advisory lock that the system releases when its owner dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from geo_scaffold.commit import effects, files
from geo_scaffold.commit.places import Place
from geo_scaffold.errors import BusyError

_ATTEMPTS = 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a pipe must not hang the run
_MODE = 0o700
"""The folder's mode: nobody else may read a journal, or put one there."""


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold the lock of a place; its folder exists inside the context, and is removed afterwards if it is empty.

    Args:
        place: The place.

    Raises:
        BusyError: Another process holds it.
        ConfinementError: A folder on the way is a link.
        OSError: The lock file cannot be created.
    """
    try:
        descriptor = _acquire(place)
    except BusyError:
        raise
    except BaseException:
        _clean_up(place)
        raise
    try:
        yield
    finally:
        _clean_up(place)
        _let_go(descriptor)


def _let_go(descriptor: int) -> None:
    """Close the lock file. A failure is ignored: the work is done."""
    try:
        effects.close(descriptor)
    except (OSError, KeyboardInterrupt):
        with suppress(OSError):  # it may be closed already
            os.close(descriptor)


def try_flock(descriptor: int) -> bool:
    """Try to lock an open file or folder, without waiting, and tell whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(place: Place) -> bool:
    """Tell whether a run is working in a place, without writing anything."""
    try:
        descriptor = os.open(place.lock, _READ)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no locks here, so nobody could write either
        return False
    finally:
        os.close(descriptor)
    return False


def _acquire(place: Place) -> int:
    for _ in range(_ATTEMPTS):
        try:
            for folder in place.folders():
                with suppress(FileExistsError):
                    effects.make_directory(folder, _MODE if folder == place.folder else 0o777)
            place.check()
            descriptor = _open(place)
        except FileNotFoundError:  # a run that just ended removed a folder
            continue
        try:
            if not try_flock(descriptor):
                raise _busy(os.pread(descriptor, 32, 0))
            # The previous owner may have removed the file after we opened it and before we locked it.
            if _is_current(descriptor, place):
                with suppress(OSError):  # only needed for other runs' messages
                    effects.write(descriptor, b"%d\n" % os.getpid())
                return descriptor
        except BaseException as error:
            with suppress(OSError):
                os.close(descriptor)
            if isinstance(error, OSError):
                error.filename = error.filename or str(place.lock)
            raise
        os.close(descriptor)
    raise _busy(b"")


def _open(place: Place) -> int:
    try:
        return effects.open_lock(place.lock)
    except PermissionError:  # another user's, of a run that died: it can be locked nevertheless
        try:
            return os.open(place.lock, _READ)
        except FileNotFoundError:
            pass
        raise


def _is_current(descriptor: int, place: Place) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.lock.lstat())
    except FileNotFoundError:
        return False


def _busy(content: bytes) -> BusyError:
    pid = content.split(b"\n")[0].decode(errors="replace").strip()
    who = f"process {pid}" if pid.isdecimal() else "another process"
    return BusyError(
        f"another run of geo-scaffold ({who}) is writing here; nothing was written",
        remedy="Wait until it has ended and run the command again",
    )


def _clean_up(place: Place) -> None:
    # Twice: one failure must not leave anything behind. After that, the next start cleans up.
    for _ in range(2):
        try:
            files.discard(place.lock)
            for folder in reversed(place.folders()):
                files.remove_if_empty(folder)
        except (OSError, KeyboardInterrupt):
            continue
        return
