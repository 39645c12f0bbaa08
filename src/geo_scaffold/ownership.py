"""Finds out what belongs to another user and is therefore not read, as in Git and with the same exceptions.

A folder above the one that somebody works in may be writable by everybody, so its files may be anybody's.
"""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from geo_scaffold.commit import is_to_trust

_SCOPES: Final = ("--system", "--global")
"""The scopes from which Git itself reads `safe.directory`: never from a repository."""


def owner_of(path: Path, *, inside: Path) -> int | None:
    """Return the owner of a file or folder if it is another user who is not trusted.

    Args:
        path: The file or folder; one that is missing or unreadable belongs to nobody.
        inside: The folder that `safe.directory` may list as trusted.
    """
    try:
        status = path.lstat()
    except OSError:
        return None
    return None if is_to_trust(status) or _is_safe(str(inside)) else status.st_uid


def sentence(path: Path, owner: int, inside: Path) -> str:
    """Return the message about something that is not read, with Git's own remedy.

    Args:
        path: What is not read, as the message shows it.
        owner: The id of the user to whom it belongs.
        inside: The absolute path of the folder that git would have to trust.
    """
    return (
        f"{path} belongs to another user ({owner}) and is not read;"
        f" if you trust it: git config --global --add safe.directory {inside}"
    )


def _is_safe(folder: str) -> bool:
    safe = False
    for directory in _safe_directories():
        if not directory:  # an empty value resets the list
            safe = False
        elif directory in ("*", folder) or (directory.endswith("/*") and folder.startswith(directory[:-1])):
            safe = True
        elif directory.startswith("~/"):
            safe = safe or os.path.expanduser(directory) == folder  # noqa: PTH111 - no Path is needed
    return safe


@cache
def _safe_directories() -> tuple[str, ...]:
    found: list[str] = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    for scope in _SCOPES:
        words = ["git", "config", scope, "--null", "--get-all", "safe.directory"]
        try:
            ran = subprocess.run(words, cwd="/", env=environment, capture_output=True, check=False)  # noqa: S603
        except OSError:  # without git there is no exception
            return ()
        found += ran.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return tuple(found)
