"""How slow a transfer may be: one that hardly progresses blocks a worker for hours, and is better restarted."""

import time
from typing import Final

MIN_RATE: Final = 1000
"""Bytes a second."""
SLOW_S: Final = 120.0
"""How long a file may arrive more slowly than that, in seconds."""
SLOW_GIT_S: Final = 600.0
"""The same for git: while the primary counts the objects of a large repository, it sends next to nothing."""


class Pace:
    """The pace of one transfer, measured in time windows.

    Args:
        least: The minimum number of bytes per second.
        window_s: How long it may be slower, in seconds.
    """

    def __init__(self, least: float = MIN_RATE, window_s: float = SLOW_S) -> None:
        self.least = least
        self.window_s = window_s
        self._received = 0
        self._since = time.monotonic()

    def is_too_slow(self, received: int) -> bool:
        """Record received bytes, and tell whether a whole window was too slow.

        Args:
            received: How many bytes were received since the last call.
        """
        self._received += received
        passed_s = time.monotonic() - self._since
        if passed_s < self.window_s:
            return False
        rate, self._received, self._since = self._received / passed_s, 0, time.monotonic()
        return rate < self.least
