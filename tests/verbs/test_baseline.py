"""`checklist --changed`: what was open already where the branch left the other one is not the branch's doing."""

import re
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.checkout.inflections import INITIALIZER
from geo_scaffold.commit.private import CACHE_VARIABLE
from geo_scaffold.errors import ReadError
from geo_scaffold.git import changes_since
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Item, Report, Request, State, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.release import plan_release

from .conftest import NOW, commit_all, git, make_checkout, new, picture, undo

GIVEN: dict[str, Any] = {
    "kind": "blob",
    "owner": "none",
    "milestone": "16.3",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
    "rollout_issue": "https://gitlab.com/g/p/-/issues/1",
}
REPLICATOR = "ee/app/replicators/geo/cool_widget_replicator.rb"
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"
RESOLVER = "ee/app/graphql/resolvers/geo/cool_widget_registries_resolver.rb"
METRICS = "doc/administration/monitoring/prometheus/gitlab_metrics.md"
STATUS = "doc/api/geo_nodes.md"
DATA_TYPES = "doc/administration/geo/replication/datatypes.md"
FLAG = "ee/config/feature_flags/development/geo_cool_widget_replication.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a complete type, nothing committed."""
    made = make_checkout(tmp_path / "gitlab")
    git(made, "checkout", "-q", "-b", "master")
    new(made, **GIVEN)
    return made


def edit(root: Path, path: str, pattern: str, by: str = "", *, count: int = 0) -> None:
    before = (root / path).read_text()
    after = re.sub(pattern, by, before, count=count, flags=re.MULTILINE)
    assert before != after
    (root / path).write_text(after)


def start_branch(root: Path) -> None:
    """Commit all that is there, leave it, and touch the type."""
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    edit(root, REPLICATOR, r"\A", "# a comment\n")


def since(root: Path, phase: Phase | None = None) -> Report:
    return check(Request(changes=lambda folder: changes_since(folder, "master"), phase=phase), root)


def open_items(report: Report, name: str = "cool_widget") -> dict[str, Item]:
    [found] = [type_report for type_report in report.types if type_report.name == name]
    return {item.id: item for item in found.items if item.state in {State.MISSING, State.DIFFERS}}


def new_items(report: Report, name: str = "cool_widget") -> set[str]:
    return {id_ for id_, item in open_items(report, name).items() if not item.before}


def test_an_old_gap_of_a_touched_type_fails_nothing_and_a_new_one_does(root: Path) -> None:
    (root / FINDER).unlink()
    start_branch(root)
    before = picture(root)
    report = since(root)
    assert {id_: (item.state, item.before) for id_, item in open_items(report).items()} == {
        "finder": (State.MISSING, True)
    }
    assert (report.is_open(strict=False), report.notes) == (False, [])
    commit_all(root)
    assert since(root) == report
    assert picture(root) == before
    (root / RESOLVER).unlink()
    report = since(root)
    assert new_items(report) == {"resolver"}
    assert open_items(report)["finder"].before
    assert report.is_open(strict=False)


def test_without_a_branch_nothing_was_before(root: Path) -> None:
    (root / FINDER).unlink()
    start_branch(root)
    report = check(Request(models=("CoolWidget",)), root)
    assert new_items(report) == {"finder"}
    assert report.is_open(strict=False)


def test_a_gap_that_the_other_branch_got_since_is_not_taken_for_an_old_one(root: Path) -> None:
    start_branch(root)
    commit_all(root)
    git(root, "checkout", "-q", "master")
    (root / FINDER).unlink()
    commit_all(root)
    git(root, "checkout", "-q", "branch")
    (root / FINDER).unlink()
    assert new_items(since(root)) == {"finder"}


@pytest.mark.parametrize("made", [True, False])
def test_a_file_that_was_incomplete_and_is_gone_is_worse(root: Path, made: bool) -> None:
    edit(root, RESOLVER, r"BaseResolver", "Other")
    if not made:
        (root / ".geo-scaffold/cool_widget.json").unlink()
    start_branch(root)
    assert new_items(since(root)) == set()
    (root / RESOLVER).unlink()
    assert new_items(since(root)) == {"resolver"}


