"""The range batcher, which walks the ids of two tables together (specification: point 78)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_runtime.databases.database import Database
from geo_runtime.databases.store import Store
from geo_runtime.site.selective_sync import IdRange


class RangeBatcher:
    """Returns ranges of ids that cover both tables, and starts over at the end.

    Args:
        source: The database of the records, and the column of their ids.
        destination: The database to compare with, and the column of records' ids.
        store: The store that remembers the position.
        key: The key of the position.
        batch_size: How many ids a range may cover.
    """

    def __init__(
        self, source: tuple[Database, Any], destination: tuple[Database, Any], store: Store, key: str, batch_size: int
    ) -> None:
        self.source = source
        self.destination = destination
        self.store = store
        self.key = f"range_batcher:{key}"
        self.batch_size = batch_size

    def next_range(self) -> IdRange | None:
        """Return the next range, both ends included, or None if both tables have nothing left."""
        first = int(self.store.read(self.key) or 1)
        source_last, source_more = self._look(self.source, first)
        destination_last, destination_more = self._look(self.destination, first)
        if source_last is None and destination_last is None:
            return None  # the position stays, even if the rows after it no longer exist
        is_more = source_more or destination_more
        if source_last is None or destination_last is None:
            last = source_last or destination_last or first
        elif max(source_last, destination_last) > first + self.batch_size - 1:
            last, is_more = min(source_last, destination_last), True
        else:
            last = max(source_last, destination_last)
        if is_more:
            self.store.write(self.key, last + 1)
        elif first > 1:
            self.store.write(self.key, 1)
        return first, last

    def _look(self, side: tuple[Database, Any], first: int) -> tuple[int | None, bool]:
        """Return the last of a batch of ids from the position on, and whether there are more."""
        database, column = side
        with database.reading() as session:
            ids = _ids(session, column, first, self.batch_size + 1)
        if not ids:
            return None, False
        return ids[: self.batch_size][-1], len(ids) > self.batch_size


def _ids(session: Session, column: Any, first: int, limit: int) -> list[int]:
    return list(session.scalars(select(column).where(column >= first).order_by(column).limit(limit)))
