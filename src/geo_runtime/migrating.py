"""Makes the tables of a database: the runtime's own, then those of the types by their Alembic migrations.

Each type has a line of versions of its own in each database, in a version table of its own, so that types come and go
without each other.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Table

from geo_runtime import main_database, tracking_database
from geo_runtime.columns import Base
from geo_runtime.database import Database
from geo_runtime.replicable_type import ReplicableType
from geo_runtime.store import StoreBase

MAIN, TRACKING = "main", "tracking"
"""The folders of a type's migrations."""
HEAD, BASE = "head", "base"
"""Versions with all migrations of a type, and with none."""
_ENVIRONMENT = Path(__file__).parent / "alembic_environment"


def migrate_main(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a main database up to date.

    Args:
        url: As SQLAlchemy takes it.
        types: The types that it holds.
    """
    _migrate(url, main_database.MainBase, main_database.TABLES, MAIN, types)


def migrate_tracking(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a tracking database up to date; arguments as of `migrate_main`."""
    _migrate(url, tracking_database.TrackingBase, tracking_database.TABLES, TRACKING, types)


def create_store(url: str) -> None:
    """Make the tables of a site's store, which has nothing of a type.

    Args:
        url: As SQLAlchemy takes it.
    """
    _migrate(url, StoreBase, (), "", ())


def run_migrations(connection: Connection, kind: ReplicableType, line: str, version: str = HEAD) -> None:
    """Bring the tables of one type to a version, within the connection's transaction.

    Args:
        connection: Of the main or of the tracking database.
        kind: The type.
        line: Which of its migrations: `main` or `tracking`.
        version: The timestamp of the last migration; `head`: all of them; `base`: none, the tables go.

    Raises:
        alembic.util.CommandError: There is no such version.
    """
    run_line(connection, kind.migrations / line, version_table(kind), version)


def run_line(connection: Connection, folder: Path, table: str, version: str = HEAD) -> None:
    """Bring one line of migrations to a version; what `run_migrations` does for a type.

    Args:
        connection: Of the database.
        folder: Of the migrations.
        table: What keeps the version.
        version: As of `run_migrations`.

    Raises:
        alembic.util.CommandError: There is no such version.
    """
    config = Config()
    config.set_main_option("script_location", _literally(_ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _literally(folder))
    config.attributes |= {"connection": connection, "version_table": table}
    move = command.downgrade if version == BASE else command.upgrade
    move(config, version)


def version_table(kind: ReplicableType) -> str:
    """Return the name of the table that keeps a type's version; that of the longest name fits PostgreSQL's 63 bytes."""
    return f"alembic_{kind.replicator.replicable_name()}"


def _migrate(url: str, base: type[Base], tables: Sequence[Table], line: str, types: Sequence[ReplicableType]) -> None:
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            base.metadata.create_all(connection, tables or None)
            for kind in types:
                run_migrations(connection, kind, line)
    finally:
        database.close()


def _literally(path: Path) -> str:
    """Return a path as Alembic's configuration takes it, where a percent sign begins an interpolation."""
    return str(path).replace("%", "%%")
