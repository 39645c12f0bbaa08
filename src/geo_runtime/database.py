"""Databases: sessions that know their site, a transaction style that SQLite and PostgreSQL share, a lagging replica."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from geo_runtime.timing import Timing

BUSY_TIMEOUT_S = 30
UNASKED_S = 1.0
"""So long after its last use a connection to PostgreSQL counts as alive without being asked."""
_BEGIN = "BEGIN IMMEDIATE"
_READING = "geo_reading"
_USED_AT = "geo_used_at"


class Database:
    """One database as one site sees it.

    SQLite gets what PostgreSQL has by itself: foreign keys, writers that wait for each other instead of failing in the
    middle (a writing transaction takes its lock at once), and readers that a writer does not block. Of PostgreSQL as
    little as can be is asked, because on a busy machine every answer must wait for a turn of the server's process.

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
        reading = self.engine.execution_options(**{_READING: True})
        if self.engine.dialect.name == "postgresql":
            # By default each statement there sees what is committed when it begins, in a transaction or not.
            reading = reading.execution_options(isolation_level="AUTOCOMMIT")
        self._reading_engine = reading
        self._reading = sessionmaker(reading, expire_on_commit=False, info=self.info)

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
        return self._reading_engine.connect()

    def close(self) -> None:
        """Give up every connection."""
        self.engine.dispose()


def wait_for_turn(connection: Connection, key: str) -> None:
    """Let no two transactions do one thing at once, until the end of this one; SQLite has only one writer anyway.

    Args:
        connection: What is in the transaction.
        key: What is done.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


def _engine(url: str, *, read_only: bool) -> Engine:
    parsed = make_url(url)
    return (_sqlite if parsed.get_backend_name() == "sqlite" else _postgresql)(parsed, read_only=read_only)


def _postgresql(url: URL, *, read_only: bool) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        if read_only:
            connection.cursor().execute("SET default_transaction_read_only = on")
            connection.commit()

    @event.listens_for(engine, "checkin")
    def given_back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        """Ask an idle connection whether it is alive; if not, none that is idle counts as alive."""
        if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < UNASKED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    return engine


def _sqlite(url: URL, *, read_only: bool) -> Engine:
    turn, writing = threading.Lock(), set[Connection]()
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})

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
        # As on PostgreSQL, where each statement of a reader sees what is committed when it begins.
        if read_only or connection.get_execution_options().get(_READING, False):
            return
        # SQLite has a writer look again after ever longer sleeps; threads of one process can do better: they queue.
        has_turn = turn.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            _begin_immediate(connection)
        except BaseException:  # no transaction, so that neither end comes
            if has_turn:
                turn.release()
            raise
        if has_turn:
            writing.add(connection)

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def ended(connection: Connection) -> None:
        if connection in writing:
            writing.remove(connection)
            turn.release()

    return engine


def _begin_immediate(connection: Connection) -> None:
    """Begin a writing transaction by the driver itself: SQLAlchemy's way takes longer than the transaction.

    Raises:
        OperationalError: Another process has been writing for too long, or the file cannot be written.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - for the type checker; the engine has no other
    try:
        driver.execute(_BEGIN)
    except sqlite3.Error as error:
        raise OperationalError(_BEGIN, None, error) from error


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
