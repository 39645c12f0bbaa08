"""A replica of the main database that lags, as one by replication does: for the demonstration, and for tests."""

import sqlite3
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from geo_runtime.databases import sqlite
from geo_runtime.ground.timing import Timing


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
