"""Probes: whether the process is alive, and whether it can do its work; URLs and answers as in GitLab.

https://docs.gitlab.com/administration/monitoring/health_check/
"""

import logging
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from geo_runtime.errors import GeoRuntimeError
from geo_runtime.site.site import is_within

if TYPE_CHECKING:
    from geo_runtime.databases.database import Database
    from geo_runtime.replication.catalogue import ReplicatingSite

log = logging.getLogger(__name__)

LIVENESS_PATH: Final = "/-/liveness"
READINESS_PATH: Final = "/-/readiness"


def is_monitor(site: "ReplicatingSite", request: Request) -> bool:
    """Whether a request comes from a network that may see a site's health."""
    return is_within(request.client.host if request.client else None, site.settings.monitoring_ips)


def not_found() -> Response:
    """Return the answer to callers from other networks: nothing."""
    return PlainTextResponse("Not Found", status_code=HTTPStatus.NOT_FOUND)


class Health:
    """The endpoints of the probes; like the metrics they are only open to the networks of `monitoring_ips`.

    Args:
        site: The site.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    async def liveness(self, request: Request) -> Response:
        """Report that the process answers, without dependencies: otherwise a database outage would get it killed."""
        return JSONResponse({"status": "ok"}) if is_monitor(self.site, request) else not_found()

    def readiness(self, request: Request) -> Response:
        """Report whether everything that the site needs answers; failures are named, with the reason in the log."""
        if not is_monitor(self.site, request):
            return not_found()
        body: dict[str, Any] = {"status": "ok"}
        for name, ask in self._checks():
            problem = _problem(ask)
            body[f"{name}_check"] = [{"status": "ok" if problem is None else "failed"}]
            if problem is not None:
                body["status"] = "failed"
                log.warning("the site is not ready", extra={"check": name, "problem": problem})
        is_ready = body["status"] == "ok"
        return JSONResponse(body, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)

    def _checks(self) -> Iterator[tuple[str, Callable[[], str | None]]]:
        """Yield the checks, each with a name; each returns what is wrong."""
        databases = {"db": self.site.main, "tracking_db": self.site.tracking, "store": self.site.store.database}
        for name, database in databases.items():
            if database is not None:
                yield name, lambda database=database: _answers(database)  # type: ignore[misc]
        yield "queue", self.site.jobs.problem
        yield "site", lambda: None if self.site.node() else f"no site is named {self.site.settings.node_name}"


def _answers(database: "Database") -> None:
    with database.connection() as connection:
        connection.scalar(select(1))


def _problem(ask: Callable[[], str | None]) -> str | None:
    try:
        return ask()
    except (SQLAlchemyError, GeoRuntimeError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
