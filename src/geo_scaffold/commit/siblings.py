"""Hidden folders beside a target, in which a folder grows, or waits for its end.

Their owner holds a lock on the folder itself, which the system releases when the owner dies: whoever can lock such a
folder may take care of it. The name carries the process too, for file systems that cannot lock folders.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit.lock import try_flock

_MARK = ".geo-scaffold-"


class Kind(StrEnum):
    """What a sibling is for."""

    NEW = "new"
    """A folder grows here; the target is not there yet."""
    OLD = "old"
    """The target itself, moved away to be looked at; it may have to go back."""
    GONE = "gone"
    """The target, looked at: it is to be deleted."""


_KINDS = frozenset(kind.value for kind in Kind)


class Sibling(NamedTuple):
    """A hidden folder.

    Args:
        path: Where it is.
        target: The folder that it belongs to.
        kind: What it is for.
        process: Whose it is.
    """

    path: Path
    target: Path
    kind: Kind
    process: int


def sibling_of(target: Path, kind: Kind) -> Path:
    """Name a new sibling."""
    # A long name is cut: with the rest it would not fit. The cut does no harm where the name is not needed again.
    name = target.name[:50] if kind is Kind.NEW else target.name
    return target.with_name(f".{name}{_MARK}{kind}-{os.getpid()}-{os.urandom(4).hex()}")


def renamed(sibling: Path, kind: Kind) -> Path:
    """Name a sibling as the same one of another kind."""
    before, mark, after = sibling.name.rpartition(_MARK)
    return sibling.with_name(f"{before}{mark}{kind}-{after.partition('-')[2]}")


def find_siblings(folder: Path) -> list[Sibling]:
    """Find the siblings in a folder, by one look at its entries."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if _MARK in entry.name and entry.is_dir(follow_symlinks=False)]
    except OSError:  # not there, or not readable: the verb itself says so better
        return []
    siblings = (_parse(folder, name) for name in sorted(found))
    return [sibling for sibling in siblings if sibling]


def claim(sibling: Sibling) -> int | None:
    """Take over a sibling whose owner is dead; None if it is alive.

    Returns:
        A descriptor that holds the lock; the caller closes it.
    """
    descriptor = open_folder(sibling.path)
    try:
        is_free = try_flock(descriptor)
    except OSError:
        is_free = not _is_alive(sibling.process)
    if is_free:
        return descriptor
    os.close(descriptor)
    return None


def own(folder: Path) -> int | None:
    """Lock a folder that this process works on; None if somebody else was faster.

    Returns:
        A descriptor that holds the lock, also when the folder is renamed; the caller closes it.
    """
    descriptor = open_folder(folder)
    try:
        is_ours = try_flock(descriptor)
    except OSError:  # this file system cannot lock folders: the process in the name has to do
        is_ours = True
    if is_ours:
        return descriptor
    os.close(descriptor)
    return None


def open_folder(folder: Path) -> int:
    """Open a folder, not through a link."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _parse(folder: Path, name: str) -> Sibling | None:
    start, _, end = name.rpartition(_MARK)
    kind, _, rest = end.partition("-")
    process, _, token = rest.partition("-")
    is_ours = (
        start.startswith(".")
        and len(start) > 1
        and kind in _KINDS
        and process.isdecimal()
        and len(token) == 8
        and set(token) <= set("0123456789abcdef")
    )
    return Sibling(folder / name, folder / start[1:], Kind(kind), int(process)) if is_ours else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # somebody else's
        return True
    except (OSError, OverflowError):
        return False
    return True
