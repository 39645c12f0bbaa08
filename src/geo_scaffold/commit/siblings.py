"""Hidden folders next to a target, in which a folder is built, or waits for deletion.

Their owner holds a lock on the folder itself, which the system releases when the owner dies: whoever can lock such a
folder may clean it up. The name also contains the process, for file systems that cannot lock folders, and a seal of the
user, because a tree can contain a folder of any name.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from geo_scaffold.commit.lock import try_flock
from geo_scaffold.commit.owners import is_own, machine
from geo_scaffold.commit.seal import seal

_MARK = ".geo-scaffold-"
_NONCE = 8
_SEAL = 16
_HEX = frozenset("0123456789abcdef")


class Purpose(StrEnum):
    """What a sibling is for."""

    NEW = "new"
    """A folder is being built; the target does not exist yet."""
    OLD = "old"
    """The target itself, moved away to be checked; it may have to be moved back."""
    GONE = "gone"
    """The target, checked and ready to be deleted."""


_PURPOSES = frozenset(purpose.value for purpose in Purpose)


class Sibling(NamedTuple):
    """A hidden folder.

    Args:
        path: Where it is.
        target: The folder that it belongs to.
        purpose: What it is for.
        process: The id of the process that owns it.
        is_ours: Whether a run of this user on this machine created it.
    """

    path: Path
    target: Path
    purpose: Purpose
    process: int
    is_ours: bool

    @property
    def is_of_this_run(self) -> bool:
        """Whether this process created it."""
        return self.is_ours and self.process == os.getpid()


def sibling_of(target: Path, purpose: Purpose) -> Path:
    """Return a new sibling.

    Args:
        target: The file or folder that is to be written.
        purpose: What the sibling is for.
    """
    # A long name is cut to fit. That does no harm, because the full name is not needed again.
    name = target.name[:50] if purpose is Purpose.NEW else target.name
    return target.with_name(f".{name}{_MARK}{purpose}-{token_for(name)}")


def token_for(name: str) -> str:
    """Return the suffix of a sibling's name: the process, a random part, and a seal of both."""
    owner = f"{os.getpid()}-{os.urandom(_NONCE // 2).hex()}"
    return f"{owner}{(seal(_sealed_for(name), owner.encode()) or '0' * _SEAL)[:_SEAL]}"


def process_of(token: str, name: str) -> tuple[int, bool] | None:
    """Parse such a suffix: the process, and whether this user on this machine made it; None if it is not one.

    Args:
        token: The suffix, as returned by `token_for`.
        name: The name before it.
    """
    process, _, rest = token.partition("-")
    if not (process.isascii() and process.isdecimal() and _HEX.issuperset(rest)):
        return None
    if len(rest) not in (_NONCE, _NONCE + _SEAL):
        return None
    expected = seal(_sealed_for(name), f"{process}-{rest[:_NONCE]}".encode())
    return int(process), expected is not None and rest[_NONCE:] == expected[:_SEAL]


def _sealed_for(name: str) -> str:
    return f"sibling {machine()} {name}"


def renamed(sibling: Path, purpose: Purpose) -> Path:
    """Return the same sibling with another purpose."""
    before, mark, after = sibling.name.rpartition(_MARK)
    return sibling.with_name(f"{before}{mark}{purpose}-{after.partition('-')[2]}")


def find_siblings(folder: Path) -> list[Sibling]:
    """Return this user's siblings in a folder, by one scan of it."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if _MARK in entry.name and entry.is_dir(follow_symlinks=False)]
        siblings = [_parse(folder, name) for name in sorted(found)]
        return [sibling for sibling in siblings if sibling and is_own(sibling.path.lstat())]
    except OSError:  # missing or unreadable: the verb itself reports that better
        return []


def claim(sibling: Sibling) -> int | None:
    """Take over a sibling whose owner is dead; None if it is alive.

    Returns:
        A descriptor that holds the lock; the caller closes it.
    """
    descriptor = open_folder(sibling.path)
    try:
        is_free = try_flock(descriptor)
    except OSError:
        is_free = not is_alive(sibling.process)
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
    except OSError:  # this file system cannot lock folders: rely on the process in the name
        is_ours = True
    if is_ours:
        return descriptor
    os.close(descriptor)
    return None


def open_folder(folder: Path) -> int:
    """Open a folder without following a link."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _parse(folder: Path, name: str) -> Sibling | None:
    start, _, end = name.rpartition(_MARK)
    purpose, _, token = end.partition("-")
    if purpose not in _PURPOSES or not start.startswith(".") or len(start) < 2:
        return None
    owner = process_of(token, start[1:])
    return Sibling(folder / name, folder / start[1:], Purpose(purpose), *owner) if owner else None


def is_alive(process: int) -> bool:
    """Tell whether there is a process with this id."""
    try:
        os.kill(process, 0)
    except PermissionError:  # another user's
        return True
    except (OSError, OverflowError):
        return False
    return True
