"""The tables of the main database that belong to no type: sites, events, statuses, flags, and who owns records.

Written on the primary only; a secondary sees them through replication.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from geo_runtime.databases.columns import Base, BigId, Json, Text255, UtcDateTime
from geo_runtime.errors import InvalidRecordError


class MainBase(Base):
    """The tables of the main database."""

    __abstract__ = True
    metadata = MetaData()


class Organization(MainBase):
    """An organization, which owns namespaces."""

    __tablename__ = "organizations"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Text255)


class Namespace(MainBase):
    """A group or a user's namespace; groups form a tree."""

    __tablename__ = "namespaces"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Text255)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("namespaces.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)


class Project(MainBase):
    """A project, in a namespace, whose repository is on a named storage."""

    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Text255)
    namespace_id: Mapped[int] = mapped_column(ForeignKey("namespaces.id"), index=True)
    repository_storage: Mapped[str] = mapped_column(Text255, default="default", index=True)
    namespace: Mapped[Namespace] = relationship()


class User(MainBase):
    """A user, of groups by membership."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Text255)
    groups: Mapped[list[Namespace]] = relationship(secondary="members")


class Member(MainBase):
    """A user's membership in a group, or request for one."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("user_id", "member_namespace_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    member_namespace_id: Mapped[int] = mapped_column(ForeignKey("namespaces.id", ondelete="CASCADE"), index=True)
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrganizationUser(MainBase):
    """A user's membership in an organization."""

    __tablename__ = "organization_users"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class GeoNode(MainBase):
    """A site. Both sites know every site's keys, because the table is replicated."""

    __tablename__ = "geo_nodes"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    primary: Mapped[bool] = mapped_column(Boolean, default=False)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    name: Mapped[str] = mapped_column(Text255, unique=True)
    url: Mapped[str] = mapped_column(Text255, default="")
    internal_url_column: Mapped[str | None] = mapped_column("internal_url", Text255)
    access_key: Mapped[str] = mapped_column(Text255, default=lambda: new_key(20), unique=True)
    secret_access_key: Mapped[str] = mapped_column(Text255, default=lambda: new_key(40))
    files_max_capacity: Mapped[int] = mapped_column(Integer, default=10)
    repos_max_capacity: Mapped[int] = mapped_column(Integer, default=10)
    container_repositories_max_capacity: Mapped[int] = mapped_column(Integer, default=2)
    verification_max_capacity: Mapped[int] = mapped_column(Integer, default=10)
    minimum_reverification_interval: Mapped[int] = mapped_column(Integer, default=90)
    selective_sync_type: Mapped[str | None] = mapped_column(Text255)
    selective_sync_shards: Mapped[list[str]] = mapped_column(Json, default=list)
    sync_object_storage: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    namespaces: Mapped[list[Namespace]] = relationship(secondary="geo_node_namespace_links")
    organizations: Mapped[list[Organization]] = relationship(secondary="geo_node_organization_links")

    @property
    def internal_url(self) -> str:
        """Return the URL for other sites, without a trailing slash; the public URL by default."""
        return (self.internal_url_column or self.url).rstrip("/")

    @validates(
        "files_max_capacity",
        "repos_max_capacity",
        "container_repositories_max_capacity",
        "verification_max_capacity",
        "minimum_reverification_interval",
    )
    def _check_number(self, key: str, value: int) -> int:
        least = 1 if key == "minimum_reverification_interval" else 0
        if value < least:
            raise InvalidRecordError(f"{key} must be greater than or equal to {least}")
        return value

    @validates("enabled", "primary")
    def _check_enabled(self, key: str, value: bool) -> bool:
        other = self.primary if key == "enabled" else self.enabled is False
        if other and (value is False if key == "enabled" else value):
            raise InvalidRecordError("a primary cannot be disabled")
        return value


class GeoNodeNamespaceLink(MainBase):
    """A namespace that a site selects."""

    __tablename__ = "geo_node_namespace_links"
    geo_node_id: Mapped[int] = mapped_column(ForeignKey("geo_nodes.id", ondelete="CASCADE"), primary_key=True)
    namespace_id: Mapped[int] = mapped_column(ForeignKey("namespaces.id", ondelete="CASCADE"), primary_key=True)


class GeoNodeOrganizationLink(MainBase):
    """An organization that a site selects."""

    __tablename__ = "geo_node_organization_links"
    geo_node_id: Mapped[int] = mapped_column(ForeignKey("geo_nodes.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)


class GeoEvent(MainBase):
    """What happened to a record."""

    __tablename__ = "geo_events"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    replicable_name: Mapped[str] = mapped_column(Text255)
    event_name: Mapped[str] = mapped_column(Text255)
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @validates("replicable_name", "event_name")
    def _check_name(self, key: str, value: str) -> str:
        if not value or len(value) > 255:
            raise InvalidRecordError(f"{key} must have 1 to 255 characters")
        return value


class GeoEventLog(MainBase):
    """The order in which secondaries read events."""

    __tablename__ = "geo_event_log"
    __table_args__ = ({"sqlite_autoincrement": True},)  # ids are never reused, as with a sequence
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    geo_event_id: Mapped[int | None] = mapped_column(ForeignKey("geo_events.id", ondelete="CASCADE"), index=True)
    geo_event: Mapped[GeoEvent | None] = relationship()


class GeoNodeStatus(MainBase):
    """The last status that a site reported; counters of every type are in `status`."""

    __tablename__ = "geo_node_statuses"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    geo_node_id: Mapped[int] = mapped_column(ForeignKey("geo_nodes.id", ondelete="CASCADE"), unique=True)
    status: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    status_message: Mapped[str | None] = mapped_column(Text255)
    db_replication_lag_seconds: Mapped[int | None] = mapped_column(Integer)
    last_event_id: Mapped[int | None] = mapped_column(BigId)
    last_event_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cursor_last_event_id: Mapped[int | None] = mapped_column(BigId)
    cursor_last_event_date: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_successful_status_check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FeatureGate(MainBase):
    """A flag that somebody set; any other has its default."""

    __tablename__ = "feature_gates"
    feature_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[bool] = mapped_column(Boolean)


TABLES = tuple(MainBase.metadata.sorted_tables)
"""The tables above; types derive theirs from the same base."""


def new_key(length: int) -> str:
    """Return a random URL-safe key of this many characters."""
    return secrets.token_urlsafe(length)[:length]
