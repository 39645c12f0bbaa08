"""The sharding keys of merged types of a real tree: what fills and holds them is derived again, byte for byte."""

import os
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from geo_scaffold.edition import Renderer
from geo_scaffold.edition.sharding import ShardingKey, lists_of, sharding_keys_of
from geo_scaffold.editors.ruby import ArrayElement, HashEntry
from geo_scaffold.editors.sql.script import parse
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.editors.yaml.block import TopLevelBlock
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.checklist.selection import TypeSelection
from geo_scaffold.verbs.checklist.subject import Subject

CHECKOUT: Final = os.environ.get("GITLAB_CHECKOUT", "")
pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.skipif(not CHECKOUT, reason="GITLAB_CHECKOUT names no checkout"),
]
OF_KEYS: Final = {
    *("sharding-key", "sharding-key-trigger", "sharding-key-foreign-key", "sharding-key-structure"),
    *("loose-foreign-key", "sharding-key-exemption", "fk-column-exemption"),
}


def read(path: str) -> str:
    return (Path(CHECKOUT) / path).read_text(encoding="utf-8")


@cache
def subjects() -> tuple[Subject, ...]:
    return tuple(chosen.subject for chosen in TypeSelection(Path(CHECKOUT)).everything())


def keys_of(subject: Subject) -> tuple[ShardingKey, ...]:
    """Return the keys of a merged table of states that a trigger fills, with what holds the copy to its owner."""
    parent, names = subject.surroundings.parent, subject.names
    text = read("db/structure.sql")
    columns = tuple(parent.columns)
    all_ = sharding_keys_of(columns, parent, state_table=names["state_table"], timestamp="20230101000000")
    return tuple(key for key in all_ if f"CREATE TRIGGER {key.trigger} " in text)


def test_the_triggers_and_foreign_keys_of_merged_types_are_derived_again() -> None:
    text, proven, held = read("db/structure.sql"), set(), set()
    for subject in subjects():
        names = subject.names
        for key in keys_of(subject):
            constraint = f"ALTER TABLE ONLY {names['state_table']}\n    ADD CONSTRAINT fk_"
            has_key = f" FOREIGN KEY ({key.column}) REFERENCES {key.table}(id)" in "".join(
                statement.text for statement in parse(text) if statement.text.startswith(constraint)
            )
            one = key._replace(reference="hard" if has_key else "none")
            values = {**names, "primary_key": subject.surroundings.parent.primary_key, **lists_of((one,))}
            statements = tuple(
                statement.text
                for statement in parse(Renderer("18").render("derive/sharding-key-structure.sql.j2", values))
            )
            assert len(statements) == 2 + has_key
            editor = Statements(statements)
            assert editor.contains(text), (names["name"], key)
            without = editor.remove(text)
            assert len(text) - len(without) == sum(len(statement) + 2 for statement in statements)
            assert editor.insert(without) == text
            proven.add(names["name"])
            held |= {names["name"]} if has_key else set()
    assert len(proven) >= 8
    assert held


def test_no_merged_type_lacks_what_is_asked_of_keys() -> None:
    report = check(Request(everything=True), Path(CHECKOUT))
    assert len(report.types) >= 20
    open_ = {
        (type_report.name, item.id, item.message)
        for type_report in report.types
        for item in type_report.items
        if item.id in OF_KEYS and item.state not in {State.DONE, State.NOT_APPLICABLE}
    }
    assert open_ == set()


def test_entries_go_into_the_lists_of_a_real_tree_and_come_out_again() -> None:
    text = read("spec/lib/gitlab/organizations/sharding_key_spec.rb")
    inside = ("let :allowed_to_be_missing_foreign_key",)
    element = ArrayElement(element="'cool_widget_states.project_id'", array="", inside=inside, comment="why")
    with_it = element.insert(text)
    assert "'p_duo_workflows_checkpoints.namespace_id',\n      'cool_widget_states.project_id' # why\n" in with_it
    assert element.remove(with_it) == text
    text = read("spec/db/schema_spec.rb")
    entry = HashEntry(
        key="cool_widget_states:",
        value="%w[project_id]",
        hash="",
        inside=("let :ignored_fk_columns_map",),
        ordered=True,
    )
    assert entry.remove(entry.insert(text)) == text
    text = read("config/gitlab_loose_foreign_keys.yml")
    block = TopLevelBlock(("cool_widget_states:", "  - table: projects", "    column: project_id"))
    with_it = block.insert(text)
    assert block.remove(with_it) == text
    keys = [line for line in with_it.splitlines() if line[:1].isalpha()]
    assert keys == sorted(keys)
