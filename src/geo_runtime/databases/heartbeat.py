"""What a process holds in a store does not expire while the process lives, and is free soon after it dies."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Self

from geo_runtime.ground.timing import Timing

log = logging.getLogger(__name__)
SPAN: Final = timedelta(seconds=60)
"""How long something held lasts after a heartbeat, by the machine's clock: a few may be late, or fail."""
PERIOD_S: Final = 15.0


class Heartbeat:
    """A thread that renews what its process holds; used in `with`.

    Args:
        timing: The clock by which it expires, which need not be the machine's.
    """

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self._renewals: dict[int, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def span(self) -> timedelta:
        """How long something held lasts after a heartbeat, by the clock by which it expires."""
        return self.timing.of_machine(SPAN)

    @contextmanager
    def keeping(self, renew: Callable[[], object]) -> Iterator[None]:
        """Renew something during a block.

        Args:
            renew: Renews it; called from another thread.
        """
        with self._lock:
            self._number += 1
            number = self._number
            self._renewals[number] = renew
        try:
            yield
        finally:
            with self._lock:
                del self._renewals[number]

    def beat(self) -> None:
        """Renew everything once; failures are logged, and tried again at the next beat."""
        with self._lock:
            renewals = list(self._renewals.values())
        for renew in renewals:
            try:
                renew()
            except Exception:
                log.exception("what is held could not be renewed")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(PERIOD_S):
            self.beat()
