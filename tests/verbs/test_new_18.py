"""`new` in a checkout of edition 18: lists that an entry leaves, models that have code for EE."""

from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan
from geo_scaffold.verbs.undo import Fate

from .conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

EVERY_PHASE = Selection(phases=(Phase.SCHEMA, Phase.IMPLEMENTATION, Phase.RELEASE))
GUARD = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", CHECKOUT_18)


def statuses(made: Plan) -> set[Status]:
    return {step.outcome.status for step in made.steps}


def test_what_leaves_a_list_comes_back_among_later_edits(checkout: Path) -> None:
    guard = checkout / GUARD
    theirs = guard.read_text()
    new(checkout, kind="blob")
    assert "CoolWidgetUploader" not in guard.read_text()
    new(checkout, kind="blob", milestone="18.9")
    guard.write_text(guard.read_text().replace("Burns everything", "Burns much"))
    undo(checkout)
    assert guard.read_text() == theirs.replace("Burns everything", "Burns much")


def test_what_left_a_list_is_kept_where_its_place_is_gone(checkout: Path) -> None:
    guard = checkout / GUARD
    new(checkout, kind="blob")
    guard.write_text(guard.read_text().replace("TankUploader", "BarrelUploader"))
    kept = undo(checkout).with_fate(Fate.KEPT)
    assert [(removal.operation.id, "TankUploader" in removal.reason) for removal in kept] == [("uploader-guard", True)]


def test_what_is_not_in_the_list_need_not_leave_it(checkout: Path) -> None:
    before = picture(checkout)
    made = new(checkout, kind="blob", model="Packages::Cargo::Crate")
    (guard,) = [step for step in made.steps if step.operation.id == "uploader-guard"]
    assert guard.outcome.status is Status.UNCHANGED
    undo(checkout, "Packages::Cargo::Crate")
    assert picture(checkout) == before


@pytest.mark.parametrize(
    ("uploader", "name", "entry"),
    [
        ("CoolWidgetUploader", "cool_widget", None),
        ("CoolWidgetUploader", "widget", "'cool_widget' => 'widget'"),
        ("Cool::FileUploader", "cool_widget", "'cool_file' => 'cool_widget'"),
        ("Furnaces::V2x4Uploader", "cool_widget", "'furnaces_v2x4' => 'cool_widget'"),
        # Shared with a type that is there: its files are those of that type to the guard.
        ("OldThingUploader", "cool_widget", None),
        ("OuterTankUploader", "cool_widget", "blocked"),
    ],
)
def test_the_guard_learns_whose_files_an_uploader_has(
    checkout: Path, uploader: str, name: str, entry: str | None
) -> None:
    replicator = checkout / "ee/app/replicators/geo/old_thing_replicator.rb"
    replicator.parent.mkdir(parents=True, exist_ok=True)
    replicator.write_text(
        "module Geo\n  class OldThingReplicator < Gitlab::Geo::Replicator\n    def self.model\n      ::OldThing\n"
        "    end\n  end\nend\n"
    )
    before, only = picture(checkout), Selection(only=frozenset({"uploader-data-type"}))
    spellings = {"uploader_class": uploader}
    if entry == "blocked":  # `tank` is not a type: only its author knows its purpose
        made = plan(checkout, kind="blob", name=name, spellings=spellings, selection=only)
        (step,) = [plan_step for plan_step in made.steps if plan_step.operation.id == "uploader-data-type"]
        assert step.outcome.status is Status.BLOCKED
        assert "'outer_tank'` has another value" in step.outcome.message
        return
    made = new(checkout, kind="blob", name=name, spellings=spellings)
    guard = (checkout / GUARD).read_text()
    ids = [step.operation.id for step in made.steps]
    assert ids.count("uploader-data-type") == (entry is not None)
    assert (f"      {entry}" in guard) == (entry is not None)
    if entry:
        place = guard.index(entry)
        assert (guard.index("'burner'") < place) == (entry > "'burner'")
        assert (guard.index("'outer_tank'") < place) == (entry > "'outer_tank'")
    again = new(checkout, kind="blob", name=name, spellings=spellings, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    undo(checkout, made.answers.model)
    assert picture(checkout) == before


def test_a_guard_without_other_names_is_given_none(checkout: Path) -> None:
    guard = checkout / GUARD
    guard.write_text(guard.read_text().partition("  def data_type_for")[0].rstrip() + "\nend\n")
    made = new(checkout, kind="blob", name="widget")
    assert "uploader-data-type" not in {step.operation.id for step in made.steps}
    assert any(note.startswith("uploader-data-type is not asked for") for note in made.notes)


@pytest.mark.parametrize(
    ("version", "noted"), [("17.0", 0), ("18.9.0-pre", 0), ("18.10", 1), ("18.11.2", 1), ("16.3", 0)]
)
def test_a_newer_gitlab_than_was_checked_is_noted(tmp_path: Path, version: str, noted: int) -> None:
    made = plan(make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, "VERSION": version}))
    assert [note for note in made.notes if "is newer than 18.9, with which edition 18 was checked" in note] == (
        [f"GitLab {version} is newer than 18.9, with which edition 18 was checked"] * noted
    )


