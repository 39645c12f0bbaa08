"""Runs are killed, for real, at random moments."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from geo_scaffold.commit import recover
from sizes import sized

from .harness import Case, create_case, edit_case, killed_after, length_of, picture, remove_case

RUNS = {"create": 180, "edit": 120, "edit without git": 80, "remove": 120}
FEWEST = 20
"""How many runs are enough in the small size, if all that is looked for has happened in them."""

MAKE: dict[str, Callable[[Path], Case]] = {
    "create": create_case,
    "edit": edit_case,
    "edit without git": lambda folder: edit_case(folder, git=False),
    "remove": remove_case,
}


@pytest.mark.slow
def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random()  # other moments in every run of the tests
    ends: Counter[tuple[str, bool]] = Counter()
    killed: Counter[str] = Counter()
    recovered: Counter[str] = Counter()
    for kind, runs in RUNS.items():
        window = length_of(MAKE[kind](tmp_path / kind).run)
        for number in range(runs):
            case = MAKE[kind](tmp_path / f"{kind}-{number}")
            delay = chance.uniform(0, window)
            was_killed = killed_after(delay, case.run)
            # The window finds the length of a run by itself, also when the machine is busy with other things.
            window *= 1.08 if was_killed else 0.85
            killed[kind] += was_killed
            recovered[kind] += bool(recover(case.root))
            files = picture(case.folder)
            assert files in (case.before, case.after), (kind, number, delay)
            assert recover(case.root) == []
            ends[kind, files == case.after] += 1
            is_enough = min(killed[kind] / 2, recovered[kind], ends[kind, True], ends[kind, False]) > 1
            if is_enough and number >= sized(FEWEST, runs):
                break
        # The moments were not all before the start or after the end.
        assert killed[kind] > number / 10, (killed, recovered, ends)
        assert recovered[kind] > number / 20, (killed, recovered, ends)
        assert ends[kind, True], (killed, recovered, ends)
        assert ends[kind, False], (killed, recovered, ends)
