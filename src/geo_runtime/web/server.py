"""A server in a thread, for a site and for tests."""

import asyncio
import socket
import threading
import time
from pathlib import Path
from typing import ClassVar, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

LOCALHOST: Final = "127.0.0.1"
_START_TIMEOUT_S = 20.0
REQUEST_TIMEOUT_S: Final = 30.0
"""How long a connection may stay without complete request headers, after it was opened or began one."""
_KEPT_ALIVE: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 120_000}
"""When a connection with a silent peer counts as lost; the options that the system supports."""


class _Connection(H11Protocol):
    """A connection that is closed if no request arrives.

    Uvicorn closes connections that are idle after a response, but waits for ever for the first request.
    """

    request_timeout_s: ClassVar[float] = REQUEST_TIMEOUT_S
    _giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request; once its headers are complete, other code limits the time."""
        super().data_received(data)
        if self._is_asked():
            self._wait_no_more()
        elif self._giving_up is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._giving_up = self.loop.call_later(self.request_timeout_s, self._give_up)

    def _wait_no_more(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _give_up(self) -> None:
        self._giving_up = None
        if not self._is_asked():
            self.transport.abort()

    def _is_asked(self) -> bool:
        """Whether a request is in progress."""
        cycle = getattr(self, "cycle", None)  # uvicorn's annotation does not include the initial None
        return cycle is not None and not cycle.response_complete


class Server:
    """Serves an application; used in `with`.

    Args:
        app: The application.
        port: The port; 0 for a free one.
        request_timeout_s: How long a connection may stay without complete request headers, in seconds.
        address: The address of the interface on which to listen; localhost by default.
        tls: The files of certificate and key; without them it speaks plain HTTP.

    Raises:
        OSError: The port is in use, or not allowed.
    """

    def __init__(
        self,
        app: ASGIApp,
        port: int = 0,
        request_timeout_s: float = REQUEST_TIMEOUT_S,
        *,
        address: str = LOCALHOST,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # Asyncio only sets TCP_NODELAY, so that responses do not wait for acknowledgements, if a socket names its
        # protocol.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # accepted sockets inherit it
        for name, value in _KEPT_ALIVE.items():
            if hasattr(socket, name):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        try:
            self._socket.bind((address, port))
        except OSError:
            self._socket.close()
            raise
        self.port = int(self._socket.getsockname()[1])
        host = f"[{address}]" if family == socket.AF_INET6 else address
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        connection = type("Connection", (_Connection,), {"request_timeout_s": request_timeout_s})
        # By default uvicorn trusts forwarding headers from every caller on this machine; see `trusted_proxies`.
        config = uvicorn.Config(
            app, http=connection, log_level="warning", lifespan="off", ws="none", proxy_headers=False,
            ssl_certfile=tls[0] if tls else None, ssl_keyfile=tls[1] if tls else None,
        )  # fmt: skip
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
