"""Delivers the jobs of a site to workers through Celery, inside the site's own process or through Redis.

A job stays a row of the site's store, which shows whether it exists already, whether it is running, and when it is
tried again; Celery only carries its id. So a message that arrives twice, too early or out of order is harmless, and a
lost one is sent again.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from celery import Celery, Task
from kombu.exceptions import OperationalError
from sqlalchemy.exc import DBAPIError

from geo_runtime.ground.memory import keep
from geo_runtime.ground.secrets import masked
from geo_runtime.running.celery_workers import Worker, Workers
from geo_runtime.running.ending import GRACE_S
from geo_runtime.running.messages import TASK, is_job_id
from geo_runtime.site.jobs import STATUS_EXPIRATION, THREADS, Begun, Claimed, Job, Jobs, NewJob, Queue

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

log = logging.getLogger(__name__)

LOST_AFTER: Final = timedelta(minutes=5)
"""How long a job must have been due for its message in Redis to count as lost, if no message is waiting."""
AGAIN_AFTER: Final = timedelta(seconds=15)
"""When a job that a database error interrupted is tried again, repeatedly."""
MOST_UNDER_WAY: Final = 1000
"""How many messages of a queue wait in a process at most; the other jobs wait as rows."""
KEPT_S: Final = 1.0
"""How old cached sites and flags may be when a job begins; in GitLab a minute."""
TRANSPORT: Final = "geo_runtime.running.redis_transport:Transport"
"""The transport that reads messages from Redis."""
IN_PROCESS: Final = "geo_runtime.running.memory_transport:Transport"
"""The transport that carries messages within a process."""
_SHOWN: Final = 200
_MARGIN_S: Final = 0.01
_VISIBILITY_TIMEOUT_S: Final = 3600
_POLL_S: Final = 0.02
"""How long a job added by this process waits for it at most."""
_BUSY_LOOK_S: Final = 1.0
"""How long jobs added by other processes may go unnoticed while messages wait for every thread."""
_STOP_S: Final = 5.0
_PING_S: Final = 5.0
_UNTOUCHED: Final = 0.5
"""The share of the grace period in which running jobs may finish by themselves; then they are asked to give up."""


def queue_name(site: "ReplicatingSite") -> str:
    """Return the prefix of a site's queue names; sites can share a server, even those with the same name."""
    return name_of_queue(site.settings.node_name, site.settings.store_url)


def name_of_queue(node_name: str, store_url: str) -> str:
    """Return the prefix of the queue names of a site that is not open.

    Args:
        node_name: The name of the site.
        store_url: The URL of its store, which is unique.
    """
    return f"geo-{node_name}-{hashlib.sha256(store_url.encode()).hexdigest()[:8]}"


