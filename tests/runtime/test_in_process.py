"""Jobs that Celery carries within the process of a site."""

import logging
import queue as queues
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.transport import memory
from sqlalchemy.exc import OperationalError

from geo_runtime.ground import interruption
from geo_runtime.ground.memory import remembering
from geo_runtime.ground.timing import SystemTiming
from geo_runtime.running.celery_queue import InProcessQueue
from geo_runtime.running.memory_transport import Waiting
from geo_runtime.site.jobs import THREADS, Claimed, Job, Queue, Unique
from waiting import PATIENCE_S, wait_until

from .world import World


class Work:
    """A kind of job that notes what it was given, and can be held up or fail."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.threads: set[str] = set()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.failures = 0

    def perform(self, site: Any, argument: Any) -> None:
        self.threads.add(threading.current_thread().name)
        self.goes_on.wait(PATIENCE_S)
        if self.failures:
            self.failures -= 1
            raise ValueError("a bad day")
        self.seen.append(argument)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def queue(world: World, work: Work) -> InProcessQueue:
    """The jobs of the secondary, by the clock of the machine."""
    world.keep_time_by(SystemTiming())
    world.secondary.jobs.clear()
    return queue_in(world, work)


def queue_in(world: World, work: Work) -> InProcessQueue:
    """The jobs as a process has them that was just started."""
    site = world.again(world.secondary)
    site.timing = site.store.timing = SystemTiming()
    queue = InProcessQueue(site)
    queue.kinds = {
        **queue.kinds,
        "Work": Job("Work", work.perform, queue=Queue.SYNC),
        "Once": Job("Once", work.perform, 0, Unique.UNTIL_EXECUTED),
    }
    return queue


def test_jobs_run_in_threads(queue: InProcessQueue, work: Work) -> None:
    with queue.at_work():
        queue.enqueue("Work", 0)
        queue.enqueue_all("Work", [(number,) for number in range(1, 200)])
        wait_until(lambda: queue.waiting() == [])
    assert sorted(work.seen) == list(range(200))
    assert threading.current_thread().name not in work.threads
    assert 1 < len(work.threads) <= 4


def test_the_first_message_of_a_queue_finds_its_way(queue: InProcessQueue) -> None:
    """Two threads that send their first ones at once would lose one, if sending had to make the way first."""
    with queue.at_work(), queue.app.connection_for_write() as connection:
        for each in queue.app.amqp.queues.values():
            assert set(connection.default_channel._lookup(each.exchange.name, each.routing_key)) == {each.name}


def test_a_reader_of_one_queue_is_woken_by_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks once, when there is one, and not again and again until then."""
    messages: queues.Queue[str] = queues.Queue()
    monkeypatch.setitem(memory.Channel.queues, "mine", messages)

    class Asking:
        def drain_events(self, connection: Any, timeout: float | None = None) -> str:
            return messages.get_nowait()

    class Transport(Waiting, Asking): ...

    connection = SimpleNamespace(channels=[SimpleNamespace(_active_queues=["mine"])])
    with ThreadPoolExecutor() as pool:
        future = pool.submit(Transport().drain_events, connection, PATIENCE_S)
        assert not future.done()
        messages.put("a message")
        assert future.result(PATIENCE_S) == "a message"
    with pytest.raises(queues.Empty):
        Transport().drain_events(connection, 0)


def test_what_another_process_added_is_found_and_sent_once(queue: InProcessQueue, work: Work, world: World) -> None:
    world.secondary.jobs.kinds = queue.kinds
    work.goes_on.clear()
    with queue.at_work():
        for number in range(6):
            assert world.secondary.jobs.enqueue("Work", number) is not None
        wait_until(lambda: len(work.threads) == 4 and len(queue._under_way[Queue.SYNC]) == 2)
        assert len(queue.overdue()) == 2
        assert queue.send_lost() == 0
        work.goes_on.set()
        wait_until(lambda: queue.waiting() == [])
    assert sorted(work.seen) == list(range(6))


