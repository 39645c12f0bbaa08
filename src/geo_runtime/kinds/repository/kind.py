"""What a site needs to know about types with a Git repository per record."""

from typing import TYPE_CHECKING, Final

from geo_runtime.replication.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from geo_runtime.databases.main import GeoNode
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.site.site import Site


def _capacity(site: "Site", node: "GeoNode") -> int:
    """Return a tenth of the setting, plus that for container images, because GitLab schedules both together."""
    containers = node.container_repositories_max_capacity if site.settings.registry_replication_enabled else 0
    return max(node.repos_max_capacity // 10, 1) + containers


def _routes(site: "ReplicatingSite") -> "Sequence[BaseRoute]":
    from geo_runtime.kinds.repository.serving import routes_of  # noqa: PLC0415 - whoever serves needs Starlette

    return routes_of(site, REPOSITORY)


REPOSITORY: Final = Kind(
    name="repository",
    job="RepositoryRegistrySyncWorker",
    scheduler="repository_registry_sync_worker",
    capacity=_capacity,
    routes=_routes,
)
