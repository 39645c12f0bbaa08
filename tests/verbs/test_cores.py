"""Audits in several processes: what each finds counts, and what one does not deliver is done again."""

import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import PIPE_BUF, select
from typing import Any

import pytest

from children import Children
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.errors import ReadError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist import Report, Request, audits
from geo_scaffold.verbs.checklist.audits import audit_all
from geo_scaffold.verbs.checklist.selection import TypeSelection
from geo_scaffold.verbs.cores import Shared, processes_for, shared_out
from waiting import PATIENCE_S

from .conftest import commit_all, git, new

OTHERS = ("leaky_boiler", "loud_kettle", "old_bucket")
EVERYTHING = Request(everything=True)
PIECES = 9


@pytest.fixture
def boilers(checkout: Path) -> Path:
    """A checkout with a type that was generated and several that were not, one of which cannot be audited."""
    new(checkout)
    for name in (*OTHERS, "x" * 60):
        (checkout / f"ee/app/replicators/geo/{name}_replicator.rb").write_text(
            f"module Geo\n  class {Inflector().camelize(name)}Replicator < Gitlab::Geo::Replicator\n  end\nend\n"
        )
    return checkout


def shared(do: Callable[[int], Any], processes: int = 3, own: range = range(2)) -> Shared[Any, int]:
    others = [number for number in range(PIECES) if number not in own]
    return shared_out(do, own, others, processes=processes, know=os.getpid, progress=lambda begun: None)


class Waiting:
    """Pieces of which the second, that this process does, waits until a helper has begun one.

    Args:
        do: Does each of the others in a helper.
    """

    def __init__(self, do: Callable[[int], Any]) -> None:
        self._do = do
        self._here = os.getpid()
        self._reading, self._writing = os.pipe()

    def __call__(self, number: int) -> tuple[int, int]:
        if os.getpid() != self._here:
            os.write(self._writing, b".")
            self._do(number)
        elif number == 1:
            os.read(self._reading, 1)
        return number, os.getpid()


def test_each_piece_is_done_once_and_in_order(tmp_path: Path, children: Children) -> None:
    def do(number: int) -> None:
        with (tmp_path / str(number)).open("x"):
            pass

    results = shared(Waiting(do))
    assert [number for number, _ in results.done] == list(range(PIECES))
    by = {process for _, process in results.done}
    assert os.getpid() in by
    assert by - {os.getpid()}
    assert len(results.known) == 2
    assert by - {os.getpid()} <= set(results.known)
    assert children
    assert children.are_gone()


def test_what_a_killed_helper_took_is_done_here(children: Children) -> None:
    results = shared(Waiting(lambda _: os.kill(os.getpid(), signal.SIGKILL)), processes=2)
    assert results.done == [(number, os.getpid()) for number in range(PIECES)]
    assert results.known == []
    assert children
    assert children.are_gone()


def test_a_piece_that_fails_in_a_helper_fails_here(children: Children) -> None:
    def fail(number: int) -> None:
        raise ReadError(f"piece {number}")

    waiting = Waiting(fail)
    assert len(shared(waiting, processes=2).done) == PIECES  # as it does not fail here
    with pytest.raises(ReadError, match="piece 3"):
        shared(lambda number: fail(number) if number == 3 else waiting(number), processes=2)
    assert children
    assert children.are_gone()


def test_no_helper_is_left_behind_an_interrupt(children: Children) -> None:
    waiting = Waiting(lambda _: signal.pause())

    def stop(number: int) -> None:
        waiting(number)
        if number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared(stop)
    assert children
    assert children.are_gone()


def test_a_helper_ends_with_its_parent() -> None:
    """A report that is larger than a pipe waits for a reader, which a killed parent is not."""
    lives, living = os.pipe()
    begun, beginning = os.pipe()
    parent = os.fork()
    if parent == 0:
        here = os.getpid()

        def do(number: int) -> bytes:
            if os.getpid() == here:
                if number:
                    signal.pause()
                return b""
            os.write(beginning, os.getpid().to_bytes(8))
            return bytes(1 << 20)

        try:
            shared(do, processes=2)
        finally:
            os._exit(0)
    helper = int.from_bytes(os.read(begun, 8))
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    os.close(living)
    try:
        assert select([lives], [], [], PATIENCE_S)[0]
        assert os.read(lives, 1) == b""
    finally:
        with suppress(ProcessLookupError):
            os.kill(helper, signal.SIGKILL)
        for descriptor in (lives, begun, beginning):
            os.close(descriptor)


