"""What a process holds is kept while it lives, and free soon after it was killed; what it interrupts is begun again."""

from collections.abc import Callable
from datetime import timedelta
from threading import Timer
from typing import Any

import pytest

from geo_runtime.databases import heartbeat
from geo_runtime.databases.heartbeat import SPAN
from geo_runtime.errors import JobError
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.registry import RegistryState
from geo_runtime.site.jobs import Job, Unique
from geo_runtime.workers.verification import _Place
from waiting import wait_until

from .servers import Stalling
from .world import World

EIGHT_HOURS = timedelta(hours=8)
AFTER = SPAN + timedelta(seconds=1)


@pytest.fixture
def site(world: World) -> ReplicatingSite:
    world.secondary.jobs.clear()
    return world.secondary


@pytest.fixture
def other_process(world: World, site: ReplicatingSite) -> ReplicatingSite:
    """The same site in another process, with its own heartbeat."""
    return world.again(site)


def unique_job(perform: Callable[[Any], None]) -> Job:
    return Job("Once", perform, retries=0, unique=Unique.UNTIL_EXECUTED)


def test_a_unique_job_of_a_killed_worker_is_free_soon(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    done: list[str] = []
    for replicating_site in (site, other_process):
        replicating_site.jobs.kinds = {"Once": unique_job(lambda _: done.append("done"))}
    job = site.jobs.enqueue("Once")
    assert job is not None
    with site.store.beating(), other_process.store.beating():
        assert site.jobs._claim(job) is not None  # and then it was killed
        assert other_process.jobs.enqueue("Once") is None
        world.timing.time += SPAN - timedelta(seconds=1)
        assert other_process.jobs.run_due() == 0
        world.timing.time += timedelta(seconds=2)
        assert other_process.jobs.run_due() == 1
        assert other_process.jobs.enqueue("Once") is not None
    assert done == ["done"]


def test_a_claim_is_kept_while_its_job_runs(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    found: list[int] = []
    with site.store.beating() as beating:

        def perform(_: Any) -> None:
            for _round in range(10):
                world.timing.time += SPAN / 2
                beating.beat()
                found.extend(other_process.jobs.overdue())

        site.jobs.kinds = {"Once": unique_job(perform)}
        site.jobs.enqueue("Once")
        assert site.jobs.run_due() == 1
        assert beating._renewals == {}
    assert found == []
    assert site.jobs.waiting() == []


def test_a_job_that_was_taken_over_is_left_to_who_took_it(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    with site.store.beating() as beating, other_process.store.beating():

        def perform(_: Any) -> None:
            world.timing.time += AFTER  # without a heartbeat, as where the database was away
            [job] = other_process.jobs.overdue()
            assert other_process.jobs._claim(job) is not None
            world.timing.time += AFTER / 2
            beating.beat()  # too late
            world.timing.time += AFTER / 2
            assert other_process.jobs.overdue() == [job]

        site.jobs.kinds = {"Once": unique_job(perform)}
        site.jobs.enqueue("Once")
        assert site.jobs.run_due(limit=1) == 1
    assert site.jobs.waiting() == [("Once", [])]


def test_a_job_of_an_unknown_kind_is_not_claimed_every_minute(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    other_process.jobs.kinds = {"Newer": Job("Newer", lambda _: None)}
    assert other_process.jobs.enqueue("Newer") is not None
    with site.store.beating():
        with pytest.raises(JobError, match="no such job: Newer"):
            site.jobs.run_due()
        world.timing.time += AFTER
        assert site.jobs.overdue() == []
    assert other_process.jobs.take_back() == 1  # as the process of a newer version does when it starts
    assert other_process.jobs.run_due() == 1


@pytest.mark.parametrize("beats", [False, True])
def test_a_lease_lasts_as_long_as_its_process(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World, beats: bool
) -> None:
    with site.store.beating() as beating, site.store.lease("geo/scheduler", timedelta(hours=1)) as lease:
        assert lease is not None
        for _ in range(4):
            world.timing.time += AFTER / 2
            if beats:
                beating.beat()
        assert (other_process.store.obtain("geo/scheduler", SPAN) is None) is beats


def test_a_lease_lasts_no_longer_than_it_says(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    with site.store.beating() as beating, site.store.lease("geo/hung", SPAN * 2) as lease:
        assert lease is not None
        for _ in range(8):
            world.timing.time += SPAN / 2
            beating.beat()
        assert other_process.store.obtain("geo/hung", SPAN) is not None


def test_a_place_of_a_killed_worker_is_free_soon(
    site: ReplicatingSite, other_process: ReplicatingSite, world: World
) -> None:
    with site.store.beating() as beating, other_process.store.beating():
        held = _Place(site, "places", 1)
        assert held.__enter__()
        for _ in range(4):
            world.timing.time += AFTER / 2
            beating.beat()
            with _Place(other_process, "places", 1) as is_free:
                assert not is_free
        world.timing.time += AFTER
        with _Place(other_process, "places", 1) as is_free:
            assert is_free


def test_a_renewal_that_fails_keeps_no_other_from_being_tried(
    site: ReplicatingSite, caplog: pytest.LogCaptureFixture
) -> None:
    renewed: list[str] = []
    with site.store.beating() as beating, beating.keeping(lambda: 1 / 0), beating.keeping(lambda: renewed.append("b")):
        beating.beat()
    assert renewed == ["b"]
    assert "could not be renewed" in caplog.text


def test_it_beats_by_itself(site: ReplicatingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PERIOD_S", 0.01)
    renewed: list[int] = []
    with site.store.beating() as beating, beating.keeping(lambda: renewed.append(1)):
        wait_until(lambda: len(renewed) > 2)
    assert site.store.heartbeat is None


@pytest.mark.parametrize("kind", ["widget", "widget_file"])
def test_a_transfer_gives_up_and_is_begun_again(world: World, kind: str) -> None:
    """Its registry does not stay started, which would keep it from being begun for hours."""
    world.serve()
    content = b"content" * 100_000
    record = world.widget() if kind == "widget" else world.widget_file("big.bin", content)
    jobs = world.secondary.jobs
    jobs.clear()
    jobs.enqueue("SyncWorker", kind, record.id)
    assert world._server is not None
    with Stalling(world._server.port, after=1000) as network:
        world.set_node("primary", url=network.url)

        def stop() -> None:
            network.wait_for(1)
            jobs.ending.set()
            if kind == "widget_file":
                network.release()  # it looks whenever something comes

        stopping = Timer(0, stop)
        stopping.start()
        assert jobs.run_due() == 1
        stopping.join()
        row = world.registry(record)
        assert (row.state, row.last_sync_failure) == (RegistryState.FAILED, "Interrupted: the process ends")
        assert jobs.waiting() == [("SyncWorker", [kind, record.id])]
        network.release()
        jobs.ending.clear()
        assert jobs.run_due() == 1
    assert world.registry(record).state == RegistryState.SYNCED
