"""URLs that may contain passwords: where they come from, and how to show them."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# Passwords in libpq's connection strings, as parameters of a URL and as `key=value`.
_PARAMETER: Final = re.compile(r"([?&;\s]|^)((?:ssl)?passw(?:or)?d=)[^&;\s]*", re.IGNORECASE)
HOW_TO_GIVE: Final = "Give it as env:NAME, a variable of the environment, or as file:PATH"


def masked(text: str) -> str:
    """Return a URL, or a message with one, without its password."""
    head, at, tail = text.rpartition("@")
    if at:
        scheme, separator, rest = head.rpartition("://")
        user, colon, _ = rest.partition(":")
        head = f"{scheme}{separator}{user}{':***' if colon else ''}"
    return _PARAMETER.sub(r"\1\2***", f"{head}{at}{tail}")


def has_password(url: str) -> bool:
    """Whether a URL contains a password, or anything in its place."""
    return masked(url) != url


def given(text: str) -> str:
    """Resolve an argument, which everybody on the machine can see.

    Args:
        text: A URL without a password; `env:NAME`, a variable with one; `file:PATH`, a file with one.

    Raises:
        ValueError: It contains a password, or there is no such variable or file.
    """
    secret = resolved(text)
    if secret == text and has_password(text):
        raise ValueError(f"everybody on this machine can see the password in an argument. {HOW_TO_GIVE}")
    return secret


def resolved(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Resolve a text if it is `env:NAME` or `file:PATH`, else return it.

    Args:
        text: The text.
        environ: The environment; the process's by default.

    Raises:
        ValueError: There is no such variable or file.
    """
    source, _, name = text.partition(":")
    if source == "env":
        found = (os.environ if environ is None else environ).get(name)
        if not found:
            raise ValueError(f"the environment has no variable {name}")
        return found
    if source == "file" and not name.startswith("//"):
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror}") from error
        except UnicodeError as error:
            raise ValueError(f"{name} is not UTF-8") from error
    return text
