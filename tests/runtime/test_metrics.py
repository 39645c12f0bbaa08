"""Counters and the status of a site (points 109 to 112)."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from geo_runtime.databases.main import GeoNodeStatus
from geo_runtime.replication import metrics
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.site import tokens
from geo_runtime.workers.metrics import metrics_update

from .widgets import WidgetFileReplicator, WidgetReplicator
from .world import World

PRIMARY = ("count", "checksum_total_count", "checksummed_count", "checksum_failed_count")
SECONDARY = (
    "count", "registry_count", "synced_count", "failed_count", "verification_total_count", "verified_count",
    "verification_failed_count",
)  # fmt: skip
SYNCED, FAILED = RegistryState.SYNCED, RegistryState.FAILED


def counted(site: Any, plural: str = "widgets") -> dict[str, int | None]:
    counters = metrics.counters(site)
    return {suffix: counters[f"{plural}_{suffix}"] for suffix in metrics.COUNTERS}


def only(**values: int) -> dict[str, int | None]:
    return {suffix: values.get(suffix) for suffix in metrics.COUNTERS}


def widgets(world: World, count: int) -> list[Any]:
    return [world.widget(f"w{number}", repository=False) for number in range(count)]


@pytest.mark.point(109)
def test_the_primary_counts(world: World) -> None:
    assert counted(world.primary) == only(**dict.fromkeys(PRIMARY, 0))
    records = widgets(world, 5)
    for record, state in zip(records, (0, 2, 2, 3, 1), strict=True):
        world.set_state(record, verification_state=state)
    with world.primary.main.session() as session, session.begin():
        session.delete(world.state(records[0]))
    expected = only(count=5, checksum_total_count=4, checksummed_count=2, checksum_failed_count=1)
    assert counted(world.primary) == expected


@pytest.mark.point(109, 111)
def test_the_secondary_counts(world: World) -> None:
    assert counted(world.secondary) == only(**dict.fromkeys(SECONDARY, 0))
    states = [
        (SYNCED, VerificationState.SUCCEEDED),
        (SYNCED, VerificationState.SUCCEEDED),
        (SYNCED, VerificationState.FAILED),
        (SYNCED, VerificationState.PENDING),
        (SYNCED, VerificationState.DISABLED),
        (FAILED, VerificationState.FAILED),
        (FAILED, VerificationState.SUCCEEDED),
        (RegistryState.PENDING, VerificationState.DISABLED),
    ]
    for record, (state, verification) in zip(widgets(world, len(states)), states, strict=True):
        world.set_registry(record, state=state, verification_state=verification)
    expected = only(
        count=8, registry_count=8, synced_count=5, failed_count=2, verification_total_count=4, verified_count=2,
        verification_failed_count=1,
    )  # fmt: skip
    assert counted(world.secondary) == expected


@pytest.mark.point(109)
def test_a_type_that_is_off_is_not_counted(world: World) -> None:
    world.flag("geo_widget_replication", False)
    assert counted(world.primary) == counted(world.secondary) == only()
    assert counted(world.primary, "widget_files") == only(**dict.fromkeys(PRIMARY, 0))
    world.flag("geo_widget_force_primary_checksumming", True)
    assert counted(world.primary) == only(**dict.fromkeys(PRIMARY, 0))
    assert counted(world.secondary) == only()


@pytest.mark.point(109)
def test_without_verification_only_its_counters_are_missing(world: World) -> None:
    with patch.object(WidgetReplicator, "verification_enabled", return_value=False):
        assert counted(world.secondary) == only(count=0, registry_count=0, synced_count=0, failed_count=0)


@pytest.mark.point(110)
def test_percentages(world: World) -> None:
    status = {"widgets_registry_count": 3, "widgets_synced_count": 1, "widgets_verified_count": 1}
    assert round(metrics.synced_in_percentage(status, WidgetReplicator), 2) == 33.33
    assert round(metrics.verified_in_percentage(status, WidgetReplicator), 2) == 33.33
    for empty in ({}, {"widgets_registry_count": 0, "widgets_synced_count": 0}, {"widgets_registry_count": None}):
        assert metrics.synced_in_percentage(empty, WidgetReplicator) == 0
        assert metrics.verified_in_percentage(empty, WidgetReplicator) == 0


@pytest.mark.point(110)
def test_complete_is_all_of_every_type(world: World) -> None:
    status = {"widgets_count": 3, "widgets_registry_count": 3, "widgets_synced_count": 3, "widgets_verified_count": 2}
    assert metrics.is_complete(world.secondary, status) is False
    status["widgets_verified_count"] = 3
    assert metrics.is_complete(world.secondary, status) is True


def stored(world: World, name: str = "secondary") -> GeoNodeStatus | None:
    node = (world.secondary if name == "secondary" else world.primary).current_node()
    with world.primary.main.reading() as session:
        return session.scalar(select(GeoNodeStatus).where(GeoNodeStatus.geo_node_id == node.id))


@pytest.mark.point(112)
def test_a_secondary_posts_its_status(world: World) -> None:
    world.serve()
    world.cursor()
    record = world.widget(repository=False)
    world.set_registry(record, state=SYNCED, verification_state=VerificationState.SUCCEEDED)
    world.cursor()
    metrics_update(world.secondary)
    status = stored(world)
    assert status
    assert status.status["widgets_synced_count"] == 1
    assert "widgets_checksummed_count" not in status.status
    assert status.cursor_last_event_id == 1
    assert status.last_event_id == 1
    assert status.last_successful_status_check_at == world.timing.now()
    assert metrics.is_healthy(status, world.primary)
    world.wait(minutes=61)
    assert not metrics.is_healthy(status, world.primary)
    node = world.secondary.current_node()
    assert world.secondary.store.read(f"geo-node:{node.id}:status")["status"] == status.status


@pytest.mark.point(112)
def test_the_primary_stores_its_own(world: World) -> None:
    metrics_update(world.primary)
    status = stored(world, "primary")
    assert status
    assert status.status["widgets_count"] == 0


@pytest.mark.point(112)
def test_a_failed_post_is_counted(world: World) -> None:
    for _ in range(2):
        metrics_update(world.secondary)
    assert world.secondary.store.read(metrics.FAILED_POSTS) == 2
    assert stored(world) is None


@pytest.mark.point(112)
def test_a_cancelled_query_costs_one_counter(world: World) -> None:
    real = metrics._secondary_queries

    def cancelled() -> int:
        raise OperationalError("SELECT", {}, Exception("canceling statement"))

    def queries(site: Any, kind: Any) -> dict[str, Callable[[], int]]:
        return {**real(site, kind), "synced_count": cancelled}

    with patch.object(metrics, "_secondary_queries", queries):
        counters = counted(world.secondary)
    assert counters.pop("synced_count") is None
    assert [name for name, value in counters.items() if value is not None] == [
        name for name in SECONDARY if name != "synced_count"
    ]


@pytest.mark.point(112)
def test_a_status_of_another_site_is_refused(world: World) -> None:
    import httpx

    world.serve()
    header = tokens.authorization(world.secondary, {"scope": "geo_api"})
    url = f"{world.serve()}/api/v4/geo/status"

    def post(body: Any, authorization: str = header) -> int:
        return httpx.post(
            url, content=json.dumps(body), headers={"Authorization": authorization}, trust_env=False
        ).status_code

    node_id = world.secondary.current_node().id
    assert post({"geo_node_id": world.primary.current_node().id}) == 400
    assert post([1]) == 400
    assert post({"geo_node_id": node_id}, tokens.authorization(world.secondary, {"scope": "other"})) == 401
    assert post({"geo_node_id": node_id, "status": {"unknown": 1, "widgets_count": 2}, "unknown": 3}) == 201
    status = stored(world)
    assert status
    assert status.status == {"widgets_count": 2}


@pytest.mark.point(109)
def test_names_of_fields_and_gauges() -> None:
    fields = metrics.fields_of(WidgetFileReplicator)
    assert len(fields) == 10
    assert fields[0] == "widget_files_count"
    gauges = [metrics.gauge_name(field) for field in fields]
    assert gauges[:2] == ["geo_widget_files", "geo_widget_files_checksum_total"]
    assert metrics.gauge_name("widgets_total") == "geo_widgets"


@pytest.mark.point(112)
def test_the_flag_stops_the_job(world: World) -> None:
    world.flag("geo_metrics_update_worker", False)
    metrics_update(world.primary)
    assert stored(world, "primary") is None
