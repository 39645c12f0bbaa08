"""The secondary's copy of the main database, kept by a thread with a configurable lag.

A copy always shows the main database at one moment, so no row is visible without what was committed before it.
"""

import logging
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, Self

from sqlalchemy import Connection, MetaData, Table, create_engine, delete, insert, select, text, tuple_, update

from geo_runtime.databases.store import Store
from geo_runtime.ground.timing import Timing
from geo_runtime.site import lag

log = logging.getLogger(__name__)
_PERIOD_S: Final = 0.2
Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]
"""The rows of a table by primary key."""


class Replica(Protocol):
    """A copy that follows on demand."""

    lag: timedelta
    replayed_at: datetime | None

    @property
    def is_behind(self) -> bool:
        """Whether something was received that is not visible yet."""
        ...

    def advance(self) -> None:
        """Receive new changes, and apply those that are old enough."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class PostgresReplica:
    """A copy of a PostgreSQL database in another one, row by row.

    Both are on one given server, so its own replication cannot be used.

    Args:
        source: The URL of the database to follow.
        target: The URL of the copy, which has the same tables.
        timing: The clock that measures the lag.
    """

    def __init__(self, source: str, target: str, timing: Timing) -> None:
        self.timing = timing
        self.lag = timedelta(0)
        self.replayed_at: datetime | None = None
        self._source = create_engine(source, isolation_level="REPEATABLE READ")
        self._target = create_engine(target)
        metadata = MetaData()
        metadata.reflect(self._target)
        # The copy has no versions to keep but its own.
        self._tables = [table for table in metadata.sorted_tables if not table.name.startswith("alembic_")]
        self._position: str | None = None
        self._shown: dict[str, Rows] = {table.name: {} for table in self._tables}
        self._received: deque[tuple[datetime, dict[str, Rows]]] = deque()
        self.advance()

    @property
    def is_behind(self) -> bool:
        """Whether something was received that is not visible yet."""
        return bool(self._received)

    def advance(self) -> None:
        """Receive new changes, and apply those that are old enough."""
        self._receive()
        due = None
        while self._received and self._received[0][0] <= self.timing.now() - self.lag:
            due = self._received.popleft()
        if due is not None:
            self.replayed_at = due[0]
            self._show(due[1])

    def close(self) -> None:
        """Close all connections."""
        self._source.dispose()
        self._target.dispose()

    def _receive(self) -> None:
        """Read all rows in one snapshot, unless nothing was written since the last time."""
        with self._source.connect() as connection:
            position = str(connection.scalar(text("SELECT pg_current_wal_insert_lsn()")))
            if position != self._position:
                self._position = position
                rows = {table.name: _rows(connection, table) for table in self._tables}
                newest = self._received[-1][1] if self._received else self._shown
                if rows != newest:
                    self._received.append((self.timing.now(), rows))

    def _show(self, wanted: dict[str, Rows]) -> None:
        """Apply differences in one transaction: deletions from the dependents up, the rest in the opposite order.

        A row that changed is updated, because deleting it would delete what depends on it.
        """
        with self._target.begin() as connection:
            for table in reversed(self._tables):
                gone = self._shown[table.name].keys() - wanted[table.name].keys()
                if gone:
                    connection.execute(delete(table).where(tuple_(*table.primary_key.columns).in_(list(gone))))
            for table in self._tables:
                old, new = self._shown[table.name], wanted[table.name]
                fresh = [dict(row) for key, row in new.items() if key not in old]
                if fresh:
                    connection.execute(insert(table), fresh)
                for key, row in new.items():
                    if key in old and old[key] != row:
                        is_row = tuple_(*table.primary_key.columns) == tuple_(*key)
                        connection.execute(update(table).where(is_row).values(**row))
        self._shown = wanted


class Follower:
    """Keeps a copy up to date in a thread, and reports its lag to the secondary; used in `with`.

    Args:
        replica: The copy.
        store: The secondary's store.
    """

    def __init__(self, replica: Replica, store: Store) -> None:
        self.replica = replica
        self.store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join()
        self.replica.close()

    def _follow(self) -> None:
        while not self._stopped.wait(_PERIOD_S):
            try:
                self.replica.advance()
                if self.replica.replayed_at is not None:
                    lag.write_down(self.store, self.replica.replayed_at, is_behind=self.replica.is_behind)
            except Exception:
                log.exception("the main database could not be copied")


def _rows(connection: Connection, table: Table) -> Rows:
    keys = [column.name for column in table.primary_key.columns]
    rows = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
    return {tuple(row[key] for key in keys): dict(row) for row in rows}
