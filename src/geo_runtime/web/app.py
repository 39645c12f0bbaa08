"""The routes of a site: for other sites (specification: points 120 to 122), then those for people."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DataError, DBAPIError, StatementError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from geo_runtime.errors import TokenError
from geo_runtime.replication import metrics
from geo_runtime.site import tokens
from geo_runtime.site.bodies import BodyLimit
from geo_runtime.site.callers import token_of, unauthorized
from geo_runtime.web.admin import admin_routes
from geo_runtime.web.health import LIVENESS_PATH, READINESS_PATH, Health

if TYPE_CHECKING:
    from geo_runtime.administration.graphql import RegistryType
    from geo_runtime.databases.main import GeoNode
    from geo_runtime.replication.catalogue import ReplicatingSite

log = logging.getLogger(__name__)

_LARGEST_BODY: Final = 10 << 20
"""The maximum of any endpoint, in bytes; most allow less."""
_INCOMPREHENSIBLE: Final = (RecursionError, OverflowError, UnicodeError, DataError, StatementError)
"""The errors raised for numbers, depths and characters that a database or parser does not accept."""


def create_app(site: "ReplicatingSite", registry_types: Sequence[type["RegistryType"]] = ()) -> Starlette:
    """Create the application that answers for a site: to other sites, people, and Prometheus.

    Args:
        site: The site that answers.
        registry_types: The GraphQL type of each type's registries; without any, nothing is shown to people.
    """
    health = Health(site)
    routes = [
        # Before the checks for a host name, which probes do not know, and for a session.
        Route(LIVENESS_PATH, health.liveness, methods=["GET"]),
        Route(READINESS_PATH, health.readiness, methods=["GET"]),
        *(route for kind in site.kinds for route in kind.routes(site)),
        Route("/api/v4/geo/status", Statuses(site).store, methods=["POST"], middleware=[Middleware(BodyLimit)]),
        admin_routes(site, registry_types),
    ]
    proxies = list(site.settings.trusted_proxies)
    middleware = [
        # Without trusted proxies, no forwarding header is believed.
        *([Middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)] if proxies else ()),
        Middleware(BodyLimit, _LARGEST_BODY),
    ]
    handlers = dict.fromkeys(_INCOMPREHENSIBLE, _not_understood)
    return Starlette(routes=routes, middleware=middleware, exception_handlers=handlers)


def _not_understood(request: Request, error: Exception) -> Response:
    """Answer a request with values that cannot be processed, without repeating them.

    Raises:
        DBAPIError: The database itself fails.
    """
    if isinstance(error, DBAPIError) and not isinstance(error, DataError):
        raise error
    log.warning("a request cannot be understood", extra={"path": request.url.path[:200], "error": type(error).__name__})
    return JSONResponse({"message": "400 Bad Request"}, status_code=400)


class Statuses:
    """The endpoint for the statuses of secondaries.

    Args:
        site: The site that answers.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    async def store(self, request: Request) -> Response:
        """Store the status of a secondary; the body is not read before the sender is known."""
        caller = await run_in_threadpool(self._caller, request)
        if isinstance(caller, Response):
            return caller
        return await run_in_threadpool(self._store, caller, await request.body())

    def _caller(self, request: Request) -> "GeoNode | Response":
        try:
            token = token_of(self.site, request)
        except TokenError as error:
            return unauthorized(error)
        return token.node if token.covers(scope=tokens.API_SCOPE) else unauthorized()

    def _store(self, sender: "GeoNode", body: bytes) -> Response:
        try:
            metrics.store_status(self.site, sender, body)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({}, status_code=201)
