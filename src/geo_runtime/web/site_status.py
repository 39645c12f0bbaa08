"""The statuses of all sites for an administrator, as JSON, with the names of GitLab's Geo sites API."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from geo_runtime.administration.users import can_read_all_geo
from geo_runtime.replication import metrics
from geo_runtime.web.guard import session_of

if TYPE_CHECKING:
    from geo_runtime.databases.main import GeoNode, GeoNodeStatus
    from geo_runtime.replication.catalogue import ReplicatingSite


class SiteStatuses:
    """The endpoint of the statuses.

    Args:
        site: The site.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    def read(self, request: Request) -> Response:
        """List the sites, the primary first, with their last statuses."""
        session = session_of(request)
        if session is None or not can_read_all_geo(session.user):
            return JSONResponse({"message": "401 Unauthorized"}, status_code=401)
        primary = self.site.primary_node()
        nodes = [*([primary] if primary else []), *self.site.secondary_nodes()]
        return JSONResponse([self.shown(node) for node in nodes])

    def shown(self, node: "GeoNode") -> dict[str, Any]:
        """Return one site in the form of the API."""
        status = metrics.status_of(self.site, node)
        return {
            "geo_node_id": node.id,
            "name": node.name,
            "url": node.url,
            "primary": node.primary,
            "enabled": node.enabled,
            "current": node.name == self.site.settings.node_name,
            "health_status": self._health(node, status),
            "health": status.status_message if status else None,
            "updated_at": _iso(status.updated_at if status else None),
            "db_replication_lag_seconds": status.db_replication_lag_seconds if status else None,
            "last_event_id": status.last_event_id if status else None,
            "last_event_timestamp": _iso(status.last_event_date if status else None),
            "cursor_last_event_id": status.cursor_last_event_id if status else None,
            "cursor_last_event_timestamp": _iso(status.cursor_last_event_date if status else None),
            "cursor_events_behind": status.status.get(metrics.EVENTS_BEHIND) if status else None,
            "replicables": [_replicable(replicator_class, status) for replicator_class in self.site.replicators],
        }

    def _health(self, node: "GeoNode", status: "GeoNodeStatus | None") -> str:
        if not node.enabled:
            return "Disabled"
        if status is None:
            return "Unknown"
        if (status.status_message or "Healthy") != "Healthy":
            return "Unhealthy"
        return "Healthy" if metrics.is_healthy(status, self.site) else "Offline"


def _replicable(kind: Any, status: "GeoNodeStatus | None") -> dict[str, Any]:
    names = kind.names()
    counters = status.status if status else {}
    start = f"{names.plural}_"
    return {
        "name": names.replicable_name,
        "name_plural": names.plural,
        "title_plural": kind.title_plural,
        **{suffix: counters.get(start + suffix) for suffix in metrics.COUNTERS},
        "synced_in_percentage": f"{metrics.synced_in_percentage(counters, kind):.2f}%",
        "verified_in_percentage": f"{metrics.verified_in_percentage(counters, kind):.2f}%",
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
