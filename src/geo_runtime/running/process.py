"""One site as one process: it serves, follows the clock, reads the event log and runs jobs, until told to stop.

`python -m geo_runtime.running.process CONFIG.json`; the file holds the fields of `SiteSettings`, and

    types         where the types are, as `module:attribute`: one or several
    path          a folder in which that module is looked for besides the usual ones
    port          where to serve on localhost
    queue         the URL of a Redis server if Celery runs the jobs
    grace         how many seconds it may take to end, when it is told to: 8 by default; what does not end by then, or
                  gives up, is handed back and begun again
    follows       whether to end when standard input does, as it does when the parent is killed
    speed         how fast the clock runs; 1 by default
    log_level     what is written down at least: debug, info, warning (the default), error
    log_format    how: text (the default) or json
    origin        when a fast clock agreed with the machine's, in ISO 8601
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from geo_runtime.administration.graphql import RegistryType
from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.ground.timing import ScaledTiming, SystemTiming, Timing
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import logs
from geo_runtime.running.celery_queue import GRACE_S, queue_of
from geo_runtime.running.ending import run_program
from geo_runtime.running.open_site import open_site
from geo_runtime.site.settings import SiteSettings
from geo_runtime.tables.migrating import migrate_store
from geo_runtime.web import Server, create_app
from geo_runtime.workers import tick

log = logging.getLogger(__name__)

_IDLE_S = 1.0


class SiteProcess:
    """What a site does all the time, in threads.

    Args:
        site: The site.
        port: Where it serves on localhost; a free one if it is 0.
        registry_types: How its pages show the registries of each type.
        queue: The URL of a Redis server if workers elsewhere run the jobs.
        grace_s: How long it takes to end at most, after it was told to.
    """

    def __init__(
        self,
        site: ReplicatingSite,
        port: int = 0,
        registry_types: Sequence[type[RegistryType]] = (),
        queue: str | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self.site = site
        self.grace_s = grace_s
        self.jobs = site.jobs = queue_of(site, queue)
        self.server = Server(create_app(site, registry_types), port)
        self.stopped = threading.Event()
        self.cursor = LogCursor(site) if site.tracking is not None else None
        loops: list[Callable[[], None]] = [self._follow_clock]
        if self.cursor is not None:
            loops.append(self._read_events)
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def run(self) -> None:
        """Work until `stop` is called."""
        if taken := self.jobs.take_back():
            log.info("jobs of a process that was killed run again", extra={"jobs": taken})
        with self.site.store.beating(), self.server, self.jobs.at_work(self.grace_s):
            for thread in self._threads:
                thread.start()
            self.stopped.wait()
            for thread in self._threads:
                thread.join(timeout=5)

    def stop(self) -> None:
        """Have every thread end after what it is doing."""
        if self.cursor is not None:
            self.cursor.stop()
        self.stopped.set()

    def _follow_clock(self) -> None:
        self._repeat(lambda: bool(tick(self.site)), self._sleep)

    def _read_events(self) -> None:
        """Run the log cursor, and start it again when it has given up, as a supervisor of daemons does."""

        def act() -> bool:
            if self.cursor is not None:
                self.cursor.run()
            return False

        self._repeat(act, self._sleep)

    def _sleep(self) -> None:
        self.site.timing.sleep(_IDLE_S)

    def _repeat(self, act: Callable[[], bool], wait: Callable[[], None]) -> None:
        """Act again and again, and wait when there was nothing to do; an error is logged and does not end it."""
        while not self.stopped.is_set():
            try:
                is_busy = act()
            except Exception:
                log.exception("a thread of the site")
                is_busy = False
            if not is_busy:
                wait()


@dataclass(frozen=True)
class Configuration:
    """What a configuration file comes to.

    Attributes:
        site: The site.
        types: What it knows.
        port: Where it serves.
        queue: The URL of a Redis server if Celery runs the jobs.
        follows: Whether to end when standard input does.
        grace_s: How long to take to end at most.
    """

    site: ReplicatingSite
    types: tuple[ReplicableType, ...]
    port: int
    queue: str | None
    follows: bool
    grace_s: float


def load(config: dict[str, Any]) -> Configuration:
    """Make the site of a configuration, and the tables of its store; those of its other databases must be there.

    Raises:
        KeyError: A setting is missing.
    """
    config = dict(config)
    types = load_types(config.pop("types"), config.pop("path", None))
    port, queue, follows = config.pop("port", 0), config.pop("queue", None), config.pop("follows", False)
    for name in ("log_level", "log_format"):
        config.pop(name, None)
    grace_s = float(config.pop("grace", GRACE_S))
    speed, origin = config.pop("speed", 1), config.pop("origin", None)
    config["storages"] = {name: Path(path) for name, path in config.get("storages", {}).items()}
    config["uploads"] = Path(config["uploads"]) if config.get("uploads") else None
    for name in ("allowed_ips", "monitoring_ips", "hosts", "trusted_proxies"):
        config[name] = tuple(config.get(name, getattr(SiteSettings, name)))
    timing: Timing = ScaledTiming(datetime.fromisoformat(origin), speed) if origin else SystemTiming()
    migrate_store(config["store_url"])
    site = open_site(SiteSettings(**config), [kind.replicator for kind in types], timing)
    return Configuration(site, types, port, queue, follows, grace_s)


def load_types(name: str, path: str | None = None) -> tuple[ReplicableType, ...]:
    """Import one or several types.

    Args:
        name: Where they are, as `module:attribute`.
        path: A folder in which the module is looked for besides the usual ones.

    Raises:
        ImportError: The module is not there.
        AttributeError: It has no such attribute.
    """
    if path is not None and path not in sys.path:
        sys.path.insert(0, path)
    module, _, attribute = name.partition(":")
    found: ReplicableType | Sequence[ReplicableType] = getattr(import_module(module), attribute)
    return (found,) if isinstance(found, ReplicableType) else tuple(found)


def main(arguments: list[str]) -> int:
    """Run the site of a configuration file until a signal stops it."""
    config = json.loads(Path(arguments[0]).read_text())
    logs.set_up(config.get("log_level", "WARNING"), config.get("log_format", "text"))
    found = load(config)
    process = SiteProcess(
        found.site, found.port, [kind.registry_type for kind in found.types], found.queue, found.grace_s
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    if found.follows:
        when_input_ends(process.stop)
    process.run()
    found.site.close()
    return 0


def when_input_ends(act: Callable[[], None]) -> None:
    """Do something when the process that started this one ends: its end of the pipe closes however that happens."""

    def wait() -> None:
        sys.stdin.read()
        act()

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    code = run_program(main, sys.argv[1:])
    logging.shutdown()
    os._exit(code)  # a transfer can go on for hours; nobody waits for it, and its job runs again
