"""What depends on the form of a checkout: an edition that only these tests have, in trees of both forms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18
from editions import copied_templates
from geo_scaffold.answers import Answers
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import available_editions, load_manifest
from geo_scaffold.edition.checking import mistakes_in
from geo_scaffold.git import changes_since
from geo_scaffold.receipt import Receipt
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist import Item, Request, State, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan, write
from geo_scaffold.verbs.release import plan_release
from geo_scaffold.verbs.undo import Fate

from .conftest import NOW, commit_all, git, make_checkout, new, picture, plan, undo

EDITION = "99"
WORKER = "ee/app/workers/geo/secondary/registry_consistency_worker.rb"
LIST = "ee/lib/gitlab/geo/invented.rb"
OF_BLOBS = "ee/lib/gitlab/geo/invented/blobs.rb"
PAGE = "doc/invented.md"
SCHEMA = "ee/config/invented.json"

MANIFEST = f"""
from = "{EDITION}"
base = "{available_editions()[-1]}"

[[artifact]]
id = "registry-classes"
asked_if = [{{ test = "is-derived", not = true, file = "{WORKER}", constant = "REGISTRY_CLASSES" }}]
usually_not = ""

[[artifact]]
id = "invented-list"
after = "registry-classes"
phase = "implementation"
step = "replication"
level = "breaking"
op = "ensure"
note = "Add `{{replicator_class}}` to `ALL`."
[[artifact.targets]]
path = "{LIST}"
template = "ensure/invented.rb.j2"
place = "in `ALL`"
editor = {{ kind = "array-element", array = "ALL" }}
[[artifact.forms]]
name = "split"
if = [{{ test = "exists", file = "{OF_BLOBS}" }}]
[[artifact.forms.targets]]
path = "{OF_BLOBS}"
template = "ensure/invented-blob.rb.j2"
place = "in `BLOBS`"
editor = {{ kind = "array-element", array = "BLOBS" }}
[[artifact.forms]]
name = "sorted"
if = [{{ test = "is-sorted", file = "{LIST}", list = "ALL" }}]
[[artifact.forms.targets]]
path = "{LIST}"
template = "ensure/invented.rb.j2"
place = "in `ALL`, by name"
editor = {{ kind = "array-element", array = "ALL", ordered = true }}

[[artifact]]
id = "invented-page"
after = "data-management-docs"
phase = "release"
step = "release"
level = "doc"
op = "ensure"
asked_if = [{{ test = "has-key", file = "{SCHEMA}", keys = ["properties", "widgets"] }}]
note = "List it."
[[artifact.targets]]
path = "{PAGE}"
template = "ensure/invented.md.j2"
place = "in the list"
editor = {{ kind = "bullets", heading = "# Types", order = "sorted" }}
"""
TEMPLATES = {
    "ensure/invented.rb.j2": "{{ replicator_class }}\n",
    "ensure/invented-blob.rb.j2": "{{ replicator_class }}\n",
    "ensure/invented.md.j2": "- `{{ name }}`\n",
}
DERIVED = """# frozen_string_literal: true

module Geo
  module Secondary
    class RegistryConsistencyWorker
      # REGISTRY_CLASSES = [ of old
      REGISTRY_CLASSES = Gitlab::Geo::REPLICATOR_CLASSES.map(&:registry_class).freeze
    end
  end
