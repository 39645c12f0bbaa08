"""Edition 18: columns, constraints and triggers of sharding keys are what PostgreSQL has, and a row gets its keys."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pytest

from geo_scaffold.edition import Surroundings
from geo_scaffold.edition.sharding import Count, KeyColumn, ParentTable
from geo_scaffold.editors.sql.script import parse
from sizes import some

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


@dataclass(frozen=True)
class Bug:
    """A mistake in the migration of a key.

    Args:
        parent: The one of `PARENTS` that it is planted in.
        path: The end of the file's path.
        old: The original text, which occurs exactly once.
        new: The replacement.
    """

    parent: str
    path: str
    old: str
    new: str


_STATES: Final = "_create_cool_widget_states.rb"
_FILLING: Final = "_add_cool_widget_states_project_id_sharding_key_trigger.rb"
_HOLDING: Final = "_add_cool_widget_states_project_id_foreign_key.rb"
BUGS: Final = {
    "may be empty": Bug("one", _STATES, "t.bigint :project_id, null: false", "t.bigint :project_id"),
    "no index": Bug("one", _STATES, "      t.index :project_id, name: PROJECT_ID_INDEX_NAME\n", ""),
    "none of two is asked for": Bug("one-of-two", _STATES, "add_multi_column_not_null_constraint(", "[].push("),
    "as many as another table has": Bug("one-or-two", _STATES, "operator: '>='", "operator: '='"),
    "nothing fills it": Bug("one", _FILLING, "    install_sharding_key_assignment_trigger(", "    Hash("),
    "filled with another column": Bug(
        "one-of-two", _FILLING, "      parent_sharding_key: :project_id,", "      parent_sharding_key: :id,"
    ),
    "nothing holds it": Bug("one", _HOLDING, "    add_concurrent_foreign_key ", "    [].push "),
    "is left behind": Bug("one", _FILLING, "    remove_sharding_key_assignment_trigger(", "    Hash("),
}


PLANTED: Final = dict(some(BUGS.items(), 4))
"""Those that are planted."""


def planted(bug: Bug, tree: Tree) -> dict[str, str]:
    """Return the files of a tree with a bug in one of them; if `up` and `down` both match, in the first."""
    [path] = [each for each in tree.files if each.endswith(bug.path)]
    assert tree.files[path].count(bug.old) in {1, 2}, bug
    return {**tree.files, path: tree.files[path].replace(bug.old, bug.new, 1)}


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
    parents = {name: name for name in PARENTS} | {name: bug.parent for name, bug in PLANTED.items()}
    trees |= {name: replace(trees[bug.parent], files=planted(bug, trees[bug.parent])) for name, bug in PLANTED.items()}
    jobs = [Job(write(files_of(trees[name], PARENTS[of]), root / name), "alter") for name, of in parents.items()]
    try:
        return {name: (trees[name], outcome) for name, outcome in zip(parents, runner.run(jobs), strict=True)}
    except MissingLibraryError as error:
        unavailable(f"a Ruby library is not installed: {error}")


def of_postgresql(outcome: Outcome) -> list[str]:
    return statements(outcome.dumps["main"], outcome.dumps["functions"])


def statements(*texts: str) -> list[str]:
    return sorted(each.text for text in texts for each in parse(text))


@pytest.mark.parametrize("name", PARENTS)
def test_a_row_gets_its_keys_and_postgresql_has_what_is_derived(
    name: str, filled: dict[str, tuple[Tree, Outcome]]
) -> None:
    tree, outcome = filled[name]
    assert outcome.failed is None, outcome.message
    derived = (tree.parts["states-structure"], tree.parts["sharding-key-structure"])
    assert statements(*derived) == of_postgresql(outcome)
    assert len(parse(outcome.dumps["functions"])) == len(PARENTS[name].keys)


@pytest.mark.parametrize("name", PLANTED)
def test_a_bug_in_a_migration_of_a_key_is_seen(name: str, filled: dict[str, tuple[Tree, Outcome]]) -> None:
    _, sound = filled[BUGS[name].parent]
    _, outcome = filled[name]
    print(outcome.failed, outcome.message)  # `pytest -rP` shows what was said
    assert outcome.failed is not None or of_postgresql(outcome) != of_postgresql(sound)
