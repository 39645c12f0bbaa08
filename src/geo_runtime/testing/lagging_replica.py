"""A replica of the main database that lags like a real one, for the demonstration and for tests."""

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from geo_runtime.databases import sqlite
from geo_runtime.ground.timing import Timing

_NUMBER: Final = "number_of_row"
"""The name of the column with the number of a row."""


class LaggingReplica:
    """A copy of a SQLite database that follows it with a lag, in the order of its commits.

    `capture` notices changes, which become visible when they are older than the lag, so a replica never shows a row
    without what was committed before it. Only changed rows are stored and
    written, so apart from reading, the cost of a commit does not grow with the database.

    Args:
        source: The file of the database to follow.
        target: The file that readers open.
        timing: The clock that measures the lag.
        lag: How long a change stays invisible.
    """

    def __init__(self, source: Path, target: Path, timing: Timing, lag: timedelta = timedelta(0)) -> None:
        self.source = source
        self.target = target
        self.timing = timing
        self.lag = lag
        self.replayed_at: datetime | None = None
        self._received: deque[tuple[datetime, _Change]] = deque()
        self._origin = sqlite3.connect(source, timeout=sqlite.BUSY_TIMEOUT_S, check_same_thread=False)
        self._origin.isolation_level = None
        self._origin.execute("ATTACH ':memory:' AS seen")
        self._copy = sqlite3.connect(target, timeout=sqlite.BUSY_TIMEOUT_S, check_same_thread=False)
        self._copy.isolation_level = None
        self._copy.execute("PRAGMA synchronous = NORMAL")
        self._version: int | None = None
        self._schema: list[Any] | None = None
        self.advance()

    @property
    def is_behind(self) -> bool:
        """Whether a captured change is not visible yet."""
        return bool(self._received)

    def capture(self) -> None:
        """Capture what has changed in the source since the last time, in one snapshot."""
        (version,) = self._origin.execute("PRAGMA main.data_version").fetchone()
        if version == self._version:
            return
        self._version = version
        self._origin.execute("BEGIN")
        try:
            change = self._change()
        except BaseException:
            self._version = self._schema = None  # it is read again
            self._origin.execute("ROLLBACK")
            raise
        self._origin.execute("COMMIT")
        if change is not None:
            self._received.append((self.timing.now(), change))

    def advance(self) -> None:
        """Capture changes, and apply the newest state of the source that is at least as old as the lag."""
        self.capture()
        while self._received and self._received[0][0] <= self.timing.now() - self.lag:
            received_at, change = self._received[0]
            change.show(self._copy)
            self._received.popleft()
            self.replayed_at = received_at

    def close(self) -> None:
        """Drop every change that was not applied."""
        self._received.clear()
        self._origin.close()
        self._copy.close()

    def _change(self) -> "_Change | None":
        """Return and remember the differences since the last capture; everything, if the tables changed."""
        schema = self._origin.execute("SELECT name, sql FROM main.sqlite_master ORDER BY rowid").fetchall()
        if schema != self._schema:
            self._schema = schema
            self._see_all()
            snapshot = sqlite3.connect(":memory:", check_same_thread=False)
            self._origin.backup(snapshot)
            return _Everything(snapshot)
        found = [change for table in self._tables() if (change := self._change_of(table))]
        if not found:
            return None
        rows = _Rows(found)
        rows.apply(self._origin, "seen")
        return rows

    def _tables(self) -> list[str]:
        names = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        return [name for (name,) in self._origin.execute(names)]

    def _columns(self, table: str) -> list[str]:
        return [_quoted(row[1]) for row in self._origin.execute(f"PRAGMA main.table_info({_quoted(table)})")]

    def _see_all(self) -> None:
        for (name,) in self._origin.execute("SELECT name FROM seen.sqlite_master").fetchall():
            self._origin.execute(f"DROP TABLE seen.{_quoted(name)}")
        for table in self._tables():
            name, columns = _quoted(table), ", ".join(self._columns(table))
            # Without types, keys and constraints: it is only a memory, in which rows are found by their number.
            self._origin.execute(f"CREATE TABLE seen.{name} ({_NUMBER} INTEGER PRIMARY KEY, {columns})")
            self._origin.execute(f"INSERT INTO seen.{name} SELECT rowid, {columns} FROM main.{name}")  # noqa: S608

    def _change_of(self, table: str) -> "_TableChange | None":
        name, columns = _quoted(table), self._columns(table)
        now, before = (", ".join(f"{alias}.{column}" for column in columns) for alias in ("now", "before"))
        rows = self._origin.execute(
            f"SELECT now.rowid, {now} FROM main.{name} AS now LEFT JOIN seen.{name} AS before"  # noqa: S608
            f" ON before.{_NUMBER} = now.rowid WHERE before.{_NUMBER} IS NULL OR ({now}) IS NOT ({before})"
        ).fetchall()
        gone = self._origin.execute(
            f"SELECT {_NUMBER} FROM seen.{name} WHERE {_NUMBER} NOT IN (SELECT rowid FROM main.{name})"  # noqa: S608
        ).fetchall()
        return _TableChange(name, columns, gone, rows) if rows or gone else None


class _Change(Protocol):
    """The changes of one or more commits."""

    def show(self, copy: sqlite3.Connection) -> None:
        """Apply them to the copy, in one transaction."""
        ...


@dataclass(frozen=True)
class _Everything:
    """The whole database, if its tables changed.

    Attributes:
        snapshot: The database in memory.
    """

    snapshot: sqlite3.Connection

    def show(self, copy: sqlite3.Connection) -> None:
        """Replace the copy. A backup, unlike a commit, never moves the pages of the journal into the file."""
        self.snapshot.backup(copy)
        self.snapshot.close()
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True)
class _TableChange:
    """The changes in a table.

    Attributes:
        table: Its name, quoted.
        columns: Their names, quoted.
        gone: The numbers of deleted rows.
        rows: New or changed rows, each after its number.
    """

    table: str
    columns: Sequence[str]
    gone: Sequence[tuple[int]]
    rows: Sequence[tuple[Any, ...]]

    def clear(self, connection: sqlite3.Connection, schema: str) -> None:
        """Remove deleted rows, and the old versions of changed ones."""
        numbers = [*self.gone, *((row[0],) for row in self.rows)]
        connection.executemany(f"DELETE FROM {schema}.{self.table} WHERE rowid = ?", numbers)  # noqa: S608

    def fill(self, connection: sqlite3.Connection, schema: str) -> None:
        """Insert new and changed rows."""
        names, marks = ", ".join(("rowid", *self.columns)), ", ".join("?" * (1 + len(self.columns)))
        connection.executemany(f"INSERT INTO {schema}.{self.table} ({names}) VALUES ({marks})", self.rows)  # noqa: S608


@dataclass(frozen=True)
class _Rows:
    """Changed rows of some tables.

    Attributes:
        tables: The changes in each table.
    """

    tables: Sequence[_TableChange]

    def show(self, copy: sqlite3.Connection) -> None:
        """Change the copy without checking foreign keys, which are valid again at the end."""
        copy.execute("BEGIN IMMEDIATE")
        try:
            self.apply(copy, "main")
            copy.execute("COMMIT")
        except BaseException:
            copy.rollback()
            raise

    def apply(self, connection: sqlite3.Connection, schema: str) -> None:
        """Change a database in the transaction of a connection."""
        for table in self.tables:
            table.clear(connection, schema)
            table.fill(connection, schema)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
