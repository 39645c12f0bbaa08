"""What a site, a page or a demonstration needs to know about a generated type; its package exports it as `TYPE`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_runtime.administration.graphql import RegistryType
from geo_runtime.kinds.factory import RecordFactory
from geo_runtime.replication.replicator import Replicator


@dataclass(frozen=True)
class ReplicableType:
    """One type.

    Attributes:
        replicator: The replicator, which names model, state model and registry.
        registry_type: The GraphQL type of a registry, which names the finder.
        factory: Makes, changes and destroys records with their data on a primary.
        migrations: The folder of its migrations: `main` has those of the main database, `tracking` those of the
            tracking database.
    """

    replicator: type[Replicator]
    registry_type: type[RegistryType]
    factory: type[RecordFactory[Any]]
    migrations: Path
