"""What GitLab keeps in Redis: leases, cached values and sorted sets of one site, in a separate database.

It is not the database with the records, so no lease can wait for an open transaction on them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Float, MetaData, String, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo_runtime.databases.columns import Base, Json, UtcDateTime
from geo_runtime.databases.database import Database, wait_for_turn
from geo_runtime.databases.heartbeat import Heartbeat
from geo_runtime.ground.processes import is_known_dead, new_holder
from geo_runtime.ground.timing import Timing


class StoreBase(Base):
    """The tables of a site's store."""

    __abstract__ = True
    metadata = MetaData()


class LeaseRow(StoreBase):
    """A lease that somebody holds, or held until it expired."""

    __tablename__ = "exclusive_leases"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CacheRow(StoreBase):
    """A cached value."""

    __tablename__ = "cache_entries"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ScoredRow(StoreBase):
    """A member of a sorted set."""

    __tablename__ = "sorted_set_members"
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    member: Mapped[str] = mapped_column(String(255), primary_key=True)
    score: Mapped[float] = mapped_column(Float)


def insert_for(bound: Session | Connection, table: Any) -> Any:
    """Return the database's own INSERT, which supports conflict clauses, for a mapped class."""
    dialect = bound.get_bind().dialect if isinstance(bound, Session) else bound.dialect
    return _insert_in(dialect.name, table)


def _insert_in(dialect_name: str, table: Any) -> Any:
    return sqlite_insert(table) if dialect_name == "sqlite" else postgresql_insert(table)


# Built once: a site runs them for every record.
_CANCEL = delete(LeaseRow).where(LeaseRow.key == bindparam("held"), LeaseRow.uuid == bindparam("holder"))


@cache
def _obtaining(dialect_name: str) -> Any:
    """Return the statement that takes a lease, and returns its key, unless somebody holds it."""
    statement = _insert_in(dialect_name, LeaseRow).values(
        {name: bindparam(name) for name in ("key", "uuid", "expires_at")}
    )
    new = {"uuid": statement.excluded.uuid, "expires_at": statement.excluded.expires_at}
    is_free = LeaseRow.expires_at <= bindparam("now", type_=UtcDateTime)
    return statement.on_conflict_do_update(index_elements=["key"], set_=new, where=is_free).returning(LeaseRow.key)


@dataclass(frozen=True)
class Lease:
    """An obtained lease; only its holder, identified by the uuid, can renew or release it.

    Attributes:
        store: The store that has it.
        key: What it is for.
        uuid: The id of its holder.
        timeout: How long it lasts after it was obtained or renewed.
    """

    store: "Store"
    key: str
    uuid: str
    timeout: timedelta

    def renew(self) -> bool:
        """Restart its timeout; False if it is no longer held."""
        now = self.store.timing.now()
        statement = (
            update(LeaseRow)
            .where(LeaseRow.key == self.key, LeaseRow.uuid == self.uuid, LeaseRow.expires_at > now)
            .values(expires_at=now + self.timeout)
        )
        return self.store.database.changed(statement) == 1

    def cancel(self) -> bool:
        """Release it; False if it is no longer held."""
        return self.store.database.changed(_CANCEL, {"held": self.key, "holder": self.uuid}) == 1


