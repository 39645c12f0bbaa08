"""Both kinds between two sites, by nothing but what the sites do by themselves."""

import pytest

from geo_runtime import metrics
from geo_runtime.registry import RegistryState
from geo_runtime.verification import VerificationState

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
