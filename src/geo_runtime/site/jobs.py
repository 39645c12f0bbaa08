"""The background jobs of a site: one row for each until it is done, so that none is lost or duplicated.

A row shows whether the job exists already, whether it is running, how often it was tried, and when it may run.
`celery_queue` carries jobs to threads and processes; without that, `run_due` runs them in the calling thread, as tests
do.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event
from typing import Any, Final, NamedTuple
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    SmallInteger,
    String,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.orm import Mapped, mapped_column

from geo_runtime.databases.columns import BigId, Json, UtcDateTime
from geo_runtime.databases.database import wait_for_turn
from geo_runtime.databases.store import Store, StoreBase, insert_for
from geo_runtime.errors import JobError, LeaseTakenError
from geo_runtime.ground.interruption import Interrupted, interruptible
from geo_runtime.ground.texts import truncate

log = logging.getLogger(__name__)

RUNNING_LEASE = timedelta(hours=8)
"""After this time a claimed, unfinished job counts as lost with its worker, and is claimed again.

It applies without a heartbeat, as in tests; a process has one (`Store.beating`), so its claims end soon after it.
"""
STATUS_EXPIRATION = timedelta(minutes=30)
"""How long an unfinished job counts as in progress, unless it is enqueued with its own time."""

PASSING: Final = (OSError, OperationalError, InterfaceError, NoConnectionError, LeaseTakenError)
"""Errors of the machine, its databases, and of concurrent work on the same thing, which are not the job's fault."""
LONGEST_WAIT: Final = timedelta(hours=1)
"""The longest delay before a job is tried again after an error."""


class Queue(StrEnum):
    """Where a job waits: each queue has its own workers, so that no job waits for those that take hours.

    GitLab has queues with the same names, and routes them to separate processes.
    """

    CRONJOB = "cronjob"
    EVENT = "event"
    SYNC = "sync"
    VERIFICATION = "verification"


