"""Which copies are being made, no matter who asked for them: a kind's capacity applies to all of them together.

In GitLab it holds for those alone that a scheduler asked for; what events ask for comes besides, however much it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from geo_runtime.site.jobs import Begun, Wanted

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.kind import Kind

SYNC: Final = "SyncWorker"
"""Copies a record."""
EVENT_SYNC: Final = "EventSyncWorker"
"""Consumes an event that asks for a copy; GitLab's EventWorker does that itself, and so keeps other events waiting."""
Item = tuple[str, int]
"""Replicable name and id of a record."""


def begun(site: "ReplicatingSite", kind: "Kind") -> dict[Item, int]:
    """Return the records of a kind whose copies are being made, or wait for a worker, with the ids of the jobs."""
    return _of_kind(site, kind, site.jobs.begun((SYNC, EVENT_SYNC)))


def begin(
    site: "ReplicatingSite", kind: "Kind", choose: Callable[[Mapping[Item, int]], Iterable[tuple[Item, Wanted]]]
) -> dict[Item, int]:
    """Have copies of records of a kind made; nobody else chooses any meanwhile.

    Args:
        site: The secondary.
        kind: The kind.
        choose: Told whose copies are being made, says of which records others are to be made, and by which jobs.

    Returns:
        The records, with the ids of the jobs.
    """
    items: list[Item] = []

    def wanted(rows: Sequence[Begun]) -> list[Wanted]:
        chosen = list(choose(_of_kind(site, kind, rows)))
        items[:] = [item for item, _ in chosen]
        return [job for _, job in chosen]

    added = site.jobs.enqueue_chosen((SYNC, EVENT_SYNC), wanted)
    return {item: job_id for item, (_, job_id) in zip(items, added, strict=True)}


def _of_kind(site: "ReplicatingSite", kind: "Kind", rows: Iterable[Begun]) -> dict[Item, int]:
    names = {each.replicable_name() for each in site.replicators if kind.copies(each)}
    found = ((_item(row.arguments), row.id) for row in rows)
    return {item: job_id for item, job_id in found if item is not None and item[0] in names}


def _item(arguments: object) -> Item | None:
    """Return what a job copies; None if its arguments are none of such a job."""
    match arguments:
        case [str(name), int(record_id)] | [str(name), str(), {"model_record_id": int(record_id)}]:
            return name, record_id
    return None
