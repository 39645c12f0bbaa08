"""Ports of this machine that stay reserved for a site while nothing listens there."""

import socket
import sys
from typing import Final, Self

HOLDS: Final = sys.platform == "linux"
"""Whether a process may listen on a port that another has bound without listening, if both reuse addresses."""


class Reservation:
    """A port that the system does not hand out as a free one, until it is closed; used in `with`.

    Sites are identified by their ports before they listen, and are killed and restarted, while the machine hands out
    ports all the time, one for each connection. A process that knows the number can listen there, repeatedly, with
    SO_REUSEADDR. If the system does not allow that (see `HOLDS`), the port was free, but is not reserved.

    Args:
        port: The port; 0 for any free one.

    Raises:
        OSError: The port is in use, or not allowed.
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
        """Release the port."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
