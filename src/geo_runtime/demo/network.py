"""The cable between the sites: the secondary reaches the primary through it, and it can be cut."""

import contextlib
import socket
import threading
import time
from functools import partial
from typing import Final

from geo_runtime.demo.ports import Reservation

_CHUNK: Final = 1 << 16
_BACKLOG: Final = 64
_CLOSED: Final = -1
_AGAIN_S: Final = 0.01


class Cable:
    """Forwards connections to a port of this machine, until it is cut; used in `with`.

    While it is cut nothing listens, and open connections break, as when a cable is pulled.

    Args:
        target: The port at the other end.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._reservation = Reservation()  # nobody else can listen here while it is cut
        self.port = self._reservation.port
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=_BACKLOG)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = False
        self._accept()

    @property
    def url(self) -> str:
        """Return the URL of this end."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Stop listening, and break all connections."""
        self.is_cut = True
        # Closing alone does not wake the thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Listen again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=_BACKLOG)
        self.is_cut = False
        self._accept()

    def __enter__(self) -> "Cable":
        return self

    def __exit__(self, *exception: object) -> None:
        self.cut()
        self._reservation.close()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                if listener.fileno() == _CLOSED:
                    return
                time.sleep(_AGAIN_S)  # a connection that broke before it was accepted does not affect others
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            done = threading.Barrier(2, action=partial(self._close, near, far))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(source, sink, done), daemon=True).start()

    def _close(self, *pair: socket.socket) -> None:
        with self._lock:
            self._open -= set(pair)
        for each in pair:
            each.close()


def _copy(source: socket.socket, sink: socket.socket, done: threading.Barrier) -> None:
    """Forward data, then signal its end; the last of both directions closes."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    done.wait()
