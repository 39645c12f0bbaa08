"""Creates the tables of a database with Alembic migrations: the library's own, then those of the types.

The library and each type have a line of versions of their own in each database, in a version table of their own, so
that types come and go without each other.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.database import Database, wait_for_turn
from geo_runtime.errors import ForeignTablesError

MAIN, TRACKING, STORE = "main", "tracking", "store"
"""The folders of migrations; a type has nothing in the store."""
HEAD, BASE = "head", "base"
"""Versions with all migrations of a line, and with none."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"
"""The library's own, in a folder for each database."""
_ENVIRONMENT = Path(__file__).parent / "alembic_environment"


def migrate_main(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a main database up to date; others who want to do that at the same time wait for each other.

    Args:
        url: As SQLAlchemy takes it.
        types: The types that it holds.

    Raises:
        ForeignTablesError: Tables of the library's names are there, and are not the library's.
        alembic.util.CommandError: The database has a version that is not known here: it is of a newer library or type.
    """
    _migrate(url, MAIN, types)


def migrate_tracking(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a tracking database up to date; arguments and errors as of `migrate_main`."""
    _migrate(url, TRACKING, types)


def migrate_store(url: str) -> None:
    """Bring a site's store up to date, which has nothing of a type; argument and errors as of `migrate_main`.

    It costs next to nothing where nothing is to do, so that every process of a site does it when it starts.
    """
    _migrate(url, STORE, ())


def pending(url: str, line: str, types: Sequence[ReplicableType]) -> list[str]:
    """Return whose tables of a database are missing, or of another version than the last one known here.

    Args:
        url: As of `migrate_main`; nothing is changed.
        line: Which database it is: `main`, `tracking` or `store`.
        types: As of `migrate_main`.

    Returns:
        Names of types, and `geo_runtime` for the library.
    """
    database = Database(url, read_only=True)
    try:
        with database.reading() as session:
            connection = session.connection()
            wanted = {"geo_runtime": (library_version_table(line), MIGRATIONS / line)}
            if line != STORE:
                wanted |= {
                    kind.replicator.replicable_name(): (version_table(kind), kind.migrations / line) for kind in types
                }
            return [name for name, (table, folder) in wanted.items() if not _is_at_head(connection, table, folder)]
    finally:
        database.close()


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


def run_library(connection: Connection, line: str, version: str = HEAD) -> None:
    """Bring the library's own tables to a version; arguments as of `run_migrations`, and there is a line `store`.

    Before there were migrations, SQLAlchemy's `create_all` made what the first of them makes. Such tables are taken
    over with their rows, if they are what the library expects after the last migration.

    Raises:
        ForeignTablesError: They are not; the transaction must be rolled back.
        alembic.util.CommandError: There is no such version.
    """
    folder, versions = MIGRATIONS / line, library_version_table(line)
    is_taken_over = _has_tables_without_version(connection, line)
    if is_taken_over:
        _alembic("stamp", connection, folder, versions, _versions(folder)[0])
    run_line(connection, folder, versions, version)
    if is_taken_over and version == HEAD:
        from geo_runtime.tables.schema import differences  # noqa: PLC0415 - brings Alembic along, see `_alembic`

        if found := differences(connection, line):
            raise ForeignTablesError(
                f"tables of the {line} database were not made by this library: {'; '.join(found)}."
                " Give another database, or rename them"
            )


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
    _alembic("downgrade" if version == BASE else "upgrade", connection, folder, table, version)


def version_table(kind: ReplicableType) -> str:
    """Return the name of the table that keeps a type's version; that of the longest name fits PostgreSQL's 63 bytes."""
    return f"alembic_{kind.replicator.replicable_name()}"


def library_version_table(line: str) -> str:
    """Return the name of the table that keeps the library's version; no type has it, as no name begins with `_`."""
    return f"alembic__{line}"


def _migrate(url: str, line: str, types: Sequence[ReplicableType]) -> None:
    database = Database(url)
    try:
        if not types and _is_newest(database, line):
            return
        with database.engine.begin() as connection:
            wait_for_turn(connection, "geo_runtime.migrating")
            run_library(connection, line)
            for kind in types:
                run_migrations(connection, kind, line)
    finally:
        database.close()


def _is_newest(database: Database, line: str) -> bool:
    """Whether the library has nothing to do, told without Alembic."""
    with database.reading() as session:
        return _is_at_head(session.connection(), library_version_table(line), MIGRATIONS / line)


def _is_at_head(connection: Connection, table: str, folder: Path) -> bool:
    """Whether a version table has the last migration of a folder."""
    if not inspect(connection).has_table(table):
        return False
    version = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - a name of ours
    return version is not None and str(version) == _versions(folder)[-1]


def _has_tables_without_version(connection: Connection, line: str) -> bool:
    from geo_runtime.tables.schema import TABLES  # noqa: PLC0415 - as above

    found = set(inspect(connection).get_table_names())
    return library_version_table(line) not in found and not found.isdisjoint(table.name for table in TABLES[line])


def _versions(folder: Path) -> list[str]:
    """Return the versions of a line, oldest first: its files are named so."""
    return sorted(path.name.partition("_")[0] for path in folder.glob("*.py"))


def _alembic(command_name: str, connection: Connection, folder: Path, table: str, version: str) -> None:
    # A site whose tables are up to date starts without the time that this import takes.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _literally(_ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _literally(folder))
    # Alembic's name of its primary key is longer than the table's: that of a long type would not fit PostgreSQL.
    config.attributes |= {"connection": connection, "version_table": table, "version_table_pk": False}
    getattr(command, command_name)(config, version)


def _literally(path: Path) -> str:
    """Return a path as Alembic's configuration takes it, where a percent sign begins an interpolation."""
    return str(path).replace("%", "%%")
