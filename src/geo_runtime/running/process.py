"""One site as one process: it serves, runs scheduled jobs, reads the event log and runs jobs, until stopped."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geo_runtime.administration.graphql import RegistryType
from geo_runtime.errors import ConfigurationError
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running.celery_queue import RedisQueue, queue_of
from geo_runtime.running.checks import require_databases
from geo_runtime.running.collecting import settle
from geo_runtime.running.configuration import Configuration
from geo_runtime.running.configured import open_configured
from geo_runtime.running.ending import GRACE_S, wait_until_set, when_told_to_end
from geo_runtime.running.logs import STARTS
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.web import Server, create_app
from geo_runtime.web.server import LOCALHOST
from geo_runtime.workers import tick

log = logging.getLogger(__name__)

_IDLE_S = 1.0


class SiteProcess:
    """Everything that a site does, in threads.

    Args:
        site: The site.
        port: The port on which it serves; 0 for a free one.
        registry_types: The GraphQL type of each type's registries, for its pages.
        queue: The URL of a Redis server, if workers elsewhere run the jobs.
        grace_s: How long it may take to end after being stopped.
        address: The address of the interface on which it serves.
        tls: The files of certificate and key, if it uses TLS.
        threads: How many jobs of each queue run at once.
    """

    def __init__(
        self,
        site: ReplicatingSite,
        port: int = 0,
        registry_types: Sequence[type[RegistryType]] = (),
        queue: str | None = None,
        grace_s: float = GRACE_S,
        *,
        address: str = LOCALHOST,
        tls: tuple[Path, Path] | None = None,
        threads: Mapping[Queue, int] = THREADS,
    ) -> None:
        self.site = site
        self.grace_s = grace_s
        self.jobs = site.jobs = queue_of(site, queue, threads)
        self.server = Server(create_app(site, registry_types), port, address=address, tls=tls)
        self.stopped = threading.Event()
        self.cursor = LogCursor(site) if site.tracking is not None else None
        loops: list[Callable[[], None]] = [self._follow_clock]
        if self.cursor is not None:
            loops.append(self._read_events)
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def run(self) -> None:
        """Run until `stop` is called."""
        if taken := self.jobs.take_back():
            log.info("jobs of a process that was killed run again", extra={"jobs": taken})
        with self.site.store.beating(), self.server, self.jobs.at_work(self.grace_s):
            for thread in self._threads:
                thread.start()
            STARTS.info("the site listens", extra={"site": self.site.settings.node_name, **self._whereabouts()})
            wait_until_set(self.stopped)
            for thread in self._threads:
                thread.join(timeout=5)

    def _whereabouts(self) -> dict[str, str]:
        """Return where it listens, and what runs its jobs."""
        workers = "those of geo-runtime worker" if isinstance(self.jobs, RedisQueue) else "in this process"
        return {"address": self.server.url, "workers": workers}

    def stop(self) -> None:
        """Make every thread end after its current work."""
        if self.cursor is not None:
            self.cursor.stop()
        self.stopped.set()

    def _follow_clock(self) -> None:
        self._repeat(lambda: bool(tick(self.site)), self._sleep)

    def _read_events(self) -> None:
        """Run the log cursor, and restart it when it gives up, like a supervisor."""

        def act() -> bool:
            if self.cursor is not None:
                self.cursor.run()
            return False

        self._repeat(act, self._sleep)

    def _sleep(self) -> None:
        self.site.timing.sleep(_IDLE_S)

    def _repeat(self, act: Callable[[], bool], wait: Callable[[], None]) -> None:
        """Repeat an action, waiting when there was nothing to do; errors are logged and do not end the loop."""
        while not self.stopped.is_set():
            try:
                is_busy = act()
            except Exception:
                log.exception("a thread of the site")
                is_busy = False
            if not is_busy:
                wait()


def serve(configuration: Configuration) -> None:
    """Run the site of a configuration until a signal stops it.

    Raises:
        ConfigurationError: Its types do not exist, it cannot use its databases, or cannot listen on its address.
    """
    require_databases(configuration)
    site, types = open_configured(configuration)
    try:
        process = SiteProcess(
            site, configuration.port, [type_.registry_type for type_ in types], configuration.queue,
            configuration.grace_s, address=configuration.address, tls=configuration.tls, threads=configuration.threads,
        )  # fmt: skip
    except OSError as error:
        where = f"address {configuration.address}, port {configuration.port}: {error.strerror}"
        remedy = "Set address to one of this machine's, and port to a free one"
        raise ConfigurationError([(where, remedy)]) from error
    when_told_to_end(process.stop, follows=configuration.follows)
    settle()
    process.run()
    site.close()
