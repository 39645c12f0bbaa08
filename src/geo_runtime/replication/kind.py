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
        job: The job that has copies made within the capacity, every minute on a secondary; a worker of GitLab's. Kinds
            with one job are copied as one: they share its capacity and the addresses.
        scheduler: What that one's lease, and its list of copies in progress, are called.
        capacity: How many copies may be under way at once, given the secondary and its row.
        routes: The addresses at which other sites get the data, given the site that answers.
    """

    name: str
    job: str
    scheduler: str
    capacity: Callable[["Site", "GeoNode"], int]
    routes: Callable[["ReplicatingSite"], Sequence["BaseRoute"]]

    def copies(self, replicator: "type[Replicator]") -> bool:
        """Tell whether the data of a type are copied as those of this kind."""
        return replicator.kind.job == self.job


def kinds_of(replicators: "Iterable[type[Replicator]]") -> tuple[Kind, ...]:
    """Return the kinds that have the data of some types copied, one for each job, in the order of the types."""
    found: dict[str, Kind] = {}
    for each in replicators:
        found.setdefault(each.kind.job, each.kind)
    return tuple(found.values())
