"""The addresses of a site: for other sites (specification: API between sites), and behind them those for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from geo_runtime.errors import PathError, TokenError, TokenTimeError, UnknownReplicatorError
from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.replication import metrics
from geo_runtime.site import tokens
from geo_runtime.web.admin import admin_routes
from geo_runtime.web.git_http import Git

if TYPE_CHECKING:
    from geo_runtime.administration.graphql import RegistryType
    from geo_runtime.replication.catalogue import ReplicatingSite

FILE_NOT_FOUND = {"message": "404 Geo file not found", "geo_code": "FILE_NOT_FOUND"}
_UNAUTHORIZED = {"message": "401 Unauthorized"}
_BODY_LIMIT = 1 << 20


def create_app(site: "ReplicatingSite", registry_types: Sequence[type["RegistryType"]] = ()) -> Starlette:
    """Make the application that answers for a site: other sites, people, and Prometheus.

    Args:
        site: That answers.
        registry_types: How the registries of each type are shown to people; nothing is shown without any.
    """
    git = Git(site)
    api = Api(site)
    routes = [
        Route("/api/v4/geo/retrieve/{replicable_name}/{replicable_id:int}", api.retrieve, methods=["GET"]),
        Route("/api/v4/geo/status", api.status, methods=["POST"]),
        Route("/{path:path}.git/info/refs", git.info_refs, methods=["GET"]),
        Route("/{path:path}.git/git-upload-pack", git.upload_pack, methods=["POST"]),
        admin_routes(site, registry_types),
    ]
    return Starlette(routes=routes)


def unauthorized(message: str | None = None) -> Response:
    """Return the answer to a caller that is not trusted."""
    return JSONResponse({"message": message} if message else _UNAUTHORIZED, status_code=401)


class Api:
    """The addresses that are not Git's.

    Args:
        site: That answers.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    def retrieve(self, request: Request) -> Response:
        """Send a file, or where it is; the token must name just this file, its id as a number."""
        name = str(request.path_params["replicable_name"])
        record_id = int(request.path_params["replicable_id"])
        try:
            token = self._token(request)
        except TokenError as error:
            return unauthorized(str(error) if isinstance(error, TokenTimeError) else None)
        if not token.covers(replicable_name=name, replicable_id=record_id):
            return unauthorized()
        return self._file(name, record_id, token.data.get("checksum"))

    async def status(self, request: Request) -> Response:
        """Store what a secondary says of itself."""
        body = await request.body() if int(request.headers.get("content-length") or 0) <= _BODY_LIMIT else b""
        return await run_in_threadpool(self._store_status, request, body)

    def _store_status(self, request: Request, body: bytes) -> Response:
        try:
            token = self._token(request)
        except TokenError as error:
            return unauthorized(str(error) if isinstance(error, TokenTimeError) else None)
        if not token.covers(scope=tokens.API_SCOPE):
            return unauthorized()
        try:
            metrics.store_status(self.site, token.node, body)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({}, status_code=201)

    def _token(self, request: Request) -> tokens.Token:
        if not self.site.is_allowed(request.client.host if request.client else None):
            raise TokenError("address")
        return tokens.decode(self.site, request.headers.get("authorization"))

    def _file(self, name: str, record_id: int, checksum: object) -> Response:
        try:
            replicator = self.site.replicator(name, record_id)
        except UnknownReplicatorError:
            return JSONResponse({"message": f"{name} not found"}, status_code=404)
        if not isinstance(replicator, BlobReplicator) or replicator.find_record() is None:
            return JSONResponse({"message": f"{name} not found"}, status_code=404)
        if not _is_there(replicator):
            return JSONResponse(FILE_NOT_FOUND, status_code=404)
        if checksum is not None and checksum != replicator.primary_checksum():
            return JSONResponse({"message": "Checksum mismatch"}, status_code=404)
        if self.site.object_storage is None or replicator.is_local():
            return FileResponse(replicator.blob_path(), media_type="application/octet-stream")
        address = self.site.object_storage.url(replicator.relative_path())
        return Response(status_code=302, headers={"location": address})  # byte for byte as the storage wrote it


def _is_there(replicator: BlobReplicator) -> bool:
    try:
        return replicator.resource_exists()
    except PathError:
        return False
