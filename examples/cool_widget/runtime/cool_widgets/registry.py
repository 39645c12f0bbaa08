"""The registry: what a secondary knows of one record."""

from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

from geo_runtime import columns, registry, tracking_database


class CoolWidgetRegistry(
    registry.Registry,
    registry.MissingOnPrimary,
    tracking_database.TrackingBase,
):
    """What this secondary knows of one record."""

    __tablename__ = "cool_widget_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "cool_widget_id"
    cool_widget_id: Mapped[int] = mapped_column(columns.BigId, unique=True)
