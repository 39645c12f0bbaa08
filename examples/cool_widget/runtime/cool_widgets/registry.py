"""The registry: what a secondary knows about one record."""

from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

import geo_runtime


class CoolWidgetRegistry(
    geo_runtime.Registry,
    geo_runtime.MissingOnPrimary,
    geo_runtime.TrackingBase,
):
    """What this secondary knows about one record."""

    __tablename__ = "cool_widget_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "cool_widget_id"
    cool_widget_id: Mapped[int] = mapped_column(geo_runtime.BigId, unique=True)
