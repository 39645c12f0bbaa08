"""What holds of every edition: all that its manifest asks for is planned, written, and given back byte for byte."""

from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUTS
from editions import asked_of
from geo_scaffold.edition import Op, available_editions, load_manifest
from geo_scaffold.kinds import of_models
from geo_scaffold.operations import Status
from geo_scaffold.phases import NEW_PHASES, Phase
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan

from .conftest import NOW, OTHER_TIME, make_checkout, new, picture, undo

EVERY_PHASE = Selection(phases=tuple(Phase))
MERGE_REQUEST = "https://gitlab.com/g/p/-/merge_requests/1"
every_edition = pytest.mark.parametrize(
    "edition", [edition for edition in available_editions() if edition in CHECKOUTS]
)
every_kind = pytest.mark.parametrize("kind", of_models())


def checkout_of(edition: str, folder: Path) -> Path:
    return make_checkout(folder / "gitlab", CHECKOUTS[edition])


def statuses(made: Plan) -> set[Status]:
    """Return the steps' statuses, except for files missing in the small checkout, which `test_checkouts.py` lists."""
    return {
        step.outcome.status
        for step in made.steps
        if step.outcome.status is not Status.OPEN or (made.target.root / step.operation.path).exists()
    }


@every_edition
@every_kind
def test_every_file_and_every_entry_and_back(tmp_path: Path, edition: str, kind: str) -> None:
    checkout = checkout_of(edition, tmp_path)
    before = picture(checkout)
    made = new(checkout, kind=kind, owner="project")
    assert made.edition == edition
    asked = asked_of(made)
    assert [(step.operation.id, step.operation.path) for step in made.steps] == asked
    assert statuses(made) == {Status.PLANNED}
    after = picture(checkout)
    same = {path for path, content in before.items() if content is not None and after[path] == content}
    assert same == {path for path, content in before.items() if content is not None} - {path for _, path in asked}
    again = new(checkout / "app", now=OTHER_TIME)
    assert statuses(again) == {Status.UNCHANGED}
    assert picture(checkout) == after
    undo(checkout)
    assert picture(checkout) == before


@every_edition
@every_kind
def test_the_release_is_planned_and_given_back_as_well(tmp_path: Path, edition: str, kind: str) -> None:
    checkout = checkout_of(edition, tmp_path)
    before = picture(checkout)
    new(checkout, kind=kind, owner="group", milestone="18.9", merge_request=MERGE_REQUEST)
    implemented = picture(checkout)
    released = new(checkout, selection=Selection(phases=(Phase.RELEASE,)), milestone="18.9")
    assert statuses(released) == {Status.PLANNED}
    asked = asked_of(released, Phase.RELEASE)
    assert [(step.operation.id, step.operation.path) for step in released.steps] == asked
    flags = [path for id_, path in asked if "/feature_flags/" in path]
    assert flags
    assert all((checkout / path).read_text().endswith("\ndefault_enabled: true\n") for path in flags)
    fields = (checkout / "ee/app/graphql/types/geo/geo_node_type.rb").read_text()
    assert "experiment:" not in fields
    assert "alpha:" not in fields
    assert implemented != picture(checkout)
    undo(checkout)
    assert picture(checkout) == before


@every_edition
@every_kind
def test_the_entries(tmp_path: Path, edition: str, kind: str, snapshot: Any) -> None:
    checkout = checkout_of(edition, tmp_path)
    before = picture(checkout)
    made = new(
        checkout, kind=kind, factory="shiny_widget", milestone="18.9", answered_for=NEW_PHASES, selection=EVERY_PHASE
    )
    after = picture(checkout)
    changed = {path: content for path, content in after.items() if content and before.get(path, content) != content}
    assert changed.keys() == {path for _, path in asked_of(made, *Phase) if before.get(path) is not None}
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / f"entries-{edition}-{kind}"
    for path, content in changed.items():
        snapshot.assert_match(content, path.replace("/", "__"))


@every_edition
@every_kind
@pytest.mark.parametrize("milestone", ["18.9", None])
def test_all_phases_in_one_plan_are_given_back(tmp_path: Path, edition: str, kind: str, milestone: str | None) -> None:
    checkout = checkout_of(edition, tmp_path)
    before = picture(checkout)
    assert statuses(new(checkout, kind=kind, milestone=milestone, selection=EVERY_PHASE)) == {Status.PLANNED}
    undo(checkout)
    assert picture(checkout) == before


@pytest.mark.parametrize("edition", available_editions())
@every_kind
def test_on_its_own(tmp_path: Path, edition: str, kind: str) -> None:
    made = new(tmp_path, kind=kind, gitlab=f"{edition}.0")
    assert made.edition == edition
    files = [path for path, content in picture(tmp_path / "cool_widget").items() if content is not None]
    whole = {path for id_, path in asked_of(made) if "/schema_migrations/" in path or id_ in created_in(edition)}
    assert {path for path in files if path.startswith("gitlab/")} == whole
    assert f"gitlab/ee/db/geo/schema_migrations/{NOW}" in files
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED, Status.OPEN}
    checklist = (tmp_path / "cool_widget/CHECKLIST.md").read_text()
    boxes = [line for line in checklist.splitlines() if line.lstrip().startswith(("- [ ] ", "- [x] "))]
    assert len(boxes) == sum(
        len(artifact.boxes)
        for artifact in load_manifest(edition)
        if artifact.asked_of(kind) and not artifact.usually_not
    )
    assert "TODO" not in checklist
    undo(tmp_path)
    assert picture(tmp_path) == {}


def created_in(edition: str) -> set[str]:
    return {artifact.id for artifact in load_manifest(edition) if artifact.op is Op.CREATE}
