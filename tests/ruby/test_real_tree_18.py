"""The newest types of a real GitLab checkout: their merged migrations come to what `structure.sql` holds of them.

The checkout is the one that GITLAB_CHECKOUT names. The migrations run unchanged, with the names that people chose
and without the foreign keys that they left out.
"""

import json
import shutil
import subprocess

import pytest

from geo_scaffold.editors.sql.statements import Statements

from .conftest import unavailable
from .postgres import USER
from .real_checkout import CHECKOUT, NEEDS_IT
from .rendering import Case, render
from .runner import Job, MissingLibraryError, Outcome, Runner, structure_sql

pytestmark = NEEDS_IT

TABLES = {
    "packages_nuget_symbol": "packages_nuget_symbols",
    "supply_chain_attestation": "slsa_attestations",
    "packages_helm_metadata_cache": "packages_helm_metadata_caches",
}
"""The table of the model by the replicable name."""
STRUCTURES = {"main": "db/structure.sql", "geo": "ee/db/geo/structure.sql"}


@pytest.fixture(scope="module")
def migrated(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    root = tmp_path_factory.mktemp("merged")
    jobs = []
    for name, table in TABLES.items():
        tree = root / name
        patterns = (
            "config/initializers_before_autoloader/000_inflections.rb",
            f"db/migrate/*_create_{name}_states.rb",
            f"ee/db/geo/migrate/*_create_{name}_registry.rb",
        )
        for pattern in patterns:
            [migration] = CHECKOUT.glob(pattern)
            copy = tree / migration.relative_to(CHECKOUT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(migration, copy)
        type_ = {"table": table, "state_table": f"{name}_states", "registry_table": f"{name}_registry"}
        (tree / "type.json").write_text(json.dumps(type_))
        jobs.append(Job(tree, "migrate"))
    try:
        return dict(zip(TABLES, runner.run(jobs), strict=True))
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")


@pytest.mark.parametrize("side", STRUCTURES)
@pytest.mark.parametrize("name", TABLES)
def test_the_merged_migrations_are_derived_to_the_byte(name: str, side: str, migrated: dict[str, Outcome]) -> None:
    outcome = migrated[name]
    assert outcome.failed is None, outcome.message
    statements = tuple(outcome.dumps[side].strip().split("\n\n"))
    assert len(statements) > 9
    structure = (CHECKOUT / STRUCTURES[side]).read_text(encoding="utf-8")
    editor = Statements(statements)
    without = editor.remove(structure)
    assert len(structure) - len(without) == sum(len(statement) + 2 for statement in statements)
    assert editor.insert(without) == structure


@pytest.mark.parametrize("side", STRUCTURES)
def test_the_structure_loads_with_an_invented_type_in_it(side: str, runner: Runner) -> None:
    """As a whole: PostgreSQL takes the order of the statements, and the table is the one that is derived."""
    tree = render(Case("Packages::Cargo::Crate", "blob", "project"), "18")
    part = tree.parts["states-structure" if side == "main" else "registry-structure"]
    statements = tuple(part.strip().split("\n\n"))
    structure = (CHECKOUT / STRUCTURES[side]).read_text(encoding="utf-8")
    if side == "main":
        # The table of the model, which GitLab would have.
        table = f"CREATE TABLE {tree.names['table']} (\n    id bigint NOT NULL\n);"
        key = f"ALTER TABLE ONLY {tree.names['table']}\n    ADD CONSTRAINT {tree.names['table']}_pkey PRIMARY KEY (id);"
        structure = Statements((table, key)).insert(structure)
    structure = Statements(statements).insert(structure)
    database = f"structure_{side}"
    runner.cluster.psql("postgres", f"CREATE DATABASE {database}")
    # What GitLab's own task does around it: a fresh database has a schema `public`, the settings are of one session.
    runner.cluster.psql(database, structure, seconds=200)
    dump = subprocess.run(
        [
            *(runner.cluster.programs / "pg_dump", "-h", runner.cluster.socket, "-U", USER, "--schema-only"),
            *(
                "--no-owner",
                "--no-privileges",
                "-t",
                f"public.{tree.names['state_table' if side == 'main' else 'registry_table']}",
            ),
            database,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert structure_sql(dump.stdout) == part
    runner.cluster.psql("postgres", f"DROP DATABASE {database}")
