"""What is killed with signal 9 while it is at work: a site, a writer of SQLite."""

import os
import random
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_runtime.kinds.blob.download import LEASE_TIMEOUT
from geo_runtime.running import configuration

from .convergence import begin, converge, leftovers, shortcomings
from .servers import Stalling
from .test_processes import Processes, processes
from .widgets import WidgetFile
from .world import World

__all__ = ["processes"]
pytestmark = pytest.mark.slow
AFTER_ALL = LEASE_TIMEOUT + timedelta(minutes=1)
"""When everything that a killed process held has expired."""


def transfers(world: World, fetched: Any, number: int, size: int) -> list[Any]:
    """Begin a fetch, a clone and a download of so many bytes; return the records that are new."""
    content = random.Random(number).randbytes(size)
    name = f"cloned{number}"
    world.repository_at(world.primary, f"group/{name}").create()
    for path in (fetched.full_path, f"group/{name}"):
        world.repository_at(world.primary, path).git("config", "core.compression", "0")
        world.commit(path, content, f"refs/heads/{number}")
    world.replicator(fetched, world.primary).handle_after_update()
    return [world.widget(name, repository=False), world.widget_file(f"{number}.bin", content)]


def test_a_site_is_killed_in_the_middle_of_transfers(processes: Processes, world: World) -> None:
    begin(world)
    processes.start("primary")
    with Stalling(processes.ports["primary"]) as network:
        world.set_node("primary", url=network.url)
        processes.start("secondary")
        fetched = world.widget("fetched")
        records = [fetched]
        processes.wait_for(lambda: shortcomings(world, records) == [])
        records += transfers(world, fetched, 1, 8 << 20)
        network.wait_for(3)
        processes.end("primary", signal.SIGKILL)
        network.release()
        processes.wait_for(lambda: all(world.registry(record).last_sync_failure for record in records))
        processes.start("primary")
        processes.wait_for(lambda: shortcomings(world, records) == [])
        network.stall()
        records += transfers(world, fetched, 2, 1 << 20)
        network.wait_for(3)
        processes.end("secondary", signal.SIGKILL)
    assert {Path(name).suffix for name in leftovers(world)} == {"", ".new"}  # so it was in the middle
    assert [world.registry(record).is_started for record in records] == [True, False, False, True, True]
    processes.end("primary", signal.SIGTERM)
    world.timing.time = processes.timing.now()
    world.keep_time_by(world.timing)
    world.mend()
    converge(world, records, rounds=5, seconds=AFTER_ALL.total_seconds())


WRITER = """
import sys, threading
from geo_runtime.events import publishing
from geo_runtime.running import configuration, configured
from runtime.widgets import WidgetFile

def stall(*arguments):
    written.set()
    threading.Event().wait()

def write():
    with site.main.session() as session:
        session.add(WidgetFile(blob_path="without an event"))
        session.commit()

settings = configuration.read(__import__("pathlib").Path(sys.argv[1]))
(site, _), written = configured.open_configured(settings), threading.Event()
publishing.write_event = stall
threading.Thread(target=write, daemon=True).start()
written.wait()
with site.main.session() as session:
    session.add(WidgetFile(blob_path="without a commit"))
    session.flush()
    print("in the middle", flush=True)
    threading.Event().wait()
"""


def test_a_writer_is_killed_in_a_transaction_and_before_its_event(world: World) -> None:
    begin(world)
    for name in ("without an event", "without a commit"):
        world.upload(world.primary, name).parent.mkdir(exist_ok=True)
        world.upload(world.primary, name).write_bytes(b"content")
    config: dict[str, Any] = asdict(world.primary.settings) | {"types": ["runtime.widgets:TYPES"]}
    path = world.folder / "writer.toml"
    path.write_text(configuration.written(config))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])}
    command = [sys.executable, "-c", WRITER, str(path)]
    writer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert writer.stdout
    assert writer.stdout.readline() == b"in the middle\n"
    writer.kill()
    writer.wait()
    writer.stdout.close()
    with world.primary.main.session() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        records = session.query(WidgetFile).all()
    assert [record.blob_path for record in records] == ["without an event"]
    assert world.events() == []
    converge(world, records)
