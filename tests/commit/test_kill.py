"""Runs are killed, for real, at random moments."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from geo_scaffold.commit import recover

from .harness import Case, create_case, edit_case, picture, remove_case

RUNS = {"create": 180, "edit": 120, "edit without git": 80, "remove": 120}

MAKE: dict[str, Callable[[Path], Case]] = {
    "create": create_case,
    "edit": edit_case,
    "edit without git": lambda folder: edit_case(folder, git=False),
    "remove": remove_case,
}


@pytest.mark.slow
def test_kill_9_at_500_random_moments(tmp_path: Path) -> None:
    chance = random.Random()  # other moments in every run of the tests
    count = 0
    ends: Counter[tuple[str, bool]] = Counter()
    killed: Counter[str] = Counter()
    recovered: Counter[str] = Counter()
    for kind, runs in RUNS.items():
        window = 0.001
        for number in range(runs):
            case = MAKE[kind](tmp_path / f"{kind}-{number}")
            delay = chance.uniform(0, window)
            was_killed = _killed_after(delay, case.run)
            # The window finds the length of a run by itself, also when the machine is busy with other things.
            window *= 1.08 if was_killed else 0.85
            killed[kind] += was_killed
            recovered[kind] += bool(recover(case.root))
            found = picture(case.folder)
            assert found in (case.before, case.after), (kind, number, delay)
            assert recover(case.root) == []
            ends[kind, found == case.after] += 1
            count += 1
    assert count == 500
    # The moments were not all before the start or after the end.
    for kind, runs in RUNS.items():
        assert killed[kind] > runs / 10, (killed, recovered, ends)
        assert recovered[kind] > runs / 20, (killed, recovered, ends)
        assert ends[kind, True], (killed, recovered, ends)
        assert ends[kind, False], (killed, recovered, ends)


def _killed_after(delay: float, run: Callable[[], object]) -> bool:
    """Run in a forked process and kill that; whether it died of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, b".")
            run()
            os._exit(0)
        finally:
            os._exit(1)
    os.read(reading, 1)
    until = time.perf_counter() + delay
    while time.perf_counter() < until:  # sleeping is not exact enough
        pass
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code != 0
