"""Any answer can change until it is merged: what nobody edited is rewritten, edits are kept, files move."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import OPTIONS, Answers, canonical
from geo_scaffold.errors import ConflictError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.new import Selection
from sizes import some
from verbs.conftest import NOW, OTHER_TIME, git, make_checkout, new, picture, plan, undo

LATER = "20230203040506"
SCHEMA = Selection(phases=(Phase.SCHEMA,))
IMPLEMENTATION = Selection(phases=(Phase.IMPLEMENTATION,))
RECEIPT = ".geo-scaffold/cool_widget.json"
URL = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests"
STATES = "db/docs/cool_widget_states.yml"
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"
FOO = {"registry_class": "Geo::FooRegistry", "registry_file": "ee/app/models/geo/foo_registry.rb"}


def without_receipt(folder: Path) -> dict[str, bytes | None]:
    return {path: content for path, content in picture(folder).items() if path != RECEIPT}


@pytest.mark.parametrize(
    "given",
    some(
        [
            {"milestone": "16.4"},
            {"merge_request": "!7"},
            {"feature_issue": "#8", "rollout_issue": f"{URL.replace('merge_requests', 'issues')}/9#note_1"},
            {"title": "Kool Widget", "title_plural": "Kool Widgetz"},
            {"group": "group::gitaly"},
            {"owner": "group"},
            {"timestamp": LATER},
            {"factory": "kool_widget"},
            {"plural": "cool_widgetz"},
            {"spellings": FOO},
            {"spellings": {"state_table": "foo_states"}},
            {"table": "kool_widgets"},
        ],
        6,
    ),
    ids="-".join,
)
def test_a_changed_answer_leaves_what_it_would_have_been_at_once(checkout: Path, given: dict[str, Any]) -> None:
    """Also after edits are undone: receipt and tree are those of one run with the answer of now."""
    before = picture(checkout)
    new(checkout, **{"owner": "project", "timestamp": NOW, **given}, now=OTHER_TIME)
    at_once = without_receipt(checkout)
    undo(checkout)
    assert picture(checkout) == before
    new(checkout, owner="project", now=OTHER_TIME, timestamp=NOW)
    made = new(checkout, now=OTHER_TIME, **given)
    assert {step.outcome.status for step in made.steps} <= {Status.PLANNED, Status.UNCHANGED, Status.OPEN}
    assert without_receipt(checkout) == at_once
    assert plan(checkout, now=OTHER_TIME).tree.changes() == ()
    undo(checkout)
    assert picture(checkout) == before


def test_edits_follow_a_file_that_moves(checkout: Path) -> None:
    new(checkout, now=OTHER_TIME, timestamp=NOW)
    old = checkout / f"db/migrate/{NOW}_create_cool_widget_states.rb"
    old.write_text(old.read_text() + "# mine\n")
    old.chmod(0o750)
    made = new(checkout, now=OTHER_TIME, timestamp=LATER, milestone="16.4")
    (said,) = (step.outcome.message for step in made.steps if step.operation.id == "states-migration")
    assert said == f"moved from db/migrate/{NOW}_create_cool_widget_states.rb"
    moved = checkout / f"db/migrate/{LATER}_create_cool_widget_states.rb"
    assert not old.exists()
    assert moved.read_text().endswith("# mine\n")
    assert moved.stat().st_mode & 0o777 == 0o750
    assert (checkout / f"db/schema_migrations/{LATER}").read_text() == hashlib.sha256(LATER.encode()).hexdigest()
    assert not (checkout / f"db/schema_migrations/{NOW}").exists()


def test_edits_stay_whatever_is_answered_after_them(checkout: Path) -> None:
    """In a file that moves too; and `undo` takes nobody's edits away."""
    new(checkout, now=OTHER_TIME, timestamp=NOW, milestone="16.3")
    for path in (STATES, f"db/migrate/{NOW}_create_cool_widget_states.rb"):
        (checkout / path).write_text((checkout / path).read_text() + "# mine\n")
    for given in ({"milestone": "16.4"}, {"milestone": "16.5"}, {"timestamp": LATER}, {"timestamp": NOW}):
        new(checkout, now=OTHER_TIME, **given)
    assert "milestone: '16.5'" in (checkout / STATES).read_text()
    undo(checkout)
    for path in (STATES, f"db/migrate/{NOW}_create_cool_widget_states.rb"):
        assert (checkout / path).read_text().endswith("# mine\n")


