"""The address at which a site gives files to other sites (specification: point 121)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from geo_runtime.errors import PathError, TokenError, UnknownReplicatorError
from geo_runtime.site.addresses import RECORD_ID
from geo_runtime.site.callers import token_of, unauthorized

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.kind import Kind
    from geo_runtime.replication.replicator import Replicator

_FILE_NOT_FOUND: Final = {"message": "404 Geo file not found", "geo_code": "FILE_NOT_FOUND"}


def routes_of(site: "ReplicatingSite", kind: "Kind") -> Sequence[BaseRoute]:
    """Return the route of a site's files.

    Args:
        site: The site that answers.
        kind: The kind of types with one file per record, which refers to this module, so it cannot be imported here.
    """
    address = "/api/v4/geo/retrieve/{replicable_name}/{replicable_id:" + RECORD_ID + "}"
    return [Route(address, _Files(site, kind).retrieve, methods=["GET"])]


class _File(FileResponse):
    """A file, read in large pieces: Starlette has a thread read each, and changing threads costs more than reading."""

    chunk_size = 1 << 20


class _Files:
    """The files of a site.

    Args:
        site: The site that answers.
        kind: The kind of their types.
    """

    def __init__(self, site: "ReplicatingSite", kind: "Kind") -> None:
        self.site = site
        self.kind = kind

    def retrieve(self, request: Request) -> Response:
        """Send a file, or its location; the token must name exactly this file, with a numeric id."""
        name = str(request.path_params["replicable_name"])
        record_id = int(request.path_params["replicable_id"])
        try:
            token = token_of(self.site, request)
        except TokenError as error:
            return unauthorized(error)
        if not token.covers(replicable_name=name, replicable_id=record_id):
            return unauthorized()
        return self._file(name, record_id, token.data.get("checksum"))

    def _file(self, name: str, record_id: int, checksum: object) -> Response:
        try:
            replicator: Any = self.site.replicator(name, record_id)
        except UnknownReplicatorError:
            return JSONResponse({"message": f"{name} not found"}, status_code=404)
        if not self.kind.copies(type(replicator)) or not replicator.has_record():
            return JSONResponse({"message": f"{name} not found"}, status_code=404)
        if not _is_there(replicator):
            return JSONResponse(_FILE_NOT_FOUND, status_code=404)
        if checksum is not None and checksum != replicator.primary_checksum():
            return JSONResponse({"message": "Checksum mismatch"}, status_code=404)
        if self.site.object_storage is None or replicator.is_local():
            path = replicator.blob_path()
            return _File(path, media_type="application/octet-stream", stat_result=path.stat())
        address = self.site.object_storage.url(replicator.relative_path())
        return Response(status_code=302, headers={"location": address})  # byte for byte from the storage


def _is_there(replicator: "Replicator") -> bool:
    try:
        return replicator.resource_exists()
    except PathError:
        return False
