"""Databases: sessions that know their site, a transaction style that SQLite and PostgreSQL share, a lagging replica."""

import sqlite3
import threading
from collections import deque
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from geo_runtime.timing import Timing

BUSY_TIMEOUT_S = 30
_READING = "geo_reading"


class Database:
    """One database as one site sees it.

    SQLite gets what PostgreSQL has by itself: foreign keys, writers that wait for each other instead of failing in the
    middle (a writing transaction takes its lock at once), and readers that a writer does not block.

    Args:
        url: As SQLAlchemy takes it; a SQLite database must be a file.
        read_only: Refuse every change; the secondary's handle on the main database.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = url
        self.read_only = read_only
        self.engine = _engine(url, read_only=read_only)
        self.info: dict[str, Any] = {}
        self._writing = sessionmaker(self.engine, expire_on_commit=False, info=self.info)
        self._reading_engine = self.engine.execution_options(**{_READING: True})
        self._reading = sessionmaker(self._reading_engine, expire_on_commit=False, info=self.info)

    def session(self) -> Session:
        """Open a session whose first statement begins a writing transaction; close it by `with`."""
        return self._reading() if self.read_only else self._writing()

    def reading(self) -> Session:
        """Open a session that only reads, and so waits for no writer."""
        return self._reading()

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a writing transaction for a block that needs no objects, which is cheaper than a session."""
        return self.engine.begin()

    def connection(self) -> AbstractContextManager[Connection]:
        """Open a connection that only reads, for a block that needs no objects."""
        return self._reading_engine.connect()

    def close(self) -> None:
        """Give up every connection."""
        self.engine.dispose()


def _engine(url: str, *, read_only: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True)
        if read_only:
            engine = engine.execution_options(postgresql_readonly=True)
        return engine
    turn, writing = threading.Lock(), set[Connection]()
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not when the driver sees fit
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        is_reading = read_only or connection.get_execution_options().get(_READING, False)
        if is_reading:
            connection.exec_driver_sql("BEGIN")
            return
        # SQLite has a writer look again after ever longer sleeps; threads of one process can do better: they queue.
        if turn.acquire(timeout=BUSY_TIMEOUT_S):
            writing.add(connection)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def ended(connection: Connection) -> None:
        if connection in writing:
            writing.remove(connection)
            turn.release()

    return engine


class LaggingReplica:
    """A copy of a SQLite database that follows it at a distance in time, in the order of its commits.

    A snapshot is taken whenever `capture` is called and becomes visible when it is older than the lag, so a replica
    never shows a row without what was committed before it (specification, porting trap on replicas).

    Args:
        source: The file of the database that is followed.
        target: The file that readers open.
        timing: The clock that the lag is measured by.
        lag: How long a change stays unseen.
    """

    def __init__(self, source: Path, target: Path, timing: Timing, lag: timedelta = timedelta(0)) -> None:
        self.source = source
        self.target = target
        self.timing = timing
        self.lag = lag
        self.replayed_at: datetime | None = None
        self._snapshots: deque[tuple[datetime, sqlite3.Connection]] = deque()
        self._origin = sqlite3.connect(source, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        self._version: int | None = None
        self.advance()

    @property
    def is_behind(self) -> bool:
        """Whether a change was seen that is not shown yet."""
        return bool(self._snapshots)

    def capture(self) -> None:
        """Take a snapshot of the source as it is now, unless it is as it was the last time."""
        (version,) = self._origin.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        self._version = version
        snapshot = sqlite3.connect(":memory:", check_same_thread=False)
        self._origin.backup(snapshot)
        self._snapshots.append((self.timing.now(), snapshot))

    def advance(self) -> None:
        """Look for changes, and show the newest state of the source that is at least as old as the lag."""
        self.capture()
        due: tuple[datetime, sqlite3.Connection] | None = None
        while self._snapshots and self._snapshots[0][0] <= self.timing.now() - self.lag:
            if due:
                due[1].close()
            due = self._snapshots.popleft()
        if due is None:
            return
        self.replayed_at = due[0]
        copy = sqlite3.connect(self.target, timeout=BUSY_TIMEOUT_S)
        try:
            due[1].backup(copy)
        finally:
            copy.close()
            due[1].close()

    def close(self) -> None:
        """Forget every snapshot that was not shown."""
        while self._snapshots:
            self._snapshots.popleft()[1].close()
        self._origin.close()
