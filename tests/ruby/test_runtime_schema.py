"""The Alembic migrations of the runtime leave the schema of the Active Record migrations, byte for byte."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, create_engine, inspect

from geo_runtime.databases.database import Database
from geo_runtime.tables.migrating import BASE, MAIN, TRACKING, run_library, run_line
from geo_scaffold.answers import Answers
from geo_scaffold.edition import Renderer, context_for, load_runtime
from geo_scaffold.names import Names
from sizes import some
from waiting import PATIENCE_S

from .postgres import USER, Cluster
from .rendering import CASES, MIGRATED_CASES, MIGRATED_CASES_18, Case, Tree, render, write
from .runner import Outcome, Runner, structure_sql

pytestmark = pytest.mark.ruby

SIDES: Final = {"main": (MAIN, "state_table"), "geo": (TRACKING, "registry_table")}
"""The databases, as the Ruby side calls them: the line of migrations, and the table that both have."""
VERSIONS: Final = "alembic"
Outcomes = Mapping[Case, tuple[Tree, Outcome]]


@pytest.fixture(scope="module")
def engines(runner: Runner) -> Iterator[Mapping[str, Engine]]:
    found = {}
    for line, _ in SIDES.values():
        name = f"alembic_{line}"
        runner.cluster.psql("postgres", f"CREATE DATABASE {name}")
        found[line] = create_engine(f"postgresql+psycopg://{USER}@/{name}?host={runner.cluster.socket}")
        with found[line].begin() as connection:
            run_library(connection, line)
    yield found
    for engine in found.values():
        engine.dispose()


def migrations(case: Case, names: Names, edition: str, root: Path) -> Path:
    """Write the migrations of a case; return their folder."""
    values = context_for(Answers(case.model, kind=case.kind, owner="project", timestamp="20230101000000"), names)
    renderer = Renderer(edition)
    files = {
        target.path.format_map(values): renderer.render(target.template or "", values)
        for artifact in load_runtime()
        for target in artifact.targets
        if "/migrations/" in target.path
    }
    assert len(files) == 3
    return write(files, root) / names["runtime_package"] / "migrations"


def dump(cluster: Cluster, database: str, table: str) -> str:
    options = ["--schema-only", "--no-owner", "--no-privileges", "-t", f"public.{table}"]
    command: list[str | Path] = [cluster.programs / "pg_dump", "-h", cluster.socket, "-U", USER, *options, database]
    return structure_sql(subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout)


@pytest.mark.parametrize("case", some(MIGRATED_CASES, 6, "16"), ids=str)
def test_both_leave_the_same_schema(
    case: Case, runner: Runner, engines: Mapping[str, Engine], outcomes: Outcomes, tmp_path: Path
) -> None:
    compare(*outcomes[case], "16", runner.cluster, engines, tmp_path)


@pytest.mark.parametrize("case", MIGRATED_CASES_18, ids=str)
def test_both_leave_the_same_schema_18(
    case: Case, runner: Runner, engines: Mapping[str, Engine], outcomes_18: Outcomes, tmp_path: Path
) -> None:
    compare(*outcomes_18[case], "18", runner.cluster, engines, tmp_path)


def compare(
    tree: Tree, outcome: Outcome, edition: str, cluster: Cluster, engines: Mapping[str, Engine], root: Path
) -> None:
    assert sorted(outcome.dumps) == sorted(SIDES), outcome.message
    folder = migrations(tree.case, tree.names, edition, root)
    for side, (line, table) in SIDES.items():
        with engines[line].begin() as connection:
            run_line(connection, folder / line, VERSIONS)
        try:
            assert dump(cluster, f"alembic_{line}", tree.names[table]) == outcome.dumps[side]
        finally:
            with engines[line].begin() as connection:
                run_line(connection, folder / line, VERSIONS, BASE)


ON_SQLITE: Final = [(case, edition) for edition in ("16", "18") for case in some(CASES, 6, edition)]


@pytest.mark.parametrize(("case", "edition"), ON_SQLITE, ids=str)
def test_sqlite_has_the_same_names(case: Case, edition: str, tmp_path: Path) -> None:
    tree = render(case, edition)
    folder = migrations(case, tree.names, edition, tmp_path)
    for line, table in SIDES.values():
        database = Database(f"sqlite:///{tmp_path}/{line}.sqlite3")
        with database.engine.begin() as connection:
            run_library(connection, line)
            run_line(connection, folder / line, VERSIONS)
        found = inspect(database.engine)
        name = tree.names[table]
        derived = tree.parts["states-structure" if line == MAIN else "registry-structure"]
        assert sorted(names_in(derived, "INDEX ")) == sorted(str(each["name"]) for each in found.get_indexes(name))
        columns = [row.split()[0] for row in derived.partition("(\n")[2].partition("\n)")[0].split("\n")]
        assert [each["name"] for each in found.get_columns(name)] == [
            column for column in columns if column != "CONSTRAINT"
        ]
        with database.engine.begin() as connection:
            run_line(connection, folder / line, VERSIONS, BASE)
        assert name not in inspect(database.engine).get_table_names()
        database.close()


def names_in(structure: str, before: str) -> list[Any]:
    return [line.partition(before)[2].split()[0] for line in structure.split("\n") if before in line]
