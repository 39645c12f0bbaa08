"""Deleting old events (points 27 to 31)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import func, select

from geo_runtime.databases.main import GeoEvent, GeoEventLog, GeoNode, GeoNodeStatus
from geo_runtime.databases.store import Lease
from geo_runtime.events import publishing
from geo_runtime.workers import events as workers

from .world import World


def publish(world: World, count: int) -> None:
    publishing.write_events(world.primary, "widget", "created", [{"model_record_id": 1}] * count)


def count_left(world: World) -> tuple[int, int]:
    with world.primary.main.reading() as session:
        count = session.scalar(select(func.count()).select_from(GeoEvent)) or 0
    return count, world.log_size()


def report(world: World, cursor: int | None, checked: timedelta | None = timedelta(0), name: str = "secondary") -> None:
    with world.primary.main.session() as session, session.begin():
        node = session.scalars(select(GeoNode).where(GeoNode.name == name)).one()
        now = world.timing.now()
        session.add(
            GeoNodeStatus(
                geo_node_id=node.id,
                cursor_last_event_id=cursor,
                last_successful_status_check_at=None if checked is None else now - checked,
                created_at=now,
                updated_at=now,
            )
        )


@pytest.mark.point(27)
def test_a_secondary_prunes_nothing(world: World) -> None:
    publish(world, 3)
    report(world, 4)
    assert workers.prune_event_log(world.secondary) == 0
    assert count_left(world) == (3, 3)


@pytest.mark.point(27)
def test_nothing_is_pruned_while_replication_slots_lag(world: World) -> None:
    publish(world, 3)
    report(world, 4)
    world.primary.replication_slots_lag = lambda: True  # type: ignore[method-assign]
    assert workers.prune_event_log(world.primary) == 0
    world.primary.replication_slots_lag = lambda: False  # type: ignore[method-assign]
    assert workers.prune_event_log(world.primary) == 3


@pytest.mark.point(28)
def test_without_secondaries_everything_goes(world: World) -> None:
    publish(world, 3)
    world.drop_secondaries()
    assert workers.prune_event_log(world.primary) == 3
    assert count_left(world) == (0, 0)


@pytest.mark.point(29)
@pytest.mark.parametrize(
    "reports",
    [
        lambda world: None,
        lambda world: report(world, None),
        lambda world: report(world, 4, None),
        lambda world: report(world, 4, timedelta(minutes=61)),
    ],
    ids=["no status", "no cursor", "never checked", "old"],
)
def test_a_secondary_that_may_not_be_well_blocks_pruning(world: World, reports: Callable[[World], Any]) -> None:
    publish(world, 3)
    reports(world)
    assert workers.prune_event_log(world.primary) == 0
    assert count_left(world) == (3, 3)


@pytest.mark.point(30)
def test_events_below_the_lowest_cursor_go_with_their_log_rows(world: World) -> None:
    world.add(GeoNode(name="third"))
    publish(world, 5)
    report(world, 3)
    report(world, 5, name="third")
    assert workers.prune_event_log(world.primary) == 2
    assert count_left(world) == (3, 3)
    with world.primary.main.reading() as session:
        assert session.scalar(select(func.min(GeoEventLog.id))) == 3


@pytest.mark.point(31)
def test_a_run_deletes_no_more_than_its_limit(world: World) -> None:
    assert workers.PRUNE_LIMIT == 50_000
    publish(world, 7)
    world.drop_secondaries()
    with patch.object(workers, "PRUNE_LIMIT", 5), patch.object(workers, "_PRUNE_BATCH", 2):
        assert workers.prune_event_log(world.primary) == 5
    assert count_left(world) == (2, 2)


@pytest.mark.point(31)
def test_a_run_stops_when_its_lease_is_lost(world: World) -> None:
    publish(world, 7)
    world.drop_secondaries()
    with patch.object(workers, "_PRUNE_BATCH", 2), patch.object(Lease, "renew", return_value=False):
        assert workers.prune_event_log(world.primary) == 2