class CeleryQueue(Jobs):
    """The jobs of one site, carried by Celery.

    Args:
        site: The site.
        url: The URL of the broker.
        threads: How many jobs of each queue a process runs at once.
        settings: Celery's settings.

    Attributes:
        look_s: How often to look for lost messages, in seconds of the machine's clock.
        workers: The workers of this process, while they run.
    """

    look_s: ClassVar[float]
    workers: Workers

    def __init__(
        self, site: "ReplicatingSite", url: str, threads: Mapping[Queue, int] = THREADS, **settings: Any
    ) -> None:
        super().__init__(site.store, site.jobs.kinds, site)
        self.site = site
        self._threads = threads
        self.name = queue_name(site)
        self._names = {queue: f"{self.name}-{queue}" for queue in Queue}
        self._url, self._settings = url, settings
        self._broken_off: set[int] = set()
        self.app = self._app(*Queue)
        self._task = self.app.tasks[TASK]

    def _app(self, *queues: Queue) -> Celery:
        """Return an application that sends to queues, or works on them; it works on all queues that it knows."""
        app = Celery("geo_runtime", broker=self._url, set_as_current=False, fixups=[])
        names = [self.name_of(queue) for queue in queues]
        app.conf.update(
            task_queues={name: {"routing_key": name} for name in names},
            task_default_queue=names[0],
            task_ignore_result=True,
            worker_hijack_root_logger=False,
            **self._settings,
        )

        def run_job(task: Task, job_id: object) -> None:  # Celery accepts functions; a method would lose its object
            if is_job_id(job_id):
                self._perform(job_id, self._queue_of_message(task))
            else:
                log.warning("a message names no job, and is dropped", extra={"content": repr(job_id)[:_SHOWN]})

        app.task(run_job, name=TASK, shared=False, bind=True)  # not shared: a process can have several sites
        return app

    def name_of(self, queue: Queue) -> str:
        """Return the name of a queue of the site."""
        return self._names[queue]

    def threads(self) -> dict[Queue, int]:
        """Return how many threads of a process run the jobs of each queue; each scheduler has an additional one."""
        return {**self._threads, Queue.CRONJOB: self._threads[Queue.CRONJOB] + len(self.site.kinds)}

    def enqueue(
        self, name: str, *arguments: Any, delay: timedelta = timedelta(0), expiration: timedelta = STATUS_EXPIRATION
    ) -> int | None:
        """Add a job and send it; arguments, result and errors as for `Jobs.enqueue`."""
        job_id = super().enqueue(name, *arguments, delay=delay, expiration=expiration)
        if job_id is not None:
            self._send(job_id, self.queue_of(name), delay)
        return job_id

    def enqueue_all(
        self, name: str, each: Sequence[Sequence[Any]], expiration: timedelta = STATUS_EXPIRATION
    ) -> list[int]:
        """Add many jobs and send each; arguments, result and errors as for `Jobs.enqueue_all`."""
        ids = super().enqueue_all(name, each, expiration)
        for job_id in ids:
            self._send(job_id, self.queue_of(name))
        return ids

    def enqueue_chosen(
        self, names: Sequence[str], choose: Callable[[list[Begun]], Sequence[NewJob]]
    ) -> list[tuple[NewJob, int]]:
        """Add chosen jobs and send each; arguments, result and errors as for `Jobs.enqueue_chosen`."""
        added = super().enqueue_chosen(names, choose)
        for wanted, job_id in added:
            self._send(job_id, self.queue_of(wanted.name))
        return added

    def send_lost(self) -> int:
        """Send jobs that are due and not on their way; return how many."""
        count = 0
        for queue, lost in self._lost().items():
            count += len(lost)
            for job_id in lost:
                self._send(job_id, queue)
        return count

    @contextmanager
    def at_work(self, grace_s: float = GRACE_S) -> Iterator[None]:
        """During a block, look for lost messages, and run jobs if they run in this process.

        Args:
            grace_s: How long jobs running at the end may take to finish or give up; others are handed back.
        """
        ended = threading.Event()
        looking = threading.Thread(target=self._look, args=(ended,), daemon=True)
        looking.start()
        try:
            yield
        finally:
            ended.set()
            looking.join(_STOP_S)

    def _look(self, ended: threading.Event) -> None:
        while not ended.wait(self.look_s):
            try:
                self.send_lost()
            except Exception:
                log.exception("jobs cannot be looked for", extra={"queue": self.name})

    @contextmanager
    def working(self, grace_s: float = GRACE_S, queues: Collection[Queue] = tuple(Queue)) -> Iterator[None]:
        """Run jobs in threads during a block.

        Args:
            grace_s: As for `at_work`.
            queues: The queues whose jobs to run.

        Raises:
            RuntimeError: The workers do not start.
        """
        threads = self.threads()
        each = [Worker(self._app(queue), self.name_of(queue), threads[queue]) for queue in queues]
        with Workers(each) as self.workers:
            try:
                yield
            finally:
                self.workers.stop()
                self.workers.wait(grace_s * _UNTOUCHED)
                self.ending.set()
                self.workers.wait(grace_s * (1 - _UNTOUCHED))
                self.hand_back()

    def _lost(self) -> Mapping[Queue, Sequence[int]]:
        raise NotImplementedError

    def _queue_of_message(self, task: Task) -> Queue:
        """Return the queue from which a message came."""
        name = (task.request.delivery_info or {}).get("routing_key") or ""
        return next((queue for queue, known in self._names.items() if known == name), Queue.CRONJOB)

    def _perform(self, job_id: int, queue: Queue) -> None:
        """Run a received job; one that arrived too early, or while the database was unavailable, is sent again."""
        keep(KEPT_S)
        try:
            self._release_broken_off()
            wait = None if self.run(job_id) else self.due_in(job_id)
        except DBAPIError:
            self._broken_off.add(job_id)
            self._send(job_id, queue, AGAIN_AFTER)
            raise
        if wait:
            self._send(job_id, queue, wait)

    def _release_broken_off(self) -> None:
        """Release the claims of jobs interrupted here whose end could not be stored."""
        if broken_off := set(self._broken_off):
            self.release(broken_off, AGAIN_AFTER)
            self._broken_off -= broken_off

    def _retry_or_drop(self, row: Claimed, kind: Job, error: Exception) -> None:
        super()._retry_or_drop(row, kind, error)
        wait = self.due_in(row.id)
        if wait is not None:
            self._send(row.id, kind.queue, wait)

    def _send(self, job_id: int, queue: Queue, wait: timedelta = timedelta(0)) -> None:
        """Send a message; if that fails the job stays, and `send_lost` sends it later."""
        countdown = self.timing.machine_seconds(wait) + _MARGIN_S if wait else None
        try:
            self._task.apply_async((job_id,), queue=self.name_of(queue), countdown=countdown, retry=False)
        except OperationalError:
            log.exception("the queue cannot be reached", extra={"job": job_id})


