"""The value of a piece of Ruby, if it is known without running it."""

import re
from collections.abc import Callable
from typing import Final

# Ruby's literals: `'a'` and `:a`, `#{...}` in one, `%w[a b]` and `[:a, :b]`, also frozen.
_WORD: Final = re.compile(r":?(['\"])(.*)\1(?:\.freeze)?\Z|:(\w+[?!]?)\Z", re.DOTALL)
_HOLE: Final = re.compile(r"#\{([^{}]*)\}")
_LIST: Final = re.compile(r"(?:%[iwIW])?\[(.*)\](?:\.freeze)?\Z|%[iw]\((.*)\)\Z", re.DOTALL)


def word(text: str, fill: Callable[[str], str | None] = lambda _: None) -> str | None:
    """Return the text of a string or symbol, or None if it is neither, or its parts are not known.

    Args:
        text: The source.
        fill: Returns the value of an interpolated expression, or None if not known.
    """
    match = _WORD.match(text.strip())
    if not match:
        return None
    if match[3]:
        return match[3]
    if match[1] == "'" or "#{" not in match[2]:
        return match[2]
    unknown = False

    def filled(hole: re.Match[str]) -> str:
        nonlocal unknown
        found = fill(hole[1].strip())
        unknown = unknown or found is None
        return found or ""

    result = _HOLE.sub(filled, match[2])
    return None if unknown or "#{" in result else result


def words(text: str) -> tuple[str, ...] | None:
    """Return the strings or symbols of a list, or a single one as a list, or None if it is neither."""
    if (one := word(text)) is not None:
        return (one,)
    match = _LIST.match(text.strip())
    if not match:
        return None
    inside = match[1] if match[1] is not None else match[2]
    if text.strip().startswith("%"):
        return tuple(inside.split())
    parts = [word(part) for part in inside.split(",") if part.strip()]
    return None if None in parts else tuple(filter(None, parts))
