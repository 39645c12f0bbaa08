"""An invented type of each kind: a widget has a Git repository, a widget file has a file."""

from pathlib import Path
from typing import Any, ClassVar

import factory
import strawberry
from sqlalchemy import ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo_runtime.administration.finder import RegistryFinder
from geo_runtime.administration.graphql import RegistryType, create_schema
from geo_runtime.authoring.owners import ProjectFactory
from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.columns import BigId
from geo_runtime.databases.main import MainBase, Project
from geo_runtime.databases.tracking import TrackingBase
from geo_runtime.kinds.blob.factory import BlobFactory
from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.kinds.repository.factory import RepositoryFactory
from geo_runtime.kinds.repository.replicator import RepositoryReplicator
from geo_runtime.replication.registry import MissingOnPrimary, Registry
from geo_runtime.replication.replicable import LOCAL, ReplicableModel, StateModel
from geo_runtime.site.selective_sync import IdRange, SelectiveSync


class Widget(ReplicableModel, MainBase):
    __tablename__ = "widgets"
    name: Mapped[str] = mapped_column(String(255))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    repository_storage: Mapped[str] = mapped_column(String(255), default="default")
    disk_path: Mapped[str] = mapped_column(String(255))
    full_path: Mapped[str] = mapped_column(String(255))
    project: Mapped[Project | None] = relationship()

    @classmethod
    def selective_sync_scope(
        cls, selection: SelectiveSync, primary_key_in: IdRange | None, replicables: Select[Any]
    ) -> Select[Any]:
        return selection.by_project(replicables, cls.project_id)

    @classmethod
    def search(cls, keyword: str) -> Select[Any]:
        return select(cls).where(cls.name.contains(keyword))


class WidgetState(StateModel, MainBase):
    __tablename__ = "widget_states"
    MODEL_FOREIGN_KEY: ClassVar[str] = "widget_id"
    widget_id: Mapped[int] = mapped_column(ForeignKey("widgets.id", ondelete="CASCADE"), primary_key=True)


class WidgetRegistry(Registry, MissingOnPrimary, TrackingBase):
    __tablename__ = "widget_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "widget_id"
    widget_id: Mapped[int] = mapped_column(BigId, unique=True)


class WidgetReplicator(RepositoryReplicator):
    model = Widget
    state_model = WidgetState
    registry_class = WidgetRegistry
    title = "Widget"
    title_plural = "Widgets"


class WidgetFile(ReplicableModel, MainBase):
    __tablename__ = "widget_files"
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    blob_path: Mapped[str] = mapped_column(String(255))
    file_store: Mapped[int] = mapped_column(Integer, default=LOCAL)
    project: Mapped[Project | None] = relationship()

    @classmethod
    def with_files_stored_locally(cls, replicables: Select[Any]) -> Select[Any]:
        return replicables.where(cls.file_store == LOCAL)

    @classmethod
    def selective_sync_scope(
        cls, selection: SelectiveSync, primary_key_in: IdRange | None, replicables: Select[Any]
    ) -> Select[Any]:
        return selection.by_project(replicables, cls.project_id, keep_without=True)


class WidgetFileState(StateModel, MainBase):
    """With its own id, like newer types of GitLab."""

    __tablename__ = "widget_file_states"
    MODEL_FOREIGN_KEY: ClassVar[str] = "widget_file_id"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    widget_file_id: Mapped[int] = mapped_column(ForeignKey("widget_files.id", ondelete="CASCADE"), unique=True)

    @classmethod
    def verification_state_model_key(cls) -> str:
        return "widget_file_id"


class WidgetFileRegistry(Registry, TrackingBase):
    __tablename__ = "widget_file_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "widget_file_id"
    widget_file_id: Mapped[int] = mapped_column(BigId, unique=True)


class WidgetFileReplicator(BlobReplicator):
    model = WidgetFile
    state_model = WidgetFileState
    registry_class = WidgetFileRegistry
    title = "Widget file"
    title_plural = "Widget files"
    uploader_class = "WidgetFileUploader"
    uploader_folder = "widget_files"


class WidgetRegistryFinder(RegistryFinder):
    replicator_class = WidgetReplicator


class WidgetFileRegistryFinder(RegistryFinder):
    replicator_class = WidgetFileReplicator


@strawberry.type(name="WidgetRegistry")
class WidgetRegistryType(RegistryType):
    finder_class: ClassVar[type[RegistryFinder]] = WidgetRegistryFinder
    widget_id: strawberry.ID


@strawberry.type(name="WidgetFileRegistry")
class WidgetFileRegistryType(RegistryType):
    finder_class: ClassVar[type[RegistryFinder]] = WidgetFileRegistryFinder
    widget_file_id: strawberry.ID


class WidgetFactory(RepositoryFactory[Widget]):
    class Meta:
        model = Widget

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda number: f"Widget {number}")
    disk_path = factory.Sequence(lambda number: f"widgets/{number}")
    full_path = factory.SelfAttribute("disk_path")


class WidgetFileFactory(BlobFactory[WidgetFile]):
    class Meta:
        model = WidgetFile

    project = factory.SubFactory(ProjectFactory)
    blob_path = factory.Sequence(lambda number: f"{number}.bin")


_MIGRATIONS = Path(__file__).parent / "migrations"
WIDGET = ReplicableType(WidgetReplicator, WidgetRegistryType, WidgetFactory, _MIGRATIONS / "widgets")
WIDGET_FILE = ReplicableType(
    WidgetFileReplicator, WidgetFileRegistryType, WidgetFileFactory, _MIGRATIONS / "widget_files"
)
TYPES = (WIDGET, WIDGET_FILE)

REGISTRY_TYPES = tuple(kind.registry_type for kind in TYPES)
SCHEMA = create_schema(REGISTRY_TYPES)
REPLICATORS = tuple(kind.replicator for kind in TYPES)
