"""Jobs of a site on more than one machine: Celery with Redis carries them, and workers anywhere run them.

A job stays a row of the site's store, which says whether it is there already, whether it runs, and when it is tried
again; what Celery carries is only its id. So a message that comes twice, too early, or out of order does no harm, and
one that was lost is sent again. The store must be a database that all machines reach.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from celery import Celery
from kombu.exceptions import OperationalError

from geo_runtime.jobs import STATUS_EXPIRATION, Claimed, Job, JobQueue

if TYPE_CHECKING:
    from geo_runtime.site import Site

log = logging.getLogger(__name__)

TASK: Final = "geo_runtime.run_job"
LOST_AFTER: Final = timedelta(minutes=5)
"""How long a job must have been due for its message to count as lost, when no message waits."""
_MARGIN_S: Final = 0.01
_VISIBILITY_TIMEOUT_S: Final = 3600


def queue_name(site: "Site") -> str:
    """Return what a site's queue is called; sites can share a server, also those of the same name."""
    digest = hashlib.sha256(site.settings.store_url.encode()).hexdigest()[:8]
    return f"geo-{site.settings.node_name}-{digest}"


class CeleryQueue(JobQueue):
    """The jobs of one site, run by `geo_runtime.celery_worker`.

    Args:
        site: The site.
        url: Of the Redis server.
    """

    attendants = 1

    def __init__(self, site: "Site", url: str) -> None:
        super().__init__(site.store, site.jobs.kinds)
        self.site = site
        self.name = queue_name(site)
        self.app = Celery("geo_runtime", broker=url)
        self.app.conf.update(
            task_default_queue=self.name,
            task_ignore_result=True,
            task_acks_late=True,  # what a worker had when it was killed comes again
            task_reject_on_worker_lost=True,
            worker_prefetch_multiplier=1,
            worker_hijack_root_logger=False,
            broker_connection_retry_on_startup=True,
            # A job is safe without its message, so nobody waits long for a server that is down.
            broker_transport_options={"visibility_timeout": _VISIBILITY_TIMEOUT_S, "max_retries": 1},
        )

        def run_job(job_id: int) -> None:  # Celery takes functions; a method would miss its object
            self._perform(job_id)

        self._task = self.app.task(run_job, name=TASK)

    def enqueue(
        self, name: str, *arguments: Any, delay: timedelta = timedelta(0), expiration: timedelta = STATUS_EXPIRATION
    ) -> int | None:
        """Add a job, and have it carried to a worker; arguments, result and errors as of `JobQueue.enqueue`."""
        job_id = super().enqueue(name, *arguments, delay=delay, expiration=expiration)
        if job_id is not None:
            self._send(job_id, delay)
        return job_id

    def enqueue_all(
        self, name: str, each: Sequence[Sequence[Any]], expiration: timedelta = STATUS_EXPIRATION
    ) -> list[int]:
        """Add many jobs, and have each carried; arguments, result and errors as of `JobQueue.enqueue_all`."""
        ids = super().enqueue_all(name, each, expiration)
        for job_id in ids:
            self._send(job_id, timedelta(0))
        return ids

    def attend(self, site: "Site", goes_on: Callable[[], bool]) -> bool:
        """Send again what was lost; workers do the rest."""
        self.send_lost()
        return False

    def take_back(self) -> int:
        """Leave what is claimed: workers may be at it, and Celery brings again what one had that was killed."""
        return 0

    def wait(self, seconds: float) -> None:
        """Wait for some seconds of the machine's clock; jobs that are added are for workers."""
        time.sleep(seconds)

    def send_lost(self) -> int:
        """Send again what is overdue though no message waits; return how many jobs."""
        try:
            with self.app.connection_for_read() as connection:
                channel = connection.default_channel
                waiting = channel.queue_declare(queue=self.name, durable=True).message_count
        except OperationalError:
            return 0
        lost = [] if waiting else self.overdue(LOST_AFTER)
        for job_id in lost:
            self._send(job_id, timedelta(0))
        return len(lost)

    def _perform(self, job_id: int) -> None:
        """Run a job in a worker; one whose message came too early is sent again."""
        if self.run(self.site, job_id):
            return
        wait = self.due_in(job_id)
        if wait:
            self._send(job_id, wait)

    def _retry_or_drop(self, row: Claimed, kind: Job, error: Exception) -> None:
        super()._retry_or_drop(row, kind, error)
        wait = self.due_in(row.id)
        if wait is not None:
            self._send(row.id, wait)

    def _send(self, job_id: int, wait: timedelta) -> None:
        """Send a message; if that fails the job stays, and `send_lost` sends it later."""
        countdown = self.timing.machine_seconds(wait) + _MARGIN_S if wait else None
        try:
            self._task.apply_async((job_id,), countdown=countdown, retry=False)
        except OperationalError:
            log.exception("the queue cannot be reached", extra={"job": job_id})
