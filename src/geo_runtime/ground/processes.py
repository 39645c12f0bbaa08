"""Identifies the process that holds something, so that others on the machine can tell when it has died.

A process id alone is not enough: it is reused, after a restart of the machine and in each container.
"""

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_DEAD: Final = frozenset({"Z", "X"})


def new_holder() -> str:
    """Return a unique name for this process as a holder, of at most 36 characters.

    Without the necessary information from the system (other than on Linux), the name does not show that the process
    died.
    """
    known = _name(os.getpid())
    return f"{known}-{secrets.token_hex(4)}" if known else secrets.token_hex(16)


def is_known_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine, or container, that no longer exists."""
    machine, _, rest = holder.partition("-")
    number, _, rest = rest.partition("-")
    begun = rest.partition("-")[0]
    return bool(begun) and machine == _machine() and _begun(int(number, 16)) != begun


@cache
def _name(number: int) -> str:
    machine, begun = _machine(), _begun(number)
    return f"{machine}-{number:x}-{begun}" if machine and begun else ""


def _machine() -> str:
    """Return the id of the machine's current boot, together with its process namespace."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        return hashlib.sha256(f"{boot}{(_PROC / 'self/ns/pid').readlink()}".encode()).hexdigest()[:8]
    except OSError:
        return ""


def _begun(number: int) -> str | None:
    """Return the start time of a process, by the system's clock, or None if it has ended."""
    try:
        fields = (_PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in _DEAD else f"{int(fields[19]):x}"
