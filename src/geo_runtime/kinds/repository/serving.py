"""Git's smart HTTP, read only, by `git http-backend`; a token opens exactly one repository."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from geo_runtime.errors import AddressError, PathError, TokenError, TokenTimeError
from geo_runtime.files import git
from geo_runtime.site.bodies import BodyLimit
from geo_runtime.site.callers import token_of

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.kind import Kind

_CHUNK = 1 << 16
_HEADER_LIMIT = 1 << 16
_WANTS_LIMIT = 10 << 20
"""The maximum size of a fetch request, in bytes: that of `git http-backend` (`http.maxRequestBuffer`)."""
_FAILED = "Geo JWT authentication failed"


def routes_of(site: "ReplicatingSite", kind: "Kind") -> Sequence[BaseRoute]:
    """Return the routes of a site's repositories.

    Args:
        site: The site that answers.
        kind: The kind of types with a repository per record, which refers to this module, so it cannot be imported
            here.
    """
    git_ = _Repositories(site, kind)
    return [
        Route("/{path:path}.git/info/refs", git_.info_refs, methods=["GET"]),
        Route(
            "/{path:path}.git/git-upload-pack",
            git_.upload_pack,
            methods=["POST"],
            middleware=[Middleware(BodyLimit, _WANTS_LIMIT)],
        ),
    ]


class _Repositories:
    """The repositories of a site.

    Args:
        site: The site that answers.
        kind: The kind of their types.
    """

    def __init__(self, site: "ReplicatingSite", kind: "Kind") -> None:
        self.site = site
        self.kind = kind

    async def info_refs(self, request: Request) -> Response:
        """List references; for fetching only."""
        if request.query_params.get("service") != "git-upload-pack":
            return PlainTextResponse("only fetching is offered", status_code=403)
        return await self._serve(request, "info/refs")

    async def upload_pack(self, request: Request) -> Response:
        """Send objects."""
        return await self._serve(request, "git-upload-pack")

    async def _serve(self, request: Request, service: str) -> Response:
        full_path = str(request.path_params["path"])
        found = await run_in_threadpool(self._find, request, full_path)
        if isinstance(found, Response):
            return found
        return await _backend(request, found, service)

    def _find(self, request: Request, full_path: str) -> Path | Response:
        """Return the folder of the repository that the token opens, or an error response."""
        try:
            token = token_of(self.site, request)
        except AddressError:
            return _refused("Request from this IP is not allowed")
        except TokenTimeError:
            return _refused(f"{_FAILED}: Invalid signature time")
        except TokenError:
            return _refused(f"{_FAILED}: Bad token")
        if not token.covers(scope=full_path):
            return _refused(f"{_FAILED}: Unauthorized scope")
        return self._repository(full_path) or PlainTextResponse("Repository not found", status_code=404)

    def _repository(self, full_path: str) -> Path | None:
        kinds: list[Any] = [replicator for replicator in self.site.replicators if self.kind.copies(replicator)]
        for kind in kinds:
            with self.site.main.reading() as session:
                record = session.scalar(select(kind.model).where(kind.model.full_path == full_path))
            if record is None:
                continue
            try:
                repository = kind.of(self.site, record).repository()
            except PathError:
                return None
            return Path(repository.path) if repository.exists() else None
        return None


def _refused(text: str) -> Response:
    return PlainTextResponse(text, status_code=401, headers={"www-authenticate": 'Basic realm="GitLab"'})


async def _backend(request: Request, repository: Path, service: str) -> Response:
    """Run the backend on a request; all references are visible, even those hidden from users."""
    environment = git.environment({"transfer.hideRefs": "!refs/", "http.receivepack": "false"})
    environment |= {
        "GIT_PROJECT_ROOT": str(repository.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.name}/{service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "REMOTE_ADDR": request.client.host if request.client else "",
    }
    for header, variable in (
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ):
        if header in request.headers:
            environment[variable] = request.headers[header]
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, limit=_HEADER_LIMIT,
    )  # fmt: skip
    feeding = asyncio.create_task(_feed(request, process))
    try:
        status, headers = await _read_headers(process)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        problem = await _end(process, feeding)
        if isinstance(problem, HTTPException):
            raise problem from None
        return PlainTextResponse("the Git backend failed", status_code=500)
    return StreamingResponse(_body(process, feeding), status_code=status, headers=headers)


async def _feed(request: Request, process: asyncio.subprocess.Process) -> None:
    if process.stdin is None:
        return
    try:
        async for chunk in request.stream():
            process.stdin.write(chunk)
            await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the backend has read enough
    except (HTTPException, ClientDisconnect):
        process.kill()  # it must not answer a partial request
        raise
    finally:
        process.stdin.close()


async def _read_headers(process: asyncio.subprocess.Process) -> tuple[int, dict[str, str]]:
    """Read the backend's headers.

    Raises:
        asyncio.IncompleteReadError: It ended before the headers did.
        asyncio.LimitOverrunError: They are too long.
        ValueError: They are invalid.
    """
    if process.stdout is None:
        raise ValueError("no output")
    head = (await process.stdout.readuntil(b"\r\n\r\n")).decode("latin-1")
    fields = (line.split(":", 1) for line in head.strip().split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, value in fields}
    status = int(headers.pop("status", "200").split()[0])
    headers.pop("content-length", None)  # the body is streamed
    return status, headers


async def _body(process: asyncio.subprocess.Process, feeding: "asyncio.Task[None]") -> AsyncIterator[bytes]:
    try:
        while process.stdout is not None and (chunk := await process.stdout.read(_CHUNK)):
            yield chunk
    finally:
        await _end(process, feeding)


async def _end(process: asyncio.subprocess.Process, feeding: "asyncio.Task[None]") -> BaseException | None:
    """Stop the backend, and return what was wrong with the request, if anything."""
    feeding.cancel()
    try:
        [problem] = await asyncio.gather(feeding, return_exceptions=True)
        if process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), timeout=1)
            except TimeoutError:
                process.kill()
                await process.wait()
    finally:  # a disconnected client leaves output unread, which would keep the pipe open
        process._transport.close()  # type: ignore[attr-defined]
    return problem