class Store:
    """A site's leases, cached values and sorted sets.

    Args:
        database: The database; `migrating.migrate_store` creates its tables.
        timing: The clock by which they expire.

    Attributes:
        heartbeat: What renews this process's leases and claims, or None if they last for their timeout.
    """

    def __init__(self, database: Database, timing: Timing) -> None:
        self.database = database
        self.timing = timing
        self.heartbeat: Heartbeat | None = None

    @contextmanager
    def beating(self) -> Iterator[Heartbeat]:
        """Renew what this process holds during a block; without a heartbeat it expires soon."""
        with Heartbeat(self.timing) as heartbeat:
            self.heartbeat = heartbeat
            try:
                yield heartbeat
            finally:
                self.heartbeat = None

    def obtain(self, key: str, timeout: timedelta) -> Lease | None:
        """Take a lease if nobody holds it; None if somebody does.

        Args:
            key: The name of the lease.
            timeout: After how long it ends unless it is renewed.
        """
        now, uuid = self.timing.now(), new_holder()
        values = {"key": key, "uuid": uuid, "expires_at": now + timeout, "now": now}
        with self.database.transaction() as connection:
            taken = connection.scalar(_obtaining(connection.dialect.name), values)
        return Lease(self, key, uuid, timeout) if taken else None

    @contextmanager
    def lease(self, key: str, timeout: timedelta) -> Iterator[Lease | None]:
        """Hold a lease for a block, or run the block with None if it is taken; it is always released.

        Args:
            key: What it is for.
            timeout: How long it lasts at most; with a heartbeat, no longer than its span after the last one.
        """
        heartbeat, until = self.heartbeat, self.timing.now() + timeout
        lease = self.obtain(key, min(timeout, heartbeat.span) if heartbeat else timeout)
        if lease is None:
            yield None
            return
        with heartbeat.keeping(lambda: self.timing.now() < until and lease.renew()) if heartbeat else nullcontext():
            try:
                yield lease
            finally:
                lease.cancel()

    def free_of_dead(self, key: str) -> bool:
        """Release a lease whose holder is a process of this machine that is known to have died.

        Only for a lease whose holder leaves nothing running, unlike a killed worker, which may leave git.

        Returns:
            Whether it is free now.
        """
        with self.database.connection() as connection:
            holder = connection.scalar(select(LeaseRow.uuid).where(LeaseRow.key == key))
        if holder is None or not is_known_dead(holder):
            return False
        return self.database.changed(_CANCEL, {"held": key, "holder": holder}) == 1

    def remaining(self, key: str) -> timedelta:
        """Return how long a lease will still be held; zero if it is free."""
        with self.database.connection() as connection:
            expires_at = connection.scalar(select(LeaseRow.expires_at).where(LeaseRow.key == key))
        return max(expires_at - self.timing.now(), timedelta(0)) if expires_at else timedelta(0)

    def read(self, key: str) -> Any:
        """Return a cached value; None if there is none or it expired."""
        now = self.timing.now()
        with self.database.connection() as connection:
            statement = select(CacheRow.value).where(
                CacheRow.key == key, or_(CacheRow.expires_at.is_(None), CacheRow.expires_at > now)
            )
            return connection.scalar(statement)

    def write(self, key: str, value: Any, timeout: timedelta | None = None) -> None:
        """Cache a value, which must be JSON serialisable, for a time or for good.

        Args:
            key: The key.
            value: The value.
            timeout: How long it is valid, or None for good.
        """
        row = {"value": value, "expires_at": self.timing.now() + timeout if timeout else None}
        with self.database.transaction() as connection:
            statement = insert_for(connection, CacheRow).values(key=key, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=row))

    def forget(self, key: str) -> None:
        """Drop a cached value."""
        self.database.changed(delete(CacheRow).where(CacheRow.key == key))

    def take(self, key: str) -> Any:
        """Return a cached value and drop it, so that nobody else gets it; None if there is none or it expired."""
        value = self.read(key)
        return value if self.database.changed(delete(CacheRow).where(CacheRow.key == key)) == 1 else None

    def add(self, key: str, member: str, score: float, *, limit: int | None = None) -> bool:
        """Add a member to a sorted set; False if the set already has the maximum number.

        Args:
            key: The set.
            member: The member.
            score: Its score; an existing member gets the new one.
            limit: The maximum number of members, or None.
        """
        with self.database.transaction() as connection:
            if limit is not None:
                wait_for_turn(connection, key)
                size = connection.scalar(select(func.count()).select_from(ScoredRow).where(ScoredRow.key == key))
                if (size or 0) >= limit:
                    return False
            statement = insert_for(connection, ScoredRow).values(key=key, member=member, score=score)
            connection.execute(statement.on_conflict_do_update(index_elements=["key", "member"], set_={"score": score}))
            return True

    def members(self, key: str) -> list[tuple[str, float]]:
        """Return the members of a sorted set with their scores, lowest score first."""
        with self.database.connection() as connection:
            statement = select(ScoredRow.member, ScoredRow.score).where(ScoredRow.key == key)
            return [(member, score) for member, score in connection.execute(statement.order_by(ScoredRow.score))]

    def replace(self, key: str, member: str, others: Mapping[str, float]) -> None:
        """Replace a member of a sorted set by others, all or none.

        Args:
            key: The set.
            member: The member to replace.
            others: The members with their scores.
        """
        with self.database.transaction() as connection:
            connection.execute(delete(ScoredRow).where(ScoredRow.key == key, ScoredRow.member == member))
            if others:
                statement = insert_for(connection, ScoredRow)
                statement = statement.on_conflict_do_update(
                    index_elements=["key", "member"], set_={"score": statement.excluded.score}
                )
                rows = [{"key": key, "member": name, "score": score} for name, score in others.items()]
                connection.execute(statement, rows)

    def discard(self, key: str, member: str) -> None:
        """Remove a member from a sorted set."""
        self.database.changed(delete(ScoredRow).where(ScoredRow.key == key, ScoredRow.member == member))

    def discard_below(self, key: str, score: float) -> None:
        """Remove members with a lower score from a sorted set."""
        self.database.changed(delete(ScoredRow).where(ScoredRow.key == key, ScoredRow.score < score))
