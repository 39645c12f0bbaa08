"""A kind of types: what types with the same sort of data share, as far as a site needs to know."""

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
    """One kind, referred to by its replicator, whose methods copy, check and remove records.

    Attributes:
        name: Its name.
        job: The job that starts copies within the capacity, every minute on a secondary; one of GitLab's workers. Kinds
            with the same job share its capacity and the routes.
        scheduler: The name of the job's lease and of its list of copies in progress.
        capacity: How many copies may be in progress at once, given the secondary and its row.
        routes: The routes from which other sites get the data, given the site that answers.
    """

    name: str
    job: str
    scheduler: str
    capacity: Callable[["Site", "GeoNode"], int]
    routes: Callable[["ReplicatingSite"], Sequence["BaseRoute"]]

    def copies(self, replicator: "type[Replicator]") -> bool:
        """Tell whether the data of a type are copied by this kind's job."""
        return replicator.kind.job == self.job


def kinds_of(replicators: "Iterable[type[Replicator]]") -> tuple[Kind, ...]:
    """Return the kinds of some types, one for each job, in the order of the types."""
    kinds: dict[str, Kind] = {}
    for replicator in replicators:
        kinds.setdefault(replicator.kind.job, replicator.kind)
    return tuple(kinds.values())
