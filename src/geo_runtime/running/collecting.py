"""How often Python looks for garbage that refers to itself, in the processes of a site."""

import gc
from typing import Final

_OBJECTS: Final = 10_000
"""So many new objects that live are looked through at once; a job of ours makes thousands that die by themselves."""


def settle() -> None:
    """Look for garbage from here on, and never among what is there already: the code of a site, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    gc.enable()
