"""The two sizes of what finds the more the longer it runs: CI runs the small one, `./test --full` the large one."""

import os
from typing import Final, TypeVar

FULL: Final = os.environ.get("GEO_SCAFFOLD_FULL", "") not in ("", "0")
"""Whether the large size is asked for."""
T = TypeVar("T")


def sized(small: T, full: T) -> T:
    """Return one of two sizes.

    Args:
        small: What every change can wait for.
        full: What the small one is a part of.
    """
    return full if FULL else small