def test_a_job_that_is_seen_before_its_message_is_sent_has_one_message(
    queue: InProcessQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else most jobs of a busy site have two, since another thread looks for rows all the time."""
    sent: list[int] = []
    queue_of = queue.queue_of

    def looked_for(name: str) -> Queue:
        queue.send_lost()
        return queue_of(name)

    monkeypatch.setattr(queue, "queue_of", looked_for)
    monkeypatch.setattr(queue._task, "apply_async", lambda arguments, **_: sent.append(arguments[0]))
    job = queue.enqueue("Work", 1)
    assert sent == [job]


def test_jobs_are_looked_for_where_threads_are_short_of_work(
    queue: InProcessQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[Queue]] = []
    overdue = queue.overdue

    def ask(**values: Any) -> list[int]:
        asked.append(set(values["queues"]))
        return overdue(**values)

    monkeypatch.setattr(queue, "overdue", ask)
    queue.send_lost()
    jobs = queue.enqueue_all("Work", [(number,) for number in range(THREADS[Queue.SYNC])])
    queue.send_lost()
    queue._under_way[Queue.SYNC].discard(jobs[0])
    queue.send_lost()
    assert [Queue.SYNC in each for each in asked[:2]] == [True, False]
    assert Queue.SYNC in asked[2]


def test_messages_of_many_jobs_do_not_fill_the_memory(
    queue: InProcessQueue, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_runtime.running.celery_queue.MOST_UNDER_WAY", 5)
    most = 0
    for number in range(10):
        queue.enqueue("Work", number, delay=timedelta(hours=1))  # takes no room
    with queue.at_work():
        queue.enqueue_all("Work", [(number,) for number in range(50)])
        while len(work.seen) < 50:
            most = max(most, len(queue._under_way[Queue.SYNC]))
    assert 0 < most <= 5
    assert sorted(work.seen) == list(range(50))
    assert len(queue.waiting()) == 10


def test_jobs_are_there_after_a_restart(queue: InProcessQueue, work: Work, world: World) -> None:
    queue.enqueue("Work", "before")  # its message ends with the process
    again = queue_in(world, work)
    with again.at_work():
        wait_until(lambda: again.waiting() == [])
    assert work.seen == ["before"]


def test_a_job_waits_for_its_time(queue: InProcessQueue, work: Work) -> None:
    began = time.monotonic()
    with queue.at_work():
        queue.enqueue("Work", "later", delay=timedelta(seconds=1))
        wait_until(lambda: work.seen == ["later"])
    assert time.monotonic() - began >= 1


def test_a_job_that_fails_is_tried_again_later(
    queue: InProcessQueue, work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queue.timing, "integer", lambda low, high: -7)  # 2 seconds in all
    work.failures = 1
    with caplog.at_level(logging.CRITICAL), queue.at_work():
        queue.enqueue("Work", "again")
        wait_until(lambda: work.seen == ["again"])
        wait_until(lambda: queue.waiting() == [])


def test_a_job_whose_end_no_database_recorded_runs_again(
    queue: InProcessQueue, work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else one that may be there only once would keep the next from coming until its claim expires."""
    monkeypatch.setattr("geo_runtime.running.celery_queue.AGAIN_AFTER", timedelta(seconds=0.2))
    finish, away = queue._finish, [True, True]

    def breaks_down(row: Claimed) -> None:
        if away:
            away.pop()
            raise OperationalError("DELETE", {}, Exception("the server closed the connection"))
        finish(row)

    monkeypatch.setattr(queue, "_finish", breaks_down)
    with caplog.at_level(logging.CRITICAL), queue.at_work():
        assert queue.enqueue("Once", 1) is not None
        wait_until(lambda: queue.waiting() == [])
        assert queue.enqueue("Once", 1) is not None
        wait_until(lambda: queue.waiting() == [])
    assert work.seen == [1, 1, 1, 1]


def test_one_that_may_be_there_only_once(queue: InProcessQueue, work: Work) -> None:
    work.goes_on.clear()
    with queue.at_work():
        assert queue.enqueue("Once", 1) is not None
        wait_until(lambda: len(work.threads) == 1)
        assert queue.enqueue("Once", 1) is None  # though it runs
        work.goes_on.set()
        wait_until(lambda: queue.enqueue("Once", 1) is not None)


def test_what_runs_at_the_end_is_finished_and_the_rest_waits(queue: InProcessQueue, work: Work) -> None:
    work.goes_on.clear()
    with queue.at_work():
        queue.enqueue_all("Work", [(number,) for number in range(20)])
        wait_until(lambda: len(work.threads) == 4)
        threading.Timer(0.5, work.goes_on.set).start()
    assert len(work.seen) == 4
    assert len(queue.waiting()) == 16
    assert len(queue.overdue()) == 16


def test_a_job_that_does_not_end_is_handed_back(queue: InProcessQueue, work: Work) -> None:
    work.goes_on.clear()
    with queue.at_work(grace_s=0.2):
        job = queue.enqueue("Work", 1)
        wait_until(lambda: len(work.threads) == 1)
    assert work.seen == []
    assert queue.overdue() == [job]
    work.goes_on.set()
    wait_until(lambda: queue.waiting() == [])


def test_a_job_that_can_gives_up_at_the_end(queue: InProcessQueue, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def perform(site: Any) -> None:
        try:
            while True:
                interruption.check()
                time.sleep(0.01)
        finally:
            ended.set()

    queue.kinds = {**queue.kinds, "Long": Job("Long", perform, retries=0)}
    with queue.at_work(grace_s=PATIENCE_S):
        job = queue.enqueue("Long")
        wait_until(lambda: queue._running.keys() == {job})
        queue.ending.set()  # as the end does after half of its time
        wait_until(ended.is_set)
        wait_until(lambda: queue._running == {})
        queue._is_stopped = True
    assert queue.waiting() == [("Long", [])]  # it counts as no failure, of which this kind may have none
    assert "job interrupted" in caplog.text


def test_another_worker_begins_when_one_gives_up(
    queue: InProcessQueue, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_runtime.running.celery_workers._PAUSE_S", 0)
    with queue.at_work():
        worker = queue.workers.each[queue.name_of(Queue.SYNC)]
        first = worker.controller
        first.consumer.connection.transport.drain_events = breaks
        wait_until(lambda: worker.controller is not first)
        queue.enqueue("Work", 1)
        wait_until(lambda: work.seen == [1])


def breaks(*_arguments: Any, **_options: Any) -> None:
    raise ZeroDivisionError("a bug")


def test_threads_keep_what_they_read_for_a_while(queue: InProcessQueue, world: World) -> None:
    seen: list[bool] = []

    def look(site: Any) -> None:
        with remembering():
            seen.append(queue.site.flags.enabled("geo_x"))

    queue.kinds = {**queue.kinds, "Look": Job("Look", look)}
    with queue.at_work():
        for number in range(1, 5):
            queue.enqueue("Look")
            wait_until(lambda number=number: len(seen) == number)  # type: ignore[misc]
        world.flag("geo_x", True)
        wait_until(lambda: bool(queue.enqueue("Look")) and seen[-1])
    assert not any(seen[:4])


def test_transfers_that_stand_still_keep_nothing_else_waiting(queue: InProcessQueue, work: Work) -> None:
    """Nor do schedulers, one of each kind, which work for hours."""
    others = Work()
    kinds = {f"Quick {each}": Job(f"Quick {each}", others.perform, queue=each) for each in Queue if each != Queue.SYNC}
    scheduler = Job("Scheduler", work.perform)
    queue.kinds = {**queue.kinds, **kinds, "Scheduler": scheduler}
    work.goes_on.clear()
    with queue.at_work(grace_s=PATIENCE_S):
        queue.enqueue_all("Work", [(number,) for number in range(20)])
        queue.enqueue_all("Scheduler", [(kind.name,) for kind in queue.site.kinds])
        wait_until(lambda: len(queue._running) == THREADS[Queue.SYNC] + len(queue.site.kinds))
        for name in kinds:
            queue.enqueue(name, name)
        wait_until(lambda: sorted(others.seen) == sorted(kinds))
        assert work.seen == []
        work.goes_on.set()


@pytest.mark.parametrize("queue_name", Queue)
def test_a_queue_with_many_jobs_does_not_keep_the_others_from_being_sent(
    queue: InProcessQueue, work: Work, queue_name: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_runtime.running.celery_queue.MOST_UNDER_WAY", 2)
    queue.kinds = {each: Job(each, work.perform, queue=each) for each in Queue}
    queue.enqueue_all(queue_name, [(number,) for number in range(10)])
    for each in Queue:
        assert queue.enqueue(each, "other") is not None
    assert {each: len(found) for each, found in queue._under_way.items()} == {
        each: 2 if each is queue_name else 1 for each in Queue
    }