MIXIN = """# frozen_string_literal: true

module EE
  module CoolWidget
    extend ActiveSupport::Concern

    prepended do
      include Sortable

      has_many :tanks

      scope :hot, -> { where(hot: true) }
    end

    class_methods do
      extend ::Gitlab::Utils::Override

      def cool
        where(hot: false)
      end

      private

      def secret = 1
    end

    def hot?
      hot
    end

    private

    def hidden = 1
  end
end
"""
BARE = "module EE\n  module CoolWidget\n    def hot? = true\n  end\nend\n"
EE_ONLY = """# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include Sortable

  belongs_to :project

  def self.cool
    where(hot: false)
  end

  def hot?
    hot
  end

  private

  def hidden = 1
end
"""
FORMS = {
    "mixin": ("ee/app/models/ee/cool_widget.rb", MIXIN),
    "mixin without blocks": ("ee/app/models/ee/cool_widget.rb", BARE),
    "class of EE": ("ee/app/models/cool_widget.rb", EE_ONLY),
}


def with_code_of_ee(folder: Path, form: str) -> tuple[Path, str]:
    """Return a checkout whose model has code for EE already, and the path of that."""
    path, text = FORMS[form]
    files = {**CHECKOUT_18, path: text}
    if form == "class of EE":
        del files["app/models/cool_widget.rb"]
    return make_checkout(folder / "gitlab", files), path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_a_model_that_has_code_for_ee_gets_the_statements(tmp_path: Path, form: str, kind: str, snapshot: Any) -> None:
    root, path = with_code_of_ee(tmp_path, form)
    before = picture(root)
    made = new(root, kind=kind, owner="project")
    assert statuses(made) == {Status.PLANNED}
    [model] = [step for step in made.steps if step.operation.id == "model"]
    assert (model.operation.path, model.operation.kind) == (path, "ensure")
    after = picture(root)
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / "models-18"
    snapshot.assert_match((root / path).read_text(), f"{form.replace(' ', '-')}-{kind}.rb")
    again = new(root, now=OTHER_TIME)
    assert statuses(again) == {Status.UNCHANGED}
    assert picture(root) == after
    # What people add around the statements stays.
    text = (root / path).read_text()
    theirs = "      def warm\n        1\n      end\n"
    if "class_methods do\n" in text:
        (root / path).write_text(text.replace("    class_methods do\n", f"    class_methods do\n{theirs}\n", 1))
        undo(root)
        left = (root / path).read_text()
        assert theirs in left
        assert "CoolWidgetState" not in left
        if form == "mixin":
            assert left == FORMS[form][1].replace("    class_methods do\n", f"    class_methods do\n{theirs}\n", 1)
    else:
        undo(root)
        assert picture(root) == before


@pytest.mark.parametrize("form", FORMS)
def test_a_model_that_has_code_for_ee_is_given_back(tmp_path: Path, form: str) -> None:
    root, _ = with_code_of_ee(tmp_path, form)
    before = picture(root)
    new(root, kind="repository")
    new(root, owner="organization", milestone="18.9")
    undo(root)
    assert picture(root) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("module EE\n  module Other\n  end\nend\n", "expected `CoolWidget` exactly once, found none"),
        (
            MIXIN.replace("prepended do", "included do", 1).replace(
                "    included do", "    def self.prepended(base)\n    end\n\n    included do"
            ),
            "expected `prepended do`, found `def self.prepended`",
        ),
        (
            MIXIN.replace("include Sortable\n", "include Sortable\n      with_replicator Geo::TankReplicator\n"),
            "expected `with_replicator Geo::CoolWidgetReplicator`, found `with_replicator Geo::TankReplicator`",
        ),
    ],
)
def test_a_model_of_another_form_is_blocked_with_the_lines(tmp_path: Path, text: str, message: str) -> None:
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, "ee/app/models/ee/cool_widget.rb": text})
    [model] = [step for step in plan(root).steps if step.operation.id == "model"]
    assert (model.outcome.status, model.outcome.message) == (Status.BLOCKED, message)
    assert "with_replicator Geo::CoolWidgetReplicator" in model.snippet


def test_the_decisions_that_are_left_are_those_of_the_checklist(checkout: Path) -> None:
    """What the files show as done is nobody's to decide any more, as the sharding key of a table that has one."""

    def left() -> set[str]:
        (report,) = check(Request(models=("CoolWidget",)), checkout).types
        items = (item for item in report.items if item.phase is not Phase.RELEASE)
        return {item.id for item in items if item.state in (State.CONFIRM, State.MISSING)}

    made = new(checkout, kind="blob", owner="project")
    assert set(made.decisions) == left()
    assert "sharding-key" in made.decisions
    made = new(checkout, sharding_keys=("project_id",))
    assert set(made.decisions) == left()
    assert "sharding-key" not in made.decisions
