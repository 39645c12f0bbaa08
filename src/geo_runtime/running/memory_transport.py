"""Messages within a process; a waiting thread checks often enough whether it should stop."""

import time
from typing import Any, Final

from kombu.transport import memory

_LOOK_S: Final = 0.2


class Awake:
    """For a transport: no wait is longer than a moment without a check."""

    def drain_events(self, connection: Any, timeout: float | None = None) -> Any:
        """Wait for a message; arguments, result and errors as in Kombu."""
        wait_s = _LOOK_S if timeout is None else min(timeout, _LOOK_S)
        return super().drain_events(connection, timeout=wait_s)  # type: ignore[misc]


class Waiting:
    """For Kombu's in-memory transport: the reader of a queue is woken by its messages instead of polling.

    Kombu's own polls fifty times a second, in each worker of each queue, whether or not there is anything to do.
    """

    def drain_events(self, connection: Any, timeout: float | None = None) -> Any:
        """Wait for a message; arguments, result and errors as in Kombu."""
        names = {name for channel in connection.channels for name in channel._active_queues}
        if len(names) == 1 and timeout is not None:
            began = time.monotonic()
            waiting = memory.Channel.queues.get(next(iter(names)))
            if waiting is not None:
                with waiting.not_empty:
                    waiting.not_empty.wait_for(waiting._qsize, timeout)
            timeout = max(timeout - (time.monotonic() - began), 0)
        return super().drain_events(connection, timeout=timeout)  # type: ignore[misc]


class Transport(Awake, Waiting, memory.Transport):  # type: ignore[misc]
    """Kombu's transport, with both changes."""
