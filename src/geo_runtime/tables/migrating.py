"""Creates the tables of a database with Alembic migrations: the library's own, then those of the types.

The library and each type have a separate line of versions in each database, in a separate version table, so that types
can be added and removed independently.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.database import Database, wait_for_turn
from geo_runtime.errors import ForeignTablesError

MAIN, TRACKING, STORE = "main", "tracking", "store"
"""The folders of migrations; a type has none for the store."""
HEAD, BASE = "head", "base"
"""The versions with all migrations of a line, and with none."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"
"""The library's own migrations, in a folder for each database."""
_ENVIRONMENT = Path(__file__).parent / "alembic_environment"


def migrate_main(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a main database up to date; concurrent calls wait for each other.

    Args:
        url: The URL in SQLAlchemy's form.
        types: The types in the database.

    Raises:
        ForeignTablesError: Tables with the library's names exist that are not the library's.
        alembic.util.CommandError: The database has an unknown version, from a newer library or type.
    """
    _migrate(url, MAIN, types)


def migrate_tracking(url: str, types: Sequence[ReplicableType]) -> None:
    """Bring a tracking database up to date; arguments and errors as for `migrate_main`."""
    _migrate(url, TRACKING, types)


def migrate_store(url: str) -> None:
    """Bring a site's store up to date, which has no tables of types; argument and errors as for `migrate_main`.

    It costs next to nothing if there is nothing to do, so every process of a site does it when it starts.
    """
    _migrate(url, STORE, ())


def pending(url: str, line: str, types: Sequence[ReplicableType], *, newer_fits: bool = False) -> list[str]:
    """Return whose tables in a database are missing, or not of the newest version known here.

    Args:
        url: As for `migrate_main`; nothing is changed.
        line: The database: `main`, `tracking` or `store`.
        types: As for `migrate_main`.
        newer_fits: Whether a version that is not known here, newer than all that are, will do: sites are upgraded after
            their databases, and work until then.

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
                    type_.replicator.replicable_name(): (version_table(type_), type_.migrations / line)
                    for type_ in types
                }
            fits = _is_at_head_or_newer if newer_fits else _is_at_head
            return [name for name, (table, folder) in wanted.items() if not fits(connection, table, folder)]
    finally:
        database.close()


def run_migrations(connection: Connection, kind: ReplicableType, line: str, version: str = HEAD) -> None:
    """Bring the tables of one type to a version, within the connection's transaction.

    Args:
        connection: A connection to the main or the tracking database.
        kind: The type.
        line: The line of migrations: `main` or `tracking`.
        version: The timestamp of the last migration; `head` for all of them; `base` for none, which drops the tables.

    Raises:
        alembic.util.CommandError: There is no such version.
    """
    run_line(connection, kind.migrations / line, version_table(kind), version)


def run_library(connection: Connection, line: str, version: str = HEAD) -> None:
    """Bring the library's own tables to a version; arguments as for `run_migrations`, plus the line `store`.

    Before there were migrations, SQLAlchemy's `create_all` created what the first of them does. Such tables are taken
    over with their rows, if they are as the library expects after the last migration.

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

        if differing := differences(connection, line):
            raise ForeignTablesError(
                f"tables of the {line} database were not made by this library: {'; '.join(differing)}."
                " Give another database, or rename them"
            )


def run_line(connection: Connection, folder: Path, table: str, version: str = HEAD) -> None:
    """Bring one line of migrations to a version, as `run_migrations` does for a type.

    Args:
        connection: A connection to the database.
        folder: The folder of the migrations.
        table: The version table.
        version: As for `run_migrations`.

    Raises:
        alembic.util.CommandError: There is no such version.
    """
    _alembic("downgrade" if version == BASE else "upgrade", connection, folder, table, version)


def version_table(kind: ReplicableType) -> str:
    """Return the name of a type's version table; even that of the longest name fits PostgreSQL's 63 bytes."""
    return f"alembic_{kind.replicator.replicable_name()}"


def library_version_table(line: str) -> str:
    """Return the name of the library's version table; no type has it, because no name begins with `_`."""
    return f"alembic__{line}"


def _migrate(url: str, line: str, types: Sequence[ReplicableType]) -> None:
    database = Database(url)
    try:
        if not types and _is_newest(database, line):
            return
        with database.engine.begin() as connection:
            wait_for_turn(connection, "geo_runtime.migrating")
            run_library(connection, line)
            for type_ in types:
                run_migrations(connection, type_, line)
    finally:
        database.close()


def _is_newest(database: Database, line: str) -> bool:
    """Whether the library has nothing to do, checked without Alembic."""
    with database.reading() as session:
        return _is_at_head(session.connection(), library_version_table(line), MIGRATIONS / line)


def _is_at_head(connection: Connection, table: str, folder: Path) -> bool:
    """Whether a version table has the last migration of a folder."""
    return _version(connection, table) == _versions(folder)[-1]


def _is_at_head_or_newer(connection: Connection, table: str, folder: Path) -> bool:
    version = _version(connection, table)
    return version is not None and version >= _versions(folder)[-1]


def _version(connection: Connection, table: str) -> str | None:
    """Return the version in a version table, or None if there is none."""
    if not inspect(connection).has_table(table):
        return None
    version = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - a name of ours
    return None if version is None else str(version)


def _has_tables_without_version(connection: Connection, line: str) -> bool:
    from geo_runtime.tables.schema import TABLES  # noqa: PLC0415 - as above

    tables = set(inspect(connection).get_table_names())
    return library_version_table(line) not in tables and not tables.isdisjoint(table.name for table in TABLES[line])


def _versions(folder: Path) -> list[str]:
    """Return the versions of a line, oldest first, from the names of its files."""
    return sorted(path.name.partition("_")[0] for path in folder.glob("*.py"))


def _alembic(command_name: str, connection: Connection, folder: Path, table: str, version: str) -> None:
    # Imported late, so that a site whose tables are up to date starts faster.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _literally(_ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _literally(folder))
    # Alembic's name for its primary key is longer than the table's: that of a long type would not fit PostgreSQL.
    config.attributes |= {"connection": connection, "version_table": table, "version_table_pk": False}
    getattr(command, command_name)(config, version)


def _literally(path: Path) -> str:
    """Escape a path for Alembic's configuration, where a percent sign begins an interpolation."""
    return str(path).replace("%", "%%")
