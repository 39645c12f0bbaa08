"""Files edited in several processes: the plan is that of one, whatever a helper delivers."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18, CHECKOUTS
from children import Children
from geo_scaffold.edition import available_editions
from geo_scaffold.errors import GeoScaffoldError, ReadError
from geo_scaffold.kinds import of_models
from geo_scaffold.operations import Applied, EntryOperation, OpKind, Part, Status
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new import Selection, parallel
from geo_scaffold.verbs.new.parallel import Edits, edit_in_parallel
from geo_scaffold.verbs.plan import Choice, Decide, Decision, Plan

from .conftest import make_checkout, plan

EVERY_PHASE = Selection(phases=tuple(Phase))
LARGE = "ee/db/geo/structure.sql"
PAGE = "doc/api/geo_nodes.md"
Watch = Callable[[EntryOperation], object]


def no_matter(_: EntryOperation) -> None:
    """Do nothing else when an entry is applied."""


class Processes:
    """Plans in one process or several, however few and small the files of a checkout are.

    Args:
        patch: The test's changes to the program.
        children: The processes that the test's own has started.
    """

    def __init__(self, patch: pytest.MonkeyPatch, children: Children) -> None:
        self._patch = patch
        self._children = children
        self.here: list[str] = []
        """The entries that this process applied in the last plan."""

    def plan(self, count: int, root: Path, watch: Watch = no_matter, **options: Any) -> Plan:
        """Return a plan; `watch` is called for each entry before it is applied."""
        here, applied_to, started = os.getpid(), EntryOperation.applied_to, len(self._children)
        self.here = []
        reading, writing = os.pipe()
        is_open = True

        def watched(entry: EntryOperation, content: bytes | None) -> Applied:
            nonlocal is_open
            if os.getpid() != here:
                os.write(writing, b".")
            elif is_open and len(self._children) > started:  # this process waits until a helper has begun something
                os.close(writing)
                is_open = False
                assert os.read(reading, 1)
            self.here += [entry.id] if os.getpid() == here else []
            watch(entry)
            return applied_to(entry, content)

        try:
            with self._patch.context() as patch:
                patch.setattr(EntryOperation, "applied_to", watched)
                patch.setattr(parallel, "processes_for", lambda _: count)
                patch.setattr(parallel, "_LARGE", (root / LARGE).stat().st_size)
                return plan(root, **options)
        finally:
            os.close(reading)
            if is_open:
                os.close(writing)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, children: Children) -> Processes:
    return Processes(monkeypatch, children)


def content_of(made: Plan) -> tuple[object, ...]:
    """Return all that a plan says: editors are built for each, and cannot be compared."""
    steps = [
        (step.operation.kind, step.operation.path, step.snippet, step.outcome, step.is_done, step.applied)
        for step in made.steps
    ]
    seen = made.tree.seen()
    read = {path: content for path, (content, _) in seen.files.items()}
    return steps, made.tree.changes(), made.notes, made.decisions, made.tree.missing_folders(), read, seen.folders


@pytest.mark.parametrize("edition", [edition for edition in available_editions() if edition in CHECKOUTS])
@pytest.mark.parametrize("kind", of_models())
def test_the_plan_is_that_of_one_process(
    tmp_path: Path, processes: Processes, children: Children, edition: str, kind: str
) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition])
    options: dict[str, Any] = {"kind": kind, "owner": "project", "selection": EVERY_PHASE}
    one = processes.plan(1, root, **options)
    applied = processes.here
    assert children == []
    several = processes.plan(3, root, **options)
    assert content_of(several) == content_of(one)
    assert {*processes.here} < {*applied}
    assert len(children) == 2
    assert children.are_gone()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", CHECKOUT_18)


def test_what_a_killed_helper_does_not_deliver_is_edited_here(
    root: Path, processes: Processes, children: Children
) -> None:
    here, one = os.getpid(), processes.plan(1, root)
    applied = processes.here

    def kill(_: EntryOperation) -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    assert content_of(processes.plan(3, root, watch=kill)) == content_of(one)
    assert sorted(processes.here) == sorted(applied)
    assert len(children) == 2
    assert children.are_gone()


def test_what_fails_in_advance_fails_in_its_turn(root: Path, processes: Processes, children: Children) -> None:
    """The first step that fails is reported, whichever process finds it, and in which order."""
    entries = [step.operation.id for step in processes.plan(1, root).steps if step.is_entry]
    assert len({*entries}) > 10

    for failing in ({entries[0]}, {entries[-1]}, {*entries[3:]}, {*entries}):

        def fail(entry: EntryOperation, failing: set[str] = failing) -> None:
            if entry.id in failing:
                raise ReadError(f"{entry.id} cannot be edited")

        said = []
        for count in (1, 3):
            with pytest.raises(ReadError) as error:
                processes.plan(count, root, watch=fail)
            said.append(error.value.message)
        assert said == [f"{next(each for each in entries if each in failing)} cannot be edited"] * 2
    assert children.are_gone()


def test_a_file_in_the_way_is_blocked_or_unreadable_as_in_one_process(root: Path, processes: Processes) -> None:
    (root / PAGE).write_text(f"<<<<<<< ours\n{CHECKOUT_18[PAGE]}=======\n>>>>>>> theirs\n")
    one, several = (processes.plan(count, root) for count in (1, 3))
    assert content_of(several) == content_of(one)
    assert PAGE in {step.operation.path for step in one.with_status(Status.BLOCKED)}
    (root / PAGE).unlink()
    (root / PAGE).mkdir()
    said = []
    for count in (1, 3):
        with pytest.raises(GeoScaffoldError) as error:
            processes.plan(count, root)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert PAGE in said[0]

    def fail(entry: EntryOperation) -> None:
        raise LookupError(entry.path)

    for count in (1, 3):
        with pytest.raises(LookupError, match=LARGE):  # which comes before it
            processes.plan(count, root, watch=fail)


def test_questions_are_asked_here_and_in_order(root: Path, processes: Processes) -> None:
    for path in ("finders/geo/cool_widget_registry_finder.rb", "models/geo/cool_widget_state.rb"):
        (root / "ee/app" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "ee/app" / path).write_text("# theirs\n")

    def asked(count: int) -> tuple[list[str], Plan]:
        questions: list[str] = []

        def decide(step: Any, tree: Tree) -> Decision:
            questions.append(step.operation.path)
            return Decision(Choice.FORCE, content=b"# ours, edited\n")

        deciding: Decide = decide
        return questions, processes.plan(count, root, decide=deciding)

    (one, its), (several, theirs) = asked(1), asked(3)
    assert one == several
    assert len(one) == 2
    assert content_of(its) == content_of(theirs)


def test_few_small_files_and_one_core_get_no_helper(
    root: Path, monkeypatch: pytest.MonkeyPatch, children: Children
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    plan(root)
    plan(root.parent)
    assert children == []
    monkeypatch.setattr(parallel, "_LARGE", len(CHECKOUT_18[LARGE]))
    plan(root, selection=Selection(only=frozenset({"registry-structure"})))
    assert children == []
    plan(root)
    assert children
    started = len(children)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setattr(parallel, "shared_out", lambda *_, **__: pytest.fail("nothing is edited in advance"))
    plan(root)
    assert len(children) == started


class Upper:
    """An editor that is not ours: it makes all letters capital."""

    def contains(self, text: str) -> bool:
        return text == text.upper()

    def insert(self, text: str) -> str:
        return text.upper()

    def remove(self, text: str) -> str:
        return text


def test_an_edit_of_another_content_is_not_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_LARGE", 3)
    monkeypatch.setattr(parallel, "processes_for", lambda _: 2)
    for name, text in (("a", "a"), ("b", "bb"), ("c", "ccc")):
        (tmp_path / name).write_text(text)
    entries = [EntryOperation(name, OpKind.ENSURE, name, (Part(Upper(), name),)) for name in "abc"]
    tree = Tree(tmp_path)
    edits = edit_in_parallel(entries, tree)
    assert tree.changes() == ()
    monkeypatch.setattr(EntryOperation, "applied_to", lambda *_: pytest.fail("it is known"))
    assert [edits.apply(entry, tree).after for entry in entries] == [b"A", b"BB", b"CCC"]
    assert [tree.read(name) for name in "abc"] == [b"A", b"BB", b"CCC"]
    monkeypatch.undo()
    tree.write("b", b"other")
    assert edits.apply(entries[1], tree).after == b"OTHER"
    assert Edits({}).apply(entries[1], tree).outcome.status is Status.UNCHANGED
