"""Storms over the verbs: killed again and again, their recoveries too, and two at once; their states are counted.

CI runs a few rounds, `./test --full` ten thousand kills and a thousand pairs.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from commit.harness import killed_after, length_of
from geo_scaffold.answers import Answers
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.verbs.new import EVERYTHING
from geo_scaffold.verbs.recovery import recover_around
from geo_scaffold.verbs.release import plan_release
from sizes import sized

from .conftest import NOW, new, picture
from .test_at_once import VERBS, generated
from .test_faults import CASES, Case, Stage, writing

KILLS = sized(12, 10_000)
PAIRS = sized(4, 1_000)
MOST_RECOVERIES = 3
"""How many recoveries in a row are killed."""


def release_in_checkout(folder: Path) -> Case:
    root = generated(folder / "gitlab")
    made = plan_release(
        Answers(model="CoolWidget").in_phases(["release"], milestone="16.5"), root, now=NOW, selection=EVERYTHING
    )
    return writing(root, made)


def release_standalone(folder: Path) -> Case:
    new(folder)
    made = plan_release(
        Answers(model="CoolWidget").in_phases(["release"], milestone="16.5"), folder, now=NOW, selection=EVERYTHING
    )
    return writing(folder, made)


@pytest.mark.slow
def test_kills_of_verbs_and_of_their_recoveries(tmp_path: Path) -> None:
    chance = random.Random()
    states: Counter[str] = Counter()
    makes = (*CASES, release_in_checkout, release_standalone)
    for make in makes:
        (tmp_path / make.__name__).mkdir()
        stage = Stage(make, tmp_path / make.__name__)
        window = length_of(stage.run)
        stage.reset()
        for number in range(KILLS // len(makes)):
            killed = killed_after(chance.uniform(0, window), stage.run)
            window *= 1.1 if killed else 0.8
            for _ in range(chance.randint(0, MOST_RECOVERIES)):
                killed_after(chance.uniform(0, window / 2), partial(recover_around, stage.case.into))
            states["after" if stage.check((make.__name__, number)) else "before"] += 1
        shutil.rmtree(tmp_path / make.__name__)
    assert set(states) <= {"before", "after"}
    print(f"\nkills: {dict(states)}")


def in_turn(root: Path, *verbs: Callable[[Path], Callable[[], object]]) -> dict[str, bytes | None]:
    """The state after some verbs, one after the other; one that is refused changes nothing."""
    for verb in verbs:
        try:
            verb(root)()
        except GeoScaffoldError:
            continue
    return picture(root)


@pytest.mark.slow
def test_pairs_of_verbs_at_once(tmp_path: Path) -> None:
    chance = random.Random()
    base = generated(tmp_path / "base")
    states: Counter[str] = Counter()
    expected: dict[tuple[str, str], list[dict[str, bytes | None]]] = {}
    for number in range(PAIRS):
        first, second = chance.sample(VERBS, 2)
        names = (first.__name__, second.__name__)
        if names not in expected:
            expected[names] = []
            for place, verbs in enumerate(((), (first,), (second,), (first, second), (second, first))):
                root = tmp_path / f"expected-{'-'.join(names)}-{place}"
                shutil.copytree(base, root)
                expected[names].append(in_turn(root, *verbs))
                shutil.rmtree(root)
        root = tmp_path / f"round-{number}"
        shutil.copytree(base, root)
        _at_once(root, first, second)
        recover_around(root)
        files = picture(root)
        assert files in expected[names], (number, names)
        states[("none", "first", "second", "both", "both")[expected[names].index(files)]] += 1
        shutil.rmtree(root)
    assert states["none"] == 0, states
    print(f"\npairs: {dict(states)}")


def _at_once(root: Path, *verbs: Callable[[Path], Callable[[], object]]) -> None:
    reading, writing_end = os.pipe()
    children = []
    for verb in verbs:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(writing_end)
                os.read(reading, 1)  # until both are there
                verb(root)()
                code = 0
            except GeoScaffoldError:
                code = 4
            finally:
                os._exit(code)
        children.append(child)
    os.close(reading)
    os.close(writing_end)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert set(codes) <= {0, 4}


def test_the_storm_has_whole_runs(tmp_path: Path) -> None:
    """What the storms take for granted: each of their verbs changes something."""
    base = generated(tmp_path / "base")
    for verb in VERBS:
        root = tmp_path / verb.__name__
        shutil.copytree(base, root)
        before = picture(root)
        assert in_turn(root, verb) != before
