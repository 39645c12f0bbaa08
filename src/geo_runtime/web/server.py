"""A server in a thread, for tests and for the demonstration."""

import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

_START_TIMEOUT_S = 20.0


class Server:
    """Serves an application on localhost; used by `with`.

    Args:
        app: The application.
        port: Where; a free one if it is 0.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        # Asyncio has answers not wait for acknowledgements (TCP_NODELAY) only where a socket names its protocol.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
