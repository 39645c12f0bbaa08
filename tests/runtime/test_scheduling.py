"""Consistency, batches, schedulers, capacities, the clock (points 76 to 85)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from geo_runtime.databases.main import GeoNode
from geo_runtime.errors import JobError, LeaseTakenError, RecordNotFoundError
from geo_runtime.ground import memory
from geo_runtime.ground.memory import remembering
from geo_runtime.kinds.blob.kind import BLOB
from geo_runtime.kinds.repository.kind import REPOSITORY
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.replicator import Replicator
from geo_runtime.site.jobs import LONGEST_WAIT, Job, JobRow, Queue
from geo_runtime.workers import consistency, cron_jobs, scheduler, tick
from geo_runtime.workers.batcher import RangeBatcher
from geo_runtime.workers.in_progress import EVENT_SYNC, SYNC
from geo_runtime.workers.scheduler import RegistryScheduler, interleave
from geo_runtime.workers.verification import verification_batch, verification_capacity

from .widgets import Widget, WidgetFileRegistry, WidgetRegistry
from .world import World, keeping


def jobs(world: World, name: str) -> list[list[Any]]:
    return [arguments for _, arguments in world.secondary.jobs.waiting(name)]


@pytest.mark.point(76)
def test_missing_registries_are_created(world: World, make_record: Callable[..., Any]) -> None:
    records = [make_record(number) for number in range(3)]
    kind = world.replicator(records[0]).registry_class
    assert consistency.registry_consistency(world.secondary) is True
    assert world.registries(kind) == [record.id for record in records]
    assert world.registry(records[0]).state == RegistryState.PENDING
    assert jobs(world, "RegistryConsistencyWorker") == [[]]


@pytest.mark.point(76)
def test_no_more_than_the_range(world: World) -> None:
    for number in range(5):
        world.widget(f"w{number}", repository=False)
    consistency.registry_consistency(world.secondary, 2)
    assert world.registries(WidgetRegistry) == [1, 2]
    consistency.registry_consistency(world.secondary, 2)
    assert world.registries(WidgetRegistry) == [1, 2, 3, 4]


@pytest.mark.point(76)
def test_orphans_go_below_and_above_all_records(world: World) -> None:
    records = [world.widget(f"w{number}", repository=False) for number in range(5)]
    consistency.registry_consistency(world.secondary)
    for record in (records[0], records[1], records[4]):
        world.remove(record)
    above = Widget(id=9)
    world.set_registry(above, state=RegistryState.SYNCED)
    world.secondary.jobs.clear()
    for _ in range(2):
        consistency.registry_consistency(world.secondary)
    world.secondary.jobs.run_due()
    assert world.registries(WidgetRegistry) == [3, 4]


@pytest.mark.point(76)
def test_what_left_the_scope_is_removed(world: World) -> None:
    inside, outside = world.project(), world.project()
    kept = world.widget("kept", repository=False, project_id=inside.id)
    left = world.widget("left", repository=False, project_id=outside.id)
    file = world.widget_file("left.bin", content=None, project_id=outside.id)
    copy = world.upload(world.secondary, "left.bin")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(b"x")
    repository = world.repository_at(world.secondary, "group/left")
    repository.create()
    consistency.registry_consistency(world.secondary)
    assert world.registries(WidgetRegistry) == [kept.id, left.id]
    world.set_node("secondary", selective_sync_type="namespaces")
    with world.primary.main.session() as session, session.begin():
        from geo_runtime.databases.main import GeoNodeNamespaceLink

        node = world.secondary.current_node()
        session.add(GeoNodeNamespaceLink(geo_node_id=node.id, namespace_id=inside.namespace_id))
    assert consistency.registry_consistency(world.secondary) is True
    world.secondary.jobs.run_due()
    assert world.registries(WidgetRegistry) == [kept.id]
    assert world.registry(file) is None
    assert not copy.exists()
    assert repository.exists()  # without a path to it in the event, a repository stays


@pytest.mark.point(77)
def test_nothing_to_do(world: World, record: Any) -> None:
    consistency.registry_consistency(world.secondary)
    world.secondary.jobs.clear()
    assert consistency.registry_consistency(world.secondary) is False
    assert world.secondary.jobs.waiting() == []
    assert consistency.registry_consistency(world.primary) is False


@pytest.mark.point(77)
def test_a_type_that_is_off_is_left_alone(world: World, record: Any) -> None:
    world.flag(world.replicator(record).replication_flag(), False)
    assert consistency.registry_consistency(world.secondary) is False


def batcher(world: World, size: int) -> RangeBatcher:
    tracking = world.secondary.tracking_database()
    sides = (world.secondary.main, Widget.id), (tracking, WidgetRegistry.widget_id)
    return RangeBatcher(*sides, world.secondary.store, "test", size)


def fill(world: World, records: list[int], registries: list[int]) -> None:
    for number in records:
        world.widget(f"w{number}", repository=False, id=number)
    for number in registries:
        world.set_registry(Widget(id=number), state=RegistryState.SYNCED)


@pytest.mark.point(78)
def test_the_batcher_walks_and_wraps(world: World) -> None:
    fill(world, [1, 2, 3, 4, 5], [])
    batch = batcher(world, 2)
    assert [batch.next_range() for _ in range(4)] == [(1, 2), (3, 4), (5, 5), (1, 2)]


@pytest.mark.point(78)
def test_the_batcher_begins_again_without_its_cache(world: World) -> None:
    fill(world, [1, 2, 3, 4, 5], [])
    batch = batcher(world, 2)
    batch.next_range()
    world.secondary.store.forget(batch.key)
    assert batch.next_range() == (1, 2)


@pytest.mark.point(78)
def test_the_batcher_of_empty_tables(world: World) -> None:
    assert batcher(world, 2).next_range() is None


@pytest.mark.point(78)
@pytest.mark.parametrize(
    ("records", "registries", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], [(1, 3), (1, 3)]),
        ([], [4, 5], [(1, 5), (1, 5)]),
        ([2, 9], [1, 3], [(1, 3), (4, 9), (1, 3)]),
        ([1, 2], [8], [(1, 2), (3, 8), (1, 2)]),
        ([1, 2, 3, 4], [2], [(1, 3), (4, 4), (1, 3)]),
    ],
)
def test_the_batcher_covers_both_tables(
    world: World, records: list[int], registries: list[int], expected: list[tuple[int, int]]
) -> None:
    fill(world, records, registries)
    batch = batcher(world, 3)
    assert [batch.next_range() for _ in expected] == expected


def files(world: World, count: int) -> list[int]:
    made = [world.widget_file(f"{number}", content=None) for number in range(count)]
    consistency.registry_consistency(world.secondary)
    world.secondary.jobs.clear()
    return [record.id for record in made]


@pytest.mark.point(79)
def test_a_scheduler_that_may_not_work(world: World) -> None:
    files(world, 2)
    assert RegistryScheduler(world.primary, BLOB).run() is None
    assert RegistryScheduler(world.again(world.secondary, tracking_url=None), BLOB).run() is None
    world.set_node("secondary", enabled=False)
    assert RegistryScheduler(world.secondary, BLOB).run() == "node_disabled"
    assert jobs(world, "SyncWorker") == []
    world.set_node("secondary", enabled=True)
    assert RegistryScheduler(world.secondary, BLOB).run() == "last_batch"
    assert len(jobs(world, "SyncWorker")) == 2


@pytest.mark.point(79)
def test_a_scheduler_with_a_taken_lease_does_not_begin(world: World) -> None:
    files(world, 1)
    assert world.secondary.store.obtain("geo/registry_sync_worker", scheduler.LEASE_TIMEOUT)
    assert RegistryScheduler(world.secondary, BLOB).run() is None


@pytest.mark.point(79)
def test_without_capacity_nothing_is_loaded(world: World) -> None:
    files(world, 1)
    world.set_node("secondary", files_max_capacity=0)
    assert RegistryScheduler(world.secondary, BLOB).run() == "complete"
    assert jobs(world, "SyncWorker") == []


@pytest.mark.point(80)
def test_nothing_is_scheduled_twice_while_its_job_runs(world: World) -> None:
    ids = files(world, 3)
    for _ in range(2):
        RegistryScheduler(world.secondary, BLOB).run()
    assert sorted(arguments[1] for arguments in jobs(world, "SyncWorker")) == ids
    world.wait(hours=8, seconds=1)  # a job that never ends counts no longer than the longest synchronisation
    RegistryScheduler(world.secondary, BLOB).run()
    assert len(jobs(world, "SyncWorker")) == 6


@pytest.mark.point(81)
def test_capacity_and_draining(world: World) -> None:
    ids = files(world, 10)
    started: list[int] = []
    most = 0

    def pause() -> None:
        """One job is done between two rounds."""
        nonlocal most
        waiting = world.secondary.jobs.waiting("SyncWorker")
        most = max(most, len(waiting))
        world.secondary.jobs.run_due(limit=1)

    def sync(replicator: Any) -> None:
        started.append(replicator.model_record_id)
        with replicator.registry() as registry:
            registry.start()
            registry.synced(is_verified_on_primary=replicator.primary_verification_succeeded)

    world.set_node("secondary", files_max_capacity=2)
    loop = RegistryScheduler(world.secondary, BLOB, load_limit=5, pause=pause)
    with patch("geo_runtime.kinds.blob.replicator.BlobReplicator.sync", sync):
        for _ in range(10):
            loop.run()
            world.secondary.jobs.run_due()
    assert sorted(started) == ids
    assert most == 2


def hear_of(site: ReplicatingSite, replicators: Iterable[Replicator]) -> None:
    """Have events of records consumed, as far as workers of events do; nothing is copied yet."""
    for replicator in replicators:
        replicator.enqueue_sync()
    for job_id in site.jobs.overdue(queues=(Queue.EVENT,)):
        assert site.jobs.run(job_id)


def test_copies_that_events_ask_for_count_as_those_of_schedulers(world: World) -> None:
    site = world.secondary
    records = [world.widget_file(f"{number}.bin") for number in range(5)]
    world.serve()
    world.set_node("secondary", files_max_capacity=2)
    hear_of(site, (world.replicator(record) for record in records))
    assert [arguments[2]["model_record_id"] for arguments in jobs(world, EVENT_SYNC)] == [records[0].id, records[1].id]
    assert [world.registry(record) and world.registry(record).is_pending for record in records] == [None] * 2 + [
        True
    ] * 3
    loop = RegistryScheduler(site, BLOB, pause=lambda: None)
    assert loop._round(site.current_node(), site.now()) is None  # there is no capacity
    assert jobs(world, SYNC) == []
    site.jobs.run_due(limit=1)
    loop._round(site.current_node(), site.now())
    assert [record for _, record in jobs(world, SYNC)] == [records[2].id]
    for _ in records:
        site.jobs.run_due()
        RegistryScheduler(site, BLOB, pause=lambda: None).run()
    assert all(world.registry(record).is_synced for record in records)


def test_what_changes_while_it_is_copied_is_copied_again(make_record: Callable[..., Any], world: World) -> None:
    """By the job that is there, or by the scheduler when it has ended; never by two at once."""
    site, record = world.secondary, make_record()
    replicator = world.replicator(record)
    site.jobs.enqueue(SYNC, replicator.replicable_name(), record.id)
    hear_of(site, [replicator])
    assert jobs(world, EVENT_SYNC) == []
    assert (world.registry(record) is not None) is replicator.mutable


@pytest.mark.parametrize(
    "arguments", [[], [None], ["widget_file", "1"], ["widget_file", "created", {}], "x", {"a": 1}, None]
)
def test_jobs_of_odd_arguments_are_no_copies(world: World, arguments: Any) -> None:
    now = world.secondary.now()
    row = {"name": SYNC, "arguments": arguments, "run_at": now, "attempts": 0}
    later = now + timedelta(hours=1)
    world.secondary.store.database.changed(insert(JobRow).values(status_expires_at=later, **row))
    assert RegistryScheduler(world.secondary, BLOB).running() == {}


@pytest.mark.point(82)
def test_pending_before_failed(world: World) -> None:
    ids = files(world, 3)
    kind = world.replicator(world.widget_file("last", content=None)).registry_class
    with world.secondary.tracking_database().session() as session, session.begin():
        first = kind.find(session, ids[0])
        assert first
        first.state = RegistryState.FAILED
    loop = RegistryScheduler(world.secondary, BLOB)
    assert loop.load(set()) == [("widget_file", ids[1]), ("widget_file", ids[2]), ("widget_file", ids[0])]
    assert loop.load({("widget_file", ids[1])}) == [("widget_file", ids[2]), ("widget_file", ids[0])]


@pytest.mark.point(82)
def test_types_take_turns() -> None:
    lists = [[("a", 2), ("a", 3)], [], [("c", 3), ("c", 8), ("c", 9)]]
    assert interleave(lists, 4) == [("a", 2), ("c", 3), ("a", 3), ("c", 8)]
    assert interleave([[("a", 1), ("a", 1)], [("a", 1)]], 9) == [("a", 1)]
    assert interleave([], 4) == []


@pytest.mark.point(83)
@pytest.mark.parametrize(("setting", "expected"), [(0, 1), (5, 1), (10, 1), (25, 2), (100, 10)])
def test_git_capacity(world: World, setting: int, expected: int) -> None:
    node = world.set_node("secondary", repos_max_capacity=setting, container_repositories_max_capacity=3)
    assert REPOSITORY.capacity(world.secondary, node) == expected
    with_containers = world.again(world.secondary, registry_replication_enabled=True)
    assert REPOSITORY.capacity(with_containers, node) == expected + 3


@pytest.mark.point(84)
def test_verification_capacity(world: World) -> None:
    usual = world.add(GeoNode(name="usual")).verification_max_capacity
    world.set_node("primary", verification_max_capacity=usual)
    assert verification_capacity(world.primary) == 5  # 10 for two types
    world.set_node("primary", verification_max_capacity=1)
    assert verification_capacity(world.primary) == 1
    world.set_node("primary", verification_max_capacity=7)
    world.flag("geo_widget_replication", False)
    assert verification_capacity(world.primary) == 7
    world.flag("geo_widget_file_replication", False)
    assert verification_capacity(world.primary) == 7


@pytest.mark.point(84)
@pytest.mark.parametrize(("cap", "expected"), [("global", 0), ("type", 1)])
def test_the_cap_is_one_for_all_types_or_one_for_each(world: World, cap: str, expected: int) -> None:
    world.set_node("primary", verification_max_capacity=1)
    site = world.again(world.primary, verification_cap=cap)
    ran: list[str] = []

    def verify(site: Any, kind: Any) -> None:
        if kind.replicable_name() == "widget":
            verification_batch(site, "widget_file")
        ran.append(kind.replicable_name())

    with patch("geo_runtime.replication.verifier.verify_batch", verify):
        verification_batch(site, "widget")
    assert ran.count("widget_file") == expected
    assert ran.count("widget") == 1


@pytest.mark.point(85)
def test_the_jobs_of_each_role(world: World) -> None:
    both = {"VerificationCronWorker", "MetricsUpdateWorker"}
    assert set(cron_jobs(world.primary)) == both | {"PruneEventLogWorker"}
    only_secondary = {
        "RegistrySyncWorker", "RepositoryRegistrySyncWorker", "RegistryConsistencyWorker", "SyncTimeoutCronWorker"
    }  # fmt: skip
    assert set(cron_jobs(world.secondary)) == both | only_secondary
    assert cron_jobs(world.again(world.secondary, node_name="unknown")) == {}
    minutes = {name: period.total_seconds() / 60 for name, period in cron_jobs(world.secondary).items()}
    assert minutes.pop("SyncTimeoutCronWorker") == 10
    assert set(minutes.values()) == {1}


@pytest.mark.point(85)
def test_the_clock_enqueues_what_is_due(world: World) -> None:
    assert set(tick(world.primary)) == set(cron_jobs(world.primary))
    assert tick(world.primary) == []
    world.wait(seconds=61)
    assert set(tick(world.primary)) == {"VerificationCronWorker", "MetricsUpdateWorker"}


def test_jobs_are_tried_again_and_survive_a_restart(world: World) -> None:
    site = world.secondary
    site.jobs.enqueue("EventWorker", "widget", "created", {"model_record_id": 7})
    for attempt in range(1, 5):
        assert len(site.jobs.waiting()) == 1, attempt
        again = world.again(site)
        assert again.jobs.run_due() == 1
        world.wait(hours=1)
    assert site.jobs.waiting() == []  # after three more attempts


def broken_by(error: Exception) -> Any:
    def perform(*arguments: Any) -> None:
        raise error

    return perform


NO_DATABASE = OperationalError("DELETE", {}, Exception("the disk is full"))


@pytest.mark.parametrize("error", [OSError("disk full"), NO_DATABASE, LeaseTakenError("removed by another")])
@pytest.mark.parametrize("name", ["EventWorker", "EventSyncWorker", "BatchEventCreateWorker", "DestroyWorker"])
def test_what_is_told_once_is_tried_until_it_can_be_done(world: World, name: str, error: Exception) -> None:
    jobs = world.secondary.jobs
    jobs.clear()
    jobs.kinds = {**jobs.kinds, name: replace(jobs.kinds[name], perform=broken_by(error))}
    job = jobs.enqueue(name, "widget_file", "deleted", {"model_record_id": 7})
    for _ in range(30):
        world.wait(seconds=LONGEST_WAIT.total_seconds())
        assert jobs.run_due() == 1  # an hour later at the latest
    assert job is not None
    assert jobs.unfinished({job}) == set()  # it keeps no others waiting
    jobs.kinds = {**jobs.kinds, name: replace(jobs.kinds[name], perform=broken_by(ValueError("a bad event")))}
    world.wait(seconds=LONGEST_WAIT.total_seconds())
    assert jobs.run_due() == 1
    assert jobs.waiting() == []  # what it says is wrong stays wrong


def test_a_job_that_is_asked_for_again_anyway_is_dropped(world: World) -> None:
    jobs = world.secondary.jobs
    jobs.clear()
    jobs.kinds = {**jobs.kinds, "SyncWorker": replace(jobs.kinds["SyncWorker"], perform=broken_by(NO_DATABASE))}
    jobs.enqueue("SyncWorker", "widget_file", 7)
    assert jobs.run_due() == 1
    assert jobs.waiting() == []


def test_a_job_whose_worker_was_killed_runs_again(world: World) -> None:
    site = world.secondary
    job = site.jobs.enqueue("SyncTimeoutCronWorker")
    assert job is not None
    assert site.jobs._claim(job) is not None
    assert site.jobs.run_due(limit=1) == 0
    world.wait(hours=8)
    assert site.jobs.run_due(limit=1) == 1
    assert site.jobs.waiting() == []


def test_a_job_of_an_unknown_kind_keeps_no_other_waiting(world: World) -> None:
    site = world.secondary
    site.jobs.clear()
    newer = world.again(site)
    newer.jobs.kinds = {**site.jobs.kinds, "NewerWorker": Job("NewerWorker", lambda site: None)}
    for name in ("SyncTimeoutCronWorker", "NewerWorker", "MetricsUpdateWorker"):
        newer.jobs.enqueue(name)
    with pytest.raises(JobError, match="no such job: NewerWorker"):
        site.jobs.run_due()
    assert [name for name, _ in site.jobs.waiting()] == ["NewerWorker", "MetricsUpdateWorker"]
    assert site.jobs.run_due(limit=0) == 0
    assert site.jobs.run_due() == 1
    assert [name for name, _ in site.jobs.waiting()] == ["NewerWorker"]


def test_a_removal_is_enqueued_once(world: World) -> None:
    jobs = world.secondary.jobs
    assert jobs.enqueue("DestroyWorker", "widget", 1) is not None
    assert jobs.enqueue("DestroyWorker", "widget", 1) is None
    assert jobs.enqueue("DestroyWorker", "widget", 2) is not None


def test_what_a_killed_process_had_claimed_runs_again(world: World) -> None:
    jobs = world.secondary.jobs
    jobs.clear()
    job = jobs.enqueue("MetricsUpdateWorker")
    assert job is not None
    assert jobs._claim(job) is not None  # and then it was killed
    assert jobs.enqueue("MetricsUpdateWorker") is None
    assert jobs.overdue() == []
    assert jobs.take_back() == 1
    assert jobs.overdue() == [job]
    assert jobs.run_due(limit=1) == 1
    assert jobs.enqueue("MetricsUpdateWorker") is not None


def test_no_job_has_the_id_of_one_that_is_gone(world: World) -> None:
    jobs = world.secondary.jobs
    jobs.clear()
    first = jobs.enqueue("MetricsUpdateWorker")
    jobs.clear()
    second = jobs.enqueue("MetricsUpdateWorker")
    assert first is not None
    assert second is not None
    assert jobs.unfinished({first}) == set()
    assert second > first


def test_a_record_that_is_not_visible_raises(world: World) -> None:
    with pytest.raises(RecordNotFoundError):
        world.replicator(Widget(id=5)).consume("created", {"model_record_id": 5})


def test_registries_of_the_other_type_are_untouched(world: World) -> None:
    files(world, 1)
    assert world.registries(WidgetRegistry) == []
    assert world.registries(WidgetFileRegistry) == [1]


def test_jobs_that_are_added_together_keep_their_order(world: World) -> None:
    jobs = world.secondary.jobs
    ids = jobs.enqueue_all("SyncWorker", [("widget", number) for number in range(30)], timedelta(hours=3))
    assert ids == sorted(ids)
    assert jobs.waiting("SyncWorker") == [("SyncWorker", ["widget", number]) for number in range(30)]
    world.wait(hours=2)
    assert jobs.unfinished(ids) == set(ids)
    world.wait(hours=2)
    assert jobs.unfinished(ids) == set()
    assert jobs.enqueue_all("SyncWorker", []) == []


def test_sites_and_flags_are_read_once_for_a_job_and_always_outside(world: World) -> None:
    site = world.secondary

    def flag_and_capacity() -> tuple[bool, int]:
        return site.flags.enabled("geo_x"), site.current_node().files_max_capacity

    with remembering(), remembering():
        before = flag_and_capacity()
        world.flag("geo_x", True)
        world.set_node("secondary", files_max_capacity=3)
        assert flag_and_capacity() == before == (False, 10)
    assert flag_and_capacity() == (True, 3)
    with remembering():
        world.primary.flags.set("geo_x", False)
        assert world.primary.flags.enabled("geo_x") is False
        world.primary.flags.set("geo_x", True)
        assert world.primary.flags.enabled("geo_x") is True


def test_a_thread_can_keep_what_it_read_for_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    site, seconds = world.secondary, 100.0
    monkeypatch.setattr(memory, "monotonic", lambda: seconds)

    def flag_and_capacity() -> tuple[bool, int]:
        with remembering():
            return site.flags.enabled("geo_x"), site.current_node().files_max_capacity

    with keeping(0.5):
        assert flag_and_capacity() == (False, 10)
        world.flag("geo_x", True)
        world.set_node("secondary", files_max_capacity=3)
        assert flag_and_capacity() == (False, 10)
        assert (site.flags.enabled("geo_x"), site.current_node().files_max_capacity) == (True, 3)  # of no piece of work
        elsewhere: list[tuple[bool, int]] = []
        other = Thread(target=lambda: elsewhere.append(flag_and_capacity()))
        other.start()
        other.join()
        assert elsewhere == [(True, 3)]
        seconds += 0.6
        assert flag_and_capacity() == (True, 3)
    world.flag("geo_x", False)
    assert flag_and_capacity() == (False, 3)


def test_what_the_clock_adds_does_not_become_more_while_nobody_comes_to_it(world: World) -> None:
    """As on a machine that has too much to do; each of the jobs is the same as the one before."""
    world.widget()
    for site in (world.primary, world.secondary):
        site.jobs.clear()
        counts = []
        for _ in range(4):
            tick(site)
            for job_id in site.jobs.overdue():
                if site.jobs.waiting()[0][0] == "VerificationCronWorker":
                    site.jobs.run(job_id)
            counts.append(len(site.jobs.waiting()))
            world.wait(minutes=10)
        assert len(set(counts[1:])) == 1, counts
