"""What a record costs in statements, which is most of what it costs at all; timings are for the benchmarks."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from geo_runtime.replication import verifier
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.verification import VerificationState
from geo_runtime.site import tokens
from geo_runtime.workers.verification import verification_batch

from .widgets import WidgetFileReplicator
from .world import World, keeping

COUNT = 10


@contextmanager
def counted(site: ReplicatingSite) -> Iterator[Counter[str]]:
    """Count the statements that a site runs, by database and first word."""
    found: Counter[str] = Counter()
    databases = {"main": site.main, "store": site.store.database}
    if site.tracking is not None:
        databases["tracking"] = site.tracking
    listeners: list[tuple[Any, Callable[..., None]]] = []
    for name, database in databases.items():
        for engine in {database.engine, database.reading_engine}:

            def count(
                connection: Any,
                cursor: Any,
                statement: str,
                parameters: Any,
                context: Any,
                many: bool,
                name: str = name,
            ) -> None:
                found[f"{name} {statement.split(maxsplit=1)[0]}"] += 1

            event.listen(engine, "before_cursor_execute", count)
            listeners.append((engine, count))
    try:
        yield found
    finally:
        for engine, listener in listeners:
            event.remove(engine, "before_cursor_execute", listener)


@pytest.fixture
def records(world: World) -> list[Any]:
    world.serve()
    made = [world.widget_file(f"{number}.bin") for number in range(COUNT)]
    while verifier.verify_batch(world.primary, WidgetFileReplicator):
        pass
    world.secondary.jobs.clear()
    for record in made:
        world.set_registry(record, state=0)
    return made


def test_a_file_is_copied_in_few_statements(world: World, records: list[Any]) -> None:
    site, others = world.secondary, COUNT - 1
    first, *jobs = site.jobs.enqueue_all("SyncWorker", [("widget_file", record.id) for record in records])
    with keeping(60):
        site.jobs.run(first)  # sites and flags are known then
        with counted(site) as found:
            assert all(site.jobs.run(job) for job in jobs)
    assert found == {
        "main SELECT": 2 * others,  # the record, if it is in scope, and what the primary's checksum is
        "tracking UPDATE": 2 * others,  # a beginning and an end
        "store UPDATE": others,  # a claim
        "store INSERT": others,  # a lease
        "store DELETE": 2 * others,  # of lease and job
    }


def test_a_file_is_sent_in_few_statements(world: World, records: list[Any]) -> None:
    with counted(world.primary) as found:
        for record in records:
            data = {"replicable_name": "widget_file", "replicable_id": record.id}
            token = tokens.authorization(world.secondary, data)
            assert world.get(f"/api/v4/geo/retrieve/widget_file/{record.id}", token).status_code == 200
    assert found == {"main SELECT": 2 * COUNT}  # who asks, and the record


def test_a_batch_is_verified_in_few_statements(world: World, records: list[Any]) -> None:
    site = world.secondary
    with keeping(60):
        for record in records:
            assert site.replicator("widget_file", record.id).sync()
        verification_batch(site, "widget_file")  # sites and flags are known then
        for record in records:
            world.set_registry(record, verification_state=VerificationState.PENDING)
        with counted(site) as found:
            verification_batch(site, "widget_file")
    assert found == {
        "main SELECT": 2 * COUNT + 1,  # twice what the primary's checksum is; the records, in one
        "tracking UPDATE": COUNT + 1,  # an end of each, and a claim of all
        "tracking SELECT": 3,  # whether there are more, in each state
        "store DELETE": 2,  # the slot among the batches, and slots of killed ones
        "store SELECT": 1,
        "store INSERT": 1,
    }
    assert {world.registry(record).verification_state for record in records} == {VerificationState.SUCCEEDED}
