"""The errors of an editor that does not edit."""

from collections.abc import Sequence
from typing import Final

from geo_scaffold.errors import LocatorError, NotDerivedError

REMEDY: Final = "Paste the lines by hand."


def blocked(message: str) -> LocatorError:
    """Return the error for an edit that cannot be made here.

    Args:
        message: One sentence: what was expected, and what is there instead.
    """
    return LocatorError(message, remedy=REMEDY)


def not_once(what: str, inside: Sequence[str], count: int) -> LocatorError:
    """Return the error for a place that does not exist exactly once.

    Args:
        what: What was searched for, such as "the array `X`".
        inside: The names of the scopes around it, outermost first.
        count: How many there are.
    """
    where = f" in {' > '.join(f'`{name}`' for name in inside)}" if inside else ""
    return blocked(f"expected {what}{where} exactly once, found {count or 'none'}")


def not_proven(what: str) -> LocatorError:
    """Return the error for an edit whose result, parsed again, is not the old structure plus the entry.

    Args:
        what: What the entry is, such as ``the key `name` ``.
    """
    return LocatorError(f"with {what} the file would not read as before plus the entry", remedy=REMEDY)


def not_derived(message: str) -> NotDerivedError:
    """Return the error for lines that cannot be derived exactly, so that a command has to write them.

    Args:
        message: One sentence: what was expected, and what is there instead.
    """
    return NotDerivedError(message, remedy="Run the command that writes the file.")


def line_number(text: str, offset: int) -> int:
    """Return the number, from one, of the line that contains an offset; for messages.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    return text.count("\n", 0, offset) + 1