def test_a_real_conflict_is_named_with_both_sides(checkout: Path) -> None:
    new(checkout, milestone="16.3")
    states = checkout / STATES
    states.write_text(states.read_text().replace("16.3", "15.11"))
    before = picture(checkout)
    made = plan(checkout, milestone="16.4")
    (conflict,) = made.with_status(Status.CONFLICT)
    assert conflict.operation.path == STATES
    said = "`milestone: '16.3'` is to be `milestone: '16.4'`, and a person wrote `milestone: '15.11'` there"
    assert said in conflict.outcome.message
    assert picture(checkout) == before


def test_only_the_lines_that_a_person_wrote_can_clash(checkout: Path) -> None:
    """Both URLs are on adjacent lines, and one of them was filled in by hand."""
    new(checkout, milestone="16.3")
    flag = checkout / "ee/config/feature_flags/development/geo_cool_widget_replication.yml"
    by_hand = flag.read_text().replace("merge_requests/XXXXX", "merge_requests/7")
    flag.write_text(by_hand)
    issue = f"{URL.replace('merge_requests', 'issues')}/8"
    (conflict,) = plan(checkout, rollout_issue=issue, merge_request="!9").with_status(Status.CONFLICT)
    assert conflict.outcome.message.endswith(
        f": `introduced_by_url: {URL}/XXXXX` is to be `introduced_by_url: {URL}/9`,"
        f" and a person wrote `introduced_by_url: {URL}/7` there"
    )
    new(checkout, rollout_issue=issue, merge_request="!7", milestone="16.4")
    now = by_hand.replace("rollout_issue_url:", f"rollout_issue_url: {issue}").replace("16.3", "16.4")
    assert flag.read_text() == now


def test_a_person_who_made_the_change_already_is_in_nobodys_way(checkout: Path) -> None:
    new(checkout, milestone="16.3")
    states = checkout / STATES
    states.write_text(states.read_text().replace("16.3", "16.4") + "# mine\n")
    made = new(checkout, milestone="16.4")
    assert made.with_status(Status.CONFLICT) == []
    assert states.read_text().count("16.4") == 1


def test_each_phase_has_a_merge_request_and_a_milestone_of_its_own(checkout: Path) -> None:
    new(checkout, selection=SCHEMA, milestone="16.3", merge_request="!1")
    schema = picture(checkout)
    new(checkout, selection=IMPLEMENTATION, milestone="16.4", merge_request="!2")
    after = picture(checkout)
    assert {path for path in schema if schema[path] != after[path]} >= {RECEIPT}
    assert (checkout / STATES).read_bytes() == schema[STATES]
    assert f"introduced_by_url: {URL}/1\n" in (checkout / STATES).read_text()
    (flag,) = (checkout / "ee/config/feature_flags").rglob("geo_cool_widget_replication.yml")
    assert f"introduced_by_url: {URL}/2\n" in flag.read_text()
    assert "milestone: '16.4'" in flag.read_text()
    receipt = Receipt.load((checkout / RECEIPT).read_bytes(), RECEIPT)
    assert receipt.answers.of_phase("schema")["milestone"] == "16.3"
    assert plan(checkout).tree.changes() == ()


