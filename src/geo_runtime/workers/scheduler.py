"""The schedulers, which enqueue syncs within a capacity, and the timeout (specification: points 41, 79 to 83)."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from geo_runtime.ground import interruption
from geo_runtime.ground.memory import remembering
from geo_runtime.replication.kind import Kind
from geo_runtime.replication.registry import fail_timed_out_syncs, find_needs_sync_again, find_pending
from geo_runtime.site.jobs import NewJob
from geo_runtime.workers.in_progress import SYNC, Item, begin, begun

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from geo_runtime.databases.main import GeoNode
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.registry import Registry
    from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)

LEASE_TIMEOUT = timedelta(minutes=60)
RUN_TIME = timedelta(minutes=60)
LOAD_LIMIT = 1000
NODE_CHECK_PERIOD = timedelta(minutes=1)


class RegistryScheduler:
    """A loop that keeps as many synchronisations running as the site's capacity allows.

    Args:
        site: The secondary.
        kind: The kind of its types, which defines how many synchronisations may run.
        load_limit: How many records to load at a time.
        pause: Called between two rounds; waits for a second by default.
    """

    def __init__(
        self,
        site: "ReplicatingSite",
        kind: Kind,
        *,
        load_limit: int = LOAD_LIMIT,
        pause: Callable[[], None] | None = None,
    ) -> None:
        self.site = site
        self.kind = kind
        self.load_limit = load_limit
        self.pause = pause or (lambda: site.timing.sleep(1))
        self._queue: deque[Item] = deque()

    def run(self) -> str | None:
        """Enqueue until nothing is left.

        Returns:
            Why it stopped, or None if it could not start.
        """
        site = self.site
        with remembering():
            if site.tracking is None or not site.is_secondary():
                return None
        key = f"geo/{self.kind.scheduler}"
        with site.store.lease(key, LEASE_TIMEOUT) as lease:
            if lease is None:
                return None
            started_at = site.now()
            node, read_at = site.current_node(), started_at
            while True:
                interruption.check()
                if site.now() - read_at >= NODE_CHECK_PERIOD:
                    node, read_at = site.current_node(), site.now()
                with remembering():
                    reason = self._round(node, started_at)
                if reason is None and not lease.renew():
                    reason = "lease_lost"
                if reason is not None:
                    log.info("scheduler stopped", extra={"scheduler": self.kind.scheduler, "reason": reason})
                    return reason
                self.pause()

    def _round(self, node: "GeoNode", started_at: datetime) -> str | None:
        if not node.enabled:
            return "node_disabled"
        capacity = self.kind.capacity(self.site, node)
        if len(self._queue) < capacity:
            self._queue = deque(self.load(set(self.running())))
        if self.site.now() - started_at > RUN_TIME:
            return "over_time"
        if not self._queue:
            return "complete"
        is_last = len(self._queue) < capacity

        def choose(begun: Mapping[Item, int]) -> Iterator[tuple[Item, NewJob]]:
            room = capacity - len(begun)
            while self._queue and room > 0:
                item = self._queue.popleft()
                if item not in begun:  # by an event, meanwhile
                    room -= 1
                    yield item, NewJob(SYNC, item, self.site.replicator_class(item[0]).status_expiration())

        begin(self.site, self.kind, choose)
        return "last_batch" if is_last else None

    def running(self) -> dict[Item, int]:
        """Return the records whose jobs are not finished, with the ids of these jobs."""
        return begun(self.site, self.kind)

    def load(self, except_items: set[Item]) -> list[Item]:
        """Return waiting records, and if there are too few, failed ones that may be tried again."""
        found = self._load(find_pending, self.load_limit, except_items)
        if len(found) < self.load_limit:
            found += self._load(find_needs_sync_again, self.load_limit - len(found), except_items | set(found))
        return found

    def types(self) -> list[type["Replicator"]]:
        """Return the replicated types of the scheduler."""
        return [replicator for replicator in self.site.replication_enabled() if self.kind.copies(replicator)]

    def _load(
        self,
        find: Callable[["Session", type["Registry"], int, set[int]], list[int]],
        limit: int,
        except_items: set[Item],
    ) -> list[Item]:
        lists = []
        for type_ in self.types():
            name = type_.replicable_name()
            excluded = {record for other, record in except_items if other == name}
            with self.site.tracking_database().reading() as session:
                lists.append([(name, record) for record in find(session, type_.registry_class, limit, excluded)])
        return interleave(lists, limit)


def interleave(lists: Sequence[Iterable[Item]], limit: int) -> list[Item]:
    """Take one item of each list in turn, without duplicates, up to the limit.

    Args:
        lists: One list for each type.
        limit: The maximum number of items.
    """
    queues = [deque(each) for each in lists]
    found: dict[Item, None] = {}
    while any(queues) and len(found) < limit:
        for queue in queues:
            if queue and len(found) < limit:
                found.setdefault(queue.popleft())
    return list(found)


def schedule(kind: Kind, site: "ReplicatingSite") -> None:
    """Schedule copies of a kind's records."""
    RegistryScheduler(site, kind).run()


def sync_timeout(site: "ReplicatingSite") -> None:
    """Fail synchronisations of every replicated type that take too long."""
    if not site.is_secondary() or site.tracking is None:
        return
    for replicator_class in site.replication_enabled():
        with site.tracking.session() as session, session.begin():
            fail_timed_out_syncs(session, replicator_class.registry_class, replicator_class.status_expiration())
