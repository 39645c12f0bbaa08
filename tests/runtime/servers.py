"""Real servers for tests, each of their own and gone at the end, and a network that stands still."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from geo_runtime.demo.ports import Reservation
from ruby.conftest import unavailable
from waiting import PATIENCE_S, wait_until


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
    """Passes connections on to a port of this machine; answers stand still after so many bytes. Used by `with`.

    So whoever asks and whoever answers can be killed in the middle, however fast the machine is. Whoever answers is in
    the middle too if the answer is much longer than what the kernel keeps of a connection.

    Attributes:
        after: How many bytes get through on each connection.
        stalled: How many connections stand still.
    """

    def __init__(self, target: int, after: int = 100_000) -> None:
        self.target, self.after, self.stalled = target, after, 0
        self._goes_on = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for(self, count: int) -> None:
        """Wait until so many connections stand still."""
        wait_until(lambda: self.stalled >= count, lambda: f"only {self.stalled} of {count} stand still")

    def release(self) -> None:
        """Let everything through, also what stands still."""
        self._goes_on.set()

    def stall(self) -> None:
        """Let new answers stand still again."""
        self._goes_on.clear()
        self.stalled = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket()
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
                self._open += [near, far]
                try:
                    far.connect(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, self.after), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(1 << 16):
                passed = 0 if self._goes_on.is_set() else passed + len(data)
                if limit is not None and passed > limit:
                    with self._lock:
                        self.stalled += 1
                    self._goes_on.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
