"""The addresses of a site: for other sites (specification: API between sites), and behind them those for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from geo_runtime.errors import TokenError
from geo_runtime.replication import metrics
from geo_runtime.site import tokens
from geo_runtime.site.callers import token_of, unauthorized
from geo_runtime.web.admin import admin_routes

if TYPE_CHECKING:
    from geo_runtime.administration.graphql import RegistryType
    from geo_runtime.replication.catalogue import ReplicatingSite

_BODY_LIMIT = 1 << 20


def create_app(site: "ReplicatingSite", registry_types: Sequence[type["RegistryType"]] = ()) -> Starlette:
    """Make the application that answers for a site: other sites, people, and Prometheus.

    Args:
        site: That answers.
        registry_types: How the registries of each type are shown to people; nothing is shown without any.
    """
    routes = [
        *(route for kind in site.kinds for route in kind.routes(site)),
        Route("/api/v4/geo/status", Statuses(site).store, methods=["POST"]),
        admin_routes(site, registry_types),
    ]
    return Starlette(routes=routes)


class Statuses:
    """The address at which secondaries say how they are.

    Args:
        site: That answers.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    async def store(self, request: Request) -> Response:
        """Store what a secondary says of itself."""
        body = await request.body() if int(request.headers.get("content-length") or 0) <= _BODY_LIMIT else b""
        return await run_in_threadpool(self._store, request, body)

    def _store(self, request: Request, body: bytes) -> Response:
        try:
            token = token_of(self.site, request)
        except TokenError as error:
            return unauthorized(error)
        if not token.covers(scope=tokens.API_SCOPE):
            return unauthorized()
        try:
            metrics.store_status(self.site, token.node, body)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({}, status_code=201)
