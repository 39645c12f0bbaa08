"""A kind of types: what those share whose records have data of one sort, and a site must know of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from geo_runtime.databases.main import GeoNode
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator
    from geo_runtime.site.site import Site


@dataclass(frozen=True)
class Kind:
    """One kind, which its replicator names; how a record is copied, checked and removed are methods of that.

    Attributes:
        name: What people and programs call it.
        job: The job that has copies made within the capacity, every minute on a secondary; a worker of GitLab's.
        scheduler: What that one's lease, and its list of copies in progress, are called.
        capacity: How many copies may be under way at once, given the secondary and its row.
        routes: The addresses at which other sites get the data, given the site that answers.
    """

    name: str
    job: str
    scheduler: str
    capacity: Callable[["Site", "GeoNode"], int]
    routes: Callable[["ReplicatingSite"], Sequence["BaseRoute"]]


def kinds_of(replicators: "Iterable[type[Replicator]]") -> tuple[Kind, ...]:
    """Return the kinds of some types, each once, in the order of the types."""
    return tuple({each.kind.name: each.kind for each in replicators}.values())
