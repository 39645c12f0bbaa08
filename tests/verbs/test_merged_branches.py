"""Two branches that each add a type: where Git cannot merge a list, one side whole and `new` for both is enough."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.errors import GeoScaffoldError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.outline.broken import breakage_of
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.checklist.items import OPEN
from geo_scaffold.verbs.drift import drift_of
from geo_scaffold.verbs.undo import Fate, plan_undo
from sizes import in_turns
from verbs.conftest import NOW, OTHER_TIME, commit_all, git, make_checkout, new, plan

MODELS = {"AppleThing": NOW, "MangoThing": "20230103000000"}


EDITIONS = ["16", "18", "19"]


@pytest.fixture(params=EDITIONS)
def conflicted(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[str]]:
    """A checkout in the middle of a merge of two types, and the files that Git could not merge."""
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[request.param])
    git(root, "checkout", "-q", "-b", "master")
    commit_all(root)
    for model, timestamp in MODELS.items():
        git(root, "checkout", "-q", "-b", model, "master")
        new(root, model=model, kind="blob", owner="project", now=OTHER_TIME, timestamp=timestamp, milestone="90.1")
        commit_all(root)
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "AppleThing")
    files = git(root, "diff", "--name-only", "--diff-filter=U").splitlines()
    assert files
    return root, files


def open_in(root: Path) -> dict[str, set[str]]:
    report = check(Request(models=tuple(MODELS)), root)
    return {
        type_report.model: {item.id for item in type_report.items if item.state in OPEN} for type_report in report.types
    }


def test_the_finding_gives_the_recipe(conflicted: tuple[Path, list[str]]) -> None:
    root, files = conflicted
    for report in check(Request(models=tuple(MODELS)), root).types:
        told = [item for item in report.items if item.message == "an unresolved merge conflict"]
        assert told
        for item in told:
            assert (item.state, item.path in files) == (State.DIFFERS, True)
            assert item.remedy == (
                f"In {item.path}, keep one side entirely, in a merge with git checkout --ours;"
                f" then run, for each type that the other side has:\ngeo-scaffold new {report.model}"
            )


def test_a_file_in_conflict_is_reported_as_such_and_stays(conflicted: tuple[Path, list[str]]) -> None:
    """It is neither edited nor up to date, a created one too."""
    root, files = conflicted
    finder = root / "ee/app/finders/geo/apple_thing_registry_finder.rb"
    finder.write_text(f"<<<<<<< ours\n{finder.read_text()}=======\n>>>>>>> theirs\n")
    for step in plan(root, model="AppleThing", now=OTHER_TIME).steps:
        is_blocked = step.outcome.status is Status.BLOCKED
        assert is_blocked == (step.operation.path in {*files, str(finder.relative_to(root))}), step.operation.path
        assert is_blocked == ("merge conflict markers" in step.outcome.message)
    kept = {removal.operation.path: removal.reason for removal in plan_undo("AppleThing", root).with_fate(Fate.KEPT)}
    assert all("merge conflict markers" in kept[path] for path in (*files, str(finder.relative_to(root))))


@pytest.mark.parametrize(("conflicted", "side"), in_turns(EDITIONS, ["--ours", "--theirs"]), indirect=["conflicted"])
def test_either_side_whole_and_new_for_both_leave_both_types(conflicted: tuple[Path, list[str]], side: str) -> None:
    root, files = conflicted
    git(root, "checkout", side, "--", *files)
    for model in MODELS:
        new(root, model=model, now=OTHER_TIME)
    for path in files:
        assert breakage_of((root / path).read_text(), path) is None, path
    merged = open_in(root)
    for model in MODELS:
        assert plan(root, model=model, now=OTHER_TIME).tree.changes() == ()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Merge")
    git(root, "checkout", "-q", "-b", "alone", "master")
    for model, timestamp in MODELS.items():
        new(root, model=model, kind="blob", owner="project", now=OTHER_TIME, timestamp=timestamp, milestone="90.1")
    assert merged == open_in(root)


VERBS: dict[str, Callable[[Path], object]] = {
    "new": new,
    "checklist": lambda root: check(Request(), root),
    "drift": drift_of,
    "undo": lambda root: plan_undo("CoolWidget", root),
}
RECEIPT = ".geo-scaffold/cool_widget.json"


@pytest.mark.parametrize(
    ("verb", "path"),
    [(verb, path) for verb in VERBS for path in ("VERSION", RECEIPT) if (verb, path) != ("undo", "VERSION")],
)
def test_markers_in_what_the_verbs_read_first_are_reported_as_such(checkout: Path, verb: str, path: str) -> None:
    """No checkout of unknown age is taken for an old one, and no receipt for none; `undo` asks for no version."""
    new(checkout)
    whole = (checkout / path).read_text()
    (checkout / path).write_text(f"<<<<<<< HEAD\n{whole}=======\n{whole}>>>>>>> other\n")
    with pytest.raises(GeoScaffoldError, match="merge conflict markers") as caught:
        VERBS[verb](checkout)
    assert caught.value.path == path


@pytest.mark.parametrize("verb", ["new", "checklist", "drift"])
def test_a_version_that_is_not_one_is_not_taken_for_an_old_gitlab(checkout: Path, verb: str) -> None:
    (checkout / "VERSION").write_text("master\n")
    with pytest.raises(UsageError, match="VERSION says 'master', which is not a version"):
        VERBS[verb](checkout)
