"""Puts a site together: its place, the types that it knows, and the jobs that it runs."""

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
    """Return a site with everything that it is made of.

    Args:
        settings: What an administrator wrote down.
        replicators: The replicator class of each type, in the order in which workers go through them.
        timing: Clock, randomness and waiting; those of the machine by default.
        object_storage: The store of files that are not local, if there is one.
    """
    site = ReplicatingSite(settings, replicators, jobs_of(kinds_of(replicators)), timing, object_storage)
    hooks.attach(site.main)
    return site
