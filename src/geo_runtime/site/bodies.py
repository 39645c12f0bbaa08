"""Limits how much of a request is read to what its endpoint allows, whether or not its length is announced."""

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_LIMIT: Final = 1 << 20
"""In bytes; enough for a status of all types, or for a query."""
_DIGITS: Final = 18
PATIENCE_S: Final = 60.0
"""How long the next part of a body may take to arrive."""


class BodyLimit:
    """Middleware: ends a request whose body is larger than its endpoint allows, or stops arriving.

    Received bytes are counted, because a chunked request has no length. A request that announces too large a body is
    refused unread.

    Args:
        app: The application that reads the body, once it knows the caller.
        limit: The maximum size of the body, in bytes.
        patience_s: How long the next part may take to arrive, in seconds.
    """

    def __init__(self, app: ASGIApp, limit: int = DEFAULT_LIMIT, patience_s: float = PATIENCE_S) -> None:
        self.app = app
        self.limit = limit
        self.patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, self.limit, self.patience_s)
        is_begun = False

        async def send_on(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            if _declared(scope) > self.limit:
                raise body.too_large()
            await self.app(scope, body.receive, send_on)
        except HTTPException as error:
            if is_begun:
                raise
            answer = JSONResponse({"message": error.detail}, error.status_code, headers=error.headers)
            await answer(scope, receive, send)


class _Body:
    """The body of one request.

    Args:
        receive: The function from which it comes.
        limit: The maximum, in bytes.
        patience_s: How long the next part may take, in seconds.
    """

    def __init__(self, receive: Receive, limit: int, patience_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._patience_s = patience_s
        self._size = 0
        self._is_complete = False

    async def receive(self) -> Message:
        """Return the next part; after the last one, wait for the caller to hang up.

        Raises:
            HTTPException: It is too large, or does not arrive.
        """
        if self._is_complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._patience_s)
        except TimeoutError:
            raise HTTPException(408, "408 Request Timeout", headers={"connection": "close"}) from None
        self._size += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._size > self._limit:
            raise self.too_large()
        return message

    def too_large(self) -> HTTPException:
        """Return the refusal; the rest of the body is not read, so the connection is closed."""
        text = f"413 Content Too Large: no more than {self._limit} bytes"
        return HTTPException(413, text, headers={"connection": "close"})


def _declared(scope: Scope) -> int:
    """Return the announced size of a request, or 0. The server has already refused anything but a number."""
    text = HTTPConnection(scope).headers.get("content-length", "0")
    return int(text) if len(text) <= _DIGITS else 10**_DIGITS
