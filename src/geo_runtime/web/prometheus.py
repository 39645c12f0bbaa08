"""Prometheus metrics of a site (specification: points 109 to 112; names as in the generated docs)."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from geo_runtime.databases.main import GeoNode, GeoNodeStatus
from geo_runtime.replication import metrics
from geo_runtime.web.health import is_monitor, not_found

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

_OF_A_SITE: Final = {
    "geo_db_replication_lag_seconds": ("db_replication_lag_seconds", "Database replication lag (seconds)"),
    "geo_last_event_id": ("last_event_id", "Database ID of the latest event log entry on the primary"),
    "geo_last_event_timestamp": ("last_event_date", "UNIX timestamp of the latest event log entry on the primary"),
    "geo_cursor_last_event_id": (
        "cursor_last_event_id",
        "Last database ID of the event log processed by the secondary",
    ),
    "geo_cursor_last_event_timestamp": (
        "cursor_last_event_date",
        "Last UNIX timestamp of the event log processed by the secondary",
    ),
    "geo_last_successful_status_check_timestamp": (
        "last_successful_status_check_at",
        "Last timestamp when the status was successfully updated",
    ),
}
"""What is exported about a site besides the counters of its types: column of its status, and description."""
_LABELS: Final = ("name", "url")


class StatusCollector(Collector):
    """Turns statuses into metrics: of the site itself, and on the primary of all enabled sites.

    Args:
        site: The site.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site

    def describe(self) -> Iterable[Metric]:
        """Announce no metrics in advance, because types and sites can change."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return one family for each counter, with a sample for each site."""
        families: dict[str, Metric] = {}
        for node, status in self._statuses():
            for name, help_text, value in self._values(status):
                if name not in families:
                    families[name] = GaugeMetricFamily(name, help_text, labels=_LABELS)
                families[name].add_sample(name, dict.fromkeys(_LABELS, node.name), value)
        yield from families.values()
        failed = CounterMetricFamily("geo_status_failed", "Number of times retrieving the status failed")
        failed.add_metric([], float(self.site.store.read(metrics.FAILED_POSTS) or 0))
        yield failed

    def _statuses(self) -> Iterable[tuple[GeoNode, GeoNodeStatus]]:
        current = self.site.node()
        if current is None:
            return
        nodes = [current, *(self.site.secondary_nodes() if current.primary else ())]
        for node in nodes:
            status = metrics.status_of(self.site, node)
            if node.enabled and status is not None:
                yield node, status

    def _values(self, status: GeoNodeStatus) -> Iterable[tuple[str, str, float]]:
        for replicator_class in self.site.replicators:
            for field, help_text in metrics.descriptions(replicator_class).items():
                value = status.status.get(field)
                if isinstance(value, int):
                    yield metrics.gauge_name(field), help_text, value
        for name, (column, help_text) in _OF_A_SITE.items():
            found = getattr(status, column)
            if found is not None:
                yield name, help_text, found.timestamp() if isinstance(found, datetime) else found


class Metrics:
    """The endpoint for Prometheus.

    Args:
        site: The site.
    """

    def __init__(self, site: "ReplicatingSite") -> None:
        self.site = site
        self.registry = CollectorRegistry()
        self.registry.register(StatusCollector(site))

    def read(self, request: Request) -> Response:
        """Return the metrics in the format that the caller accepts; callers from other networks get nothing."""
        if not is_monitor(self.site, request):
            return not_found()
        try:
            encode, content_type = choose_encoder(request.headers.get("accept", ""))
        except (ValueError, TypeError):  # a version, or a preference, that is not a number
            encode, content_type = choose_encoder("")
        return Response(encode(self.registry), headers={"content-type": content_type})
