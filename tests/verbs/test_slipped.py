"""What `checklist` finds of answers that are out of date, and of two migrations with one version."""

from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.checklist.items import Item
from geo_scaffold.verbs.new import Selection
from verbs.conftest import NOW, OTHER_TIME, STATES_DICTIONARY, commit_all, git, make_checkout, new

FLAGS = ("feature-flag", "checksumming-flag")
ISSUES = {"feature_issue": "#3", "rollout_issue": "#4"}


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A checkout on a branch that left the default branch, where nothing is generated."""
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    git(root, "checkout", "-q", "-b", "work")
    return root


def items(root: Path, model: str = "CoolWidget") -> dict[str, Item]:
    return {item.id: item for item in check(Request(models=(model,)), root).types[0].items}


def slip(root: Path, milestone: str) -> None:
    (root / "VERSION").write_text(f"{milestone}.0-pre\n")


def test_a_milestone_behind_the_checkouts_is_reported_with_the_command(branch: Path) -> None:
    new(branch, kind="blob", owner="project", merge_request="!1", **ISSUES)
    now = (branch / "VERSION").read_text()[:4]
    assert items(branch)["states-migration"].state is State.DONE
    slip(branch, "18.11")
    by_id = items(branch)
    behind = {id_ for id_, item in by_id.items() if "is behind 18.11" in item.message}
    assert behind == {"registry-migration", "registry-dictionary", "states-migration", "states-dictionary", *FLAGS}
    states = by_id["states-migration"]
    assert (states.state, states.level.value) == (State.DIFFERS, "doc")
    assert states.message == f"milestone {now} is behind 18.11, which VERSION says"
    assert states.remedy == "geo-scaffold new CoolWidget --phase schema --milestone 18.11"
    assert by_id["feature-flag"].remedy.endswith("--phase implementation --milestone 18.11")
    new(branch, milestone="18.11")
    assert not [item.message for item in items(branch).values() if "is behind" in item.message]


def test_what_is_merged_has_the_milestone_that_it_was_merged_in(branch: Path) -> None:
    """Also if the same report is requested again, before and after the merge."""
    new(branch, kind="blob", owner="project", merge_request="!1", **ISSUES)
    slip(branch, "18.11")
    commit_all(branch)
    assert items(branch)["states-migration"].state is State.DIFFERS
    git(branch, "branch", "-f", "master")
    assert items(branch)["states-migration"].state is State.DONE


def test_a_blank_url_of_a_flag_is_reported(branch: Path) -> None:
    new(branch, kind="blob", owner="project", merge_request="!1", feature_issue="#3")
    item = items(branch)["feature-flag"]
    assert (item.state, item.message) == (State.DIFFERS, "`rollout_issue_url` is blank")
    assert item.remedy == "geo-scaffold new CoolWidget --phase implementation --rollout-issue NUMBER"
    assert (branch / item.path).read_text().splitlines()[(item.line or 0) - 1] == "rollout_issue_url:"
    new(branch, rollout_issue="#4")
    assert items(branch)["feature-flag"].state is State.DONE


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://gitlab.com/gitlab-org/gitlab/-/merge_requests/", True),
        ("https://gitlab.com/gitlab-org/gitlab/-/merge_requests", True),
        ("https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12x", True),
        ("https://gitlab.com/gitlab-org/gitlab/-/issue/3", True),
        ("'https://gitlab.com/groups/gitlab-org/-/epics/0'", True),
        ("TODO", True),
        ("https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12/diffs#note_3", False),
        ("https://gitlab.com/gitlab-org/gitlab/-/commit/0123abc", False),
        ("https://gitlab.com/elsewhere/project/-/work_items/3", False),
        ("https://handbook.gitlab.com/handbook/issues/", False),
        ("# No page: it is a test", False),
    ],
)
def test_an_address_that_leads_nowhere_is_reported_until_it_is_merged(branch: Path, url: str, is_told: bool) -> None:
    new(branch, kind="blob", owner="project", merge_request="!1", **ISSUES)
    flag = branch / items(branch)["feature-flag"].path
    lines = flag.read_text().splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("introduced_by_url:"))
    flag.write_text("\n".join([*lines[:at], f"introduced_by_url: {url}", *lines[at + 1 :], ""]))
    item = items(branch)["feature-flag"]
    if not is_told:
        assert item.state is State.DONE
        return
    assert (item.state, item.line, item.level.value) == (State.DIFFERS, at + 1, "doc")
    assert item.message == f"`introduced_by_url` leads nowhere: {url.strip(chr(39))}"
    assert item.remedy.endswith("introduced_by_url: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/NUMBER")
    commit_all(branch)
    git(branch, "branch", "-f", "master")
    assert items(branch)["feature-flag"].state is State.DONE


def test_a_placeholder_that_is_merged_is_for_a_person_to_replace(branch: Path) -> None:
    """`new` changes nothing that is merged, so that its command would not help."""
    new(branch, kind="blob", owner="project", **ISSUES)
    assert items(branch)["feature-flag"].remedy.startswith("geo-scaffold new CoolWidget ")
    commit_all(branch)
    git(branch, "branch", "-f", "master")
    item = items(branch)["feature-flag"]
    assert (item.state, item.message) == (State.DIFFERS, "`XXXXX` still to be filled in")
    assert item.remedy.startswith(f"In {item.path}, instead of line {item.line}:\nintroduced_by_url: https")


@pytest.mark.parametrize("folder", ["db/migrate", "db/post_migrate", "ee/db/geo/migrate", "ee/db/geo/post_migrate"])
def test_two_migrations_of_one_version_are_reported_with_the_next_free_one(branch: Path, folder: str) -> None:
    new(branch, kind="blob", owner="project", merge_request="!1", now=OTHER_TIME, timestamp=NOW, **ISSUES)
    (branch / folder).mkdir(parents=True, exist_ok=True)
    (branch / f"{folder}/{NOW}_other.rb").write_text("class Other < Gitlab::Database::Migration[2.3]\nend\n")
    by_id = items(branch)
    id_ = "registry-migration" if folder.startswith("ee") else "states-migration"
    told = {key for key, item in by_id.items() if "Rails refuses" in item.message}
    assert told == {id_}
    assert (by_id[id_].state, by_id[id_].level.value) == (State.DIFFERS, "breaking")
    assert by_id[id_].message.startswith(f"version {NOW} is also that of {folder}/{NOW}_other.rb")
    command = by_id[id_].remedy.split()
    new(branch, now=OTHER_TIME, timestamp=command[-1])
    assert command[:4] == ["geo-scaffold", "new", "CoolWidget", "--timestamp"]
    assert items(branch)[id_].state is State.DONE


def test_another_owner_of_a_merged_table_is_reported_with_what_stands_there(branch: Path) -> None:
    """The dictionary is merged and stays: what differs is a finding, and its lines take the place of those there."""
    issue = "https://gitlab.com/gitlab-org/gitlab/-/work_items/1"
    asked = {"now": OTHER_TIME, "merge_request": "!1", "selection": Selection(phases=(Phase.SCHEMA,))}
    new(branch, kind="blob", owner="project", sharding_key_issue=issue, **asked)
    commit_all(branch)
    git(branch, "checkout", "-q", "master")
    git(branch, "merge", "-q", "work")
    git(branch, "checkout", "-q", "-b", "later")
    merged = (branch / STATES_DICTIONARY).read_bytes()
    new(branch, now=OTHER_TIME, owner="group", merge_request="!2", selection=Selection(phases=(Phase.IMPLEMENTATION,)))
    assert (branch / STATES_DICTIONARY).read_bytes() == merged
    told = items(branch)["states-dictionary"]
    line = merged.decode().splitlines().index("desired_sharding_key:") + 1
    assert (told.message, told.line) == ("`desired_sharding_key` lacks the key `group_id`", line)
    assert told.remedy.startswith(f"In {STATES_DICTIONARY}, instead of what line {line} begins:\ndesired_sharding_key:")
