"""Jobs of verification: batches within a capacity, timeouts, old verifications, missing state rows.

Specification: points 59 to 67, 84, 108. GitLab has one running set for all types, although its comments speak of
    one for each; a setting of the site decides.
"""

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import delete, select

from geo_runtime.ground.memory import remembering
from geo_runtime.replication import verifier
from geo_runtime.replication.replicator import ensure_state_rows
from geo_runtime.site.selective_sync import IdRange
from geo_runtime.workers.batcher import RangeBatcher

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

BACKFILL_BATCH = 1000
BACKFILL_LEASE = timedelta(minutes=30)
_RUNNING_EXPIRY = timedelta(hours=8)


def verification_capacity(site: "ReplicatingSite") -> int:
    """Return how many batches of a type may be verified at once: its share of the site's capacity, at least one."""
    total = site.current_node().verification_max_capacity
    kinds = len(site.verification_enabled())
    return max(1, total // kinds) if kinds else total


def verification_cron(site: "ReplicatingSite") -> None:
    """Start the verification of every type."""
    if not (site.is_primary() or site.is_secondary()):
        return
    for replicator_class in site.replicators:
        trigger_background_verification(site, replicator_class)


def trigger_background_verification(site: "ReplicatingSite", replicator_class: type["Replicator"]) -> bool:
    """Enqueue the verification jobs of a type; return False if verification is off."""
    if not replicator_class.verification_enabled(site):
        return False
    name = replicator_class.replicable_name()
    # Jobs that an overloaded machine has not started yet are enough; they must not pile up every minute.
    running = sum(job.arguments == [name] for job in site.jobs.begun(["VerificationBatchWorker"]))
    for _ in range(verification_capacity(site) - running):
        site.jobs.enqueue("VerificationBatchWorker", name)
    site.jobs.enqueue("VerificationTimeoutWorker", name)
    if site.is_primary():
        site.jobs.enqueue("ReverificationBatchWorker", name)
        if replicator_class.has_separate_state_table:
            site.jobs.enqueue("VerificationStateBackfillWorker", name)
    return True


def verification_batch(site: "ReplicatingSite", replicable_name: str) -> None:
    """Verify a batch of a type, if there is capacity; continue in another job if more wait."""
    kind = site.replicator_class(replicable_name)
    is_by_type = site.settings.verification_cap == "type"
    key = f"limited_capacity:VerificationBatchWorker{f':{replicable_name}' if is_by_type else ''}"
    with remembering():
        capacity = verification_capacity(site)
        with _Place(site, key, capacity) as is_free:
            if not is_free:
                return
            verifier.verify_batch(site, kind)
        is_more = verifier.remaining_batches(site, kind, capacity) > 0
    if is_more:
        site.jobs.enqueue("VerificationBatchWorker", replicable_name)


def verification_timeout(site: "ReplicatingSite", replicable_name: str) -> None:
    """Fail verifications of a type that take too long."""
    verifier.fail_timed_out(site, site.replicator_class(replicable_name))


def reverification_batch(site: "ReplicatingSite", replicable_name: str) -> None:
    """Request verification of a type's records whose verification is old; continue in another job if there are more."""
    kind = site.replicator_class(replicable_name)
    with _Place(site, "limited_capacity:ReverificationBatchWorker", 1) as is_free:
        if not is_free:
            return
        verifier.reverify_batch(site, kind)
    if verifier.remaining_reverification_batches(site, kind, 1) > 0:
        site.jobs.enqueue("ReverificationBatchWorker", replicable_name)


def verification_state_backfill(
    site: "ReplicatingSite", replicable_name: str, batch_size: int = BACKFILL_BATCH
) -> bool:
    """Create the state rows of records in the next range of ids; continue in another job if anything was changed.

    Args:
        site: The primary.
        replicable_name: The type.
        batch_size: How many ids to process.

    Returns:
        Whether rows were created or deleted.
    """
    kind = site.replicator_class(replicable_name)
    if not site.is_primary() or not kind.verification_enabled(site):
        return False
    with site.store.lease(f"geo/verification_state_backfill_worker:{replicable_name}", BACKFILL_LEASE) as lease:
        if lease is None:
            return False
        batcher = RangeBatcher(
            (site.main, kind.model.id), (site.main, kind.state_model.foreign_key()), site.store,
            f"verification_state:{replicable_name}", batch_size,
        )  # fmt: skip
        ids = batcher.next_range()
        is_changed = ids is not None and backfill_range(site, kind, ids)
    if is_changed:
        sizes = [batch_size] if batch_size != BACKFILL_BATCH else []
        site.jobs.enqueue("VerificationStateBackfillWorker", replicable_name, *sizes)
    return is_changed


def backfill_range(site: "ReplicatingSite", replicator_class: type["Replicator"], ids: IdRange) -> bool:
    """Create and delete state rows of a range of ids so that they match the verifiable records."""
    key = replicator_class.state_model.foreign_key()
    scope = replicator_class.model.verifiables(site, ids).with_only_columns(replicator_class.model.id)
    with site.main.session() as session, session.begin():
        wanted = set(session.scalars(scope))
        present = set(session.scalars(select(key).where(key.between(*ids))))
        ensure_state_rows(session.connection(), replicator_class.state_model, sorted(wanted - present))
        unwanted = sorted(present - wanted)
        if unwanted:
            session.execute(delete(replicator_class.state_model).where(key.in_(unwanted)))
    return wanted != present


class _Place:
    """A slot among the jobs that may run at once; the block learns whether there was one."""

    def __init__(self, site: "ReplicatingSite", key: str, limit: int) -> None:
        self.site, self.key, self.limit = site, key, limit
        self.member = str(uuid4())
        self._kept = ExitStack()

    def __enter__(self) -> bool:
        heartbeat = self.site.store.heartbeat
        expiry = heartbeat.span if heartbeat else _RUNNING_EXPIRY
        self.site.store.discard_below(self.key, self.site.ago(expiry).timestamp())
        is_free = self.site.store.add(self.key, self.member, self.site.now().timestamp(), limit=self.limit)
        if is_free and heartbeat:
            self._kept.enter_context(heartbeat.keeping(self._renew))
        return is_free

    def __exit__(self, *exception: object) -> None:
        self._kept.close()
        self.site.store.discard(self.key, self.member)

    def _renew(self) -> None:
        self.site.store.add(self.key, self.member, self.site.now().timestamp())
