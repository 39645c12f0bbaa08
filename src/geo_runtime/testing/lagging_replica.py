"""A replica of the main database that lags, as one by replication does: for the demonstration, and for tests."""

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
"""What the number of a row is called where it is remembered."""


class LaggingReplica:
    """A copy of a SQLite database that follows it at a distance in time, in the order of its commits.

    A change is noticed whenever `capture` is called and becomes visible when it is older than the lag, so a replica
    never shows a row without what was committed before it (specification, porting trap on replicas). Only rows that
    changed are kept until then, and written: what a commit costs does not grow with the database, but for reading it.

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
        """Whether a change was seen that is not shown yet."""
        return bool(self._received)

    def capture(self) -> None:
        """Note what has changed in the source since the last time; all of it is of one moment."""
        (version,) = self._origin.execute("PRAGMA main.data_version").fetchone()
        if version == self._version:
            return
        self._version = version
        self._origin.execute("BEGIN")
        try:
            change = self._change()
        except BaseException:
            self._version = self._schema = None  # it is read anew
            self._origin.execute("ROLLBACK")
            raise
        self._origin.execute("COMMIT")
        if change is not None:
            self._received.append((self.timing.now(), change))

    def advance(self) -> None:
        """Look for changes, and show the newest state of the source that is at least as old as the lag."""
        self.capture()
        while self._received and self._received[0][0] <= self.timing.now() - self.lag:
            received_at, change = self._received[0]
            change.show(self._copy)
            self._received.popleft()
            self.replayed_at = received_at

    def close(self) -> None:
        """Forget every change that was not shown."""
        self._received.clear()
        self._origin.close()
        self._copy.close()

    def _change(self) -> "_Change | None":
        """Return what differs from what was seen, and take note of it; everything, if there are other tables."""
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
            # Without types, keys and constraints: it only remembers, and rows are found by their number.
            self._origin.execute(f"CREATE TABLE seen.{name} ({_NUMBER} INTEGER PRIMARY KEY, {columns})")
            self._origin.execute(f"INSERT INTO seen.{name} SELECT rowid, {columns} FROM main.{name}")  # noqa: S608

    def _change_of(self, table: str) -> "_TableChange | None":
        name, columns = _quoted(table), self._columns(table)
        now, before = (", ".join(f"{alias}.{each}" for each in columns) for alias in ("now", "before"))
        rows = self._origin.execute(
            f"SELECT now.rowid, {now} FROM main.{name} AS now LEFT JOIN seen.{name} AS before"  # noqa: S608
            f" ON before.{_NUMBER} = now.rowid WHERE before.{_NUMBER} IS NULL OR ({now}) IS NOT ({before})"
        ).fetchall()
        gone = self._origin.execute(
            f"SELECT {_NUMBER} FROM seen.{name} WHERE {_NUMBER} NOT IN (SELECT rowid FROM main.{name})"  # noqa: S608
        ).fetchall()
        return _TableChange(name, columns, gone, rows) if rows or gone else None


class _Change(Protocol):
    """What a commit, or some, did."""

    def show(self, copy: sqlite3.Connection) -> None:
        """Do the same to the copy, in one transaction."""
        ...


@dataclass(frozen=True)
class _Everything:
    """The whole database, where its tables are other ones.

    Attributes:
        snapshot: In memory.
    """

    snapshot: sqlite3.Connection

    def show(self, copy: sqlite3.Connection) -> None:
        """Replace the copy. A backup, unlike a commit, never moves the pages of the journal into the file."""
        self.snapshot.backup(copy)
        self.snapshot.close()
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True)
class _TableChange:
    """What changed in a table.

    Attributes:
        table: Its name, quoted.
        columns: Their names, quoted.
        gone: The numbers of rows that are no more.
        rows: Those that are new or different, each after its number.
    """

    table: str
    columns: Sequence[str]
    gone: Sequence[tuple[int]]
    rows: Sequence[tuple[Any, ...]]

    def clear(self, connection: sqlite3.Connection, schema: str) -> None:
        """Remove what is no more, and the old versions of what is different."""
        numbers = [*self.gone, *((row[0],) for row in self.rows)]
        connection.executemany(f"DELETE FROM {schema}.{self.table} WHERE rowid = ?", numbers)  # noqa: S608

    def fill(self, connection: sqlite3.Connection, schema: str) -> None:
        """Insert what is new or different."""
        names, marks = ", ".join(("rowid", *self.columns)), ", ".join("?" * (1 + len(self.columns)))
        connection.executemany(f"INSERT INTO {schema}.{self.table} ({names}) VALUES ({marks})", self.rows)  # noqa: S608


@dataclass(frozen=True)
class _Rows:
    """Rows of some tables.

    Attributes:
        tables: What changed in each.
    """

    tables: Sequence[_TableChange]

    def show(self, copy: sqlite3.Connection) -> None:
        """Change the copy; foreign keys are not looked at, which hold when all is done."""
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
