"""Jobs around events: consume one, copy one record, write many, forget old ones."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from geo_runtime.databases.main import GeoEvent, GeoEventLog, GeoNodeStatus
from geo_runtime.events import publishing
from geo_runtime.ground.memory import remembering
from geo_runtime.site.jobs import NewJob, correlation_id
from geo_runtime.workers.in_progress import EVENT_SYNC, Item, begin

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

_COPYING: Final = frozenset({publishing.CREATED, publishing.UPDATED})

PRUNE_LIMIT = 50_000
PRUNE_LEASE = timedelta(minutes=4)
STATUS_MAX_AGE = timedelta(hours=1)
_PRUNE_BATCH = 1000


def event(site: "ReplicatingSite", replicable_name: str, event_name: str, payload: Mapping[str, Any]) -> None:
    """Consume an event (specification: point 129); copies are made by another job, within the capacity.

    Args:
        site: The secondary.
        replicable_name: The type.
        event_name: What happened, such as `updated`.
        payload: The payload of the event, as published.

    Raises:
        UnknownReplicatorError: There is no such type.
        UnsupportedEventError: The type has no such event.
        RecordNotFoundError: The record is not visible yet; the job is tried again.
    """
    with _correlated(payload), remembering():
        replicator = _replicator(site, replicable_name, payload)
        if event_name not in _COPYING or event_name not in replicator.supported_events:
            replicator.consume(event_name, payload)
        elif replicator.in_replicables_for_secondary():
            _have_copied(site, replicator, event_name, payload)


def consume(site: "ReplicatingSite", replicable_name: str, event_name: str, payload: Mapping[str, Any]) -> None:
    """Consume an event in this job; errors as for `event`."""
    with _correlated(payload), remembering():
        _replicator(site, replicable_name, payload).consume(event_name, payload)


def _have_copied(
    site: "ReplicatingSite", replicator: "Replicator", event_name: str, payload: Mapping[str, Any]
) -> None:
    """Start a copy of a record now if there is capacity, or leave it to the scheduler.

    A copy in progress may be of the earlier data: if data can change, it is made again.
    """
    kind, item = replicator.kind, (replicator.replicable_name(), replicator.model_record_id)
    capacity = kind.capacity(site, site.current_node())
    is_begun = False

    def choose(begun: Mapping[Item, int]) -> Iterator[tuple[Item, NewJob]]:
        nonlocal is_begun
        is_begun = item in begun
        if not is_begun and len(begun) < capacity:
            arguments = (replicator.replicable_name(), event_name, {**payload, "model_record_id": item[1]})
            yield item, NewJob(EVENT_SYNC, arguments, replicator.status_expiration())

    if begin(site, kind, choose) or (is_begun and not replicator.mutable):
        return
    with replicator.registry() as registry:
        registry.pending()


def _replicator(site: "ReplicatingSite", replicable_name: str, payload: Mapping[str, Any]) -> "Replicator":
    return site.replicator(replicable_name, int(payload["model_record_id"]))


@contextmanager
def _correlated(payload: Mapping[str, Any]) -> Iterator[None]:
    """Make everything that a block logs, publishes and enqueues carry the event's correlation id."""
    token = correlation_id.set(payload.get("correlation_id") or publishing.current_correlation_id())
    try:
        yield
    finally:
        correlation_id.reset(token)


def sync_record(site: "ReplicatingSite", replicable_name: str, model_record_id: int) -> None:
    """Copy the data of a record, without setting its registry pending first."""
    with remembering():
        site.replicator(replicable_name, model_record_id).sync()


def batch_event_create(
    site: "ReplicatingSite", replicable_name: str, event_name: str, payloads: list[Mapping[str, Any]]
) -> None:
    """Write many events at once.

    Args:
        site: The primary.
        replicable_name: The type.
        event_name: What happened, such as `deleted`.
        payloads: One payload for each record.
    """
    publishing.write_events(site, replicable_name, event_name, payloads)


def prune_event_log(site: "ReplicatingSite") -> int:
    """Delete events that every secondary has handled, and return how many (specification: points 27 to 31).

    Nothing is deleted on a secondary, nor while any secondary is not known to be healthy.
    """
    if not site.is_primary() or site.main.read_only or site.replication_slots_lag():
        return 0
    bound = _prunable_below(site)
    if bound == 0:
        return 0
    deleted = 0
    with site.store.lease("geo/prune_event_log_worker", PRUNE_LEASE) as lease:
        while lease is not None and deleted < PRUNE_LIMIT:
            chosen = select(GeoEventLog.geo_event_id).where(GeoEventLog.geo_event_id.is_not(None))
            if bound is not None:
                chosen = chosen.where(GeoEventLog.id < bound)
            chosen = chosen.order_by(GeoEventLog.id).limit(min(_PRUNE_BATCH, PRUNE_LIMIT - deleted))
            with site.main.session() as session, session.begin():
                ids = session.scalars(chosen).all()
                session.execute(delete(GeoEvent).where(GeoEvent.id.in_(ids)))
            deleted += len(ids)
            if not ids or not lease.renew():
                break
    return deleted


def _prunable_below(site: "ReplicatingSite") -> int | None:
    """Return the lowest cursor of all secondaries; None if there is no secondary, 0 if any may be unhealthy."""
    nodes = site.secondary_nodes()
    if not nodes:
        return None
    cursors = []
    with site.main.reading() as session:
        for node in nodes:
            status = session.scalar(select(GeoNodeStatus).where(GeoNodeStatus.geo_node_id == node.id))
            checked_at = status.last_successful_status_check_at if status else None
            if status is None or status.cursor_last_event_id is None or checked_at is None:
                return 0
            if checked_at < site.ago(STATUS_MAX_AGE):
                return 0
            cursors.append(status.cursor_last_event_id)
    return min(cursors)
