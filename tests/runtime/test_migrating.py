"""The library's own tables: made by migrations that agree with the models, taken over from before there were any."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from geo_runtime.databases.database import Database
from geo_runtime.errors import ForeignTablesError
from geo_runtime.tables import migrating
from geo_runtime.tables.migrating import BASE, HEAD, MIGRATIONS, library_version_table, migrate_store, run_library
from geo_runtime.tables.schema import TABLES, differences
from waiting import PATIENCE_S

from .test_postgresql import url_of
from .test_types import tables

NewUrl = Callable[[], str]
MIGRATE = {
    "main": lambda url: migrating.migrate_main(url, []),
    "tracking": lambda url: migrating.migrate_tracking(url, []),
    "store": migrate_store,
}
_numbers = count()

by_line = pytest.mark.parametrize("line", TABLES)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Gives the URL of a new database."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(_numbers)}.sqlite3"
    cluster = request.getfixturevalue("cluster")

    def create() -> str:
        name = f"migrating_{next(_numbers)}"
        cluster.psql("postgres", f"CREATE DATABASE {name}")
        return url_of(cluster, name)

    return create


def names(line: str) -> set[str]:
    return {table.name for table in TABLES[line]}


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            yield connection
    finally:
        database.close()


def run(url: str, *statements: str) -> None:
    with transaction(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


@cache
def of_the_first(line: str) -> set[str]:
    """The tables that the first migration makes."""
    first = min(path.name.partition("_")[0] for path in (MIGRATIONS / line).glob("*.py"))
    with TemporaryDirectory() as folder, transaction(f"sqlite:///{folder}/first") as connection:
        run_library(connection, line, first)
        return set(inspect(connection).get_table_names())


def create_all(url: str, line: str) -> None:
    """Make the tables as the library did before it had migrations."""
    old = [table for table in TABLES[line] if table.name in of_the_first(line)]
    with transaction(url) as connection:
        old[0].metadata.create_all(connection, old)


def schema_differences(url: str, line: str) -> list[str]:
    with transaction(url) as connection:
        return differences(connection, line)


@by_line
def test_models_and_migrations_agree(new_url: NewUrl, line: str) -> None:
    url = new_url()
    MIGRATE[line](url)
    assert tables(url) == names(line) | {library_version_table(line)}
    assert schema_differences(url, line) == []


@by_line
def test_the_library_goes_down_and_up_again(new_url: NewUrl, line: str) -> None:
    url, seen = new_url(), []
    for version in (HEAD, BASE, HEAD):
        with transaction(url) as connection:
            run_library(connection, line, version)
            seen.append(set(inspect(connection).get_table_names()) & names(line))
            assert version == BASE or differences(connection, line) == []
    assert seen == [names(line), set(), names(line)]


@by_line
def test_the_files_are_named_as_their_versions(line: str) -> None:
    scripts = ScriptDirectory(MIGRATIONS, version_locations=[str(MIGRATIONS / line)])
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert in_order == sorted(path.name.partition("_")[0] for path in (MIGRATIONS / line).glob("*.py"))


@by_line
def test_what_create_all_made_is_taken_over(new_url: NewUrl, line: str) -> None:
    url = new_url()
    create_all(url, line)
    row = {
        "main": "INSERT INTO organizations (id, name) VALUES (1, 'kept')",
        "tracking": "INSERT INTO event_log_states (event_id, created_at) VALUES (1, '2023-01-01 00:00:00')",
        "store": "INSERT INTO sorted_set_members (key, member, score) VALUES ('kept', 'kept', 1)",
    }[line]
    run(url, row, "CREATE TABLE other (id integer)")
    MIGRATE[line](url)
    assert tables(url) == names(line) | {library_version_table(line), "other"}
    assert schema_differences(url, line) == []
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        run(url, row)


def test_tables_of_somebody_else_are_refused_and_kept(new_url: NewUrl) -> None:
    url = new_url()
    create_all(url, "store")
    run(url, "DROP TABLE cache_entries", "ALTER TABLE jobs ADD COLUMN salary integer", "DROP INDEX ix_jobs_run_at")
    before = tables(url)
    with pytest.raises(ForeignTablesError) as raised:
        migrate_store(url)
    for difference in ("add_table cache_entries", "remove_column jobs.salary", "add_index jobs.ix_jobs_run_at"):
        assert difference in str(raised.value)
    assert tables(url) == before


def test_a_database_of_a_newer_library_is_refused(new_url: NewUrl) -> None:
    url = new_url()
    migrate_store(url)
    run(url, "UPDATE alembic__store SET version_num = '29990101000000'")
    with pytest.raises(CommandError, match="29990101000000"):
        migrate_store(url)


@pytest.mark.parametrize("is_old", [False, True])
def test_processes_that_start_at_once_do_not_collide(new_url: NewUrl, is_old: bool) -> None:
    url = new_url()
    if is_old:
        create_all(url, "store")
    forking = get_context("fork")
    start = forking.Barrier(6)

    def migrate() -> None:
        start.wait()
        migrate_store(url)

    processes = [forking.Process(target=migrate) for _ in range(start.parties)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_S)
    assert [process.exitcode for process in processes] == [0] * start.parties
    assert schema_differences(url, "store") == []


def test_a_start_with_nothing_to_do_goes_without_alembic(new_url: NewUrl) -> None:
    """It takes longer to import than all that a start does with the store."""
    url = new_url()
    migrate_store(url)
    code = (
        "import sys, geo_runtime.running.configured as p; p.migrate_store(sys.argv[1]); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
