"""Which process holds something, told so that others on the machine know when it has died.

A number alone would not do: it is given again, after a restart of the machine and in each container.
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
    """Name this process as a holder; 36 characters at most, and no other name is the same.

    Where the system does not say what it needs (it takes Linux), nobody can tell from the name that the process died.
    """
    known = _name(os.getpid())
    return f"{known}-{secrets.token_hex(4)}" if known else secrets.token_hex(16)


def is_known_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine, or container, that is there no more."""
    machine, _, rest = holder.partition("-")
    number, _, rest = rest.partition("-")
    begun = rest.partition("-")[0]
    return bool(begun) and machine == _machine() and _begun(int(number, 16)) != begun


@cache
def _name(number: int) -> str:
    machine, begun = _machine(), _begun(number)
    return f"{machine}-{number:x}-{begun}" if machine and begun else ""


def _machine() -> str:
    """Return what this run of the machine is called, together with where its processes are counted."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        return hashlib.sha256(f"{boot}{(_PROC / 'self/ns/pid').readlink()}".encode()).hexdigest()[:8]
    except OSError:
        return ""


def _begun(number: int) -> str | None:
    """Return when a process began, by the clock of the system; None if it has ended."""
    try:
        fields = (_PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in _DEAD else f"{int(fields[19]):x}"
