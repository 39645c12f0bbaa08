"""What a manifest may ask of a checkout: each question to files that say yes, no, and nothing."""

from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition.conditions import applicability_in
from geo_scaffold.edition.manifest import Artifact, Level, Op, Question
from geo_scaffold.edition.predicates import PREDICATES
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree

DERIVED = {"file": "a.rb", "constant": "LIST"}
YES, NO, UNKNOWN = True, False, None
NEWEST = {"file": "a.rb", "pattern": ":<type>", "kind": "blob", "besides": "{name}"}


def types(**strategies: str) -> dict[str, str]:
    """Return the files of types, the oldest first: the migration of each registry, and its replicator."""
    files = {f"ee/db/geo/migrate/2026010{n}000000_create_{each}_registry.rb": "" for n, each in enumerate(strategies)}
    for each, strategy in strategies.items():
        model = f"def self.model\n  ::Packages::{each.title().replace('_', '')}\nend\n"
        files[f"ee/app/replicators/geo/{each}_replicator.rb"] = f"include ::Geo::{strategy}\n{model}"
    return files


BLOB, PARTITION = "BlobReplicatorStrategy", "BlobReplicatorStrategy\ninclude ::Geo::Concerns::UploadReplicatorBehavior"
FOUR = types(old=BLOB, ant=BLOB, bee=BLOB, wiki="RepositoryReplicatorStrategy", part=PARTITION, cool_widget=BLOB)
CASES: list[tuple[str, dict[str, Any], dict[str, str], bool | None, int | None]] = [
    ("exists", {"file": "a.rb"}, {"a.rb": ""}, YES, None),
    ("exists", {"file": "a.rb"}, {"b.rb": ""}, NO, None),
    ("exists", {"file": "a/*_{name}.rb"}, {"a/1_cool_widget.rb": ""}, YES, None),
    ("exists", {"file": "a/*_{name}.rb"}, {"a/1_other.rb": ""}, NO, None),
    ("is-derived", DERIVED, {"a.rb": "LIST = [A, B].freeze"}, NO, 1),
    ("is-derived", DERIVED, {"a.rb": "# LIST = OTHERS\nLIST = %w[a b].map(&:to_sym).freeze"}, NO, 2),
    ("is-derived", DERIVED, {"a.rb": "LIST = { a: 1 }.freeze"}, NO, 1),
    ("is-derived", DERIVED, {"a.rb": "module X\n  LIST = OTHERS.map(&:a).freeze\nend"}, YES, 2),
    ("is-derived", DERIVED, {"a.rb": "LIST = ::Gitlab::Geo.classes"}, YES, 1),
    ("is-derived", DERIVED, {"a.rb": "LIST =\n  Gitlab::Geo::OTHERS.flat_map do |each|\n    [each.a]\n  end"}, YES, 1),
    ("is-derived", DERIVED, {"a.rb": "LIST = all_of(A)"}, YES, 1),
    ("is-derived", DERIVED, {"a.rb": "LIST = [*OTHERS.map(&:a)].freeze"}, YES, 1),
    ("is-derived", DERIVED, {"a.rb": "LIST = [A] + OTHERS"}, UNKNOWN, 1),
    ("is-derived", DERIVED, {"a.rb": "LIST = X ? A : [B]"}, UNKNOWN, 1),
    ("is-derived", DERIVED, {"a.rb": "OTHER = []"}, UNKNOWN, None),
    ("is-derived", DERIVED, {"a.rb": "class A\n  LIST = []\nend\nclass B\n  LIST = X.y\nend"}, UNKNOWN, None),
    (
        "is-derived",
        {"file": "a.rb", "constant": "B::LIST"},
        {"a.rb": "class A\n  LIST = []\nend\nclass B\n  LIST = X.y\nend"},
        YES,
        5,
    ),
    ("is-derived", DERIVED, {}, UNKNOWN, None),
    ("is-derived", DERIVED, {"a.rb": "class A\n  LIST = [\n"}, UNKNOWN, 1),
    ("is-derived", DERIVED, {"a.rb": "a\0"}, UNKNOWN, 1),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "LIST = %w[a b c]"}, YES, 1),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "\nLIST = [:b, :a]"}, NO, 2),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "LIST = ['a', # a\n 'b'].freeze"}, YES, 1),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "LIST = { a: 2, b: 1 }"}, YES, 1),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "LIST = [A]"}, UNKNOWN, 1),
    ("is-sorted", {"file": "a.rb", "list": "LIST"}, {"a.rb": "LIST = X.y"}, UNKNOWN, None),
    (
        "is-sorted",
        {"file": "a.rb", "list": "x", "inside": ["B"]},
        {"a.rb": "module A\n  x [2, 1]\nend\nmodule B\n  x [1, 2]\nend"},
        YES,
        5,
    ),
    ("has-method", {"file": "a.rb", "method": "a?"}, {"a.rb": "class X\n  def a?\n    1\n  end\nend"}, YES, 2),
    ("has-method", {"file": "a.rb", "method": "b"}, {"a.rb": "class X\n  def self.b = 1\nend"}, YES, 2),
    ("has-method", {"file": "a.rb", "method": "a"}, {"a.rb": "class X\n  # def a\nend"}, NO, None),
    ("has-constant", {"file": "a.rb", "constant": "A"}, {"a.rb": "class X\n  A = 1\nend"}, YES, 2),
    ("has-constant", {"file": "a.rb", "constant": "A"}, {"a.rb": "class A\nend"}, NO, None),
    ("has-call", {"file": "a.rb", "method": "include"}, {"a.rb": "class X\n  include A::B\nend"}, YES, 2),
    ("has-call", {"file": "a.rb", "method": "include", "first": "B"}, {"a.rb": "class X\n  include A::B\nend"}, YES, 2),
    (
        "has-call",
        {"file": "a.rb", "method": "include", "first": "C"},
        {"a.rb": "class X\n  include A::B\nend"},
        NO,
        None,
    ),
    ("has-key", {"file": "a.json", "keys": ["a", "b"]}, {"a.json": '{"a":\n {"b": 1}}'}, YES, 2),
    ("has-key", {"file": "a.json", "keys": ["a", "b"]}, {"a.json": '{"a":\n ["c", "b"]}'}, YES, 2),
    ("has-key", {"file": "a.json", "keys": ["a", "b"]}, {"a.json": '{"a": {"c": 1}}'}, NO, None),
    ("has-key", {"file": "a.json", "keys": ["a", "b"]}, {"a.json": '{"c": {}}'}, NO, None),
    ("has-key", {"file": "a.json", "keys": ["a", "b"]}, {"a.json": '{"a": {}, "a": {"b": 1}}'}, UNKNOWN, None),
    ("has-key", {"file": "a.json", "keys": ["a"]}, {"a.json": '{"a": '}, UNKNOWN, 1),
    ("has-key", {"file": "a.yml", "keys": ["a", "{name}"]}, {"a.yml": "a:\n  cool_widget: 1\n"}, YES, 2),
    ("has-key", {"file": "a.yml", "keys": ["a", "b"]}, {"a.yml": "a:\n- b\n"}, YES, 2),
    ("has-key", {"file": "a.yml", "keys": ["b"]}, {"a.yml": "a:\n- b\n"}, NO, None),
    ("has-key", {"file": "a.yml", "keys": ["a"]}, {"a.yml": "a: [\n"}, UNKNOWN, None),
    ("has-line", {"file": "a.md", "pattern": "^- `{name}`$"}, {"a.md": "# A\n\n- `cool_widget`\n"}, YES, 3),
    ("has-line", {"file": "a.md", "pattern": "^- `{name}s`$"}, {"a.md": "# A\n\n- `cool_widget`\n"}, NO, None),
    ("has-line", {"file": "a.md", "pattern": r"^\w{{3}}$"}, {"a.md": "a\nabc\n"}, YES, 2),
    ("has-line", {"file": "a.md", "pattern": "x"}, {}, UNKNOWN, None),
    ("newest-have", NEWEST, {**FOUR, "a.rb": ":ant :bee"}, YES, None),
    ("newest-have", NEWEST, {**FOUR, "a.rb": ":old :wiki :part :cool_widget"}, NO, None),
    ("newest-have", NEWEST, {**types(one=BLOB, **{f"n{n}": BLOB for n in range(3)}), "a.rb": ":one :n1"}, NO, None),
    ("newest-have", NEWEST, FOUR, NO, None),
    ("newest-have", NEWEST, types(wiki="RepositoryReplicatorStrategy"), YES, None),
    ("newest-have", {**NEWEST, "by_default": False}, {}, NO, None),
    (
        "newest-have",
        {**NEWEST, "pattern": "<model>,", "kind": "repository"},
        {"a.rb": "Packages::Ant,", **FOUR},
        NO,
        None,
    ),
    ("newest-have", {**NEWEST, "pattern": "<model>,"}, {"a.rb": "Packages::Ant,\nPackages::Bee,", **FOUR}, YES, None),
    ("newest-have", {**NEWEST, "file": "<path>.rb", "pattern": "x"}, {"packages/ant.rb": "x", **FOUR}, NO, None),
]


