"""A site with the types that it replicates, and the lookup of their replicators."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geo_runtime.errors import UnknownReplicatorError
from geo_runtime.replication.kind import kinds_of
from geo_runtime.replication.registry import Registry
from geo_runtime.replication.replicable import ReplicableModel
from geo_runtime.replication.replicator import Replicator
from geo_runtime.site.settings import SiteSettings
from geo_runtime.site.site import Site

if TYPE_CHECKING:
    from geo_runtime.files.storage import ObjectStorage
    from geo_runtime.ground.timing import Timing
    from geo_runtime.site.jobs import Job


class ReplicatingSite(Site):
    """A site with types.

    Args:
        settings: The site's settings.
        replicators: The replicator class of each type, in the order in which workers process them.
        jobs: As for `Site`.
        timing: As for `Site`.
        object_storage: As for `Site`.

    Attributes:
        kinds: The kinds of the types.
    """

    def __init__(
        self,
        settings: SiteSettings,
        replicators: Sequence[type[Replicator]],
        jobs: Sequence["Job"],
        timing: "Timing | None" = None,
        object_storage: "ObjectStorage | None" = None,
    ) -> None:
        super().__init__(settings, jobs, timing, object_storage)
        self.replicators = tuple(replicators)
        self.kinds = kinds_of(replicators)

    def replicator_class(self, replicable_name: str | None) -> type[Replicator]:
        """Return the replicator class of a type.

        Raises:
            UnknownReplicatorError: There is no such type.
        """
        for replicator in self.replicators:
            if replicator.replicable_name() == replicable_name:
                return replicator
        raise UnknownReplicatorError(f"Cannot find a Geo::Replicator for {replicable_name}")

    def replicator_of_registry(self, registry: Registry) -> Replicator:
        """Return the replicator of a registry's record.

        Raises:
            UnknownReplicatorError: No type of this site has such registries.
        """
        for replicator in self.replicators:
            if replicator.registry_class is type(registry):
                return replicator(self, registry.model_record_id)
        raise UnknownReplicatorError(f"Cannot find a Geo::Replicator for {type(registry).__name__}")

    def replicator_of_record(self, record: ReplicableModel) -> Replicator:
        """Return the replicator of a record, which need not be saved yet.

        Raises:
            UnknownReplicatorError: No type of this site has such records.
        """
        for replicator in self.replicators:
            if replicator.has(record):
                return replicator.of(self, record)
        raise UnknownReplicatorError(f"Cannot find a Geo::Replicator for {type(record).__name__}")

    def replicator(self, replicable_name: str | None, model_record_id: int) -> Replicator:
        """Return the replicator of one record.

        Raises:
            UnknownReplicatorError: There is no such type.
        """
        return self.replicator_class(replicable_name)(self, model_record_id)

    def replication_enabled(self) -> list[type[Replicator]]:
        """Return the types whose replication is enabled."""
        return [replicator for replicator in self.replicators if replicator.replication_enabled(self)]

    def verification_enabled(self) -> list[type[Replicator]]:
        """Return the types whose verification is enabled here."""
        return [replicator for replicator in self.replicators if replicator.verification_enabled(self)]
