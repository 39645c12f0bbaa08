"""A full disk, however it is reported."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NUMBERS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SQLITE: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
"""The last one: no room for the index of a journal, which is created when the first process opens a database."""
_SQLSTATE: Final = "53100"
"""PostgreSQL's `disk_full`."""
_LEAST: Final = 1 << 20
"""With less free space than this, in bytes, nothing works for long."""


def is_full(error: BaseException) -> bool:
    """Whether an error of the system, SQLite or PostgreSQL, or its cause, means that a disk is full."""
    return any(
        (isinstance(cause, OSError) and cause.errno in _NUMBERS)
        or getattr(cause, "sqlite_errorcode", None) in _SQLITE
        or getattr(cause, "sqlstate", None) == _SQLSTATE
        for cause in _causes(error)
    )


def has_room(folder: Path) -> bool:
    """Whether a folder's disk has any free space."""
    return shutil.disk_usage(folder).free >= _LEAST


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "orig", None)]
