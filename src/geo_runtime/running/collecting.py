"""Configures Python's garbage collector for cycles in the processes of a site."""

import gc
from typing import Final

_OBJECTS: Final = 10_000
"""The number of new live objects that triggers a collection; a job creates thousands that are freed without it."""


def settle() -> None:
    """Enable collection from here on, but exclude existing objects: the code of a site, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    gc.enable()
