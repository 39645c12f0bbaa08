"""Messages within a process; whoever waits for one looks up often enough to hear that it should end."""

from typing import Any, Final

from kombu.transport import memory

_LOOK_S: Final = 0.2


class Awake:
    """For a transport: nobody waits on it for longer than a moment without looking up."""

    def drain_events(self, connection: Any, timeout: float | None = None) -> Any:
        """Wait for a message; arguments, result and errors as of Kombu."""
        wait_s = _LOOK_S if timeout is None else min(timeout, _LOOK_S)
        return super().drain_events(connection, timeout=wait_s)  # type: ignore[misc]


class Transport(Awake, memory.Transport):  # type: ignore[misc]
    """Kombu's, awake."""
