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

from geo_runtime.running import logs
from geo_runtime.running.celery_queue import RedisQueue
from geo_runtime.running.ending import run_program
from geo_runtime.running.process import load, when_input_ends


def main(arguments: list[str]) -> int:
    """Run jobs until a signal says to stop; what runs then ends, gives up or is handed back within the grace."""
    config = json.loads(Path(arguments[0]).read_text())
    logs.set_up(config.get("log_level", "WARNING"), config.get("log_format", "text"))
    found = load(config)
    if found.queue is None:
        sys.stderr.write(f"error: {arguments[0]} names no queue\n  Add `queue`, the URL of a Redis server\n")
        return 2
    jobs = found.site.jobs = RedisQueue(found.site, found.queue)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if found.follows:
        when_input_ends(stopped.set)
    with found.site.store.beating(), jobs.working(found.grace_s):
        stopped.wait()
    found.site.close()
    return 0


if __name__ == "__main__":
    code = run_program(main, sys.argv[1:])
    logging.shutdown()
    os._exit(code)  # a transfer can go on for hours; nobody waits for it, and its job runs again
