"""The copies in progress, whoever requested them: a kind's capacity applies to all of them together.

In GitLab it only applies to those that a scheduler requested; any number requested by events comes in addition.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from geo_runtime.site.jobs import Begun, NewJob

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.kind import Kind

SYNC: Final = "SyncWorker"
"""The job that copies a record."""
EVENT_SYNC: Final = "EventSyncWorker"
"""The job that copies for an event; GitLab's EventWorker does that itself, and so blocks other events."""
Item = tuple[str, int]
"""Replicable name and id of a record."""


def begun(site: "ReplicatingSite", kind: "Kind") -> dict[Item, int]:
    """Return the records of a kind whose copies are in progress, or wait for a worker, with the ids of the jobs."""
    return _of_kind(site, kind, site.jobs.begun((SYNC, EVENT_SYNC)))


def begin(
    site: "ReplicatingSite", kind: "Kind", choose: Callable[[Mapping[Item, int]], Iterable[tuple[Item, NewJob]]]
) -> dict[Item, int]:
    """Start copies of records of a kind, while nobody else chooses any.

    Args:
        site: The secondary.
        kind: The kind.
        choose: Given the records whose copies are in progress, returns those to copy next, and by which jobs.

    Returns:
        The records, with the ids of the jobs.
    """
    items: list[Item] = []

    def wanted(rows: Sequence[Begun]) -> list[NewJob]:
        chosen = list(choose(_of_kind(site, kind, rows)))
        items[:] = [item for item, _ in chosen]
        return [job for _, job in chosen]

    added = site.jobs.enqueue_chosen((SYNC, EVENT_SYNC), wanted)
    return {item: job_id for item, (_, job_id) in zip(items, added, strict=True)}


def _of_kind(site: "ReplicatingSite", kind: "Kind", rows: Iterable[Begun]) -> dict[Item, int]:
    names = {replicator.replicable_name() for replicator in site.replicators if kind.copies(replicator)}
    items = ((_item(row.arguments), row.id) for row in rows)
    return {item: job_id for item, job_id in items if item is not None and item[0] in names}


def _item(arguments: object) -> Item | None:
    """Return the record that a job copies, or None if its arguments are not those of such a job."""
    match arguments:
        case [str(name), int(record_id)] | [str(name), str(), {"model_record_id": int(record_id)}]:
            return name, record_id
    return None
