"""Databases: sessions that know their site, and a transaction style that SQLite and PostgreSQL share."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from geo_runtime.databases import postgresql, sqlite


class Database:
    """One database as seen by one site.

    SQLite gets what PostgreSQL always has: foreign keys, writers that wait for each other instead of failing in the
    middle (a writing transaction takes its lock at once), and readers that a writer does not block. Each statement of a
    reader sees what is committed when it begins.

    Args:
        url: The URL in SQLAlchemy's form; a SQLite database must be a file.
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
        """Open a session whose first statement begins a writing transaction; use it in `with`."""
        return self._reading() if self.read_only else self._writing()

    def reading(self) -> Session:
        """Open a session that only reads, and so waits for no writer."""
        return self._reading()

    def listen(self, event_name: str, listener: Callable[..., None]) -> None:
        """Listen to an SQLAlchemy event of this database's writing sessions only.

        Args:
            event_name: The name of the session event.
            listener: Called for each event.
        """
        event.listen(self._writing, event_name, listener)

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a writing transaction for a block that needs no ORM objects, which is cheaper than a session."""
        return self.engine.begin()

    def changed(self, statement: Any, values: Mapping[str, Any] | None = None) -> int:
        """Run a statement in a separate transaction and return how many rows it changed.

        Args:
            statement: The statement.
            values: The values of its parameters, if any.
        """
        with self.transaction() as connection:
            return connection.execute(statement, values).rowcount

    def connection(self) -> AbstractContextManager[Connection]:
        """Open a read-only connection, for a block that needs no ORM objects."""
        return self.reading_engine.connect()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.reading_engine.dispose()


def wait_for_turn(connection: Connection, key: str) -> None:
    """Serialise transactions that do the same thing, until the end of this one; SQLite has only one writer anyway.

    Args:
        connection: The connection in the transaction.
        key: A name for what is done.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))