def test_a_receipt_of_schema_1_is_one_of_all_phases(checkout: Path) -> None:
    import json

    new(checkout, milestone="16.3", merge_request="!1")
    path = checkout / RECEIPT
    document = json.loads(path.read_text())
    del document["answers"]["phases"]
    document["answers"] |= {"milestone": "16.3", "merge_request": f"{URL}/1"}
    path.write_text(json.dumps({**document, "schema": 1}))
    before = without_receipt(checkout)
    made = new(checkout)
    assert without_receipt(checkout) == before
    assert made.answers.of_phase("schema") == made.answers.of_phase("implementation")
    undo(checkout)
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("123", f"{URL}/123"),
        ("!123", f"{URL}/123"),
        ("gitlab-org/gitlab!123", f"{URL}/123"),
        (f"{URL}/123", f"{URL}/123"),
        (f"{URL}/123/diffs", f"{URL}/123"),
        (f"{URL}/123/diffs?commit_id=abc#note_1", f"{URL}/123"),
        (f"{URL}/123#note_1", f"{URL}/123"),
        (f"{URL}/123/", f"{URL}/123"),
        ("http://gitlab.com/gitlab-org/gitlab/merge_requests/123", f"{URL}/123"),
        ("https://gitlab.com/g/p/-/merge_requests/1", "https://gitlab.com/g/p/-/merge_requests/1"),
        (
            "https://example.org/gitlab-org/gitlab/-/merge_requests/1",
            "https://example.org/gitlab-org/gitlab/-/merge_requests/1",
        ),
    ],
)
def test_a_merge_request_is_written_by_its_url(given: str, meant: str) -> None:
    answers = Answers("CoolWidget").in_phases(["schema"], merge_request=given)
    assert answers.of_phase("schema") == {"merge_request": meant}


@pytest.mark.parametrize("tail", ["merge_requests", "merge_requests/", "merge_requests/12x", "issue/3", "work_items/0"])
def test_an_address_without_a_number_is_refused(tail: str) -> None:
    with pytest.raises(UsageError, match="is not a merge request"):
        Answers("CoolWidget").in_phases(["schema"], merge_request=f"https://gitlab.com/gitlab-org/gitlab/-/{tail}")


@pytest.mark.parametrize("key", ["merge_request", "feature_issue", "rollout_issue", "sharding_key_issue"])
def test_the_option_that_was_given_is_the_one_that_is_named(key: str) -> None:
    with pytest.raises(UsageError, match=f"^{OPTIONS[key]} .* is not an? ") as raised:
        canonical(key, "https://gitlab.com/gitlab-org/gitlab/-/issue/3")
    assert OPTIONS[key] in str(raised.value.remedy)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = make_checkout(tmp_path / "repository")
    git(root, "checkout", "-q", "-b", "master")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "GitLab")
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Work")


def test_what_is_merged_stays_as_it_is(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "schema")
    new(repository, selection=SCHEMA, now=OTHER_TIME, timestamp=NOW, milestone="16.3")
    commit(repository)
    git(repository, "checkout", "-q", "master")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge", "schema")
    git(repository, "checkout", "-q", "-b", "implementation")
    merged = without_receipt(repository)
    new(repository, selection=IMPLEMENTATION, now=OTHER_TIME, milestone="16.4")
    made = new(repository, now=OTHER_TIME, timestamp=LATER, milestone="16.5", title="Kool Widget")
    after = picture(repository)
    kept = {step.operation.id for step in made.steps if step.is_merged}
    assert kept >= {"registry-migration", "states-migration", "states-dictionary"}
    migrations = [path for path in merged if "migrat" in path or "/docs/" in path]
    assert migrations
    assert {path: after[path] for path in migrations} == {path: merged[path] for path in migrations}
    assert not [path for path in after if LATER in path]
    (flag,) = (repository / "ee/config/feature_flags").rglob("geo_cool_widget_replication.yml")
    assert "milestone: '16.5'" in flag.read_text()


def test_answers_that_change_nothing_as_all_is_merged_are_not_recorded(repository: Path) -> None:
    new(repository, now=OTHER_TIME, timestamp=NOW, milestone="16.3")
    commit(repository)
    git(repository, "checkout", "-q", "-b", "work")
    before = picture(repository)
    for given in ({"milestone": "16.4"}, {"timestamp": LATER}, {"title": "Kool Widget"}):
        for _ in range(2):
            new(repository, now=OTHER_TIME, **given)
            assert picture(repository) == before, given


