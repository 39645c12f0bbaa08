"""Jobs that Celery carries with a real Redis: two workers, one of which is killed, and messages that get lost."""

import base64
import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from redis import Redis
from sqlalchemy import update

from forks import Fork, Forks
from geo_runtime.ground.timing import ManualTiming, ScaledTiming, SystemTiming
from geo_runtime.kinds.blob.download import LEASE_TIMEOUT
from geo_runtime.running import configuration, memory_transport
from geo_runtime.running.celery_queue import LOST_AFTER, InProcessQueue, RedisQueue
from geo_runtime.running.redis_transport import remade
from geo_runtime.site.jobs import THREADS, Job, JobRow, Queue
from geo_runtime.workers import tick
from waiting import PATIENCE_S, wait_until

from .convergence import begin, leftovers, shortcomings
from .servers import Stalling, running_redis
from .test_end_to_end import is_verified
from .test_no_code import bombs
from .test_processes import SPEED
from .world import World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def queue(world: World, redis: str) -> RedisQueue:
    """The jobs of the secondary, by the machine's clock, in a Redis that holds nothing of a worker killed before."""
    with Redis.from_url(redis) as server:
        server.flushall()
    world.note_versions()
    world.keep_time_by(SystemTiming())
    # No scheduler sees to what waits.
    world.set_node("secondary", files_max_capacity=1000, repos_max_capacity=1000, verification_max_capacity=1000)
    queue = RedisQueue(world.secondary, redis)
    world.secondary.jobs = queue
    return queue


class Workers:
    def __init__(self, world: World, redis: str, forks: Forks) -> None:
        self.world, self.redis, self.forks = world, redis, forks
        self.running: list[Fork] = []

    def start(self, count: int, **clock: Any) -> None:
        config = (
            asdict(self.world.secondary.settings) | {"types": ["runtime.widgets:TYPES"], "queue": self.redis} | clock
        )
        path = self.world.folder / "secondary.toml"
        path.write_text(configuration.written(config))
        for _ in range(count):
            log = self.world.folder / f"worker-{len(self.running)}.log"
            self.running.append(self.forks.start("worker", "--settings", str(path), log=log))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        wait_until(condition, lambda: "".join(text[-2000:] for text in self.logs()))

    def logs(self) -> list[str]:
        return [path.read_text() for path in self.world.folder.glob("worker-*.log")]


@pytest.fixture
def workers(world: World, redis: str, forks: Forks) -> Iterator[Workers]:
    workers = Workers(world, redis, forks)
    yield workers
    for process in workers.running:
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
    workers.wait_for(lambda: all("the worker is ready site=secondary threads=" in log for log in workers.logs()))
    for record in records:
        world.replicator(record).enqueue_sync()
    workers.wait_for(lambda: not queue.waiting())
    for name in ("widget", "widget_file"):
        queue.enqueue("VerificationBatchWorker", name)
    workers.wait_for(lambda: all(is_verified(world, record) for record in records))
    for process in workers.running:
        process.send_signal(signal.SIGTERM)
    assert [process.wait() for process in workers.running] == [0, 0]


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
    assert len(queue.waiting("EventSyncWorker")) == 2
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


@pytest.mark.parametrize("kind", ["widget", "widget_file"])
def test_a_worker_that_is_told_to_end_hands_back_what_it_has(
    world: World, queue: RedisQueue, workers: Workers, kind: str
) -> None:
    """A transfer may take hours, for which nobody who stops a worker waits."""
    world.serve()
    content = random.Random(1).randbytes(500_000)
    record = world.widget(commits=0) if kind == "widget" else world.widget_file("big.bin", content)
    if kind == "widget":
        world.commit("group/w", content)
    calculate_checksums(world)
    assert world._server
    with Stalling(world._server.port) as network:
        world.set_node("primary", url=network.url)
        workers.start(1, grace=2)
        job = queue.enqueue("SyncWorker", kind, record.id)
        network.wait_for(1)
        assert queue.overdue() == []
        workers.running[0].send_signal(signal.SIGTERM)
        assert workers.running[0].wait() == 0
        assert queue.overdue() == [job]
        network.release()


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
    queue._perform(job, Queue.SYNC)
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


def sent(queue: RedisQueue, server: Redis, *, delay: timedelta = timedelta(0)) -> dict[str, Any]:
    """The message that is sent for a job, removed from the queue again."""
    job = queue.enqueue("MetricsUpdateWorker")
    assert job is not None
    queue.app.control.purge()
    queue._send(job, Queue.CRONJOB, delay)
    [message] = server.lrange(queue.name_of(Queue.CRONJOB), 0, -1)
    queue.app.control.purge()
    queue.clear()
    document: dict[str, Any] = json.loads(message)
    return document


