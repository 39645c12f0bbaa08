"""Types that a branch removes: `checklist --changed` lets a whole removal pass, and finds what is left of another."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from geo_scaffold.verbs.checklist import State

from .conftest import NOW, commit_all, git, new, undo
from .test_gate import FINDER, GIVEN, LIST, REPLICATOR, edit, failing, made, since

RECEIPT = ".geo-scaffold/cool_widget.json"
MIGRATION = f"db/migrate/{NOW}_create_cool_widget_states.rb"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a type that counts as hand-written, because its receipt was removed."""
    root = made(tmp_path_factory.mktemp("removed") / "gitlab")
    (root / RECEIPT).unlink()
    commit_all(root)
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "gitlab")
    return tmp_path / "gitlab"


def unregister(root: Path) -> None:
    """Take away what a type is known by."""
    (root / REPLICATOR).unlink()
    lines = (root / LIST).read_text().splitlines(keepends=True)
    (root / LIST).write_text("".join(line for line in lines if "::Geo::CoolWidgetReplicator" not in line))


def remove(root: Path) -> None:
    """Take the whole type away."""
    git(root, "checkout", "-q", "HEAD~", "--", RECEIPT)
    undo(root)


def test_what_is_left_of_a_type_is_a_finding(root: Path) -> None:
    unregister(root)
    report = since(root)
    [found] = report.types
    assert (found.name, found.model) == ("cool_widget", "CoolWidget")
    assert {item.state for item in found.items} == {State.DIFFERS}
    paths = {item.path for item in found.items}
    assert {FINDER, "db/structure.sql", "ee/app/models/ee/cool_widget.rb"} <= paths
    assert "app/models/cool_widget.rb" not in paths  # which is not of the type alone
    assert not any("migrate/" in path or path.startswith("app/models/other") for path in paths)
    assert len(found.items) == len(paths) > 20
    assert all(REPLICATOR in item.remedy and item.path in item.message for item in found.items)
    commit_all(root)
    assert {item.path for type_ in since(root, "HEAD~").types for item in type_.items} == paths
    assert since(root).types == ()


def test_a_whole_removal_is_fine(root: Path) -> None:
    remove(root)
    report = since(root)
    assert failing(report) == {}
    assert "This branch removes cool_widget, and nothing of it is left." in report.notes


def test_migrations_that_have_run_may_stay(root: Path) -> None:
    remove(root)
    git(root, "checkout", "-q", "HEAD", "--", MIGRATION)
    assert failing(since(root)) == {}


@pytest.mark.parametrize(
    "path",
    [FINDER, "db/structure.sql", "ee/lib/ee/api/geo.rb", "ee/spec/factories/geo/cool_widget_registry.rb"],
)
def test_one_piece_that_stays_is_reported(root: Path, path: str) -> None:
    remove(root)
    git(root, "checkout", "-q", "HEAD", "--", path)
    [found] = since(root).types
    assert [item.path for item in found.items] == [path]


@pytest.mark.parametrize(
    "half",
    [
        lambda root: (root / REPLICATOR).unlink(),
        lambda root: edit(root, LIST, "::Geo::CoolWidgetReplicator"),
    ],
    ids=["file only", "line only"],
)
def test_half_of_what_it_is_known_by_keeps_the_type(root: Path, half: Callable[[Path], None]) -> None:
    half(root)
    assert {"replicator", "replicator-classes"} & failing(since(root))["cool_widget"]


def test_a_type_under_another_name_leaves_none_of_the_old_one(root: Path) -> None:
    remove(root)
    new(root, model="FineWidget", **GIVEN)
    report = since(root)
    assert "cool_widget" not in failing(report)
    git(root, "checkout", "-q", "HEAD", "--", FINDER)
    assert since(root).types[-1].name == "cool_widget"


def test_another_type_is_not_touched(root: Path) -> None:
    new(root, model="FineWidget", **GIVEN, now="20230101000001")
    commit_all(root)
    unregister(root)
    assert set(failing(since(root))) == {"cool_widget"}