def test_entries_that_are_merged_are_not_put_in_beside_by_later_answers(repository: Path) -> None:
    new(repository, now=OTHER_TIME, timestamp=NOW, milestone="16.3", selection=Selection(skip=frozenset({"finder"})))
    commit(repository)
    git(repository, "checkout", "-q", "-b", "finder")
    page = repository / "doc/administration/monitoring/prometheus/gitlab_metrics.md"
    before = page.read_text()
    for _ in range(2):
        made = new(repository, now=OTHER_TIME, milestone="16.4")
        assert page.read_text() == before
    assert not made.tree.changes()
    lost = "\n".join(line for line in before.splitlines() if "geo_cool_widgets_synced" not in line) + "\n"
    assert lost != before
    page.write_text(lost)  # and of the answers that put them in, they are put back
    git(repository, "checkout", "-q", "--", ".geo-scaffold")
    new(repository, now=OTHER_TIME)
    assert sorted(page.read_text().split()) == sorted(before.split())


@pytest.mark.parametrize(
    ("skipped", "answers"),
    [
        ("metrics-docs", {"title": "Kool Thing"}),  # an entry, which no later run would find
        ("graphql-type", {"title": "Kool Thing"}),
        (
            "finder",
            {"spellings": {"finder_class": "Geo::NiceFinder", "finder_file": "ee/app/finders/geo/nice_finder.rb"}},
        ),
    ],
)
def test_what_another_answer_changes_cannot_be_skipped(checkout: Path, skipped: str, answers: dict[str, Any]) -> None:
    """The receipt has one set of answers, and the rest can be skipped."""
    new(checkout)
    before = picture(checkout)
    with pytest.raises(UsageError, match=f"--skip {skipped} would leave it as the earlier answers have it"):
        new(checkout, **answers, selection=Selection(skip=frozenset({skipped})))
    assert picture(checkout) == before
    assert new(checkout, **answers, selection=Selection(skip=frozenset({"resolver"}))).tree.changes()


def test_what_is_committed_on_a_branch_is_not_merged(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "work")
    new(repository, now=OTHER_TIME, timestamp=NOW, milestone="16.3")
    commit(repository)
    made = new(repository, now=OTHER_TIME, timestamp=LATER, milestone="16.4")
    assert not [step for step in made.steps if step.is_merged]
    assert (repository / f"db/migrate/{LATER}_create_cool_widget_states.rb").is_file()


def test_without_git_the_milestone_says_what_is_merged(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "plain", git=False)
    new(root, milestone="16.3")
    assert not [step for step in plan(root, milestone="16.4").steps if step.is_merged]
    (root / "VERSION").write_text("16.9.0\n")
    made = plan(root, milestone="16.9")
    assert {step.operation.id for step in made.steps if step.is_merged} >= {"states-dictionary"}
    assert made.tree.changes() == () or all("geo-scaffold" in change.path for change in made.tree.changes())


def test_a_merged_migration_that_is_gone_is_not_made_again(repository: Path) -> None:
    new(repository, now=OTHER_TIME, timestamp=NOW, milestone="16.3")
    commit(repository)
    git(repository, "checkout", "-q", "-b", "later")
    (repository / f"db/migrate/{NOW}_create_cool_widget_states.rb").unlink()
    (repository / FINDER).unlink()
    made = new(repository, now=OTHER_TIME)
    assert not (repository / f"db/migrate/{NOW}_create_cool_widget_states.rb").exists()
    assert (repository / FINDER).is_file()
    assert [step.operation.id for step in made.steps if step.is_merged] == ["states-migration"]