def test_where_no_process_can_start_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refuse)
    before = list(Path("/dev/fd").iterdir())
    found = shared(lambda number: number)
    assert found == Shared(list(range(PIECES)), [])
    assert list(Path("/dev/fd").iterdir()) == before


def test_progress_is_reported_here_alone_and_never_goes_back() -> None:
    told: list[int] = []
    shared_out(
        lambda number: number, [0, 1], range(2, PIECES), processes=2, know=os.getpid, progress=told.append
    )  # fmt: skip
    assert told == sorted(set(told))
    assert told[0] == 1
    assert set(told) <= set(range(PIECES))
    alone: list[int] = []
    shared_out(lambda number: number, [], range(PIECES), processes=1, know=os.getpid, progress=alone.append)
    assert alone == list(range(1, PIECES))


def test_few_pieces_and_one_core_get_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert [processes_for(count) for count in (0, 1, 15, 16, 24, 44, 400)] == [1, 1, 1, 2, 3, 4, 4]
    assert processes_for(PIPE_BUF) == 1  # the queue would not fit into its pipe
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert processes_for(44) == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processes_for(44) == 1


def audited(root: Path, processes: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, TypeSelection]:
    monkeypatch.setattr(audits, "processes_for", lambda _: processes)
    selection = TypeSelection(root)
    try:
        return audit_all(EVERYTHING, selection, None), selection
    finally:
        selection.unmerged.close()


def test_several_processes_find_what_one_does(
    boilers: Path, monkeypatch: pytest.MonkeyPatch, children: Children
) -> None:
    one, alone = audited(boilers, 1, monkeypatch)
    assert children == []
    assert [type_.name for type_ in one.types if type_.name in OTHERS] == list(OTHERS)
    assert any("cannot be audited" in note for note in one.notes)
    seen = alone.fingerprint()
    for processes in (2, 4):
        several, selection = audited(boilers, processes, monkeypatch)
        assert several == one
        assert selection.fingerprint() == seen
        assert str(selection.not_audited) == str(alone.not_audited)
    assert len(children) == 4


def test_what_a_helper_cannot_read_is_known_to_the_parent(boilers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (boilers / f"ee/spec/replicators/geo/{OTHERS[-1]}_replicator_spec.rb").mkdir(parents=True)
    one, alone = audited(boilers, 1, monkeypatch)
    several, selection = audited(boilers, 4, monkeypatch)
    assert several == one
    assert selection.unreadable() == alone.unreadable()
    assert selection.unreadable()
    assert selection.fingerprint() is None


def test_a_tree_that_changes_between_two_processes_is_not_what_both_saw(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    here, there = Sources(Tree(tmp_path), ""), Sources(Tree(tmp_path), "")
    here.learn(there.looked())
    assert here.fingerprint() is not None
    here.read("a")
    (tmp_path / "a").write_text("2")
    (tmp_path / "b").write_text("")
    there.read("a")
    there.folder("")
    here.learn(there.looked())
    assert here.fingerprint() is None
    here = Sources(Tree(tmp_path), "")
    here.learn(there.looked())
    (tmp_path / "c").write_text("")
    seen = here.fingerprint()
    assert seen is not None
    assert set(seen.files) == {"a"}
    here.folder("")
    assert here.fingerprint() is None


def test_what_is_not_told_is_not_shared(boilers: Path) -> None:
    assert TypeSelection(boilers).can_be_shared
    own = boilers / ".geo-scaffold/templates/gitlab-16/create/finder.rb.j2"
    own.parent.mkdir(parents=True)
    own.write_text("# ours\n")
    assert not TypeSelection(boilers).can_be_shared
    own.unlink()
    assert TypeSelection(boilers).can_be_shared
    commit_all(boilers)
    git(boilers, "sparse-checkout", "set", "--no-cone", "/VERSION", "/ee/")
    assert not TypeSelection(boilers).can_be_shared
