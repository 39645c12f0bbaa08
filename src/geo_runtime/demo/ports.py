"""Ports of this machine that stay a site's own while nobody listens there."""

import socket
import sys
from typing import Final, Self

HOLDS: Final = sys.platform == "linux"
"""Whether one process may listen where a socket of another is bound and does not listen, if both reuse addresses."""


class Reservation:
    """A port that nobody is given who asks for any free one, until it is closed; used by `with`.

    Sites are named by their ports before they listen, are killed and started again, and the machine hands out ports all
    the time, each connection takes one. Whoever is told the number can listen there, as often as it likes, with
    SO_REUSEADDR. Where the system does not allow that (see `HOLDS`) the port was free, and is not kept.

    Args:
        port: Which one; any free one if it is 0.

    Raises:
        OSError: Somebody listens there, or it may not be taken.
    """

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.socket()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self.port = int(self._socket.getsockname()[1])
        if not HOLDS:
            self._socket.close()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
