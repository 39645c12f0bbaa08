"""A process that runs jobs of a site: `python -m geo_runtime.running.celery_worker CONFIG.json`.

The file is that of `geo_runtime.running.process`, with `queue`; any number of workers can run, on any machine that
reaches the site's databases, its files, and Redis.
"""

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from celery.signals import worker_shutting_down

from geo_runtime.running import logs
from geo_runtime.running.celery_queue import RedisQueue
from geo_runtime.running.ending import run_program
from geo_runtime.running.process import load, when_input_ends
from geo_runtime.site.jobs import WORKERS


def main(arguments: list[str]) -> int:
    """Run jobs until a signal says to stop; what runs then ends, gives up or is handed back within the grace."""
    config = json.loads(Path(arguments[0]).read_text())
    logs.set_up(config.get("log_level", "WARNING"), config.get("log_format", "text"))
    found = load(config)
    if found.queue is None:
        sys.stderr.write(f"error: {arguments[0]} names no queue\n  Add `queue`, the URL of a Redis server\n")
        return 2
    jobs = found.site.jobs = RedisQueue(found.site, found.queue)
    if found.follows:
        when_input_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))

    def end(**_: object) -> None:
        """Celery waits for what runs, however long that takes; whoever stopped it does not."""

        def act() -> None:
            jobs.end_within(found.grace_s)
            logging.shutdown()
            os._exit(0)

        threading.Thread(target=act, daemon=True).start()

    worker_shutting_down.connect(end, weak=False)
    name = f"{found.site.settings.node_name}-{os.getpid()}@%h"
    with found.site.store.beating():
        jobs.app.worker_main(
            ["worker", "--pool=threads", f"--concurrency={WORKERS}", f"--queues={jobs.name}", f"--hostname={name}",
             "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        )  # fmt: skip
    found.site.close()
    return 0


if __name__ == "__main__":
    sys.exit(run_program(main, sys.argv[1:]))
