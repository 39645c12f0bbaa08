"""Who owns a file or a folder, as Git judges it: recovery acts only on what is this user's own."""

import os
import stat
from functools import cache
from typing import Final

ROOT: Final = 0
_MACHINE: Final = "/etc/machine-id"


def own_users() -> frozenset[int]:
    """Return the users whose files Git accepts as the current user's: their own, and under `sudo` the caller's.

    The source is `is_path_owned_by_current_uid` of Git's `compat`.
    """
    user = os.geteuid()
    caller = os.environ.get("SUDO_UID", "") if user == ROOT else ""
    return frozenset({user, int(caller)} if caller.isascii() and caller.isdecimal() else {user})


def is_own(status: os.stat_result) -> bool:
    """Tell whether a file or folder is the user's own."""
    return status.st_uid in own_users()


def is_to_trust(status: os.stat_result) -> bool:
    """Tell whether a file or folder belongs to the user, or to root, who could do anything anyway."""
    return status.st_uid == ROOT or is_own(status)


def is_folder_to_trust(path: str) -> bool:
    """Tell whether this is a folder, and not a link, of the user or of root."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and is_to_trust(status)


def is_own_folder(path: str) -> bool:
    """Tell whether this is a folder, and not a link, of the user."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and is_own(status)


@cache
def machine() -> str:
    """Return what identifies this machine among others that may share a home, or a disk, with it."""
    try:
        with open(_MACHINE, encoding="ascii") as file:  # noqa: PTH123 - costs less than a Path
            name = file.read().strip()
    except (OSError, ValueError):
        name = ""
    return name or os.uname().nodename
