"""Cool Widgets: a replicable type of Geo, on the reference runtime."""

from pathlib import Path

from geo_runtime.replicable_type import ReplicableType

from .factories import CoolWidgetFactory
from .graphql import CoolWidgetRegistryType
from .replicator import CoolWidgetReplicator

TYPE = ReplicableType(
    replicator=CoolWidgetReplicator,
    registry_type=CoolWidgetRegistryType,
    factory=CoolWidgetFactory,
    migrations=Path(__file__).parent / "migrations",
)
