"""The jobs of a site, and which ones run when (specification: point 85)."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from geo_runtime.administration.actions import bulk_resync, bulk_reverify
from geo_runtime.site.jobs import Job, Queue, Unique
from geo_runtime.workers.consistency import DestroyWorker, destroy, registry_consistency
from geo_runtime.workers.events import batch_event_create, consume, event, prune_event_log, sync_record
from geo_runtime.workers.in_progress import EVENT_SYNC, SYNC
from geo_runtime.workers.metrics import metrics_update
from geo_runtime.workers.scheduler import schedule, sync_timeout
from geo_runtime.workers.verification import (
    reverification_batch,
    verification_batch,
    verification_cron,
    verification_state_backfill,
    verification_timeout,
)

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.kind import Kind

JOBS: Final = (
    Job("EventWorker", event, retries=3, queue=Queue.EVENT, is_told_once=True),
    Job(EVENT_SYNC, consume, retries=3, queue=Queue.SYNC, is_told_once=True),
    Job(SYNC, sync_record, retries=0, queue=Queue.SYNC),
    Job("BatchEventCreateWorker", batch_event_create, retries=3, queue=Queue.EVENT, is_told_once=True),
    Job("PruneEventLogWorker", prune_event_log, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job("RegistryConsistencyWorker", registry_consistency, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job(DestroyWorker, destroy, retries=3, unique=Unique.UNTIL_EXECUTED, queue=Queue.EVENT, is_told_once=True),
    Job("SyncTimeoutCronWorker", sync_timeout, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job("MetricsUpdateWorker", metrics_update, retries=0, unique=Unique.UNTIL_EXECUTED),
    Job("BulkRegistryResyncWorker", bulk_resync, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job("BulkRegistryReverificationWorker", bulk_reverify, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job("VerificationCronWorker", verification_cron, retries=0, unique=Unique.UNTIL_EXECUTING),
    Job("VerificationBatchWorker", verification_batch, retries=0, queue=Queue.VERIFICATION),
    Job("VerificationTimeoutWorker", verification_timeout, retries=0, unique=Unique.UNTIL_EXECUTED),
    Job("ReverificationBatchWorker", reverification_batch, retries=0),
    Job("VerificationStateBackfillWorker", verification_state_backfill, retries=0, unique=Unique.UNTIL_EXECUTING),
)
"""The jobs of every site; at most one of each scheduled job waits, however long it is not started."""

_BOTH: Final = {"VerificationCronWorker": timedelta(minutes=1), "MetricsUpdateWorker": timedelta(minutes=1)}
_PRIMARY: Final = {"PruneEventLogWorker": timedelta(minutes=5)}
_SCHEDULING: Final = timedelta(minutes=1)
_SECONDARY: Final = {
    "RegistryConsistencyWorker": timedelta(minutes=1),
    "SyncTimeoutCronWorker": timedelta(minutes=10),
}


def jobs_of(kinds: Iterable["Kind"]) -> tuple[Job, ...]:
    """Return the jobs of a site: those of every site, and those of its kinds of types."""
    return (
        *JOBS,
        *(Job(kind.job, partial(schedule, kind), retries=0, unique=Unique.UNTIL_EXECUTING) for kind in kinds),
    )


def cron_jobs(site: "ReplicatingSite") -> dict[str, timedelta]:
    """Return the scheduled jobs of the site's role, and how often they run; empty if it has no role."""
    if site.is_primary():
        return {**_BOTH, **_PRIMARY}
    if site.is_secondary():
        return {**_BOTH, **{kind.job: _SCHEDULING for kind in site.kinds}, **_SECONDARY}
    return {}


def tick(site: "ReplicatingSite") -> list[str]:
    """Enqueue the scheduled jobs that are due by the site's clock; return their names."""
    due = []
    for name, period in cron_jobs(site).items():
        if site.store.obtain(f"cron:{name}", period) is not None:
            site.jobs.enqueue(name)
            due.append(name)
    return due
