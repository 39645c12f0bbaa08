"""Both kinds between two sites, by nothing but what the sites do by themselves."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from geo_runtime.events.log_cursor import LogCursor
from geo_runtime.replication import metrics
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState

from .widgets import WidgetFileReplicator, WidgetReplicator
from .world import World


def is_verified(world: World, record: object) -> bool:
    registry = world.registry(record)
    return (
        registry is not None
        and registry.state == RegistryState.SYNCED
        and registry.verification_state == VerificationState.SUCCEEDED
        and registry.verification_checksum == world.state(record).verification_checksum
    )


@pytest.mark.point(124)
def test_what_is_created_is_synced_and_verified(world: World) -> None:
    world.serve()
    world.cursor()
    records = [world.widget(), world.widget_file()]
    assert [event.event_name for event in world.events()] == ["created", "created"]
    world.work()
    for record in records:
        assert is_verified(world, record), vars(world.registry(record))
    status = metrics.build_status(world.secondary)["status"]
    for kind in (WidgetReplicator, WidgetFileReplicator):
        assert metrics.synced_in_percentage(status, kind) == metrics.verified_in_percentage(status, kind) == 100


def test_every_transition_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.serve()
    world.cursor()
    record = world.widget()
    world.work(world.primary)
    with caplog.at_level(logging.DEBUG, "geo_runtime"):
        world.work()
        assert is_verified(world, record)
        caplog.clear()
        world.replicator(record, world.secondary).sync()
        world.work(world.secondary)
    assert is_verified(world, record)
    moves = [log_record for log_record in caplog.records if log_record.message.endswith(" state transition")]
    found = {(move.message.split()[0], getattr(move, "to", None)) for move in moves}
    assert {
        ("Sync", "STARTED"),
        ("Sync", "SYNCED"),
        ("Verification", "PENDING"),
        ("Verification", "SUCCEEDED"),
    } <= found


def both(world: World) -> list[Any]:
    return [world.widget(), world.widget_file()]


@pytest.mark.point(125)
def test_a_fresh_secondary_converges_without_events(world: World) -> None:
    world.serve()
    records = both(world)
    world.work(world.primary)
    with patch.object(LogCursor, "cycle", return_value=1.0):
        world.work(rounds=3)
    assert world.secondary.tracking
    for record in records:
        assert is_verified(world, record), vars(world.registry(record))


@pytest.mark.point(126)
def test_damaged_data_are_found_and_repaired(world: World) -> None:
    world.serve()
    world.cursor()
    records = both(world)
    world.work()
    world.upload(world.secondary, "a.bin").write_bytes(b"damaged")
    repository = world.repository_at(world.secondary, "group/w")
    repository.git("update-ref", "-d", "refs/heads/main")
    for record in records:
        world.replicator(record).verify_async()
    world.secondary.jobs.enqueue("VerificationBatchWorker", "widget")
    world.secondary.jobs.enqueue("VerificationBatchWorker", "widget_file")
    world.secondary.jobs.run_due()
    for record in records:
        row = world.registry(record)
        assert (row.state, row.verification_state) == (RegistryState.FAILED, VerificationState.FAILED)
        assert row.checksum_mismatch is True
    world.wait(minutes=5)
    world.work()
    for record in records:
        assert is_verified(world, record), vars(world.registry(record))
    assert world.upload(world.secondary, "a.bin").read_bytes() == b"content"


@pytest.mark.point(127)
def test_what_is_deleted_goes(world: World) -> None:
    world.serve()
    world.cursor()
    widget, file = both(world)
    world.work()
    assert world.repository_at(world.secondary, "group/w").exists()
    world.replicator(widget, world.primary).handle_after_destroy()
    world.remove(widget)
    world.remove(file)
    world.work()
    assert world.registry(widget) is None
    assert world.registry(file) is None
    assert not world.repository_at(world.secondary, "group/w").exists()
    assert not world.upload(world.secondary, "a.bin").exists()


@pytest.mark.point(128)
def test_the_primary_is_down_for_a_while(world: World) -> None:
    world.serve()
    world.cursor()
    world.cut()
    records = both(world)
    world.work()
    for record in records:
        row = world.registry(record)
        assert row.state == RegistryState.FAILED
        assert row.retry_count >= 2
        assert row.retry_at is not None
    world.mend()
    world.wait(minutes=61)  # a retry is due after an hour at the latest, and how often it was tried is chance
    world.work(rounds=8)
    for record in records:
        assert is_verified(world, record), vars(world.registry(record))


@pytest.mark.point(129)
def test_an_event_that_is_consumed_before_its_record_is_visible(make_world: Callable[..., World]) -> None:
    world = make_world(replica=True)
    world.serve()
    world.cursor()
    assert world.replica
    world.replica.lag = timedelta(minutes=1)
    record = world.widget()
    payload = {"model_record_id": record.id, "correlation_id": "1"}
    world.secondary.jobs.enqueue("EventWorker", "widget", "created", payload)
    world.secondary.jobs.run_due()
    assert world.registry(record) is None
    assert len(world.secondary.jobs.waiting("EventWorker")) == 1
    world.wait(seconds=16)  # still not visible
    world.secondary.jobs.run_due()
    assert world.registry(record) is None
    world.wait(seconds=61)
    world.secondary.jobs.run_due()
    assert world.registry(record).state == RegistryState.SYNCED
    assert world.secondary.jobs.waiting("EventWorker") == []


@pytest.mark.point(129)
def test_a_lagging_replica_converges_by_itself(make_world: Callable[..., World]) -> None:
    world = make_world(replica=True)
    world.serve()
    world.cursor()
    assert world.replica
    world.replica.lag = timedelta(minutes=2)
    records = both(world)
    world.work(rounds=8)
    for record in records:
        assert is_verified(world, record), vars(world.registry(record))


def test_a_secondary_cannot_write_to_the_main_database(world: World) -> None:
    with pytest.raises(Exception, match="readonly database"):
        world.secondary.flags.set("x", True)
