"""`new` and `undo` fail, are interrupted and die: the tree is as before or as after, never between.

The tests of the commit layer do this at every effect; here it is what the verbs make of it, at some effects of each,
others in every run of the tests.
"""

import errno
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from commit.harness import DIED, Fault, die, fail, interrupt, killed_after, length_of, watched
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.verbs.plan import Choice, Plan, write
from geo_scaffold.verbs.recovery import recover_around
from geo_scaffold.verbs.undo import plan_undo, write_undo
from sizes import sized

from .conftest import always, make_checkout, new, picture, plan

EFFECTS = sized(6, 40)
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"


class Case(NamedTuple):
    """A verb that is about to write.

    Args:
        into: The folder that it is pointed to.
        run: Writes the plan, which is made; durably or not.
    """

    into: Path
    run: Callable[[bool], object]


def writing(into: Path, made: Plan) -> Case:
    return Case(into, lambda durable: write(made, durable=durable))


def new_folder(folder: Path) -> Case:
    (folder / "users.txt").write_text("mine")
    return writing(folder, plan(folder))


def new_answers(folder: Path) -> Case:
    new(folder)
    return writing(folder, plan(folder, milestone="16.3"))


def new_in_checkout(folder: Path) -> Case:
    checkout = make_checkout(folder)
    (checkout / FINDER).parent.mkdir(parents=True)
    (checkout / FINDER).write_text("theirs")
    return writing(folder, plan(checkout, decide=always(Choice.FORCE)))


def undoing(folder: Path) -> Case:
    made = plan_undo("CoolWidget", folder)
    return Case(folder, lambda durable: write_undo(made, durable=durable))


def undo_folder(folder: Path) -> Case:
    new(folder)
    return undoing(folder)


def undo_beside_a_file(folder: Path) -> Case:
    new(folder)
    (folder / "cool_widget/notes.txt").write_text("mine")
    return undoing(folder)


def undo_in_checkout(folder: Path) -> Case:
    new_in_checkout(folder).run(False)
    return undoing(folder)


CASES = (new_folder, new_answers, new_in_checkout, undo_folder, undo_beside_a_file, undo_in_checkout)
by_name = pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)


class Stage:
    """One folder in which the same plan is written again and again, from the same start."""

    def __init__(self, make: Callable[[Path], Case], folder: Path, *, durable: bool = False) -> None:
        self.folder = folder / "stage"
        self.folder.mkdir()
        self.case = make(self.folder)
        self._durable = durable
        self.before = picture(self.folder)
        self._copy = folder / "copy"
        shutil.copytree(self.folder, self._copy)
        counting = Fault(-1, lambda name: None)
        with watched(counting):
            self.run()
        self.effects = len(counting.seen)
        self.after = picture(self.folder)
        self.ends: Counter[bool] = Counter()
        self.reset()

    def some(self) -> list[int]:
        """Return the numbers of some effects, the first one and some at both ends among them."""
        stride = max(1, self.effects // EFFECTS)
        return sorted({1, *range(random.randint(1, stride), self.effects + 1, stride)})

    def run(self) -> None:
        self.case.run(self._durable)

    def reset(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self._copy, self.folder)

    def check(self, about: object) -> bool:
        """Recover as the next start does, and say whether the tree is as after."""
        recover_around(self.case.into)
        files = picture(self.folder)
        assert files in (self.before, self.after), about
        assert recover_around(self.case.into) == []
        is_after = files == self.after
        self.ends[is_after] += 1
        if is_after:
            self.reset()
        return is_after


@by_name
@pytest.mark.parametrize(
    ("action", "durable"), [(fail(errno.ENOSPC), True), (interrupt, False)], ids=["disk full", "Ctrl-C"]
)
def test_what_fails_at_any_effect_leaves_no_half(
    tmp_path: Path, make: Callable[[Path], Case], action: Callable[[str], None], durable: bool
) -> None:
    stage = Stage(make, tmp_path, durable=durable)
    assert stage.effects > 20
    for at in stage.some():
        fault = Fault(at, action)
        has_failed = False
        try:
            with watched(fault):
                stage.run()
        except (GeoScaffoldError, KeyboardInterrupt):
            has_failed = True
        assert fault.fired
        assert stage.check((at, fault.fired)) is not has_failed
    assert stage.ends[False]


@by_name
def test_a_death_at_any_effect_is_recovered_by_the_next_start(tmp_path: Path, make: Callable[[Path], Case]) -> None:
    stage = Stage(make, tmp_path)
    for at in stage.some():
        child = os.fork()
        if child == 0:
            try:
                with watched(Fault(at, die)):
                    stage.run()
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED
        stage.check(at)
    assert stage.ends[False]


@pytest.mark.slow
def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random()  # other moments in every run of the tests
    for make in CASES:
        (tmp_path / make.__name__).mkdir()
        stage = Stage(make, tmp_path / make.__name__)
        killed, window = 0, length_of(stage.run)
        stage.reset()
        for number in range(25):
            was_killed = killed_after(chance.uniform(0, window), stage.run)
            # The window finds the length of a run by itself, also when the machine is busy with other things.
            window *= 1.1 if was_killed else 0.8
            killed += was_killed
            stage.check((make.__name__, number))
            if number >= sized(6, 25) and killed > 2:
                break
        assert killed > 2, make.__name__


def test_two_runs_at_once_leave_one_whole_result(tmp_path: Path) -> None:
    first, second = plan(tmp_path), plan(tmp_path)
    write(first)
    done = picture(tmp_path)
    with pytest.raises(GeoScaffoldError, match="nothing was written"):
        write(second)
    assert picture(tmp_path) == done
