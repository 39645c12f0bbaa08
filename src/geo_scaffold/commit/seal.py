"""Seals: proof that this user, and nobody else, has written something, wherever it is.

The key is made once and kept in the user's state folder, outside of every tree. Anything in a tree or a cache that
carries a seal made with it was written by a run of this user.
"""

import os
from functools import cache
from typing import Final

from geo_scaffold.commit.private import open_state

_KEY: Final = "key"
_LENGTH: Final = 64


def seal(purpose: str, content: bytes) -> str | None:
    """Return the seal of something, in hexadecimal, or None if this user has no folder for a key.

    Args:
        purpose: What it is, and where: a seal for one purpose is not valid for another.
        content: The thing itself.
    """
    key = _key(*(os.environ.get(name) for name in ("XDG_STATE_HOME", "HOME")), os.geteuid())
    import hmac  # noqa: PLC0415 - most runs seal nothing

    text = purpose.encode("utf-8", "surrogateescape") + b"\0" + content
    return hmac.digest(key, text, "sha256").hex() if key else None


def is_sealed(purpose: str, content: bytes, mark: object) -> bool:
    """Tell whether this is the seal of something, that is, whether this user wrote it, for this purpose.

    Args:
        purpose: As for `seal`.
        content: The thing itself.
        mark: The seal, in hexadecimal; it may come from anybody.
    """
    import hmac  # noqa: PLC0415 - as above

    expected = seal(purpose, content)
    if expected is None or not isinstance(mark, str):
        return False
    # The mark may contain a lone surrogate.
    return hmac.compare_digest(expected.encode(), mark.encode("utf-8", "surrogatepass"))


@cache
def _key(*_environment: object) -> bytes | None:
    """Return the key of this user; the arguments are what its location depends on."""
    try:
        folder = open_state()
        if folder is None:
            return None
        with folder:
            key = folder.read(_KEY)
            if key is None or len(key) != _LENGTH:
                if key is not None:
                    folder.remove(_KEY)
                folder.write(_KEY, os.urandom(_LENGTH // 2).hex().encode(), durable=True, once=True)
                key = folder.read(_KEY)  # another process's, if that was faster
            return key if key and len(key) == _LENGTH else None
    except OSError:
        return None
