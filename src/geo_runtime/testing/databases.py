"""The databases of both sites: SQLite files in the folder, or new databases on a PostgreSQL server."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from geo_runtime.administration.sites import put_site
from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.database import Database
from geo_runtime.ground.secrets import masked
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.tables.migrating import migrate_main, migrate_store, migrate_tracking
from geo_runtime.testing.errors import DemoError

NAMES: Final = ("main", "replica", "tracking", "primary_store", "secondary_store")
_START: Final = "geo_demo_"
_PREFIX_LENGTH: Final = len(_START) + 8
_OURS: Final = text("SELECT datname FROM pg_database WHERE datname ~ '^geo_demo_[0-9a-f]{8}_' ORDER BY datname")
_CONNECTED: Final = text("SELECT count(*) FROM pg_stat_activity WHERE datname = ANY(:names)")
_LOCK: Final = text("SELECT pg_advisory_lock(hashtext(:prefix))")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(hashtext(:prefix))")
_UNLOCK: Final = text("SELECT pg_advisory_unlock(hashtext(:prefix))")
PRIMARY, SECONDARY = "primary", "secondary"
"""The names of the sites."""


class Databases:
    """The databases by name; those on a server are dropped at the end of `with`.

    Args:
        folder: The folder of the SQLite files.
        server: The URL of a PostgreSQL server with the right to create databases, or None for SQLite.

    Raises:
        DemoError: The server is not PostgreSQL, or refuses.
    """

    def __init__(self, folder: Path, server: str | None) -> None:
        self.folder = folder
        self._made: list[str] = []
        self._server = _server_url(server) if server else None
        self._prefix = f"{_START}{secrets.token_hex(4)}"
        self._claimed: Connection | None = None
        self.kind = "postgresql" if server else "sqlite"

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        if self._server is None:
            return f"sqlite:///{self.file(name)}"
        return self._server.set(database=f"{self._prefix}_{name}").render_as_string(hide_password=False)

    def file(self, name: str) -> Path:
        """Return the file of a SQLite database."""
        return self.folder / f"{name}.sqlite3"

    def create(self, types: Sequence[ReplicableType], *, replica: bool = True) -> None:
        """Create all of them, with the tables of the types.

        Args:
            types: The types.
            replica: Whether the secondary has its own main database.

        Raises:
            DemoError: The server refuses.
        """
        names = [name for name in NAMES if replica or name != "replica"]
        if self._server is not None:
            self._claim()
            self._drop_dead()
            for database in (f"{self._prefix}_{name}" for name in names):
                self._run(f"CREATE DATABASE {database}")
                self._made.append(database)
                # A commit does not wait for the disk, as in SQLite with our settings: a crashed server may lose the
                # last ones, but these databases do not outlive it; a killed site loses nothing.
                self._run(f"ALTER DATABASE {database} SET synchronous_commit = off")
        migrate_main(self.url("main"), types)
        if replica and self._server is not None:  # for SQLite the copy includes the tables
            migrate_main(self.url("replica"), types)
        migrate_tracking(self.url("tracking"), types)
        for site in (PRIMARY, SECONDARY):
            migrate_store(self.url(f"{site}_store"))

    def add_sites(self) -> None:
        """Add both sites to the main database."""
        main = Database(self.url("main"))
        # A site starts this many verification jobs every second; more than its threads would find nothing to do.
        verifying = THREADS[Queue.VERIFICATION]
        put_site(main, PRIMARY, primary=True, capacities={"verification_max_capacity": verifying})
        capacities = {"files_max_capacity": 10, "repos_max_capacity": 40, "verification_max_capacity": verifying}
        put_site(main, SECONDARY, capacities=capacities)
        main.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if self._claimed is not None:
            self._claimed.close()
            self._claimed.engine.dispose()

    def _claim(self) -> None:
        """Hold a lock on the server, named after these databases, while this process lives."""
        engine = self._engine()
        with _refusals():
            self._claimed = engine.connect()
            self._claimed.execute(_LOCK, {"prefix": self._prefix})

    def _drop_dead(self) -> None:
        """Drop databases of killed processes: nobody holds their lock or is connected to them."""
        if self._claimed is None:
            return
        found: dict[str, list[str]] = {}
        for name in self._claimed.scalars(_OURS):
            found.setdefault(name[:_PREFIX_LENGTH], []).append(name)
        for prefix, names in found.items():
            if prefix == self._prefix or self._claimed.scalar(_CONNECTED, {"names": names}):
                continue
            if self._claimed.scalar(_TRY_LOCK, {"prefix": prefix}):
                for name in names:
                    with suppress(DemoError):  # another user's
                        self._run(f'DROP DATABASE IF EXISTS "{name}"')
                self._claimed.execute(_UNLOCK, {"prefix": prefix})

    def _engine(self) -> Engine:
        if self._server is None:
            raise DemoError("SQLite has no server", "Leave --database out")
        return create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def _run(self, statement: str) -> None:
        if self._server is None:
            return
        with _refusals(), self._engine().connect() as connection:
            connection.execute(text(statement))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn the server's refusals in a block into an error of two lines."""
    try:
        yield
    except DBAPIError as error:
        raise DemoError(
            f"PostgreSQL refused: {masked(str(error.orig).strip().splitlines()[0])}",
            "Give --database the URL of a server, with a user who may create databases",
        ) from error


def _server_url(text_: str) -> URL:
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError) as error:
        raise DemoError(
            f"not a database URL: {masked(text_)}", "It looks like postgresql://user@host/postgres"
        ) from error
    if url.get_backend_name() != "postgresql":
        raise DemoError(f"not a PostgreSQL server: {masked(text_)}", "Leave --database out to use SQLite")
    return url.set(drivername="postgresql+psycopg")
