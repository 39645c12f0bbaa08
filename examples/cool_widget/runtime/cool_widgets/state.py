"""The verification state of one record on the primary."""

from typing import ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import geo_runtime


class CoolWidgetState(geo_runtime.StateModel, geo_runtime.MainBase):
    """The checksum of one record, and the state of its calculation."""

    __tablename__ = "cool_widget_states"
    MODEL_FOREIGN_KEY: ClassVar[str] = "cool_widget_id"
    cool_widget_id: Mapped[int] = mapped_column(
        ForeignKey("cool_widgets.id", ondelete="CASCADE"),
        primary_key=True,
    )
