"""Requests to other sites, abandoned when the process ends, because a peer may be silent for a minute.

HTTPX waits in the kernel for the whole timeout. Here it waits a moment at a time, and checks in between.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpcore
import httpx

from geo_runtime.ground import interruption

_LOOK_S: Final = 0.5
_PIECE: Final = 1 << 20
"""How much to read at once, if it is there; httpcore wants 64 KiB, and hands on every piece through a dozen calls."""
_CONNECT_S: Final = 3.0
"""How long one attempt to connect takes; within the timeout there is another one."""


def client(timeout_s: float, ca_file: Path | None = None) -> httpx.Client:
    """Return a client that does not follow redirects by itself, and ignores proxies in the environment.

    Args:
        timeout_s: How long to wait for a connection, and for each part of an answer.
        ca_file: Certificate authorities for other sites, besides the usual ones.
    """
    return httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False, transport=_Transport(ca_file))


class _Stream(httpcore.NetworkStream):
    """A connection that waits for data a moment at a time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Wait for data; arguments, result and errors as in httpcore.

        Raises:
            httpcore.ReadTimeout: No data arrived in time.
            Interrupted: The caller should stop.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _LOOK_S if deadline is None else min(deadline - time.monotonic(), _LOOK_S)
            try:
                return self._stream.read(max(max_bytes, _PIECE), max(left, 0.001))
            except httpcore.ReadTimeout:
                interruption.check()
                if deadline is not None and time.monotonic() >= deadline:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send data; requests to a site are small."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the same connection, encrypted."""
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return connection details for httpcore."""
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Opens such connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; arguments, result and errors as in httpcore.

        Raises:
            Interrupted: The caller should stop.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _CONNECT_S if deadline is None else min(deadline - time.monotonic(), _CONNECT_S)
            try:
                return _Stream(super().connect_tcp(host, port, max(left, 0.001), local_address, socket_options))
            except httpcore.ConnectTimeout:
                interruption.check()
                if deadline is not None and time.monotonic() >= deadline:
                    raise


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _Transport(httpx.BaseTransport):
    """Same as HTTPX's own transport, except for the network backend, which HTTPX does not let us choose."""

    def __init__(self, ca_file: Path | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(ca_file),
            network_backend=_Backend(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the head of the answer."""
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


@cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return the trusted authorities; created once per process, because there are many certificates to read."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    """Raise HTTPX's errors instead of httpcore's, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError,
            httpcore.UnsupportedProtocol) as error:  # fmt: skip
        raise getattr(httpx, type(error).__name__)(str(error)) from error
