"""Edition 18: columns, constraints and triggers of sharding keys are what PostgreSQL has, and a row gets its keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from geo_scaffold.edition import Surroundings
from geo_scaffold.edition.sharding import Count, KeyColumn, ParentTable
from geo_scaffold.editors.sql.script import parse

from .checkout import surroundings
from .conftest import unavailable
from .rendering import Case, Tree, render, sized, write
from .runner import Job, MissingLibraryError, Outcome, Runner

pytestmark = pytest.mark.ruby

ONE: Final = Count()
OWNERS: Final = "CREATE TABLE namespaces (id bigserial PRIMARY KEY); CREATE TABLE people (id serial PRIMARY KEY);"


@dataclass(frozen=True)
class Parent:
    """A table of a model, and rows of it.

    Args:
        columns: Its columns, without its key.
        parent: What is found of it.
        row: The columns and values of one row.
        keys: What its states then have as keys.
        key: Its primary key.
        model: The model.
    """

    columns: str
    parent: ParentTable
    row: tuple[str, str]
    keys: Mapping[str, str]
    key: str = "id"
    model: str = "CoolWidget"


def keyed(columns: Mapping[str, KeyColumn], count: Count = ONE, key: str = "id") -> ParentTable:
    return ParentTable(key, columns, is_known=True, sharding_keys=tuple(columns), key_count=count)


PROJECT: Final = KeyColumn("projects", "bigint", "hard")
NAMESPACE: Final = KeyColumn("namespaces", "bigint", "hard", is_high_traffic=True)
BOTH: Final = {"project_id": PROJECT, "namespace_id": NAMESPACE}
TWO: Final = "project_id bigint REFERENCES projects, namespace_id bigint"
PARENTS: Final = {
    "one": Parent(
        "project_id bigint REFERENCES projects",
        keyed({"project_id": PROJECT}),
        ("id, project_id", "7, 1"),
        {"project_id": "1"},
    ),
    "one-of-four-bytes": Parent(
        "person_id integer",
        keyed({"person_id": KeyColumn("people", "integer")}),
        ("id, person_id", "7, 3"),
        {"person_id": "3"},
    ),
    "one-of-two": Parent(TWO, keyed(BOTH), ("id, namespace_id", "7, 2"), {"project_id": "NULL", "namespace_id": "2"}),
    "one-or-two": Parent(
        TWO,
        keyed(BOTH, Count(">=", 1)),
        ("id, project_id, namespace_id", "7, 1, 2"),
        {"project_id": "1", "namespace_id": "2"},
    ),
    "other-primary-key": Parent(
        "project_id bigint REFERENCES projects",
        keyed({"project_id": PROJECT}, key="part_id"),
        ("part_id, project_id", "7, 1"),
        {"project_id": "1"},
        key="part_id",
    ),
    "long-name": Parent(
        TWO,
        keyed(BOTH),
        ("id, project_id", "7, 1"),
        {"project_id": "1", "namespace_id": "NULL"},
        model=sized(48),
    ),
}


def files_of(tree: Tree, parent: Parent) -> dict[str, str]:
    """Return the files of a tree, in which what follows the table's own migration changes it afterwards."""
    later = {path for path in tree.files if path.startswith("db/") and "migrate/" in path and "_create_" not in path}
    table, states, key = (tree.names[each] for each in ("table", "state_table", "state_foreign_key"))
    columns, values = parent.row
    found = " AND ".join(f"{column} IS NOT DISTINCT FROM {value}" for column, value in parent.keys.items())
    return {
        **surroundings(tree),
        **{f"alter/{path}" if path in later else path: text for path, text in tree.files.items()},
        "alter/parent.sql": f"{OWNERS} CREATE TABLE {table} ({parent.key} bigserial PRIMARY KEY, {parent.columns});",
        "alter/main_trial.sql": f"""
            INSERT INTO projects (id, name) VALUES (1, 'one');
            INSERT INTO namespaces (id) VALUES (2);
            INSERT INTO people (id) VALUES (3);
            INSERT INTO {table} ({columns}) VALUES ({values});
            INSERT INTO {states} ({key}) VALUES (7);
            DO $$ BEGIN
              ASSERT (SELECT count(*) FROM {states} WHERE {found}) = 1, 'a row has other keys';
            END $$;
        """,
    }


@pytest.fixture(scope="module")
def filled(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tree, Outcome]]:
    root, trees = tmp_path_factory.mktemp("keys"), {}
    for name, parent in PARENTS.items():
        found = Surroundings(parent=parent.parent)
        case = Case(parent.model, "blob", "project")
        trees[name] = render(case, "18", sharding_keys=parent.parent.sharding_keys, surroundings=found)
    jobs = [Job(write(files_of(tree, PARENTS[name]), Path(root / name)), "alter") for name, tree in trees.items()]
    try:
        return {name: (trees[name], outcome) for name, outcome in zip(trees, runner.run(jobs), strict=True)}
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")


def statements(*texts: str) -> list[str]:
    return sorted(each.text for text in texts for each in parse(text))


@pytest.mark.parametrize("name", PARENTS)
def test_a_row_gets_its_keys_and_postgresql_has_what_is_derived(
    name: str, filled: dict[str, tuple[Tree, Outcome]]
) -> None:
    tree, outcome = filled[name]
    assert outcome.failed is None, outcome.message
    derived = (tree.parts["states-structure"], tree.parts["sharding-key-structure"])
    assert statements(*derived) == statements(outcome.dumps["main"], outcome.dumps["functions"])
    assert len(parse(outcome.dumps["functions"])) == len(PARENTS[name].keys)