THREADS: Final[Mapping[Queue, int]] = {Queue.CRONJOB: 2, Queue.EVENT: 2, Queue.SYNC: 4, Queue.VERIFICATION: 2}
"""The number of threads of a process for each queue; schedulers, which run for hours, have additional ones."""

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The key that connects an event to the request that caused it."""


class Unique(StrEnum):
    """How long a second job with the same arguments is dropped."""

    NO = "no"
    UNTIL_EXECUTING = "until_executing"
    UNTIL_EXECUTED = "until_executed"


@dataclass(frozen=True)
class Job:
    """A kind of job.

    Attributes:
        name: Its name in rows.
        perform: The function that does it, given the subject of the jobs (a site) and the arguments.
        retries: How often it is tried again after an error.
        unique: How long a second one with the same arguments is dropped.
        queue: Where it waits.
        is_told_once: Whether nothing would request it again, so that it is retried for as long as transient errors
            last. A lost deletion, for example, would leave data that nothing knows about any more.
    """

    name: str
    perform: Callable[..., Any]
    retries: int = 3
    unique: Unique = Unique.NO
    queue: Queue = Queue.CRONJOB
    is_told_once: bool = False


class JobRow(StoreBase):
    """A waiting or running job; a finished one is deleted, and its id, which others may remember, is never reused."""

    __tablename__ = "jobs"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    arguments: Mapped[list[Any]] = mapped_column(Json)
    unique_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    running_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    status_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    correlation_id: Mapped[str | None] = mapped_column(String(36))


class Claimed(NamedTuple):
    """What a worker needs to know about a claimed job; attributes as for `JobRow`."""

    id: int
    name: str
    arguments: list[Any]
    attempts: int
    correlation_id: str | None


class Begun(NamedTuple):
    """A waiting or running job, as needed to choose further ones; attributes as for `JobRow`."""

    id: int
    name: str
    arguments: list[Any]


class NewJob(NamedTuple):
    """A job to add.

    Attributes:
        name: Its kind.
        arguments: JSON-serialisable arguments.
        expiration: How long it counts as in progress if it is not finished.
    """

    name: str
    arguments: Sequence[Any]
    expiration: timedelta


def _is_unclaimed(now: Any) -> ColumnElement[bool]:
    return or_(JobRow.running_until.is_(None), JobRow.running_until <= now)


# Built once: a site runs them for every job.
_NOW = bindparam("now", type_=UtcDateTime)
_DUE = select(JobRow.id).where(JobRow.run_at <= _NOW, _is_unclaimed(_NOW)).order_by(JobRow.run_at, JobRow.id)
_BEGUN = (
    select(JobRow.id, JobRow.name, JobRow.arguments)
    .where(JobRow.name.in_(bindparam("names", expanding=True)), JobRow.run_at <= _NOW, JobRow.status_expires_at > _NOW)
    .order_by(JobRow.id)
)
_CLAIM = (
    update(JobRow)
    .where(JobRow.id == bindparam("job_id"), JobRow.run_at <= _NOW, _is_unclaimed(_NOW))
    .values(running_until=bindparam("until"), attempts=JobRow.attempts + 1)
    .returning(JobRow.id, JobRow.name, JobRow.arguments, JobRow.attempts, JobRow.correlation_id)
)
_IS_OURS = and_(JobRow.id == bindparam("claimed"), JobRow.attempts == bindparam("attempt"))
"""Each claim of a job has a new number, so that a former claimant cannot change a job that was taken over."""
_FINISH = delete(JobRow).where(_IS_OURS)
_KEEP = update(JobRow).where(_IS_OURS, JobRow.running_until.is_not(None)).values(running_until=bindparam("until"))
_GIVE_BACK = update(JobRow).where(_IS_OURS).values(running_until=None)


class Jobs:
    """The jobs of one site.

    Args:
        store: The store with the rows.
        kinds: The kinds of job by name.
        subject: The subject of the jobs: the first argument of each.

    Attributes:
        ending: Set when running jobs should give up, if they can, and be started again later.
    """

    def __init__(self, store: Store, kinds: Mapping[str, Job], subject: object) -> None:
        self.store = store
        self.kinds = kinds
        self.subject = subject
        self.timing = store.timing
        self.ending = Event()
        self._running: dict[int, Claimed] = {}

    def problem(self) -> str | None:
        """Return why jobs do not reach their workers, or None if they do, as plain rows always do."""
        return None

    def enqueue(
        self, name: str, *arguments: Any, delay: timedelta = timedelta(0), expiration: timedelta = STATUS_EXPIRATION
    ) -> int | None:
        """Add a job.

        Args:
            name: Its kind.
            arguments: JSON-serialisable arguments.
            delay: How long it waits before it may run.
            expiration: How long it counts as in progress if it is not finished.

        Returns:
            Its id, or None if the same job exists already and its kind allows only one.

        Raises:
            JobError: There is no such kind.
        """
        row = self._row(name, arguments, delay, expiration)
        with self.store.database.transaction() as connection:
            statement = insert_for(connection, JobRow).values(**row)
            statement = statement.on_conflict_do_nothing(index_elements=["unique_key"])
            found: int | None = connection.scalar(statement.returning(JobRow.id))
        return found

    def enqueue_all(
        self, name: str, each: Sequence[Sequence[Any]], expiration: timedelta = STATUS_EXPIRATION
    ) -> list[int]:
        """Add many jobs of a kind in one transaction; return their ids in the same order.

        Args:
            name: Their kind, which must allow several of the same.
            each: The arguments of each.
            expiration: As for `enqueue`.

        Raises:
            JobError: There is no such kind.
        """
        rows = [self._row(name, arguments, timedelta(0), expiration) for arguments in each]
        if not rows:
            return []
        with self.store.database.transaction() as connection:
            statement = insert(JobRow).returning(JobRow.id, sort_by_parameter_order=True)
            return list(connection.scalars(statement, rows))

    def enqueue_chosen(
        self, names: Sequence[str], choose: Callable[[list[Begun]], Sequence[NewJob]]
    ) -> list[tuple[NewJob, int]]:
        """Add jobs chosen by what is in progress, while nobody else chooses.

        Args:
            names: The kinds of job to consider; added jobs are of these kinds, which must allow several.
            choose: Given the waiting and running jobs of these kinds, returns those to add; it must not query a
                database.

        Returns:
            The added jobs, with their ids.

        Raises:
            JobError: There is no such kind.
        """
        with self.store.database.transaction() as connection:
            wait_for_turn(connection, f"jobs:{names[0]}")
            found = connection.execute(_BEGUN, {"names": list(names), "now": self.timing.now()})
            wanted = choose([Begun(*row) for row in found])
            rows = [self._row(name.name, name.arguments, timedelta(0), name.expiration) for name in wanted]
            if not rows:
                return []
            statement = insert(JobRow).returning(JobRow.id, sort_by_parameter_order=True)
            return list(zip(wanted, connection.scalars(statement, rows), strict=True))

    def begun(self, names: Sequence[str]) -> list[Begun]:
        """Return the waiting and running jobs of some kinds whose status has not expired."""
        with self.store.database.connection() as connection:
            found = connection.execute(_BEGUN, {"names": list(names), "now": self.timing.now()})
            return [Begun(*row) for row in found]

    def unfinished(self, ids: Collection[int]) -> set[int]:
        """Return the ids of waiting and running jobs whose status has not expired."""
        if not ids:
            return set()
        with self.store.database.connection() as connection:
            statement = select(JobRow.id).where(JobRow.id.in_(ids), JobRow.status_expires_at > self.timing.now())
            return set(connection.scalars(statement))

    def waiting(self, name: str | None = None) -> list[tuple[str, list[Any]]]:
        """Return name and arguments of every job, in order of ids; only of one kind if a name is given."""
        with self.store.database.connection() as connection:
            statement = select(JobRow.name, JobRow.arguments).order_by(JobRow.id)
            if name:
                statement = statement.where(JobRow.name == name)
            return [(found, arguments) for found, arguments in connection.execute(statement)]

    def clear(self) -> None:
        """Drop every job."""
        self.store.database.changed(delete(JobRow))

    def run_due(self, limit: int = 10_000) -> int:
        """Run one job after the other in this thread, the longest due first; return how many.

        Args:
            limit: The maximum number of jobs.

        Raises:
            JobError: As for `run`.
        """
        count = 0
        while count < limit and not self.ending.is_set() and (job_id := self._next()) is not None:
            count += self.run(job_id)
        return count

    def run(self, job_id: int) -> bool:
        """Claim one job and run it; False if it is not due, already running, or done.

        An error in a job is logged and the job tried again later, as often as its kind allows; it is never raised.

        Args:
            job_id: The id of the job.

        Raises:
            JobError: There is no such kind; the job waits for hours, without blocking others.
        """
        row = self._claim(job_id)
        if row is None:
            return False
        if row.name not in self.kinds:
            self.store.database.changed(_KEEP, {**_of(row), "until": self.timing.now() + RUNNING_LEASE})
        self._running[row.id] = row
        try:
            with self._renewing(row):
                is_finished = self._run(row)
        finally:
            self._running.pop(row.id, None)
        if is_finished:
            self._finish(row)
        return True

    def hand_back(self) -> list[int]:
        """Release the jobs still running in this process, which ends, so that others can start them; return them."""
        rows = list(self._running.values())
        for row in rows:
            self._give_back(row)
        return [row.id for row in rows]

    def take_back(self) -> int:
        """Release the jobs that a killed process of this site had claimed; return how many.

        For the start of the site's own process, when nothing else runs any: otherwise a unique job would block its
        successors until its claim expires.
        """
        return self.store.database.changed(
            update(JobRow).where(JobRow.running_until.is_not(None)).values(running_until=None)
        )

    def release(self, ids: Collection[int], delay: timedelta) -> None:
        """Release jobs whose claims have no owner any more, after a delay.

        Args:
            ids: The ids of their rows.
            delay: After how long they are due again.
        """
        values = {"running_until": None, "run_at": self.timing.now() + delay}
        self.store.database.changed(update(JobRow).where(JobRow.id.in_(ids)).values(values))

    def overdue(
        self, grace: timedelta = timedelta(0), limit: int | None = None, queues: Collection[Queue] = tuple(Queue)
    ) -> list[int]:
        """Return unclaimed jobs that have been due for some time, the longest first.

        Args:
            grace: How long they must have been due.
            limit: The maximum number.
            queues: The queues in which they wait.
        """
        statement = _DUE.limit(limit)
        if Queue.CRONJOB not in queues:
            statement = statement.where(
                JobRow.name.in_([job.name for job in self.kinds.values() if job.queue in queues])
            )
        elif len(queues) < len(Queue):  # and unknown kinds
            elsewhere = [job.name for job in self.kinds.values() if job.queue not in queues]
            statement = statement.where(JobRow.name.not_in(elsewhere))
        with self.store.database.connection() as connection:
            return list(connection.scalars(statement, {"now": self.timing.now() - grace}))

    def queue_of(self, name: str) -> Queue:
        """Return the queue of a kind of job."""
        kind = self.kinds.get(name)
        return Queue.CRONJOB if kind is None else kind.queue

    def due_in(self, job_id: int) -> timedelta | None:
        """Return how long a job still has to wait, or None if it is running or done."""
        with self.store.database.connection() as connection:
            run_at = connection.scalar(
                select(JobRow.run_at).where(JobRow.id == job_id, _is_unclaimed(self.timing.now()))
            )
        return None if run_at is None else max(run_at - self.timing.now(), timedelta(0))

    def _row(self, name: str, arguments: Sequence[Any], delay: timedelta, expiration: timedelta) -> dict[str, Any]:
        kind = self._kind(name)
        now = self.timing.now()
        return {
            "name": name,
            "arguments": list(arguments),
            "unique_key": None if kind.unique is Unique.NO else _unique_key(name, arguments),
            "run_at": now + delay,
            "attempts": 0,
            "status_expires_at": now + delay + expiration,
            "correlation_id": correlation_id.get() or str(uuid4()),
        }

    def _next(self) -> int | None:
        """Return the job that has been due longest."""
        return next(iter(self.overdue(limit=1)), None)

    def _run(self, row: Claimed) -> bool:
        """Run a claimed job; False if it is not finished, because an error was handled."""
        kind = self._kind(row.name)
        token = correlation_id.set(row.correlation_id)
        try:
            with interruptible(self.ending):
                kind.perform(self.subject, *row.arguments)
        except Interrupted:
            log.warning("job interrupted", extra={"job": row.name, "arguments": row.arguments})
            self._give_back(row)
            return False
        except Exception as error:
            log.exception("job failed", extra={"job": row.name, "arguments": row.arguments})
            self._retry_or_drop(row, kind, error)
            return False
        finally:
            correlation_id.reset(token)
        return True

    def _give_back(self, row: Claimed) -> None:
        self.store.database.changed(_GIVE_BACK, _of(row))

    def _finish(self, row: Claimed) -> None:
        self.store.database.changed(_FINISH, _of(row))

    def _renewing(self, row: Claimed) -> AbstractContextManager[None]:
        """Renew a claim during a block, if there is a heartbeat."""
        heartbeat = self.store.heartbeat
        if heartbeat is None:
            return nullcontext()

        def renew() -> None:
            self.store.database.changed(_KEEP, {**_of(row), "until": self.timing.now() + heartbeat.span})

        return heartbeat.keeping(renew)

    def _claim(self, job_id: int) -> Claimed | None:
        span = self.store.heartbeat.span if self.store.heartbeat else RUNNING_LEASE
        times = {"now": self.timing.now(), "until": self.timing.now() + span, "job_id": job_id}
        with self.store.database.transaction() as connection:
            found = connection.execute(_CLAIM, times).first()
            claimed = None if found is None else Claimed(*found)
            kind = None if claimed is None else self.kinds.get(claimed.name)  # an unknown kind has nothing to undo
            if claimed is not None and kind is not None and kind.unique is Unique.UNTIL_EXECUTING:
                connection.execute(update(JobRow).where(JobRow.id == claimed.id).values(unique_key=None))
        return claimed

    def _retry_or_drop(self, row: Claimed, kind: Job, error: Exception) -> None:
        if row.attempts > kind.retries and not (kind.is_told_once and isinstance(error, PASSING)):
            self._finish(row)
            return
        wait = timedelta(seconds=row.attempts**4 + 15 + self.timing.integer(0, 9) * (row.attempts + 1))
        self.store.database.changed(
            update(JobRow)
            .where(JobRow.id == row.id, JobRow.attempts == row.attempts)
            .values(
                run_at=self.timing.now() + min(wait, LONGEST_WAIT),
                running_until=None,
                last_error=truncate(f"{type(error).__name__}: {error}"),
            )
        )

    def _kind(self, name: str) -> Job:
        try:
            return self.kinds[name]
        except KeyError:
            raise JobError(f"no such job: {name}") from None


def _of(row: Claimed) -> dict[str, int]:
    """Return the parameters of a statement for a claim."""
    return {"claimed": row.id, "attempt": row.attempts}


def _unique_key(name: str, arguments: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([name, *arguments], sort_keys=True).encode()).hexdigest()
