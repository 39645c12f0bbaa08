"""How messages put many things into one sentence."""

from collections.abc import Sequence
from typing import Final

_FEW: Final = 3


def first_few(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many more there are: `a, b, c and 5 more`.

    Args:
        names: All of them, in the order to show.
    """
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")
