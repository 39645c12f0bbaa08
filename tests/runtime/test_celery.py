"""Jobs that Celery carries with a real Redis: two workers, one of which is killed, and messages that get lost."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from geo_runtime.ground.timing import ManualTiming, ScaledTiming, SystemTiming
from geo_runtime.kinds.blob.download import LEASE_TIMEOUT
from geo_runtime.running.celery_queue import LOST_AFTER, RedisQueue
from geo_runtime.site.jobs import JobRow
from geo_runtime.workers import tick
from waiting import PATIENCE_S, wait_until

from .convergence import begin, leftovers, shortcomings
from .servers import Stalling, running_redis
from .test_end_to_end import is_verified
from .test_processes import SPEED
from .world import World

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def queue(world: World, redis: str) -> RedisQueue:
    """The jobs of the secondary, by the clock of the machine."""
    world.keep_time_by(SystemTiming())
    found = RedisQueue(world.secondary, redis)
    world.secondary.jobs = found
    return found


class Workers:
    def __init__(self, world: World, redis: str) -> None:
        self.world, self.redis = world, redis
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int, **clock: Any) -> None:
        config = asdict(self.world.secondary.settings) | {"types": "runtime.widgets:TYPES", "queue": self.redis} | clock
        path = self.world.folder / "secondary.json"
        path.write_text(json.dumps(config, default=str))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
        for _ in range(count):
            with (self.world.folder / f"worker-{len(self.running)}.log").open("ab") as log:
                command = [sys.executable, "-m", "geo_runtime.running.celery_worker", str(path)]
                self.running.append(
                    subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
                )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        wait_until(
            condition, lambda: "".join(path.read_text()[-2000:] for path in self.world.folder.glob("worker-*.log"))
        )


@pytest.fixture
def workers(world: World, redis: str) -> Iterator[Workers]:
    found = Workers(world, redis)
    yield found
    for process in found.running:
        process.kill()
        process.wait()


def calculate_checksums(world: World) -> None:
    for name in ("widget", "widget_file"):
        world.primary.jobs.enqueue("VerificationBatchWorker", name)
    world.primary.jobs.run_due()


def test_two_workers_run_the_same_jobs(world: World, queue: RedisQueue, workers: Workers) -> None:
    world.serve()
    records = [world.widget(f"w{number}") for number in range(4)] + [world.widget_file(f"{n}.bin") for n in range(4)]
    calculate_checksums(world)
    workers.start(2)
    for record in records:
        world.replicator(record).enqueue_sync()
    workers.wait_for(lambda: not queue.waiting("EventWorker"))
    for name in ("widget", "widget_file"):
        queue.enqueue("VerificationBatchWorker", name)
    workers.wait_for(lambda: all(is_verified(world, record) for record in records))
    for process in workers.running:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(PATIENCE_S) for process in workers.running] == [0, 0]


def test_a_worker_is_killed(world: World, queue: RedisQueue, workers: Workers) -> None:
    world.serve()
    workers.start(2)
    first = world.widget("first")
    world.replicator(first).enqueue_sync()
    workers.wait_for(lambda: world.registry(first) is not None and world.registry(first).is_synced)
    workers.running[0].kill()
    records = [world.widget(f"w{number}") for number in range(6)]
    for record in records:
        world.replicator(record).enqueue_sync()

    def are_synced() -> bool:
        return all((found := world.registry(record)) is not None and found.is_synced for record in records)

    workers.wait_for(are_synced)


def test_a_worker_is_killed_in_the_middle_of_transfers(world: World, queue: RedisQueue, workers: Workers) -> None:
    """What it held expires; its messages, which Redis would deliver again in an hour, are sent again before."""
    begin(world)
    content = random.Random(1).randbytes(500_000)
    records = [world.widget(commits=0), world.widget_file("big.bin", content)]
    world.commit("group/w", content)
    calculate_checksums(world)
    assert world._server
    with Stalling(world._server.port) as network:
        world.set_node("primary", url=network.url)
        workers.start(1)
        for record in records:
            world.replicator(record).enqueue_sync()
        network.wait_for(2)
        os.killpg(workers.running[0].pid, signal.SIGKILL)
    world.mend()
    assert {Path(name).suffix for name in leftovers(world)} == {"", ".new"}
    assert len(queue.waiting("EventWorker")) == 2
    # A clock that has run fast for a while is hours ahead; one minute of it is a second.
    origin = datetime.now(UTC) - (LEASE_TIMEOUT + timedelta(minutes=10)) / (SPEED - 1)
    world.keep_time_by(ScaledTiming(origin, SPEED))
    queue.timing = world.secondary.timing
    workers.start(1, origin=origin.isoformat(), speed=SPEED)

    def is_converged() -> bool:
        for site in (world.primary, world.secondary):
            tick(site)
        world.primary.jobs.run_due()
        queue.send_lost()
        return shortcomings(world, records) == []

    workers.wait_for(is_converged)


def test_a_job_runs_once_whatever_messages_come(world: World, queue: RedisQueue) -> None:
    world.serve()
    record = world.widget()
    job = queue.enqueue("SyncWorker", "widget", record.id)
    assert job is not None
    assert queue.unfinished([job]) == {job}
    assert queue.run(job)
    assert not queue.run(job)
    assert not queue.run(job + 100)
    assert queue.unfinished([job]) == set()
    assert world.registry(record).is_synced


def test_a_message_that_comes_early_is_sent_again(world: World, queue: RedisQueue, workers: Workers) -> None:
    world.serve()
    record = world.widget()
    world.keep_time_by(ManualTiming(datetime.now(UTC)))  # no time passes before the message comes
    job = queue.enqueue("SyncWorker", "widget", record.id, delay=timedelta(seconds=2))
    assert job is not None
    queue.app.control.purge()
    queue._perform(job)
    assert queue.waiting("SyncWorker") == [("SyncWorker", ["widget", record.id])]
    workers.start(1)
    workers.wait_for(lambda: queue.unfinished([job]) == set())
    assert world.registry(record).is_synced


def test_a_lost_message_is_sent_again(world: World, queue: RedisQueue, workers: Workers) -> None:
    world.serve()
    record = world.widget()
    job = queue.enqueue("SyncWorker", "widget", record.id)
    queue.app.control.purge()
    assert queue.send_lost() == 0  # it is not due for long
    past = world.secondary.now() - LOST_AFTER - timedelta(seconds=1)
    world.secondary.store.database.changed(update(JobRow).where(JobRow.id == job).values(run_at=past))
    assert queue.send_lost() == 1
    assert queue.send_lost() == 0  # a message waits now
    workers.start(1)
    workers.wait_for(lambda: queue.waiting() == [])
    assert world.registry(record).is_synced


def test_without_a_server_jobs_stay(world: World) -> None:
    queue = RedisQueue(world.secondary, "redis://127.0.0.1:1/0")
    job = queue.enqueue("SyncWorker", "widget", 1)
    assert job is not None
    assert queue.unfinished([job]) == {job}
    assert queue.send_lost() == 0
