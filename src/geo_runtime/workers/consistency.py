"""Compares registries and records range by range, adds missing registries and removes surplus ones.

Specification: points 76, 77 and 125.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from geo_runtime.databases.store import insert_for
from geo_runtime.events import log_cursor
from geo_runtime.site.selective_sync import IdRange
from geo_runtime.workers.batcher import RangeBatcher

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

BATCH_SIZE = 10_000
DestroyWorker: Final = "DestroyWorker"
_INSERT_BATCH = 1000


def registry_consistency(site: "ReplicatingSite", batch_size: int = BATCH_SIZE) -> bool:
    """Compare the next range of ids of each replicated type; continue at once in another job if anything was changed.

    Args:
        site: The secondary.
        batch_size: How many ids to compare of each type.

    Returns:
        Whether registries were created, or removals enqueued.
    """
    if not site.is_secondary() or site.tracking is None:
        return False
    replicators = site.replication_enabled()
    timeout = timedelta(minutes=max(len(site.replicators), 1))
    with site.store.lease("geo/secondary/registry_consistency_worker", timeout) as lease:
        if lease is None:
            return False
        log_cursor.place(site)  # before anything is copied, so that events about it are handled
        changes = [check_next_range(site, replicator, batch_size) for replicator in replicators]
    if any(changes):
        site.jobs.enqueue("RegistryConsistencyWorker", *([batch_size] if batch_size != BATCH_SIZE else []))
    return any(changes)


def check_next_range(
    site: "ReplicatingSite", replicator_class: type["Replicator"], batch_size: int = BATCH_SIZE
) -> bool:
    """Compare the next range of ids of one type; return whether anything was changed."""
    tracking, registry = site.tracking_database(), replicator_class.registry_class
    batcher = RangeBatcher(
        (site.main, replicator_class.model.id), (tracking, registry.model_key()), site.store,
        f"registry:{replicator_class.replicable_name()}", batch_size,
    )  # fmt: skip
    range_ = batcher.next_range()
    return range_ is not None and check_range(site, replicator_class, range_)


def check_range(site: "ReplicatingSite", replicator_class: type["Replicator"], ids: IdRange) -> bool:
    """Compare a range of ids of one type; return whether anything was changed."""
    with site.main.reading() as session:
        scope = replicator_class.model.replicables_for_secondary(site, ids).with_only_columns(replicator_class.model.id)
        wanted = set(session.scalars(scope))
    key = replicator_class.registry_class.model_key()
    with site.tracking_database().reading() as session:
        present = set(session.scalars(select(key).where(key.between(*ids))))
    missing, unwanted = sorted(wanted - present), sorted(present - wanted)
    _create(site, replicator_class, missing)
    for model_record_id in unwanted:
        site.jobs.enqueue(DestroyWorker, replicator_class.replicable_name(), model_record_id)
    return bool(missing or unwanted)


def destroy(site: "ReplicatingSite", replicable_name: str, model_record_id: int) -> None:
    """Remove a record's data that are out of scope."""
    site.replicator(replicable_name, model_record_id).replicate_destroy({})


def _create(site: "ReplicatingSite", replicator_class: type["Replicator"], ids: list[int]) -> None:
    registry = replicator_class.registry_class
    for start in range(0, len(ids), _INSERT_BATCH):
        rows = [
            {
                registry.MODEL_FOREIGN_KEY: id_,
                "created_at": site.now(),
                "state": 0,
                "verification_state": 0,
                "retry_count": 0,
                "verification_retry_count": 0,
            }
            for id_ in ids[start : start + _INSERT_BATCH]
        ]
        with site.tracking_database().session() as session, session.begin():
            statement = insert_for(session, registry)
            session.execute(statement.on_conflict_do_nothing(index_elements=[registry.MODEL_FOREIGN_KEY]), rows)