BODIES: dict[str, Any] = {
    "no list": "x",
    "too short": [1],
    "no job": [[], {}, {}],
    "two jobs": [[1, 2], {}, {}],
    "a text": [["1"], {}, {}],
    "a statement": [["1; DROP TABLE jobs"], {}, {}],
    "a fraction": [[1.5], {}, {}],
    "yes": [[True], {}, {}],
    "nothing": [[None], {}, {}],
    "too large": [[2**70], {}, {}],
    "negative": [[-1], {}, {}],
    "a list": [[[1]], {}, {}],
    "by name": [[], {"job_id": 1}, {}],
    "a map": [{"job_id": 1}, {}, {}],
}
CHANGES: dict[str, tuple[list[str], Any]] = {
    "no headers": (["headers"], {}),
    "other task": (["headers", "task"], "os.system"),
    "pickle": (["content-type"], "application/x-python-serialize"),
    "a time that is none": (["headers", "eta"], "soon"),
    "a time that is a number": (["headers", "eta"], 7),
    "a time without a zone": (["headers", "eta"], "2026-01-01T00:00:00"),
    "no base64": (["body"], "%%%"),
    "no text": (["body"], 5),
}
RAW = (b"\xff\xfe", b"", b"nonsense", b'"text"', b"[]", b"null", b"{}", b"5", b"[" * 100_000, b"9" * 10_000)


def bad_messages(good: dict[str, Any], place: Path) -> Iterator[bytes]:
    yield from RAW
    for bomb in bombs(place):
        yield bomb
        body = base64.b64encode(bomb).decode()
        for kind in ("application/x-python-serialize", "pickle", "application/x-yaml", "application/json"):
            yield json.dumps(good | {"body": body, "content-type": kind, "content-encoding": "binary"}).encode()
    for body in BODIES.values():
        yield json.dumps(good | {"body": base64.b64encode(json.dumps(body).encode()).decode()}).encode()
    for path, value in CHANGES.values():
        changed = json.loads(json.dumps(good))
        target = changed
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value
        yield json.dumps(changed).encode()
    yield json.dumps({key: value for key, value in good.items() if key != "body"}).encode()


def test_bad_messages_are_dropped(queue: RedisQueue, workers: Workers, redis: str, tmp_path: Path) -> None:
    place = tmp_path / "made by a message"
    with Redis.from_url(redis) as server:
        good = sent(queue, server)
        workers.start(1)
        bad = list(bad_messages(good, place))
        for message in bad:
            server.lpush(queue.name_of(Queue.CRONJOB), message)
        queue.enqueue("MetricsUpdateWorker")
        workers.wait_for(lambda: queue.waiting() == [])
        odd = json.loads(json.dumps(good)) | {"properties": {}}  # what else it says is not looked at
        odd["headers"] |= {"id": 5, "retries": "x", "timelimit": "x", "expires": "never", "callbacks": 7}
        server.lpush(queue.name_of(Queue.CRONJOB), json.dumps(odd))
        queue.enqueue("MetricsUpdateWorker")
        workers.wait_for(lambda: queue.waiting() == [])
        assert workers.running[0].poll() is None
        assert server.llen(queue.name_of(Queue.CRONJOB)) == 0
        workers.wait_for(lambda: server.hlen("unacked") == 0)
    said = (workers.world.folder / "worker-0.log").read_text()
    assert said.count("is dropped") == len(bad)
    assert not place.exists()


def test_the_next_job_begins_when_one_has_ended(world: World, redis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the reader of messages looks again, however often that is."""
    queue, done = RedisQueue(world.secondary, redis, {**THREADS, Queue.EVENT: 1}), list[int]()
    world.keep_time_by(SystemTiming())
    queue.kinds = {"Short": Job("Short", lambda site, number: done.append(number), queue=Queue.EVENT)}
    with queue.working(queues=[Queue.EVENT]):
        with monkeypatch.context() as patched:
            patched.setattr(memory_transport, "_LOOK_S", PATIENCE_S)
            queue.enqueue_all("Short", [[number] for number in range(PATIENCE_S + 1)])  # Kombu looks every second
            wait_until(lambda: len(done) > PATIENCE_S)
        queue.enqueue("Short", 0)  # ends the long wait
        wait_until(lambda: not queue.waiting())


def test_what_a_message_says_is_taken_over(queue: RedisQueue, redis: str) -> None:
    with Redis.from_url(redis) as server:
        at_once, later = sent(queue, server), sent(queue, server, delay=timedelta(minutes=5))
    for message in (at_once, later):
        made = remade(message, "queue")
        assert made is not None
        assert json.loads(base64.b64decode(made["body"]))[0] == json.loads(base64.b64decode(message["body"]))[0]
        assert made["headers"]["eta"] == message["headers"].get("eta")
    assert later["headers"]["eta"]


@pytest.mark.parametrize("value", ["1", True, None, 1.0, 0, -1, 2**63, [1], {"a": 1}])
def test_only_ids_of_jobs_reach_the_database(world: World, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    queue = InProcessQueue(world.secondary)
    with patch.object(queue, "run") as run:
        queue._task(value)
        queue._task(7)
    run.assert_called_once_with(7)
    assert [record.getMessage() for record in caplog.records] == ["a message names no job, and is dropped"]


def test_without_a_server_jobs_stay(world: World) -> None:
    queue = RedisQueue(world.secondary, "redis://127.0.0.1:1/0")
    job = queue.enqueue("SyncWorker", "widget", 1)
    assert job is not None
    assert queue.unfinished([job]) == {job}
    assert queue.send_lost() == 0
