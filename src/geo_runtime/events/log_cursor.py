"""The log cursor: reads the event log on a secondary and enqueues what it finds, at least once, in order.

Specification: points 17 to 26. Execution is not in order; what keeps records right is the registry machine.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from geo_runtime.databases.database import wait_for_turn
from geo_runtime.databases.main import GeoEventLog
from geo_runtime.databases.store import Lease
from geo_runtime.databases.tracking import EventLogState
from geo_runtime.events.gaps import GapTracking

if TYPE_CHECKING:
    from geo_runtime.site.site import Site

log = logging.getLogger(__name__)

BATCH_SIZE = 50
LEASE_KEY: Final = "geo_log_cursor_processed"
LEASE_TIMEOUT = timedelta(seconds=30)
SLEEP_NOT_SECONDARY_S = 60.0
SLEEP_IDLE_S = 1.0
MAX_FAILURE = timedelta(seconds=1800)
COUNTED_BEHIND: Final = 10_000
"""How many unhandled events are counted at most."""
_KEPT_STATES = 1
_LAST_PROCESSED: Final = select(func.max(EventLogState.event_id))


class LogCursor:
    """The daemon; at most one of a site is active.

    Args:
        site: The secondary.
    """

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.failing_since: datetime | None = None
        self.is_stopped = False
        self.gaps = GapTracking(site)
        self._lease: Lease | None = None
        self._renewed_at = site.now()

    def run(self) -> None:
        """Run until stopped, or until nothing has succeeded for half an hour."""
        while not self.is_stopped:
            wait = self.cycle()
            if self.failing_since is not None and self.site.now() - self.failing_since > MAX_FAILURE:
                log.error("the log cursor gives up")
                return
            self.site.timing.sleep(wait + self.site.timing.fraction(0.1, 2.0))
        self._give_up_lease()

    def stop(self) -> None:
        """Make the daemon end after its cycle."""
        self.is_stopped = True

    def cycle(self) -> float:
        """Handle all new events, if the lease can be obtained; it is kept for the next cycle.

        An error ends the cycle, but not the daemon, unless errors last for too long.

        Returns:
            How long to wait before the next cycle, in seconds.
        """
        try:
            if not self.site.is_secondary():
                return SLEEP_NOT_SECONDARY_S
            if self._lease is None or not self._lease.renew():
                self._lease = self._obtained()
                self._renewed_at = self.site.now()
            if self._lease is None:
                return self.site.store.remaining(LEASE_KEY).total_seconds()
            self._work(self._lease)
        except Exception:
            return self._failed()
        self.failing_since = None
        return SLEEP_IDLE_S

    def _obtained(self) -> Lease | None:
        """Obtain the lease, even from a killed process, so that events need not wait for its expiry."""
        store, timeout = self.site.store, self.site.timing.of_machine(LEASE_TIMEOUT)
        lease = store.obtain(LEASE_KEY, timeout)
        if lease is None and store.free_of_dead(LEASE_KEY):
            lease = store.obtain(LEASE_KEY, timeout)
        return lease

    def _failed(self) -> float:
        log.exception("a cycle of the log cursor failed")
        try:
            self._give_up_lease()
        except Exception:  # without a database the lease cannot be released; it expires
            log.exception("the lease of the log cursor could not be given up")
        self.failing_since = self.failing_since or self.site.now()
        return SLEEP_IDLE_S

    def _give_up_lease(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.cancel()

    def _work(self, lease: Lease) -> None:
        self.gaps.fill(self._handle, lambda: self._goes_on(lease))
        while not self.is_stopped:
            last = place(self.site)
            if self.gaps.previous_id == 0:
                self.gaps.previous_id = last
            handled = 0
            for row in self._batch(last):
                if not self._goes_on(lease):
                    break
                self.gaps.check(row.id)
                self._handle(row)
                handled = row.id
            if handled:
                self._save(handled)
            if not lease.renew() or not handled:
                return
            self._renewed_at = self.site.now()

    def _goes_on(self, lease: Lease) -> bool:
        """Whether to continue: renews the lease in good time, however long a batch takes."""
        if self.is_stopped:
            return False
        if self.site.now() - self._renewed_at < lease.timeout / 3:
            return True
        if not lease.renew():
            return False
        self._renewed_at = self.site.now()
        return True

    def _batch(self, last: int) -> list[GeoEventLog]:
        statement = select(GeoEventLog).where(GeoEventLog.id > last).order_by(GeoEventLog.id).limit(BATCH_SIZE)
        with self.site.main.reading() as session:
            return list(session.scalars(_with_event(statement)))

    def _handle(self, row: GeoEventLog) -> None:
        """Enqueue what a row of the log asks for; one whose event was pruned is skipped."""
        event = row.geo_event
        if event is None:
            log.warning("a row of the log has no event", extra={"event_log_id": row.id})
            return
        delay_s = (self.site.now() - event.created_at).total_seconds()
        log.info("event", extra={"event_log_id": row.id, "event": event.event_name, "cursor_delay_s": delay_s})
        self.site.jobs.enqueue("EventWorker", event.replicable_name, event.event_name, event.payload)

    def _save(self, event_id: int) -> None:
        with self.site.tracking_database().session() as session, session.begin():
            if session.get(EventLogState, event_id) is None:
                session.add(EventLogState(event_id=event_id, created_at=self.site.now()))
                session.flush()
            _forget_old(session)


def last_event_id(site: "Site") -> int | None:
    """Return the newest id of the event log, or None if it is empty."""
    with site.main.reading() as session:
        return session.scalar(select(func.max(GeoEventLog.id)))


def last_processed_id(site: "Site") -> int | None:
    """Return the id up to which events were handled, or None if the cursor never ran."""
    with site.tracking_database().reading() as session:
        return session.scalar(_LAST_PROCESSED)


def place(site: "Site") -> int:
    """Return the id up to which events were handled; the first time it is set to the newest, so that none is replayed.

    Whoever creates registries calls this first: from then on no event is skipped, however late the cursor starts. In
    GitLab only the cursor does, so events about records copied before are lost.
    """
    last = last_processed_id(site)
    if last is not None:
        return last
    with site.tracking_database().session() as session, session.begin():
        wait_for_turn(session.connection(), LEASE_KEY)
        last = session.scalar(_LAST_PROCESSED)
        if last is None:
            last = last_event_id(site) or 0
            session.add(EventLogState(event_id=last, created_at=site.now()))
    return last


def events_behind(site: "Site") -> int:
    """Return how many received events the site has not handled yet, counted up to a limit."""
    received = select(GeoEventLog.id).where(GeoEventLog.id > (last_processed_id(site) or 0)).limit(COUNTED_BEHIND)
    with site.main.reading() as session:
        return session.scalar(select(func.count()).select_from(received.subquery())) or 0


def cursor_last_event_id(site: "Site") -> int | None:
    """Return the id up to which the log may be pruned for this site: a gap limits it."""
    found = [each for each in (GapTracking(site).lowest(), last_processed_id(site)) if each is not None]
    return min(found, default=None)


def _with_event(statement: Select[Any]) -> Select[Any]:
    return statement.options(selectinload(GeoEventLog.geo_event))


def _forget_old(session: Session) -> None:
    states = session.scalars(select(EventLogState).order_by(EventLogState.event_id.desc()).offset(_KEPT_STATES)).all()
    for state in states:
        session.delete(state)
