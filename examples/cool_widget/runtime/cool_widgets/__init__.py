"""Cool Widgets: a replicable type of Geo, on the reference runtime."""

from pathlib import Path

import geo_runtime

from .factories import CoolWidgetFactory
from .graphql import CoolWidgetRegistryType
from .replicator import CoolWidgetReplicator

TYPE = geo_runtime.ReplicableType(
    replicator=CoolWidgetReplicator,
    registry_type=CoolWidgetRegistryType,
    factory=CoolWidgetFactory,
    migrations=Path(__file__).parent / "migrations",
)
