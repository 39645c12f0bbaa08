"""What a site needs to know about types with one file per record."""

from typing import TYPE_CHECKING, Final

from geo_runtime.replication.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from geo_runtime.databases.main import GeoNode
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.site.site import Site


def _capacity(site: "Site", node: "GeoNode") -> int:
    return node.files_max_capacity


def _routes(site: "ReplicatingSite") -> "Sequence[BaseRoute]":
    from geo_runtime.kinds.blob.serving import routes_of  # noqa: PLC0415 - whoever serves needs Starlette

    return routes_of(site, BLOB)


BLOB: Final = Kind(
    name="blob", job="RegistrySyncWorker", scheduler="registry_sync_worker", capacity=_capacity, routes=_routes
)
