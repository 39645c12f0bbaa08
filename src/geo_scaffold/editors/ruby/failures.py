"""What a Ruby editor says when it does not edit."""

from collections.abc import Sequence
from typing import Final

from geo_scaffold.errors import LocatorError

REMEDY: Final = "Paste the lines by hand."


def blocked(message: str) -> LocatorError:
    """Return the error of an edit that cannot be made here.

    Args:
        message: One sentence: what was expected, and what is there instead.
    """
    return LocatorError(message, remedy=REMEDY)


def not_once(what: str, inside: Sequence[str], count: int) -> LocatorError:
    """Return the error of a place that is not there exactly once.

    Args:
        what: What was looked for, such as "the array `X`".
        inside: The names of the scopes around it, from the outermost.
        count: How many there are.
    """
    where = f" in {' > '.join(f'`{name}`' for name in inside)}" if inside else ""
    return blocked(f"expected {what}{where} exactly once, found {count or 'none'}")
