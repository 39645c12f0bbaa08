"""Probes: whether the process lives, and whether it can do its work; addresses and answers as GitLab's.

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
    """Whether a request comes from a network that may see how a site is."""
    return is_within(request.client.host if request.client else None, site.settings.monitoring_ips)


def not_found() -> Response:
    """Return what callers of other networks are told: nothing."""
    return PlainTextResponse("Not Found", status_code=HTTPStatus.NOT_FOUND)


class Health:
    """The addresses of the probes; as those of metrics they are open to the networks of `monitoring_ips` alone.

    Args:
        site: That is asked.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    async def liveness(self, request: Request) -> Response:
        """Say that the process answers; it asks nobody else, or a database that is away would have it killed."""
        return JSONResponse({"status": "ok"}) if is_monitor(self.site, request) else not_found()

    def readiness(self, request: Request) -> Response:
        """Say whether everything answers that the site needs; what failed is told by name, and why in the log."""
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
        """Yield what is asked, each with a name; an answer is what is wrong."""
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
