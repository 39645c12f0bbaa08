"""Verbs at once: each is planned, then another one writes, and the end is that of one after the other."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.answers import Answers
from geo_scaffold.errors import GeoScaffoldError, WriteError
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new import EVERYTHING
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.release import plan_release
from geo_scaffold.verbs.undo import plan_undo, write_undo
from sizes import some

from .conftest import NOW, make_checkout, new, picture, plan


def again(root: Path) -> Callable[[], object]:
    made = plan(root, merge_request="https://gitlab.com/g/p/-/merge_requests/1")
    return lambda: write(made, durable=False)


def other(root: Path) -> Callable[[], object]:
    made = plan(root, model="OtherThing", kind="blob", now="20230101000001")
    return lambda: write(made, durable=False)


def undoing(root: Path) -> Callable[[], object]:
    made = plan_undo("CoolWidget", root)
    return lambda: write_undo(made, durable=False)


def releasing(root: Path) -> Callable[[], object]:
    answers = Answers(model="CoolWidget").in_phases(["release"], milestone="16.5")
    made = plan_release(answers, root, now=NOW, selection=EVERYTHING)
    return lambda: write(made, durable=False)


VERBS = (again, other, undoing, releasing)


def generated(folder: Path) -> Path:
    root = make_checkout(folder)
    new(root)
    return root


@pytest.mark.parametrize(("first", "second"), some(product(VERBS, VERBS), 4), ids=lambda verb: verb.__name__)
def test_what_was_planned_before_another_wrote_is_not_written(
    tmp_path: Path, first: Callable[..., Any], second: Callable[..., Any]
) -> None:
    """The second either changes nothing of what the first was planned from, or the first is refused."""
    root, alone = generated(tmp_path / "one"), generated(tmp_path / "two")
    late = first(root)
    second(root)()
    between = picture(root)
    second(alone)()
    try:
        in_turn: Callable[[], object] | None = first(alone)
    except GeoScaffoldError:
        in_turn = None
    refused = ""
    try:
        late()
    except WriteError as error:
        refused = error.message
    if refused:
        assert "since the plan was made" in refused
        assert picture(root) == between
    else:
        assert in_turn is not None
        in_turn()
        assert picture(root) == picture(alone)


def test_a_file_that_was_only_read_counts(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    made = plan(root)
    (root / "VERSION").write_text("16.4.0\n")
    with pytest.raises(WriteError, match="VERSION changed since the plan was made"):
        write(made, durable=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a").write_text("2"),
        lambda root: (root / "a").unlink(),
        lambda root: (root / "b").write_text(""),
        lambda root: (root / "folder/x").write_text(""),
        lambda root: (root / "none").mkdir() or (root / "none/x").write_text(""),
    ],
    ids=["changed", "deleted", "appeared", "in a folder", "a new folder"],
)
def test_all_that_was_looked_at_is_compared(tmp_path: Path, change: Callable[[Path], object]) -> None:
    from geo_scaffold.commit import commit_changes

    (tmp_path / "folder").mkdir()
    (tmp_path / "a").write_text("1")
    tree = Tree(tmp_path)
    assert (tree.read("a"), tree.read("b"), tree.names("folder"), tree.names("none")) == (b"1", None, (), ())
    tree.write("c", b"")
    commit_changes(tmp_path, tree.changes(), seen=tree.seen(), durable=False)
    (tmp_path / "c").unlink()
    change(tmp_path)
    with pytest.raises(WriteError, match="since the plan was made"):
        commit_changes(tmp_path, tree.changes(), seen=tree.seen(), durable=False)
    assert not (tmp_path / "c").exists()
