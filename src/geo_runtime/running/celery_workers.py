"""Workers in threads of a process: one for each queue, so that no job waits for those of another queue."""

import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

from celery import Celery
from celery.concurrency.thread import TaskPool
from celery.exceptions import WorkerShutdown

log = logging.getLogger(__name__)
_START_S: Final = 60.0
_PAUSE_S: Final = 1.0


class _Threads(TaskPool):  # type: ignore[misc]
    """Threads for one of several applications in a process: Celery looks up the current task by thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.executor = ThreadPoolExecutor(max_workers=self.limit, initializer=self.app.set_current)


class Worker:
    """Runs the jobs of one queue, and restarts when Celery gives up.

    Args:
        app: An application with only this queue: controllers of one application share its choice of queues.
        queue: The name of the queue.
        threads: How many jobs run at once.
    """

    def __init__(self, app: Celery, queue: str, threads: int) -> None:
        self.queue = queue
        self.started = threading.Event()
        self.controller: Any = None
        self._app = app
        self._threads = threads
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Start, in a separate thread."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more messages, and end after the running jobs, without waiting for that here.

        The thread that reads messages is notified, and closes the connection itself: closing it from another thread
        would break a read in progress.
        """
        self._is_stopped = True
        if self.controller is not None:
            self.controller.consumer.call_soon(_end)

    def wait(self, deadline: float) -> None:
        """Wait until it has stopped, or until a time of the monotonic clock."""
        self._thread.join(max(deadline - time.monotonic(), 0))

    def _work(self) -> None:
        while not self._is_stopped:
            controller = self._app.WorkController(
                app=self._app, pool=_Threads, concurrency=self._threads, queues=[self.queue],
                hostname=f"{self.queue}-{threading.get_native_id()}",
                use_eventloop=False,  # a process has only one, and several workers here would need it
                without_gossip=True, without_mingle=True, without_heartbeat=True,
                ready_callback=lambda _consumer: self.started.set(),
            )  # fmt: skip
            self.controller = controller
            controller.start()
            if not self._is_stopped:
                log.error("the worker has given up, another one begins", extra={"queue": self.queue})
                time.sleep(_PAUSE_S)


def _end() -> None:
    raise WorkerShutdown(0)


class Workers:
    """The workers of a process; used in `with`.

    Args:
        each: The workers.
    """

    def __init__(self, each: Iterable[Worker]) -> None:
        self.each = {worker.queue: worker for worker in each}

    def __enter__(self) -> Self:
        """Start them.

        Raises:
            RuntimeError: A worker does not start.
        """
        for worker in self.each.values():
            worker.start()
        deadline = time.monotonic() + _START_S
        for worker in self.each.values():
            if not worker.started.wait(max(deadline - time.monotonic(), 0)):
                raise RuntimeError(f"the worker of {worker.queue} did not start")
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Make all accept no more messages."""
        for worker in self.each.values():
            worker.stop()

    def wait(self, seconds: float) -> None:
        """Wait until all have stopped, up to some seconds."""
        deadline = time.monotonic() + seconds
        for worker in self.each.values():
            worker.wait(deadline)