def test_a_file_that_lacks_more_is_worse_and_one_that_lacks_less_is_not(root: Path) -> None:
    whole = (root / RESOLVER).read_text()
    edit(root, RESOLVER, r"BaseResolver", "Other")
    edit(root, RESOLVER, r"^ *include .*\n")
    start_branch(root)
    partly = (root / RESOLVER).read_text()
    assert new_items(since(root)) == set()
    (root / RESOLVER).write_text(whole.replace("BaseResolver", "Other"))
    assert set(open_items(since(root))) == {"resolver"}
    assert new_items(since(root)) == set()
    (root / RESOLVER).write_text(partly.replace("Other", "Another"))
    assert new_items(since(root)) == {"resolver"}


def test_lines_that_moved_are_the_same_gap(root: Path) -> None:
    edit(root, STATUS, r'^.*"cool_widgets_synced_count".*\n', count=1)
    start_branch(root)
    edit(root, STATUS, r"\A", "A line.\n\nAnother.\n\n")
    report = since(root)
    assert re.search(r"on line \d+", open_items(report)["status-docs"].message)
    assert not report.is_open(strict=False)
    edit(root, STATUS, r'^.*"cool_widgets_synced_count".*\n', count=1)  # in the next example
    assert new_items(since(root)) == {"status-docs"}


def test_a_piece_behind_the_count_of_a_message_is_not_overlooked(root: Path) -> None:
    rows = re.findall(r"^\| `geo_cool_widgets\w*` .*\n", (root / METRICS).read_text(), re.MULTILINE)
    assert len(rows) > 8
    for row in rows[:7]:
        edit(root, METRICS, re.escape(row))
    start_branch(root)
    message = open_items(since(root))["metrics-docs"].message
    assert message.endswith("2 more")
    edit(root, METRICS, re.escape(rows[7]))
    report = since(root)
    assert open_items(report)["metrics-docs"].message == message.replace("2 more", "3 more")
    assert new_items(report) == {"metrics-docs"}


def test_a_second_file_of_an_item_is_not_overlooked(root: Path) -> None:
    edit(root, "ee/db/geo/structure.sql", r"^CREATE UNIQUE INDEX \w+ ON cool_widget_registry .*\n")
    start_branch(root)
    assert set(open_items(since(root))) == {"registry-structure"}
    assert new_items(since(root)) == set()
    (root / f"ee/db/geo/schema_migrations/{NOW}").unlink()
    assert new_items(since(root)) == {"registry-structure"}


def test_a_type_that_is_new_has_no_excuse(root: Path) -> None:
    start_branch(root)
    new(root, model="HotWidget", **GIVEN)
    (root / FINDER.replace("cool", "hot")).unlink()
    report = since(root)
    assert "finder" in new_items(report, "hot_widget") == set(open_items(report, "hot_widget"))
    assert report.is_open(strict=False)