@pytest.mark.parametrize(
    "taken",
    [
        f"db/migrate/{NOW}_other.rb",
        f"db/post_migrate/{NOW}_other.rb",
        f"ee/db/geo/post_migrate/{NOW}_other.rb",
        f"db/schema_migrations/{NOW}",
    ],
)
def test_a_version_that_is_taken_is_not_used(checkout: Path, taken: str) -> None:
    (checkout / taken).parent.mkdir(parents=True, exist_ok=True)
    (checkout / taken).write_text("")
    before = picture(checkout)
    with pytest.raises(ConflictError, match=f"version {NOW} of --timestamp {NOW} is taken") as caught:
        plan(checkout, now=OTHER_TIME, timestamp=NOW)
    assert caught.value.path == taken
    assert picture(checkout) == before
    made = new(checkout, now=NOW)
    assert made.answers.timestamp == "20221231235959"


def test_two_types_of_one_second_have_versions_of_their_own(checkout: Path) -> None:
    times = {new(checkout, model=f"{name}Thing", kind="blob").answers.timestamp for name in ("Alpha", "Beta", "Gamma")}
    assert len(times) == 3
    assert max(map(str, times)) == NOW


def test_a_version_of_the_future_is_refused(checkout: Path) -> None:
    with pytest.raises(UsageError, match="is later than now"):
        plan(checkout, now=NOW, timestamp="20230101000001")


def test_a_migration_that_a_person_gave_another_version_is_followed(checkout: Path) -> None:
    new(checkout, now=OTHER_TIME, timestamp=NOW)
    old = checkout / f"db/migrate/{NOW}_create_cool_widget_states.rb"
    old.rename(checkout / f"db/migrate/{LATER}_create_cool_widget_states.rb")
    new(checkout, now=OTHER_TIME)
    assert not old.exists()
    assert not (checkout / f"db/schema_migrations/{NOW}").exists()
    assert (checkout / f"db/schema_migrations/{LATER}").read_text() == hashlib.sha256(LATER.encode()).hexdigest()
    assert (checkout / f"ee/db/geo/schema_migrations/{NOW}").is_file()
    assert plan(checkout, now=OTHER_TIME).tree.changes() == ()
    undo(checkout)
    assert [path for path in picture(checkout) if LATER in path or NOW in path] == []


@pytest.mark.parametrize("edition", sorted(CHECKOUTS))
def test_line_ends_of_a_checkout_are_no_edits(tmp_path: Path, edition: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition], git=False)
    made = new(root, milestone="90.3", owner="project", kind="blob")
    files = [step.operation.path for step in made.steps if not step.is_entry]
    for path in (*files, made.receipt):
        content = (root / path).read_bytes()
        (root / path).write_bytes(content.replace(b"\n", b"\r\n"))
    assert plan(root).tree.changes() == ()
    new(root, milestone="90.4")
    states = (root / STATES).read_bytes()
    assert b"milestone: '90.4'\r\n" in states
    receipt = (root / made.receipt).read_bytes()
    assert [text.count(b"\n") for text in (states, receipt)] == [text.count(b"\r\n") for text in (states, receipt)]
    assert undo(root).with_fate("kept") == []  # type: ignore[arg-type]


def test_a_checklist_follows_a_migration_that_has_another_version(checkout: Path) -> None:
    new(checkout, now=OTHER_TIME, timestamp=NOW, milestone="16.3", merge_request="!1")
    old = checkout / f"db/migrate/{NOW}_create_cool_widget_states.rb"
    old.rename(checkout / f"db/migrate/{LATER}_create_cool_widget_states.rb")
    stale = {item.id: item for item in check(Request(models=("CoolWidget",)), checkout).types[0].items}
    assert stale["states-migration"].state is State.DONE
    assert stale["states-structure"].state is State.MISSING  # its file of schema_migrations still has the old version
    new(checkout, now=OTHER_TIME)
    mended = {item.id: item for item in check(Request(models=("CoolWidget",)), checkout).types[0].items}
    assert {mended[id_].state for id_ in ("states-migration", "states-structure")} == {State.DONE}
