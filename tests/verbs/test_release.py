"""`release`: enables the flag, removes the experiment option, updates the support tables; and `undo` of that."""

from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.answers import PHASED, Answers
from geo_scaffold.errors import RefusedError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan, write
from geo_scaffold.verbs.release import plan_release

from .conftest import NOW, commit_all, git, new, picture, plan, undo

RECEIPT = ".geo-scaffold/cool_widget.json"
FLAG = "ee/config/feature_flags/development/geo_cool_widget_replication.yml"
TYPES = "ee/app/graphql/types/geo/geo_node_type.rb"
PAGE = "doc/administration/geo/replication/datatypes.md"


def release(into: Path, **answers: Any) -> Plan:
    phased = {key: answers.pop(key) for key in PHASED if key in answers}
    given = Answers(model="CoolWidget", **answers).in_phases(["release"], **phased)
    made = plan_release(given, into, now=NOW, selection=Selection())
    write(made, durable=False)
    return made


def plan_notes(into: Path, *, milestone: str) -> list[str]:
    given = Answers(model="CoolWidget").in_phases(["release"], milestone=milestone)
    return plan_release(given, into, now=NOW, selection=Selection()).notes


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("repository", ["| Git      | Cool Widgets        | Geo with Gitaly    | Gitaly Checksum     |"]),
        ("blob", ["_(file system)_", "_(object storage)_"]),
    ],
)
def test_a_generated_type_is_released(checkout: Path, kind: str, rows: list[str]) -> None:
    before = picture(checkout)
    new(checkout, kind=kind)
    generated = picture(checkout)
    assert "alpha: { milestone: '16.3' }" in (checkout / TYPES).read_text()
    made = release(checkout, milestone="16.5", merge_request="https://gitlab.com/g/p/-/merge_requests/7")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    assert (checkout / FLAG).read_text().endswith("default_enabled: true\n")
    text = (checkout / TYPES).read_text()
    assert "alpha" not in text
    assert "field :cool_widget_registries" in text
    page = (checkout / PAGE).read_text()
    assert all(row in page for row in rows)
    assert "| Cool Widgets | [**Yes** (16.5)](https://gitlab.com/g/p/-/merge_requests/7)" in page
    changed = {path for path, content in picture(checkout).items() if generated.get(path) != content}
    assert changed == {FLAG, TYPES, PAGE, ".geo-scaffold/cool_widget.json"}
    released = picture(checkout)
    assert release(checkout).tree.changes() == ()
    assert plan(checkout).tree.changes() == ()
    release(checkout, milestone="16.6")  # the release slips as well
    slipped = picture(checkout)
    assert not any("before the implementation" in note for note in plan_notes(checkout, milestone="16.3"))
    assert any("16.2, before the implementation in 16.3" in note for note in plan_notes(checkout, milestone="16.2"))
    assert {path for path in slipped if slipped[path] != released[path]} == {PAGE, ".geo-scaffold/cool_widget.json"}
    assert (checkout / PAGE).read_text() == page.replace("(16.5)", "(16.6)")
    undo(checkout)
    assert picture(checkout) == before


def test_on_its_own_the_flag_and_the_ticks_change(tmp_path: Path) -> None:
    new(tmp_path)
    made = release(tmp_path)
    assert [step.operation.id for step in made.with_status(Status.PLANNED)] == ["release-flag", "checklist"]
    assert "- [x] `release-flag`" in (tmp_path / "cool_widget/CHECKLIST.md").read_text()
    assert plan(tmp_path).tree.changes() == ()
    undo(tmp_path)
    assert picture(tmp_path) == {}


def test_a_type_without_a_receipt_is_released_in_a_checkout_only(checkout: Path, tmp_path: Path) -> None:
    new(checkout, kind="blob")
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    made = release(checkout, kind="blob")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="there is no receipt of 'CoolWidget'"):
        release(tmp_path / "empty")


def test_a_row_under_another_name_is_changed_and_given_back(checkout: Path) -> None:
    """As `Packages NPM metadata cache`, which GitLab has as not planned: no second row beside it."""
    new(checkout, kind="blob", owner="project")
    page = checkout / PAGE
    lines = page.read_text().splitlines(keepends=True)
    last = max(at for at, line in enumerate(lines) if line.startswith("|"))
    row = [
        "[CoolWidget](../cool.md)",
        "[Not planned](x)",
        *["No"] * (lines[last].count("|") - 4),
        "Not planned because.",
    ]
    lines.insert(last + 1, f"| {' | '.join(row)} |\n")
    page.write_text("".join(lines))
    before = picture(checkout)
    release(checkout, milestone="16.5", merge_request="!7")
    (line,) = (line for line in page.read_text().splitlines() if "../cool.md" in line)
    assert "[**Yes** (16.5)]" in line
    assert "Not planned" not in line
    assert not [line for line in page.read_text().splitlines() if line.startswith("| Cool Widgets | [**Yes**")]
    limits = (before[PAGE] or b"").decode().partition("## Limitations")[2].splitlines()
    assert [each for each in page.read_text().partition("## Limitations")[2].splitlines() if each not in limits] == [
        line
    ]
    undo(checkout)
    assert "".join(lines) == page.read_text()


