"""A process that runs jobs of a site: any number, on any machine that can reach its databases, files and Redis."""

import threading
from collections.abc import Collection

from geo_runtime.errors import ConfigurationError
from geo_runtime.running.celery_queue import RedisQueue
from geo_runtime.running.checks import require_databases
from geo_runtime.running.collecting import settle
from geo_runtime.running.configuration import Configuration
from geo_runtime.running.configured import open_configured
from geo_runtime.running.ending import wait_until_set, when_told_to_end
from geo_runtime.running.logs import STARTS
from geo_runtime.site.jobs import Queue


def work(configuration: Configuration, queues: Collection[Queue] = tuple(Queue)) -> None:
    """Run jobs until stopped by a signal; running jobs then finish, give up or are handed back within the grace period.

    Args:
        configuration: The configuration of the site.
        queues: The queues whose jobs it runs.

    Raises:
        ConfigurationError: The site has no Redis server, its types do not exist, or it cannot use its databases.
    """
    if configuration.queue is None:
        raise ConfigurationError(
            [
                (
                    "queue is missing: without it `serve` runs the jobs itself",
                    "Set queue, the URL of a Redis server",
                )
            ]
        )
    require_databases(configuration)
    site, _ = open_configured(configuration)
    jobs = site.jobs = RedisQueue(site, configuration.queue, configuration.threads)
    stopped = threading.Event()
    when_told_to_end(stopped.set, follows=configuration.follows)
    settle()
    with site.store.beating(), jobs.working(configuration.grace_s, queues):
        threads = {str(queue): count for queue, count in jobs.threads().items() if queue in queues}
        STARTS.info("the worker is ready", extra={"site": configuration.site.node_name, "threads": threads})
        wait_until_set(stopped)
    site.close()
