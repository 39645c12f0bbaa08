"""How tests wait: until something is so, and not for a time, which is too short on a busy machine."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 180
"""How long what must happen may take; only a test that fails takes so long."""
DEMONSTRATION_S: Final = 1800
"""How long a demonstration may take: what a killed site held keeps it waiting for eight minutes."""
_LOOK_S: Final = 0.1
_REST: Final = 3
"""So many times as long as a look took is the wait for the next one: looking takes time from what is waited for."""


def wait_until(is_so: Callable[[], bool], seen: Callable[[], object] = lambda: None) -> None:
    """Look until something is so.

    Args:
        is_so: Whether it is so.
        seen: What to say if it never is.

    Raises:
        AssertionError: It has not become so.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        began = time.monotonic()
        if is_so():
            return
        ended = time.monotonic()
        assert ended < deadline, seen()
        time.sleep(max(_LOOK_S, _REST * (ended - began)))
