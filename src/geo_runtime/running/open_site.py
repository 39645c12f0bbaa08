"""Assembles a site: its settings, its types, and its jobs."""

from collections.abc import Sequence

from geo_runtime.files.storage import ObjectStorage
from geo_runtime.ground.timing import Timing
from geo_runtime.replication import hooks
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.kind import kinds_of
from geo_runtime.replication.replicator import Replicator
from geo_runtime.site.settings import SiteSettings
from geo_runtime.workers import jobs_of


def open_site(
    settings: SiteSettings,
    replicators: Sequence[type[Replicator]],
    timing: Timing | None = None,
    object_storage: ObjectStorage | None = None,
) -> ReplicatingSite:
    """Return a complete site.

    Args:
        settings: The site's settings.
        replicators: The replicator class of each type, in the order in which workers process them.
        timing: Clock, randomness and waiting; the machine's by default.
        object_storage: The store of files that are not local, if any.
    """
    site = ReplicatingSite(settings, replicators, jobs_of(kinds_of(replicators)), timing, object_storage)
    hooks.attach(site.main)
    return site
