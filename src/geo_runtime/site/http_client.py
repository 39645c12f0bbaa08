"""Requests to other sites, abandoned when the process ends, because a peer may be silent for a minute.

urllib3 waits in the kernel for the whole timeout. Here it waits a moment at a time, and checks in between.
"""

import math
import socket
import ssl
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError

from geo_runtime.ground import interruption

_LOOK_S: Final = 0.5
_CONNECT_S: Final = 3.0
"""How long one attempt to connect takes; within the timeout there is another one."""
_KEPT: Final = 20
"""How many idle connections to another site are kept."""
_KEPT_S: Final = 5.0
"""How long after its last request a connection is used again; later, a firewall may have forgotten it."""


def client(timeout_s: float, ca_file: Path | None = None) -> PoolManager:
    """Return a client that tries once, does not follow redirects, and ignores proxies in the environment.

    Its errors are `urllib3.exceptions.HTTPError`, or `Interrupted` when the caller should stop.

    Args:
        timeout_s: How long to wait for a connection, and for each part of an answer.
        ca_file: Certificate authorities for other sites, besides the usual ones.
    """
    found = PoolManager(
        timeout=Timeout(connect=timeout_s, read=timeout_s), retries=False, maxsize=_KEPT, ssl_context=_trust(ca_file)
    )
    found.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return found


class _Socket(socket.socket):
    """A socket that waits for data a moment at a time."""

    _patience_s = math.inf

    def settimeout(self, value: float | None, /) -> None:
        """Set how long to wait for data, in seconds, or None for ever."""
        self._patience_s = math.inf if value is None else value
        super().settimeout(value)

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        """Wait for data; arguments, result and errors as in the standard library.

        Raises:
            Interrupted: The caller should stop.
        """
        deadline = time.monotonic() + self._patience_s
        moment_s = min(self._patience_s, _LOOK_S)
        if self.gettimeout() != moment_s:  # once a request: each call asks the system
            super().settimeout(moment_s)
        while True:
            try:
                return super().recv_into(*arguments, **options)
            except TimeoutError:
                interruption.check()
                if time.monotonic() >= deadline:
                    raise


class _TlsSocket(_Socket, ssl.SSLSocket):
    """The same, encrypted."""


class _Connection(HTTPConnection):
    """A connection that is opened in several attempts, waits as above, and is not used again after a long time."""

    _used_at = 0.0

    def _new_conn(self) -> socket.socket:
        """Connect; result and errors as in urllib3.

        Raises:
            Interrupted: The caller should stop.
        """
        patience_s = self.timeout
        deadline = math.inf if patience_s is None else time.monotonic() + patience_s
        try:
            while True:
                self.timeout = max(min(deadline - time.monotonic(), _CONNECT_S), 0.001)
                try:
                    return _as_ours(super()._new_conn(), patience_s)
                except ConnectTimeoutError:
                    interruption.check()
                    if time.monotonic() >= deadline:
                        raise
        finally:
            self.timeout = patience_s

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request; arguments and errors as in urllib3."""
        self._used_at = time.monotonic()
        super().request(*arguments, **options)

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again."""
        return time.monotonic() - self._used_at < _KEPT_S and super().is_connected


class _TlsConnection(_Connection, HTTPSConnection):
    """The same, encrypted."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _as_ours(opened: socket.socket, timeout_s: float | None) -> socket.socket:
    """Return the same connection, to wait for its data a moment at a time."""
    found = _Socket(opened.family, opened.type, opened.proto, opened.detach())
    found.settimeout(timeout_s)
    return found


@cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return the trusted authorities; created once per process, because there are many certificates to read."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.sslsocket_class = _TlsSocket
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
