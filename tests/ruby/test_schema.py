"""The migrations go up, down and up, and leave the schema that is stored here in the form of `structure.sql`."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from geo_scaffold.names.identifiers import MAX_IDENTIFIER_BYTES, check_constraint_name, foreign_key_name, object_name

from .rendering import MIGRATED_CASES, STORED_CASES, Case, Tree
from .runner import Outcome

pytestmark = pytest.mark.ruby

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("case", MIGRATED_CASES, ids=str)
def test_migrations_go_up_and_down(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    _, outcome = outcomes[case]
    assert outcome.failed != "migrate", outcome.message
    assert sorted(outcome.dumps) == ["geo", "main"]


@pytest.mark.parametrize("case", STORED_CASES, ids=str)
def test_the_schema_is_the_stored_one(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]], snapshot: Any) -> None:
    _, outcome = outcomes[case]
    snapshot.snapshot_dir = SNAPSHOTS / str(case)
    for side, structure in outcome.dumps.items():
        snapshot.assert_match(structure, f"{side}.sql")


@pytest.mark.parametrize("case", MIGRATED_CASES, ids=str)
def test_what_is_derived_is_what_postgresql_has(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    tree, outcome = outcomes[case]
    assert tree.parts["states-structure"] == outcome.dumps["main"]
    assert tree.parts["registry-structure"] == outcome.dumps["geo"]


@pytest.mark.parametrize("case", MIGRATED_CASES, ids=str)
def test_postgresql_names_things_as_we_say(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    """What no template says: names that PostgreSQL, Active Record and GitLab make up."""
    tree, outcome = outcomes[case]
    names = tree.names
    states, registry = outcome.dumps["main"], outcome.dumps["geo"]
    state_table, registry_table = names["state_table"], names["registry_table"]
    expected = {
        "main": {
            object_name(state_table, None, "pkey"),
            check_constraint_name(state_table, "verification_failure"),
            foreign_key_name(state_table, names["state_foreign_key"]),
        },
        "geo": {
            object_name(registry_table, None, "pkey"),
            check_constraint_name(registry_table, "verification_failure"),
            check_constraint_name(registry_table, "last_sync_failure"),
        },
    }
    for side, structure in outcome.dumps.items():
        assert set(re.findall(r"CONSTRAINT (\w+)", structure)) == expected[side]
    assert re.findall(r"CREATE SEQUENCE (\w+)", registry) == [object_name(registry_table, "id", "seq")]
    assert f"REFERENCES {names['table']}(id) ON DELETE CASCADE" in states


@pytest.mark.parametrize("case", MIGRATED_CASES, ids=str)
def test_no_index_has_lost_its_name(case: Case, outcomes: dict[Case, tuple[Tree, Outcome]]) -> None:
    _, outcome = outcomes[case]
    for structure, count in ((outcome.dumps["main"], 4), (outcome.dumps["geo"], 6)):
        indexes = re.findall(r"INDEX (\w+) ON", structure)
        assert len(set(indexes)) == count
        assert max(map(len, indexes)) <= MAX_IDENTIFIER_BYTES
