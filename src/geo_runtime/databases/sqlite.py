"""Opens SQLite so that writers queue, and readers see what was committed when their statement began.

The begin and end of a transaction are handled in a dialect, not in engine listeners: with a single listener SQLAlchemy
checks for listeners at every step of every statement.
"""

import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

BUSY_TIMEOUT_S = 30
_RETRY_S = 0.01
_READER = "geo_reader"
_WRITER = "geo_writer"
_COMPILED: Final = LRUCache[Any, Any](2000)
"""The compiled statements of all SQLite databases of this process, which may have several sites, by dialect."""
_OPTIONS: Mapping[str, Any] = {
    "connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    "execution_options": {"compiled_cache": _COMPILED},
    "hide_parameters": True,
}


class ReaderDialect(SQLiteDialect_pysqlite):
    """A dialect shared by all databases, so that they also share compiled statements."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class WriterDialect(ReaderDialect):
    """A dialect in which a transaction takes the write lock when it begins, not in its middle.

    In SQLite a writer tries again after ever longer sleeps; threads of one process can do better: they queue.
    """

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._turn = threading.Lock()
        self._holders = set[Any]()

    def do_begin(self, dbapi_connection: Any) -> None:
        """Wait for the turn of the connection, and begin.

        Raises:
            sqlite3.OperationalError: Another process has been writing for too long, or the file cannot be written.
        """
        has_turn = self._turn.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            dbapi_connection.execute("BEGIN IMMEDIATE")
        except BaseException:  # no transaction, so it will not be ended
            if has_turn:
                self._turn.release()
            raise
        if has_turn:
            self._holders.add(dbapi_connection.dbapi_connection)

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit, or roll back: an SQLAlchemy session whose commit failed ends its transaction without doing so."""
        try:
            dbapi_connection.commit()
        except BaseException:
            with suppress(sqlite3.Error):
                self.do_rollback(dbapi_connection)
            raise
        self._end_turn(dbapi_connection.dbapi_connection)

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll back, if there is a transaction."""
        try:
            dbapi_connection.rollback()
        finally:
            self._end_turn(dbapi_connection.dbapi_connection)

    def do_close(self, dbapi_connection: Any) -> None:
        """Close; SQLAlchemy may drop a connection in the middle of a transaction without rolling back."""
        try:
            dbapi_connection.close()
        finally:
            self._end_turn(dbapi_connection)

    def _end_turn(self, connection: Any) -> None:
        if connection in self._holders:
            self._holders.remove(connection)
            self._turn.release()


for _name, _dialect in ((_READER, ReaderDialect), (_WRITER, WriterDialect)):
    registry.register(f"sqlite.{_name}", __name__, _dialect.__name__)


def engines(url: URL, *, read_only: bool) -> tuple[Engine, Engine]:
    """Return an engine whose transactions write, unless that is forbidden, and a read-only one.

    Neither waits for the other: a reader begins no transaction, and sees what is committed.

    Args:
        url: The URL of the database.
        read_only: Refuse every change.
    """
    reading = create_engine(url.set(drivername=f"sqlite+{_READER}"), **_OPTIONS)

    @event.listens_for(reading, "connect")
    def connected_reader(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")

    if read_only:
        return reading, reading
    writing = create_engine(url.set(drivername=f"sqlite+{_WRITER}"), **_OPTIONS)

    @event.listens_for(writing, "connect")
    def connected_writer(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # transactions begin above, not when the driver chooses
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return writing, reading


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the file to the write-ahead log, waiting while another connection does the same.

    SQLite does not wait here as it does elsewhere: if two connections have read the file and want to switch it, one is
    refused at once, because they would wait for each other.

    Raises:
        sqlite3.OperationalError: The file was busy for too long, or cannot be written.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_RETRY_S)
