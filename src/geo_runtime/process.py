"""One site as one process: it serves, follows the clock, reads the event log and runs jobs, until told to stop.

`python -m geo_runtime.process CONFIG.json`; the file holds the fields of `SiteSettings`, and

    replicators   where the types are, as `module:attribute`
    port          where to serve on localhost
    speed         how fast the clock runs; 1 by default
    origin        when a fast clock agreed with the machine's, in ISO 8601
"""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from geo_runtime.log_cursor import LogCursor
from geo_runtime.site import Site, SiteSettings
from geo_runtime.timing import ScaledTiming, SystemTiming, Timing
from geo_runtime.web import Server, create_app
from geo_runtime.workers import tick

log = logging.getLogger(__name__)

WORKERS = 4
"""Threads that run jobs; each scheduler keeps one busy while it has work."""
_IDLE_S = 1.0


class SiteProcess:
    """What a site does all the time, in threads.

    Args:
        site: The site.
        port: Where it serves on localhost; a free one if it is 0.
        workers: How many jobs run at once.
    """

    def __init__(self, site: Site, port: int = 0, workers: int = WORKERS) -> None:
        self.site = site
        self.server = Server(create_app(site), port)
        self.stopped = threading.Event()
        self.cursor = LogCursor(site) if site.tracking is not None else None
        loops: list[Callable[[], None]] = [self._follow_clock, *[self._run_jobs] * workers]
        if self.cursor is not None:
            loops.append(self.cursor.run)
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def run(self) -> None:
        """Work until `stop` is called."""
        with self.server:
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
        self._repeat(lambda: bool(tick(self.site)))

    def _run_jobs(self) -> None:
        self._repeat(lambda: self.site.jobs.run_one(self.site))

    def _repeat(self, act: Callable[[], bool]) -> None:
        """Act again and again, and wait when there was nothing to do; an error is logged and does not end it."""
        while not self.stopped.is_set():
            try:
                is_busy = act()
            except Exception:
                log.exception("a thread of the site")
                is_busy = False
            if not is_busy:
                self.site.timing.sleep(_IDLE_S)


def load(config: dict[str, Any]) -> tuple[Site, int]:
    """Make the site of a configuration; return it with its port.

    Raises:
        KeyError: A setting is missing.
    """
    config = dict(config)
    module, _, attribute = config.pop("replicators").partition(":")
    port, speed, origin = config.pop("port", 0), config.pop("speed", 1), config.pop("origin", None)
    config["storages"] = {name: Path(path) for name, path in config.get("storages", {}).items()}
    config["uploads"] = Path(config["uploads"]) if config.get("uploads") else None
    for name in ("allowed_ips", "monitoring_ips", "hosts"):
        config[name] = tuple(config.get(name, getattr(SiteSettings, name)))
    timing: Timing = ScaledTiming(datetime.fromisoformat(origin), speed) if origin else SystemTiming()
    return Site(SiteSettings(**config), getattr(import_module(module), attribute), timing), port


def main(arguments: list[str]) -> int:
    """Run the site of a configuration file until a signal stops it."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    site, port = load(json.loads(Path(arguments[0]).read_text()))
    process = SiteProcess(site, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    process.run()
    site.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
