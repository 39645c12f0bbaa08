"""The tables of the tracking database that belong to no type: the cursor."""

from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column

from geo_runtime.databases.columns import Base, BigId, UtcDateTime


class TrackingBase(Base):
    """The tables of the tracking database, which only its secondary reads and writes."""

    __abstract__ = True
    metadata = MetaData()


class EventLogState(TrackingBase):
    """A position in the event log up to which events were handled; the newest row counts."""

    __tablename__ = "event_log_states"
    event_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


TABLES = tuple(TrackingBase.metadata.sorted_tables)
"""The tables above; types derive theirs from the same base."""
