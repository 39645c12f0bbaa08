"""Another name over a type that was generated: what it would have been at once, edits kept, and back again."""

import re
import shutil
from itertools import product
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.errors import ContradictionError, RefusedError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.receipt import Receipt
from geo_scaffold.verbs.new import EVERYTHING, Selection
from geo_scaffold.verbs.plan import Plan, write
from geo_scaffold.verbs.release import plan_release
from geo_scaffold.verbs.rename import plan_rename
from geo_scaffold.verbs.undo import Fate
from sizes import sized
from verbs.conftest import NOW, OTHER_TIME, commit_all, git, make_checkout, new, picture, undo

RECEIPT = ".geo-scaffold/cool_widget.json"
TYPES = (("16", "repository"), ("18", "blob"), ("19", "blob"))


def rename(root: Path, old: str, new_name: str) -> Plan:
    made = plan_rename(old, new_name, root, now=OTHER_TIME)
    assert made.with_status(Status.CONFLICT, Status.BLOCKED) == []
    write(made, durable=False)
    return made


@pytest.fixture(scope="module", params=TYPES, ids="-".join)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of each edition in which a type is generated, with its class."""
    edition, kind = request.param
    root = make_checkout(tmp_path_factory.mktemp("rename") / "gitlab", CHECKOUTS[edition])
    for name in ("CoolWidget", "NiceWidget"):
        path = root / f"app/models/{'_'.join(re.findall('[A-Z][a-z]+', name)).lower()}.rb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"class {name} < ApplicationRecord\nend\n")
    new(root, kind=kind, owner="project", now=OTHER_TIME, timestamp=NOW, milestone="90.1", merge_request="!1")
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(template, tmp_path / "gitlab")


NAMES = ("NiceWidget", "nice_widget", "Fine::Thing")


@pytest.mark.parametrize(
    ("template", "to"),
    sized([*zip(TYPES, NAMES, strict=True)], [*product(TYPES, NAMES)]),
    indirect=["template"],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_is_left_is_what_the_other_name_would_have_made_at_once(root: Path, to: str) -> None:
    """And renamed back, the tree is as it was, byte for byte."""
    before = picture(root)
    rename(root, "CoolWidget", to)
    renamed = picture(root)
    assert RECEIPT not in renamed
    kind = re.search(r'"kind": "(\w+)"', (before[RECEIPT] or b"").decode())
    assert kind
    back = "cool_widget" if to == "nice_widget" else "CoolWidget"
    rename(root, to, back)
    assert picture(root) == before
    undo(root)
    given = {"name": to} if to.islower() else {"model": to}
    new(
        root,
        kind=kind[1],
        owner="project",
        now=OTHER_TIME,
        timestamp=NOW,
        milestone="90.1",
        merge_request="!1",
        **given,
    )
    at_once = picture(root)
    own = next(path for path in renamed if path.startswith(".geo-scaffold/") and path.endswith(".json"))
    one, other = (Receipt.load(each[own] or b"", own) for each in (renamed, at_once))
    assert one.answers == other.answers
    assert sorted(one.records, key=repr) == sorted(other.records, key=repr)
    assert sorted(one.directories) == sorted(other.directories)
    assert {**at_once, own: renamed[own]} == renamed
    if not to.islower():
        assert [path for path in renamed if "cool_widget" in path] == ["app/models/cool_widget.rb"]


def test_edits_come_along_in_files_and_entries(root: Path) -> None:
    for path, old, mine in (
        ("ee/app/finders/geo/cool_widget_registry_finder.rb", "frozen_string_literal: true\n", "# mine\n"),
        ("ee/lib/gitlab/geo.rb", "REPLICATOR_CLASSES = [\n", "      # mine\n"),
    ):
        file = root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, old + mine, 1))
    edited = picture(root)
    rename(root, "CoolWidget", "NiceWidget")
    finder = (root / "ee/app/finders/geo/nice_widget_registry_finder.rb").read_text()
    assert "\n# mine\n" in finder
    assert "class NiceWidgetRegistryFinder" in finder
    assert "      # mine\n" in (root / "ee/lib/gitlab/geo.rb").read_text()
    assert "CoolWidget" not in (root / "ee/lib/gitlab/geo.rb").read_text()
    rename(root, "NiceWidget", "CoolWidget")
    after = picture(root)
    assert {path for path in edited if edited[path] != after[path]} <= {RECEIPT}


def test_edits_in_the_way_are_named_with_both_sides_and_nothing_is_written(root: Path) -> None:
    finder = root / "ee/app/finders/geo/cool_widget_registry_finder.rb"
    finder.write_text(finder.read_text().replace("class CoolWidgetRegistryFinder", "class MyFinder"))
    before = picture(root)
    made = plan_rename("CoolWidget", "NiceWidget", root, now=OTHER_TIME)
    (conflict,) = made.with_status(Status.CONFLICT)
    assert "`class CoolWidgetRegistryFinder" in conflict.outcome.message
    assert picture(root) == before


def test_a_second_time_there_is_nothing_to_do(root: Path) -> None:
    rename(root, "CoolWidget", "NiceWidget")
    before = picture(root)
    made = rename(root, "CoolWidget", "NiceWidget")
    assert made.steps == []
    assert made.notes == [".geo-scaffold/nice_widget.json is of NiceWidget as nice_widget already"]
    assert picture(root) == before
    new(root, model="NiceWidget", now=OTHER_TIME)
    assert picture(root) == before


def test_what_people_renamed_by_hand_is_recorded(root: Path) -> None:
    """As with `git mv` and `sed` over all but the receipt; `undo` takes out what is there."""
    (root / "app/models/nice_widget.rb").unlink()
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_file() and not {".git", ".geo-scaffold", "structure.sql"} & set(path.relative_to(root).parts):
            content = path.read_bytes()
            swapped = content
            for old in (
                b"CoolWidget",
                b"cool_widget",
                b"coolWidget",
                b"Cool Widget",
                b"cool widget",
                b"COOL_WIDGET",
                b"Cool widget",
            ):
                fresh = old.replace(b"Cool", b"Nice").replace(b"cool", b"nice").replace(b"COOL", b"NICE")
                swapped = swapped.replace(old, fresh)
            path.write_bytes(swapped)
            path.rename(path.with_name(path.name.replace("cool_widget", "nice_widget")))
    rename(root, "CoolWidget", "NiceWidget")
    left = undo(root, "NiceWidget")
    kept = {removal.operation.id for removal in left.removals if removal.fate is Fate.KEPT}
    assert kept <= {"graphql-reference"}  # whose alphabet is another one by now
    there = [path for path in picture(root) if "_widget" in path]
    assert [path for path in there if not path.startswith(".")] == ["app/models/nice_widget.rb"]


def test_only_what_was_generated_gets_the_name(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root, selection=Selection(only=frozenset({"finder", "replicator-classes"})))
    made = rename(root, "cool_widget", "NiceWidget")
    assert {step.operation.id for step in made.steps if step.applied} == {"finder", "replicator-classes"}
    assert (root / "ee/app/finders/geo/nice_widget_registry_finder.rb").is_file()
    assert not (root / "ee/app/models/geo/nice_widget_registry.rb").exists()


def test_answers_that_spell_the_name_stay_and_are_reported(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root, title="Kool Widget", table="kool_widgets")
    made = rename(root, "CoolWidget", "NiceWidget")
    assert (made.names["title"], made.names["table"]) == ("Kool Widget", "kool_widgets")
    assert any(note.startswith("--title and --table: as answered before") for note in made.notes)


def test_another_type_of_the_name_is_in_the_way(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root, now=OTHER_TIME)
    new(root, model="NiceWidget", kind="blob", now=OTHER_TIME)
    before = picture(root)
    for old, to in (("CoolWidget", "NiceWidget"), ("CoolWidget", "nice_widget"), ("cool_widget", "NiceWidget")):
        with pytest.raises(ContradictionError, match="nice_widget belongs to NiceWidget here"):
            plan_rename(old, to, root, now=OTHER_TIME)
    (root / ".geo-scaffold/nice_widget.json").unlink()  # made by other means
    with pytest.raises(RefusedError):
        plan_rename("CoolWidget", "nice_widget", root, now=OTHER_TIME)
    (root / ".geo-scaffold/nice_widget.json").write_bytes(before[".geo-scaffold/nice_widget.json"] or b"")
    assert picture(root) == before


@pytest.mark.parametrize("old", ["CoolWidgte", "cool_widgets", "coolwidget"])
def test_an_unknown_name_is_reported_with_what_is_meant(tmp_path: Path, old: str) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root)
    with pytest.raises(UsageError, match="there is no receipt of") as caught:
        plan_rename(old, "NiceWidget", root, now=OTHER_TIME)
    assert str(caught.value.remedy).startswith("Perhaps cool_widget is meant; else")


def test_a_folder_of_its_own_is_made_again_instead(tmp_path: Path) -> None:
    new(tmp_path)
    with pytest.raises(UsageError, match="there is no GitLab checkout") as caught:
        plan_rename("CoolWidget", "NiceWidget", tmp_path, now=OTHER_TIME)
    assert "geo-scaffold new NiceWidget" in str(caught.value.remedy)


@pytest.mark.parametrize("merged", ["all", "entry"])
def test_what_is_merged_keeps_its_name(tmp_path: Path, merged: str) -> None:
    root = make_checkout(tmp_path / "gitlab")
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    only = {"replicator-classes"} if merged == "entry" else set[str]()
    new(root, selection=Selection(only=frozenset(only)))
    commit_all(root)
    git(root, "checkout", "-q", "-b", "work")
    before = picture(root)
    with pytest.raises(RefusedError, match="CoolWidget is merged"):
        plan_rename("CoolWidget", "NiceWidget", root, now=OTHER_TIME)
    assert picture(root) == before


def test_a_released_type_that_is_not_merged_is_renamed_whole(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(root, kind="blob", owner="project", milestone="18.9", timestamp=NOW, now=OTHER_TIME)
    write(plan_release(Answers("CoolWidget"), root, now=OTHER_TIME, selection=EVERYTHING), durable=False)
    before = picture(root)
    rename(root, "CoolWidget", "NiceWidget")
    named = [path for path, content in picture(root).items() if b"CoolWidgetReg" in (content or b"")]
    assert named == []
    rename(root, "NiceWidget", "CoolWidget")
    assert picture(root) == before


@pytest.mark.parametrize("is_edited", [False, True])
def test_a_class_that_keeps_its_old_name_for_now_is_left_without_entries(tmp_path: Path, is_edited: bool) -> None:
    """Its file was there before the type, but what the run put into it is not merged; any answer can still change."""
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    git(root, "checkout", "-q", "-b", "type")
    path = root / "app/models/cool_widget.rb"
    before = path.read_text()
    new(root, kind="blob", owner="project", now=OTHER_TIME, timestamp=NOW)
    if is_edited:
        path.write_text(path.read_text().replace("STORE_COLUMN = :file_store", "STORE_COLUMN = :other_store"))
        before = before.replace(
            "  include Sortable\n", "  include ObjectStorable\n  include Sortable\n\n  STORE_COLUMN = :other_store\n"
        )
    rename(root, "CoolWidget", "NiceWidget")
    assert path.read_text() == before
    git(root, "mv", "app/models/cool_widget.rb", "app/models/nice_widget.rb")
    renamed = root / "app/models/nice_widget.rb"
    renamed.write_text(renamed.read_text().replace("Cool", "Nice"))
    new(root, model="NiceWidget", now=OTHER_TIME, title="Kind Thing", timestamp="20230203040506")
    assert "NiceWidget.prepend_mod" in renamed.read_text()
    assert renamed.read_text().count("STORE_COLUMN") == 1
    undo(root, "NiceWidget")
