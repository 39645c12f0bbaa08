"""The invented types as a generated package offers its own: one `ReplicableType` each."""

from pathlib import Path

from factory.declarations import Sequence

from geo_runtime.factories import BlobFactory, RepositoryFactory
from geo_runtime.replicable_type import ReplicableType

from .widgets import (
    Widget,
    WidgetFile,
    WidgetFileRegistryType,
    WidgetFileReplicator,
    WidgetRegistryType,
    WidgetReplicator,
)


class WidgetFactory(RepositoryFactory[Widget]):
    class Meta:
        model = Widget

    name = Sequence(lambda number: f"widget {number}")
    repository_storage = "default"
    disk_path = Sequence(lambda number: f"@hashed/{number}")
    full_path = Sequence(lambda number: f"group/widget{number}")


class WidgetFileFactory(BlobFactory[WidgetFile]):
    class Meta:
        model = WidgetFile

    blob_path = Sequence(lambda number: f"{number}.bin")
    file_store = 1


WIDGET = ReplicableType(WidgetReplicator, WidgetRegistryType, WidgetFactory, Path(__file__).parent)
WIDGET_FILE = ReplicableType(WidgetFileReplicator, WidgetFileRegistryType, WidgetFileFactory, Path(__file__).parent)
TYPES = (WIDGET, WIDGET_FILE)