class InProcessQueue(CeleryQueue):
    """Jobs that Celery carries in memory, to threads of the site's own process.

    Other processes add rows too, messages end with the process, and so many jobs can wait that their messages would
    fill the memory: so it constantly looks for jobs that had to wait, found no room, or were not sent.

    Args:
        site: The site.
        threads: As for `CeleryQueue`.
    """

    look_s = 0.1

    def __init__(self, site: "ReplicatingSite", threads: Mapping[Queue, int] = THREADS) -> None:
        super().__init__(
            site,
            "memory://localhost/",
            threads,
            worker_prefetch_multiplier=0,  # everything at once: unstarted jobs are safe in their rows
            worker_enable_remote_control=False,
            broker_transport=IN_PROCESS,
            broker_transport_options={"polling_interval": _POLL_S},
        )
        self._under_way: dict[Queue, set[int]] = {queue: set() for queue in Queue}
        self._looked_at = dict.fromkeys(Queue, 0.0)
        self._is_stopped = False

    @contextmanager
    def at_work(self, grace_s: float = GRACE_S) -> Iterator[None]:
        """Run jobs in threads during a block; argument as for `CeleryQueue.at_work`, errors as for `working`."""
        self._is_stopped = False
        self._declare()
        with self.working(grace_s), super().at_work():
            try:
                yield
            finally:
                self._is_stopped = True

    def _declare(self) -> None:
        """Create the queues, before several threads send to them.

        The first sender makes Kombu declare a queue. Another thread may then see it as declared, and send, before it is
        bound: such a message is lost, and its job counts as being on its way for ever.
        """
        with self.app.connection_for_write() as connection:
            for queue in self.app.amqp.queues.values():
                queue(connection.default_channel).declare()

    def _lost(self) -> Mapping[Queue, Sequence[int]]:
        self._release_broken_off()
        asked = [queue for queue in Queue if self._is_short_of_work(queue)]
        if not asked or not self.overdue(limit=1, queues=asked):  # the usual case
            return {}
        return {
            queue: [
                job_id
                for job_id in self.overdue(limit=MOST_UNDER_WAY, queues=(queue,))
                if job_id not in self._under_way[queue]
            ]
            for queue in asked
        }

    def _is_short_of_work(self, queue: Queue) -> bool:
        """Whether to look for jobs: if the threads are busy, that would cost more than it gains.

        Jobs added by others wait behind those messages anyway, and only for a while.
        """
        now = time.monotonic()
        is_busy = len(self._under_way[queue]) >= self._threads[queue]
        if is_busy and now - self._looked_at[queue] < _BUSY_LOOK_S:
            return False
        self._looked_at[queue] = now
        return True

    def _send(self, job_id: int, queue: Queue, wait: timedelta = timedelta(0)) -> None:
        under_way = self._under_way[queue]
        # Both its creator and the search for lost messages may send it; a second message does nothing.
        if not wait and job_id not in under_way and len(under_way) < MOST_UNDER_WAY:
            under_way.add(job_id)
            super()._send(job_id, queue)

    def _perform(self, job_id: int, queue: Queue) -> None:
        self._under_way[queue].discard(job_id)
        if not self._is_stopped:
            super()._perform(job_id, queue)


class RedisQueue(CeleryQueue):
    """Jobs that Celery carries through Redis, to workers on any machine: `geo-runtime worker`.

    All of them must be able to reach the store's database.

    Args:
        site: The site.
        url: The URL of the Redis server.
        threads: As for `CeleryQueue`.
    """

    look_s = 1.0

    def __init__(self, site: "ReplicatingSite", url: str, threads: Mapping[Queue, int] = THREADS) -> None:
        super().__init__(
            site,
            url,
            threads,
            task_acks_late=True,  # a killed worker's message is delivered again
            task_reject_on_worker_lost=True,
            worker_prefetch_multiplier=1,
            broker_connection_retry_on_startup=True,
            broker_transport=TRANSPORT,
            # A job is safe without its message, so do not wait long for a server that is down.
            broker_transport_options={"visibility_timeout": _VISIBILITY_TIMEOUT_S, "max_retries": 1},
        )

    def _give_back(self, row: Claimed) -> None:
        super()._give_back(row)
        self._send(row.id, self.queue_of(row.name))

    def take_back(self) -> int:
        """Leave claims alone: workers may be running them, and Celery redelivers a killed worker's message."""
        return 0

    def problem(self) -> str | None:
        """Return why the Redis server cannot be used, or None if it can."""
        try:
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=_PING_S)
                connection.default_channel.client.ping()
        except Exception as error:  # Kombu, the Redis client and the system each have their own
            return masked(f"{type(error).__name__}: {error}")
        return None

    def _lost(self) -> Mapping[Queue, Sequence[int]]:
        try:
            with self.app.connection_for_read() as connection:
                empty = [queue for queue in Queue if not self._waiting(connection, queue)]
        except OperationalError:
            return {}
        return {queue: self.overdue(LOST_AFTER, queues=(queue,)) for queue in empty}

    def _waiting(self, connection: Any, queue: Queue) -> int:
        """Return how many messages wait in a queue."""
        declared = connection.default_channel.queue_declare(queue=self.name_of(queue), durable=True)
        return int(declared.message_count)


def queue_of(site: "ReplicatingSite", url: str | None, threads: Mapping[Queue, int] = THREADS) -> CeleryQueue:
    """Return the queue of a site's jobs.

    Args:
        site: The site.
        url: The URL of the Redis server, or None if jobs run in the site's own process.
        threads: As for `CeleryQueue`.
    """
    return RedisQueue(site, url, threads) if url else InProcessQueue(site, threads)
