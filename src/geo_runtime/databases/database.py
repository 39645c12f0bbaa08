"""Databases: sessions that know their site, a transaction style that SQLite and PostgreSQL share, a lagging replica."""

import sqlite3
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from geo_runtime.databases import postgresql, sqlite
from geo_runtime.ground.timing import Timing


class Database:
    """One database as one site sees it.

    SQLite gets what PostgreSQL has by itself: foreign keys, writers that wait for each other instead of failing in the
    middle (a writing transaction takes its lock at once), and readers that a writer does not block. Each statement of a
    reader sees what is committed when it begins.

    Args:
        url: As SQLAlchemy takes it; a SQLite database must be a file.
        read_only: Refuse every change; the secondary's handle on the main database.

    Attributes:
        engine: Opens connections that write, unless that is refused.
        reading_engine: Opens connections that only read.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = url
        self.read_only = read_only
        parsed = make_url(url)
        engines = sqlite.engines if parsed.get_backend_name() == "sqlite" else postgresql.engines
        self.engine, self.reading_engine = engines(parsed, read_only=read_only)
        self.info: dict[str, Any] = {}
        self._writing = sessionmaker(self.engine, expire_on_commit=False, info=self.info)
        self._reading = sessionmaker(self.reading_engine, expire_on_commit=False, info=self.info)

    def session(self) -> Session:
        """Open a session whose first statement begins a writing transaction; close it by `with`."""
        return self._reading() if self.read_only else self._writing()

    def reading(self) -> Session:
        """Open a session that only reads, and so waits for no writer."""
        return self._reading()

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a writing transaction for a block that needs no objects, which is cheaper than a session."""
        return self.engine.begin()

    def changed(self, statement: Any, values: Mapping[str, Any] | None = None) -> int:
        """Run a statement in a transaction of its own and return how many rows it changed.

        Args:
            statement: The statement.
            values: Of its parameters, if it has any.
        """
        with self.transaction() as connection:
            return connection.execute(statement, values).rowcount

    def connection(self) -> AbstractContextManager[Connection]:
        """Open a connection that only reads, for a block that needs no objects."""
        return self.reading_engine.connect()

    def close(self) -> None:
        """Give up every connection."""
        self.engine.dispose()
        self.reading_engine.dispose()


def wait_for_turn(connection: Connection, key: str) -> None:
    """Let no two transactions do one thing at once, until the end of this one; SQLite has only one writer anyway.

    Args:
        connection: What is in the transaction.
        key: What is done.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


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
        self._origin = sqlite3.connect(source, timeout=sqlite.BUSY_TIMEOUT_S, check_same_thread=False)
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
        copy = sqlite3.connect(self.target, timeout=sqlite.BUSY_TIMEOUT_S)
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
