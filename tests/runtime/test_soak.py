"""Both sites as processes, as the programs `soak` and `idling` have them, for as long as every change can wait for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forks import Forks
from geo_runtime.demo.options import Options
from geo_runtime.demo.script import Script
from geo_runtime.demo.stage import Stage
from sizes import sized
from waiting import DEMONSTRATION_S, PATIENCE_S

from .forks import forked_services
from .idling import grown, idle, summary
from .soak import Size, soak

TYPE = "runtime.widgets:WIDGET_FILE"
SECONDS = sized(10.0, 120.0)
SPEED = sized(7200, 1200)
IDLE_S = sized(8, 24) * 3600 / SPEED


@pytest.fixture(autouse=True)
def sites_are_forks(forks: Forks) -> Iterator[None]:
    """Start them at once: half of the time of a short soak would go into imports."""
    with forked_services(forks):
        yield


def test_what_accidents_happened_to_ends_converged(tmp_path: Path) -> None:
    """What a killed process had begun counts as lost after eight hours, so the clock is set forward at the end."""
    size = Size(SECONDS, 1.0, 3.0, 0.6, forward=timedelta(hours=9), patience_s=sized(PATIENCE_S, DEMONSTRATION_S))
    said: list[str] = []
    counts = soak(Options(TYPE, None, tmp_path), size, 1, said.append)
    happened = {"kill", "end", "cut", "slow", "full disk", "gap", "bad message", "lag", "damage", "changes of records"}
    assert happened == set(counts), said


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what a process takes")
def test_processes_that_idle_for_hours_take_no_more(tmp_path: Path) -> None:
    """Memory, connections, files, threads, rows of jobs and of all else, and the disk."""
    with Stage(Options(TYPE, None, tmp_path, 3, speed=SPEED)) as stage:
        script = Script(3, changes=False)
        for act in (script.start, script.create):
            act(stage, lambda text: None)
        for _ in range(2):  # on a busy machine what grows at first still does for some time; a leak goes on
            samples = list(idle(stage, IDLE_S, IDLE_S / 24))
            if not grown(samples):
                break
    assert grown(samples) == {}, "\n".join(summary(samples))