def artifact(*tests: Question) -> Artifact:
    given = {"phase": Phase.SCHEMA, "step": "one", "level": Level.DOC, "op": Op.CONFIRM}
    return Artifact(id="one", asked_if=tests, **given)  # type: ignore[arg-type]


def sources_in(folder: Path, files: dict[str, str]) -> Sources:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Sources(Tree(folder), "")


@pytest.mark.parametrize(("name", "arguments", "files", "holds", "line"), CASES)
def test_a_question(
    tmp_path: Path, name: str, arguments: dict[str, Any], files: dict[str, str], holds: bool | None, line: int | None
) -> None:
    sources = sources_in(tmp_path, files)
    wanted = applicability_in(artifact(Question(name, arguments)), sources, {"name": "cool_widget"})
    turned = applicability_in(artifact(Question(name, arguments, is_not=True)), sources, {"name": "cool_widget"})
    assert wanted.applies is (holds is not NO)
    assert turned.applies is (holds is not YES)
    said = [doubt.said for doubt in (*wanted.doubts, *turned.doubts)]
    said += [applicability.refusal for applicability in (wanted, turned) if applicability.refusal]
    assert said
    assert all(evaluation.what for evaluation in said)
    assert all(evaluation.line == line for evaluation in said if line is not None)
    assert bool(wanted.doubts) is bool(turned.doubts) is (holds is UNKNOWN)


def test_every_question_is_asked_here() -> None:
    assert {name for name, *_ in CASES} == PREDICATES.keys()


def test_all_conditions_have_to_hold_and_one_that_does_not_is_enough(tmp_path: Path) -> None:
    sources = sources_in(tmp_path, {"a.rb": "LIST = X.y"})
    there, derived = Question("exists", {"file": "a.rb"}), Question("is-derived", DERIVED)
    unknown, gone = Question("has-line", {"file": "b.md", "pattern": "x"}), Question("exists", {"file": "b.md"})
    assert applicability_in(artifact(there, derived), sources, {}).applies
    assert not applicability_in(artifact(there, gone), sources, {}).applies
    assert not applicability_in(artifact(unknown, gone), sources, {}).applies
    in_doubt = applicability_in(artifact(there, unknown), sources, {})
    assert in_doubt.applies
    assert [doubt.message for doubt in in_doubt.doubts] == [
        "whether it is asked for cannot be decided: in b.md, the file is not there"
    ]