def test_migrations_are_of_no_concern_to_a_release(checkout: Path) -> None:
    """A type that is there without a receipt has migrations of other versions than a run of today would give."""
    new(checkout, kind="blob", timestamp="20200101000000")
    (checkout / ".geo-scaffold/cool_widget.json").unlink()
    made = release(checkout, kind="blob", milestone="16.5")
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}


def test_rows_that_people_named_are_found_in_both_tables(checkout: Path) -> None:
    """As `Package registry`, which is the type `package_file`: the note of one table names it, both call it so."""
    new(checkout, kind="blob", owner="project")
    page = checkout / PAGE
    limits = "## Limitations on replication/verification"
    head, _, tail = page.read_text().partition(limits)
    lines = tail.splitlines()
    last = max(at for at, line in enumerate(lines) if line.startswith("|"))
    between = ["**Yes**"] * (lines[last].count("|") - 3)
    lines.insert(last + 1, f"| [Gadgets](../g.md) | {' | '.join(between)} | Behind `geo_cool_widget_replication`. |")
    lines.insert(last + 2, f"| [Old gadgets](../g.md#old) | {' | '.join(between)} | |")
    rows = "| Blob | Old gadgets _(file system)_ | A | B |\n| Blob | Gadgets _(object storage)_ | A | B |\n"
    before, _, rest = head.rpartition("\n\n")
    page.write_text(f"{before}\n{rows}\n{rest}{limits}" + "\n".join([*lines, ""]))
    there = page.read_text()
    made = release(checkout, milestone="16.5", merge_request="!7")
    assert page.read_text() == there
    found = {step.operation.id: step.outcome.status for step in made.steps}
    assert (found["release-data-types"], found["release-limitations"]) == (Status.UNCHANGED, Status.UNCHANGED)


def test_no_other_row_is_padded(checkout: Path) -> None:
    """However wide the new rows are."""
    new(checkout, kind="blob", owner="project", title="Widget of a name that is wider than any of its neighbours")
    before = (checkout / PAGE).read_text()
    release(checkout)
    after = (checkout / PAGE).read_text().splitlines()
    assert [line for line in before.splitlines() if line not in after] == []
    undo(checkout)
    assert PAGE not in {path for path, content in picture(checkout).items() if b"wider than any" in (content or b"")}


def test_what_breaks_when_the_flag_is_on_is_reported(checkout: Path) -> None:
    issues = {"feature_issue": "#3", "rollout_issue": "#4", "merge_request": "!5"}
    new(checkout, kind="blob", owner="none", sharding_keys=(), **issues)
    registered = checkout / "ee/lib/gitlab/geo.rb"
    whole = registered.read_text()
    assert [note for note in release_notes(checkout) if "breaking" in note] == []
    registered.write_text("".join(line for line in whole.splitlines(keepends=True) if "CoolWidget" not in line))
    (told,) = (note for note in release_notes(checkout) if "breaking" in note)
    assert told == (
        "warning: something breaking is open: replicator-classes;"
        " `geo-scaffold checklist CoolWidget` says what to do before cool_widget is on for everyone"
    )


def release_notes(checkout: Path) -> list[str]:
    return plan_release(Answers("CoolWidget"), checkout, now=NOW, selection=Selection()).notes


def test_a_kind_that_is_not_generated_is_not_released(checkout: Path) -> None:
    """As `ContainerRepository`, whose replicator does all by itself; no answer makes it another kind."""
    replicator = checkout / "ee/app/replicators/geo/cool_image_replicator.rb"
    replicator.parent.mkdir(parents=True, exist_ok=True)
    replicator.write_text(
        "module Geo\n  class CoolImageReplicator < Gitlab::Geo::Replicator\n    include ::Geo::VerifiableReplicator\n\n"
        "    def self.model\n      ::CoolImage\n    end\n  end\nend\n"
    )
    model = checkout / "app/models/cool_image.rb"
    model.write_text("class CoolImage < ApplicationRecord\n  with_replicator Geo::CoolImageReplicator\nend\n")
    for kind in (None, "blob"):
        with pytest.raises(RefusedError, match="replicated as a container repository, by Geo::CoolImageReplicator"):
            plan_release(Answers("CoolImage", kind=kind), checkout, now=NOW, selection=Selection())


def test_a_release_that_slips_on_a_branch_is_whole(checkout: Path) -> None:
    """What is not merged is done anew, and no part of it taken for merged; what is merged stays."""
    git(checkout, "checkout", "-q", "-b", "master")
    new(checkout, kind="blob", owner="project", milestone="16.3")
    commit_all(checkout)
    git(checkout, "checkout", "-q", "-b", "release")
    release(checkout, milestone="16.5", merge_request="!7")
    commit_all(checkout)
    released = picture(checkout)
    slipped = release(checkout, milestone="16.6", merge_request="!7")
    assert [step for step in slipped.steps if step.is_merged] == []
    assert {path for path, content in picture(checkout).items() if content != released[path]} == {PAGE, RECEIPT}
    assert (checkout / PAGE).read_text() == (released[PAGE] or b"").decode().replace("(16.5)", "(16.6)")
    commit_all(checkout)
    git(checkout, "checkout", "-q", "master")
    git(checkout, "merge", "-q", "release")
    git(checkout, "checkout", "-q", "-b", "later")
    merged = picture(checkout)
    new(checkout, milestone="16.7")
    release(checkout, milestone="16.7")
    assert {path for path, content in picture(checkout).items() if content != merged[path]} <= {RECEIPT}