end
"""
ALL = "module Invented\n  ALL = [\n    Geo::ZooReplicator,\n    Geo::AntReplicator\n  ].freeze\nend\n"
TREE = {
    **CHECKOUT_18,
    "VERSION": f"{EDITION}.0.0\n",
    LIST: ALL,
    PAGE: "# Types\n\n- `ant`\n- `zoo`\n",
    SCHEMA: '{\n  "properties": {\n    "widgets": {}\n  }\n}\n',
}
GIVEN: dict[str, Any] = {
    "kind": "blob",
    "owner": "project",
    "milestone": "99.0",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}


@pytest.fixture(autouse=True)
def edition(tmp_path: Path) -> Iterator[Path]:
    with copied_templates(tmp_path) as root:
        own = root / f"gitlab-{EDITION}"
        (own / "ensure").mkdir(parents=True)
        (own / "manifest.toml").write_text(MANIFEST)
        for path, text in TEMPLATES.items():
            (own / path).write_text(text)
        yield root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", TREE)


def paths(made: Plan, id_: str) -> list[str]:
    return [step.operation.path for step in made.steps if step.operation.id == id_]


def item(root: Path, id_: str, **request: Any) -> Item:
    (report,) = check(Request(models=("CoolWidget",), **request), root).types
    return next(each for each in report.items if each.id == id_)


def release(root: Path) -> Plan:
    made = plan_release(Answers(model="CoolWidget"), root, now=NOW, selection=Selection())
    write(made, durable=False)
    return made


def forms(root: Path) -> dict[str, str]:
    path = root / ".geo-scaffold/cool_widget.json"
    return {record.id: record.form for record in Receipt.load(path.read_bytes(), str(path)).records}


def test_the_edition_has_no_mistake() -> None:
    assert list(map(str, mistakes_in(EDITION))) == []


def test_a_list_that_is_written_by_hand_gets_its_entry(root: Path) -> None:
    before = picture(root)
    made = new(root, **GIVEN)
    assert made.edition == EDITION
    assert paths(made, "registry-classes") == [WORKER]
    assert "Geo::CoolWidgetRegistry" in (root / WORKER).read_text()
    assert item(root, "registry-classes").state is State.DONE
    again = plan(root)
    assert again.tree.changes() == ()
    undo(root)
    assert picture(root) == before


def test_a_list_that_is_derived_is_not_asked_for(root: Path) -> None:
    (root / WORKER).write_text(DERIVED)
    before = picture(root)
    made = new(root, **GIVEN)
    assert paths(made, "registry-classes") == []
    said = f"registry-classes is not asked for: `REGISTRY_CLASSES` is derived, not a list ({WORKER}:7)"
    assert said in made.notes
    assert (root / WORKER).read_text() == DERIVED
    judged = item(root, "registry-classes")
    assert (judged.state, judged.path, judged.line) == (State.NOT_APPLICABLE, WORKER, 7)
    assert judged.message == "not asked for: `REGISTRY_CLASSES` is derived, not a list"
    assert new(root, **GIVEN, selection=Selection(only=frozenset({"registry-classes"}))).steps
    undo(root)
    assert picture(root) == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "the file is not there"),
        ("class Broken\n  REGISTRY_CLASSES = [\nend\n", "this is not Ruby that can be parsed"),
        ("<<<<<<< ours\n", "an unresolved merge conflict"),
        ("X = 1\n", "`REGISTRY_CLASSES` is set 0 times there"),
        ("A::REGISTRY_CLASSES = []\nREGISTRY_CLASSES = [A] + OTHERS\n", "neither a list nor derived as a whole"),
    ],
)
def test_what_cannot_be_told_makes_nothing_vanish(root: Path, text: str | None, why: str) -> None:
    new(root, **GIVEN)
    (root / WORKER).unlink()
    if text is not None:
        (root / WORKER).write_text(text)
    judged = item(root, "registry-classes")
    assert judged.state in {State.MISSING, State.DIFFERS}
    assert judged.path == WORKER
    assert "whether it is asked for cannot be decided" in judged.message
    assert why in judged.message
    made = plan(root, selection=Selection(only=frozenset({"registry-classes"})))
    assert [note for note in made.notes if why in note]
    assert paths(made, "registry-classes") == [WORKER]


def test_a_broken_file_of_a_condition_is_a_finding_though_the_entry_is_there(root: Path) -> None:
    new(root, **GIVEN)
    release(root)
    assert item(root, "invented-page").state is State.DONE
    (root / SCHEMA).write_text("{\n")
    judged = item(root, "invented-page", phase="release")
    assert (judged.state, judged.path) == (State.DIFFERS, SCHEMA)
    assert "this is not JSON" in judged.message
    (root / SCHEMA).unlink()
    judged = item(root, "invented-page")
    assert (judged.state, judged.path) == (State.DONE, PAGE)
    assert "the file is not there" in judged.message


@pytest.mark.parametrize(
    ("files", "path", "form", "entry"),
    [
        ({}, LIST, "", "    Geo::AntReplicator,\n    Geo::CoolWidgetReplicator\n"),
        (
            {LIST: ALL.replace("Zoo", "Abc")},
            LIST,
            "sorted",
            "    Geo::AntReplicator,\n    Geo::CoolWidgetReplicator\n",
        ),
        (
            {LIST: ALL.replace("Ant", "Zzz")},
            LIST,
            "sorted",
            "  ALL = [\n    Geo::CoolWidgetReplicator,\n    Geo::ZooReplicator,\n",
        ),
        (
            {OF_BLOBS: "BLOBS = [\n  Geo::ZooReplicator\n].freeze\n"},
            OF_BLOBS,
            "split",
            "  Geo::ZooReplicator,\n  Geo::CoolWidgetReplicator\n",
        ),
    ],
)
def test_an_entry_has_the_form_that_the_tree_shows(
    root: Path, files: dict[str, str], path: str, form: str, entry: str
) -> None:
    make_checkout(root, files, git=False)
    before = picture(root)
    made = new(root, **GIVEN)
    assert paths(made, "invented-list") == [path]
    assert entry in (root / path).read_text()
    assert forms(root)["invented-list"] == form
    judged = item(root, "invented-list")
    assert (judged.state, judged.path) == (State.DONE, path)
    assert plan(root).tree.changes() == ()
    undo(root)
    assert picture(root) == before


def test_a_tree_that_takes_another_form_gets_the_entry_of_that_form_and_undo_knows_both(root: Path) -> None:
    before = picture(root)
    new(root, **GIVEN)
    make_checkout(root, {OF_BLOBS: "BLOBS = [\n  Geo::ZooReplicator\n].freeze\n"}, git=False)
    judged = item(root, "invented-list")
    assert (judged.state, judged.path) == (State.MISSING, OF_BLOBS)
    made = new(root)
    assert paths(made, "invented-list") == [OF_BLOBS]
    assert item(root, "invented-list").state is State.DONE
    # Even in a tree that has neither form by then.
    (root / OF_BLOBS).write_text((root / OF_BLOBS).read_text().replace("Zoo", "Ape"))
    undo(root)
    assert picture(root) == {
        **before,
        OF_BLOBS.rpartition("/")[0]: None,
        OF_BLOBS: b"BLOBS = [\n  Geo::ApeReplicator\n].freeze\n",
    }


def test_other_answers_are_taken_in_whatever_form_the_tree_has_by_now(root: Path) -> None:
    new(root, **{**GIVEN, "title": "Cool one"})
    (root / WORKER).write_text(DERIVED)
    make_checkout(root, {OF_BLOBS: "BLOBS = [\n  Geo::ZooReplicator\n].freeze\n"}, git=False)
    made = new(root, title_plural="Cool things")
    assert paths(made, "invented-list") == [OF_BLOBS]


def test_what_was_put_in_before_the_list_was_derived_is_gone_with_it(root: Path) -> None:
    new(root, **GIVEN)
    (root / WORKER).write_text(DERIVED)
    assert item(root, "registry-classes").state is State.NOT_APPLICABLE
    made = undo(root)
    assert made.with_fate(Fate.KEPT) == []
    assert (root / WORKER).read_text() == DERIVED
    assert not (root / ".geo-scaffold").exists()


def test_a_release_asks_the_tree_too(root: Path) -> None:
    new(root, **GIVEN)
    assert item(root, "invented-page").state is State.PENDING
    (root / SCHEMA).write_text('{"properties": {"gadgets": {}}}\n')
    made = release(root)
    assert paths(made, "invented-page") == []
    assert any(note.startswith("invented-page is not asked for") for note in made.notes)
    assert "cool_widget" not in (root / PAGE).read_text()
    assert item(root, "invented-page").state is State.NOT_APPLICABLE
    (root / SCHEMA).write_text(TREE[SCHEMA])
    assert paths(release(root), "invented-page") == [PAGE]
    assert "- `ant`\n- `cool_widget`\n- `zoo`\n" in (root / PAGE).read_text()


def test_a_folder_of_its_own_is_asked_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    made = new(tmp_path / "here", gitlab=f"{EDITION}.1")
    assert paths(made, "registry-classes") == [f"gitlab/{WORKER}"]
    assert [note for note in made.notes if "registry-classes" in note] == []
    judged = item(tmp_path / "here", "registry-classes")
    assert (judged.state, judged.message) == (State.CONFIRM, "its file is not in this folder")


def test_a_cached_report_holds_as_long_as_what_the_conditions_ask_is_the_same(root: Path) -> None:
    new(root, **GIVEN)
    assert item(root, "invented-page").state is State.PENDING
    assert item(root, "registry-classes").state is State.DONE
    (root / SCHEMA).write_text("{}\n")
    (root / WORKER).write_text(DERIVED)
    assert item(root, "invented-page").state is State.NOT_APPLICABLE
    assert item(root, "registry-classes").state is State.NOT_APPLICABLE


def test_a_branch_touches_a_type_in_the_files_of_every_form(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "master")
    new(root, **GIVEN)
    make_checkout(root, {OF_BLOBS: "BLOBS = [\n  Geo::ZooReplicator\n].freeze\n"}, git=False)
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    (root / LIST).write_text(ALL)  # the entry goes from the list of old
    commit_all(root)
    report = check(Request(changes=lambda folder: changes_since(folder, "master")), root)
    assert [type_report.name for type_report in report.types] == ["cool_widget"]


def test_conditions_are_asked_only_of_what_has_them(root: Path) -> None:
    """An edition without conditions reads no file for them."""
    sources = Sources(Tree(root), "")
    from geo_scaffold.edition.conditions import applicability_in

    for artifact in load_manifest(available_editions()[0]):
        assert applicability_in(artifact, sources, {}).artifact is artifact
    seen = sources.fingerprint()
    assert seen is not None
    assert not seen.files
