"""Two sites as two processes, with a clock that runs fast; one is killed and started again."""

import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forks import Fork, Forks
from geo_runtime.demo.ports import Reservation
from geo_runtime.ground.timing import ScaledTiming
from geo_runtime.running import configuration
from waiting import wait_until

from .test_end_to_end import is_verified
from .world import World

SPEED = 60


class Processes:
    def __init__(self, world: World, forks: Forks, stack: ExitStack) -> None:
        self.world, self.forks = world, forks
        self.ports = {name: stack.enter_context(Reservation()).port for name in ("primary", "secondary")}
        self.origin = datetime.now(UTC)
        self.timing = ScaledTiming(self.origin, SPEED)
        world.keep_time_by(self.timing)  # what this process writes carries the same time
        self.running: dict[str, Fork] = {}

    def start(self, name: str) -> None:
        site = self.world.primary if name == "primary" else self.world.secondary
        config: dict[str, Any] = asdict(site.settings) | {
            "types": ["runtime.widgets:TYPES"],
            "port": self.ports[name],
            "speed": SPEED,
            "origin": self.origin.isoformat(),
        }
        path = self.world.folder / f"{name}.toml"
        path.write_text(configuration.written(config))
        self.running[name] = self.forks.start("serve", "--settings", str(path), log=self.world.folder / f"{name}.log")

    def end(self, name: str, number: signal.Signals) -> int:
        process = self.running.pop(name)
        if number == signal.SIGKILL:  # with its children, as a machine that loses power
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        return process.wait()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, lambda: "".join(path.read_text()[-3000:] for path in self.world.folder.glob("*.log")))


@pytest.fixture
def processes(world: World, forks: Forks) -> Iterator[Processes]:
    world.note_versions()
    with ExitStack() as stack:
        processes = Processes(world, forks, stack)
        stack.callback(lambda: [processes.end(name, signal.SIGKILL) for name in list(processes.running)])
        yield processes


@pytest.mark.slow
@pytest.mark.point(124)
def test_two_processes_and_a_kill(processes: Processes, world: World) -> None:
    processes.start("primary")
    world.set_node("primary", url=f"http://127.0.0.1:{processes.ports['primary']}")
    processes.start("secondary")
    first = [world.widget("first"), world.widget_file("first.bin")]
    processes.wait_for(lambda: all(is_verified(world, record) for record in first))
    processes.end("secondary", signal.SIGKILL)
    second = [world.widget("second"), world.widget_file("second.bin")]
    world.commit("group/first", "newer")
    world.replicator(first[0], world.primary).handle_after_update()
    processes.start("secondary")
    processes.wait_for(lambda: all(is_verified(world, record) for record in (*first, *second)))
    theirs, ours = (world.repository_at(site, "group/first") for site in (world.primary, world.secondary))
    processes.wait_for(lambda: theirs.references() == ours.references() and is_verified(world, first[0]))
    assert [processes.end(name, signal.SIGTERM) for name in ("secondary", "primary")] == [0, 0]


@pytest.mark.slow
def test_a_signal_that_another_thread_gets_ends_a_site(processes: Processes) -> None:
    """The kernel gives it to any thread if the process was stopped, as in a container that is paused."""
    processes.start("primary")
    log = processes.world.folder / "primary.log"
    processes.wait_for(lambda: "the site listens" in log.read_text())
    site = processes.running.pop("primary")
    others = {int(path.name) for path in Path(f"/proc/{site.pid}/task").iterdir()} - {site.pid}
    assert ctypes.CDLL(None).tgkill(site.pid, min(others), signal.SIGTERM) == 0
    assert site.wait() == 0
