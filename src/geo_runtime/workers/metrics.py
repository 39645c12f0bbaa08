"""The job that counts everything and tells the primary (specification: point 112)."""

from typing import TYPE_CHECKING

from geo_runtime.replication import metrics

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite


def metrics_update(site: "ReplicatingSite") -> None:
    """Build the site's status and store it, unless a flag stops that."""
    if site.flags.enabled("geo_metrics_update_worker"):
        metrics.update_metrics(site)