def test_a_type_of_which_only_the_schema_was_there_is_new(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    git(root, "checkout", "-q", "-b", "master")
    new(root, selection=Selection((Phase.SCHEMA,)), **GIVEN)
    dictionary = root / "db/docs/cool_widget_states.yml"
    dictionary.unlink()
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    new(root, **GIVEN)
    dictionary.unlink()
    assert new_items(since(root)) == {"states-dictionary"}


def test_a_type_that_is_registered_only_was_there(root: Path) -> None:
    (root / REPLICATOR).unlink()
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    edit(root, RESOLVER, r"\A", "# a comment\n")
    report = since(root)
    assert {id_: item.before for id_, item in open_items(report).items()} == {"replicator": True}


def test_a_type_under_another_name_is_new(root: Path) -> None:
    (root / FINDER).unlink()
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    undo(root)
    new(root, model="HotWidget", **GIVEN)
    (root / FINDER.replace("cool", "hot")).unlink()
    report = since(root)
    names = [type_report.name for type_report in report.types if type_report.name.endswith("_widget")]
    assert names == ["hot_widget", "cool_widget"]  # the merged schema of the other one stays
    assert "finder" in new_items(report, "hot_widget") == set(open_items(report, "hot_widget"))


@pytest.mark.parametrize("made", [True, False])
def test_the_inflections_are_those_of_that_time(root: Path, made: bool) -> None:
    """What the branch renamed was not missing under that name."""
    if not made:
        (root / ".geo-scaffold/cool_widget.json").unlink()
    start_branch(root)
    edit(root, INITIALIZER, r"do \|inflect\|\n", "do |inflect|\n  inflect.irregular 'widget', 'widgetz'\n")
    report = since(root, Phase.IMPLEMENTATION)
    assert "usage-metrics" in new_items(report) == set(open_items(report))


def object_of(root: Path, path: str) -> Path:
    id_ = git(root, "rev-parse", f"HEAD:{path}")
    return root / ".git/objects" / id_[:2] / id_[2:]


def test_where_the_commit_cannot_be_read_nothing_was_open_before(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    (root / FINDER).unlink()
    start_branch(root)
    there = object_of(root, RESOLVER)
    there.rename(tmp_path / "away")
    report = since(root)
    assert new_items(report) == {"finder"}
    [note] = report.notes
    assert "is not known" in note
    assert RESOLVER in note
    assert report.is_open(strict=False)
    (tmp_path / "away").rename(there)  # as a fetch does
    report = since(root)
    assert (report.is_open(strict=False), report.notes) == (False, [])


@pytest.mark.parametrize("path", ["ee/app/graphql/resolvers/geo", "ee/lib/gitlab/geo.rb"])
def test_where_it_cannot_be_told_what_a_branch_changes_it_is_an_error(root: Path, tmp_path: Path, path: str) -> None:
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    edit(root, "ee/lib/gitlab/geo.rb", r"\A", "# a comment\n")
    there = git(root, "rev-parse", f"master:{path}")
    (root / ".git/objects" / there[:2] / there[2:]).rename(tmp_path / "away")
    with pytest.raises(ReadError, match="git does not have it") as caught:
        since(root)
    assert caught.value.exit_code == 4
    assert f":{path}" in str(caught.value.remedy)


def test_a_file_behind_a_link_is_not_taken_for_a_gap(root: Path) -> None:
    folder = root / "ee/app/finders/geo"
    folder.rename(root / "ee/app/finders/here")
    folder.symlink_to("here")
    start_branch(root)
    assert new_items(since(root)) == set()
    (root / "ee/app/finders/here/cool_widget_registry_finder.rb").unlink()
    report = since(root)
    assert (new_items(report), report.notes) == ({"finder"}, [])


def test_in_a_clone_too_shallow_the_end_of_the_other_branch_counts(root: Path, tmp_path: Path) -> None:
    (root / FINDER).unlink()
    start_branch(root)
    commit_all(root)
    (root / "README.md").write_text("more\n")
    commit_all(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "branch", f"file://{root}", str(clone))
    git(clone, "fetch", "-q", "--depth", "1", "origin", "master:master")
    report = since(clone)
    assert open_items(report)["finder"].before
    assert not report.is_open(strict=False)
    assert "shallow clone" in report.notes[0]


def test_decisions_of_a_released_type_that_were_open_do_not_fail_either(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    git(root, "checkout", "-q", "-b", "master")
    new(root, **GIVEN)
    [flag] = list(root.rglob("*cool_widget_replication.yml"))
    start_branch(root)
    flag.write_text(flag.read_text().replace("default_enabled: false", "default_enabled: true"))
    released = since(root)
    confirm = [item for type_ in released.types for item in type_.items if item.state is State.CONFIRM]
    assert confirm
    assert not any(item.before for item in confirm)  # this branch releases it
    commit_all(root)
    git(root, "checkout", "-q", "-B", "master")
    git(root, "checkout", "-q", "branch")
    edit(root, REPLICATOR, r"\A", "# another comment\n")
    report = since(root)
    assert [
        item.before for type_report in report.types for item in type_report.items if item.state is State.CONFIRM
    ] == [True for _ in confirm]
    assert not report.is_open(strict=True)


def test_decisions_of_a_type_that_is_not_released_are_the_branchs(root: Path) -> None:
    start_branch(root)
    report = since(root)
    assert not report.is_open(strict=False)
    assert report.is_open(strict=True)


def test_what_nobody_could_tell_and_is_missing_now_is_worse(root: Path) -> None:
    """A receipt tells what is meant; without one, people word the tables of supported data types freely."""
    flag = root / FLAG
    release = plan_release(
        Answers(model="CoolWidget").in_phases(
            ["release"], milestone="16.5", merge_request="https://gitlab.com/g/p/-/merge_requests/7"
        ),
        root,
        now=NOW,
        selection=Selection(),
    )
    write(release, durable=False)
    assert flag.read_text().endswith("default_enabled: true\n")
    edit(root, DATA_TYPES, r"^\|.*Cool Widgets.*\n")
    receipt = root / ".geo-scaffold/cool_widget.json"
    content = receipt.read_bytes()
    receipt.unlink()
    start_branch(root)
    assert not since(root).is_open(strict=True)
    receipt.write_bytes(content)
    assert new_items(since(root)) == {"release-data-types", "release-limitations"}
