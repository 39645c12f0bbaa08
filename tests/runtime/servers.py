"""Real servers for tests, new for each and removed at the end, and a network that stalls."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self

from geo_runtime.demo.ports import Reservation
from ruby.conftest import unavailable
from waiting import PATIENCE_S, wait_until

_DRIP_S = 0.1
_AGAIN_S = 0.01
_CONNECT_S = 10.0


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Start a Redis server and give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        unavailable("redis-server is not installed (Debian package redis-server)")
    with Reservation() as reservation, (folder / "redis.log").open("wb") as log:
        port = reservation.port
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: listens(port), (folder / "redis.log").read_text)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.kill()
            server.wait()


def listens(port: int) -> bool:
    """Whether somebody listens at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


class Stalling:
    """Forwards connections to a port of this machine; answers stall, or slow down, after some bytes. For `with`.

    So whoever asks and whoever answers can be killed in the middle, however fast the machine is. Whoever answers is in
    the middle too if the answer is much longer than what the kernel keeps of a connection.

    Attributes:
        after: How many bytes get through on each connection.
        stalled: How many connections are stalled.
        rate: How many bytes per second get through instead of stalling.
    """

    def __init__(self, target: int, after: int = 100_000) -> None:
        self.target, self.after, self.stalled, self.rate = target, after, 0, 0
        self._goes_on = threading.Event()
        self._is_closed = False
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for(self, count: int) -> None:
        """Wait until this many connections are stalled."""
        wait_until(lambda: self.stalled >= count, lambda: f"only {self.stalled} of {count} stand still")

    def release(self) -> None:
        """Let everything through, including stalled connections."""
        self._goes_on.set()

    def stall(self, rate: int = 0) -> None:
        """Stall new answers again, or limit them to some bytes per second."""
        self.rate = rate
        self._goes_on.clear()
        self.stalled = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()
        self._is_closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                if self._is_closed:
                    return
                time.sleep(_AGAIN_S)  # a connection that broke before it was accepted does not affect others
                continue
            far = socket.socket()
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            far.settimeout(_CONNECT_S)
            try:
                far.connect(("127.0.0.1", self.target))
            except OSError:
                near.close()
                far.close()
                continue
            far.settimeout(None)
            self._open |= {near, far}
            done = threading.Barrier(2, action=partial(self._close, near, far))
            threading.Thread(target=self._pass, args=(near, far, None, done), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, self.after, done), daemon=True).start()

    def _close(self, *pair: socket.socket) -> None:
        self._open -= set(pair)
        for each in pair:
            each.close()

    def _pass(self, source: socket.socket, sink: socket.socket, limit: int | None, done: threading.Barrier) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                passed = 0 if self._goes_on.is_set() else passed + len(data)
                if limit is not None and passed > limit:
                    with self._lock:
                        self.stalled += 1
                    data = self._held_up(data, sink)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        done.wait()

    def _held_up(self, data: bytes, sink: socket.socket) -> bytes:
        """Forward some bytes per second until everything may continue; return what is left."""
        while not self._goes_on.wait(_DRIP_S):
            count = round(self.rate * _DRIP_S)
            sink.sendall(data[:count])
            data = data[count:]
            if not data:
                break
        return data
