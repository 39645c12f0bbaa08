"""The registry machine (points 32 to 44)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from geo_runtime.errors import InvalidTransitionError
from geo_runtime.ground import backoff
from geo_runtime.ground.timing import ManualTiming
from geo_runtime.replication.registry import (
    RegistryState,
    fail_timed_out_syncs,
    find_needs_sync_again,
    find_pending,
    ordered,
)
from geo_runtime.replication.verification import VerificationState
from geo_runtime.workers.scheduler import sync_timeout

from .widgets import WidgetRegistry
from .world import World

PENDING, STARTED, SYNCED, FAILED = RegistryState


@pytest.mark.point(32)
def test_initial_state_and_values(world: World, record: Any) -> None:
    with world.replicator(record).registry() as registry:
        assert registry.state == RegistryState.PENDING
    assert [state.value for state in RegistryState] == [0, 1, 2, 3]
    assert [state.name for state in RegistryState] == ["PENDING", "STARTED", "SYNCED", "FAILED"]
    assert world.registry(record).state == 0


@pytest.mark.point(33)
@pytest.mark.parametrize("state", [PENDING, SYNCED, FAILED])
def test_start(world: World, record: Any, state: RegistryState) -> None:
    world.set_registry(record, state=state)
    with world.replicator(record).registry() as registry:
        registry.start()
    assert world.registry(record).state == STARTED
    assert world.registry(record).last_synced_at == world.timing.now()


@pytest.mark.point(33)
def test_start_from_started_is_rejected(world: World, record: Any) -> None:
    world.set_registry(record, state=STARTED)
    with pytest.raises(InvalidTransitionError), world.replicator(record).registry() as registry:
        registry.start()
    assert world.registry(record).last_synced_at is None


@pytest.mark.point(34)
@pytest.mark.parametrize("state", RegistryState)
def test_failed_from_any_state(world: World, record: Any, state: RegistryState) -> None:
    world.set_registry(record, state=state)
    for attempt in (1, 2):
        with world.replicator(record).registry() as registry:
            registry.fail("broken")
        row = world.registry(record)
        assert (row.state, row.retry_count) == (FAILED, attempt)
        assert row.retry_at > world.timing.now()


@pytest.mark.point(35)
def test_failure_text(world: World, record: Any) -> None:
    with world.replicator(record).registry() as registry:
        registry.fail("Error", ValueError("why"))
        assert registry.last_sync_failure == "Error: why"
        registry.fail("Error")
        assert registry.last_sync_failure == "Error"
        registry.fail("x" * 255)
        assert registry.last_sync_failure == "x" * 255
        registry.fail("x" * 200, ValueError("y" * 100))
        assert registry.last_sync_failure == f"{'x' * 200}: {'y' * 50}..."
    assert len(world.registry(record).last_sync_failure) == 255


BANDS = [
    (1, 16, 74), (2, 31, 118), (3, 96, 212), (4, 271, 416), (5, 640, 814), (6, 1311, 1514), (7, 2416, 2648),
    (8, 3616, 3674), (9, 3616, 3674), (30, 3616, 3674),
]  # fmt: skip
MISSING_BANDS = [(8, 4111, 4372), (9, 6576, 6866), (10, 10015, 10334), (11, 14416, 14474), (30, 14416, 14474)]


def wait_s(attempt: int, share: float, cap: timedelta = backoff.CAP) -> float:
    timing = ManualTiming(share=share)
    return (backoff.retry_at(attempt, timing, cap) - timing.now()).total_seconds()


@pytest.mark.point(36)
@pytest.mark.parametrize(("attempt", "least", "most"), BANDS)
def test_retry_bands(attempt: int, least: int, most: int) -> None:
    assert (wait_s(attempt, 0), wait_s(attempt, 1)) == (least, most)


@pytest.mark.point(36)
@pytest.mark.parametrize(("attempt", "least", "most"), MISSING_BANDS)
def test_retry_bands_of_what_the_primary_lacks(attempt: int, least: int, most: int) -> None:
    cap = backoff.CAP_MISSING_ON_PRIMARY
    assert (wait_s(attempt, 0, cap), wait_s(attempt, 1, cap)) == (least, most)


@pytest.mark.point(36)
def test_missing_on_primary_holds_for_one_attempt_and_is_not_written(world: World) -> None:
    record = world.widget(repository=False)
    world.set_registry(record, retry_count=29)
    for is_missing, seconds in ((True, 14416), (False, 3616)):
        with world.replicator(record).registry() as registry:
            registry.fail("missing", missing_on_primary=is_missing)
        row = world.registry(record)
        assert (row.retry_at - world.timing.now()).total_seconds() == seconds
        assert row.missing_on_primary is False


@pytest.mark.point(37)
@pytest.mark.parametrize("state", RegistryState)
def test_pending_clears_retries_and_disables_verification(world: World, record: Any, state: RegistryState) -> None:
    world.set_registry(
        record, state=state, retry_count=3, retry_at=world.timing.now(), last_sync_failure="broken",
        last_synced_at=world.timing.now(), verification_state=VerificationState.SUCCEEDED, verification_failure="x",
    )  # fmt: skip
    with world.replicator(record).registry() as registry:
        registry.pending()
    row = world.registry(record)
    assert (row.state, row.retry_count, row.retry_at) == (PENDING, 0, None)
    assert row.verification_state == VerificationState.DISABLED
    assert (row.last_sync_failure, row.verification_failure) == ("broken", "x")
    assert row.last_synced_at is not None


@pytest.mark.parametrize("attempts", [700, 1000, 32767])
def test_what_failed_for_years_is_still_tried_again(attempts: int) -> None:
    first_s = backoff.delay(1, ManualTiming(share=0.5))
    assert wait_s(attempts, 0.5) == backoff.CAP.total_seconds() + first_s


@pytest.mark.point(38)
def test_synced_clears_failures(world: World, record: Any) -> None:
    world.set_registry(record, state=STARTED, retry_count=3, retry_at=world.timing.now(), last_sync_failure="broken")
    with world.replicator(record).registry() as registry:
        assert registry.synced(is_verified_on_primary=world.replicator(record).primary_verification_succeeded) is True
    row = world.registry(record)
    assert (row.state, row.retry_count, row.retry_at, row.last_sync_failure) == (SYNCED, 0, None, None)


@pytest.mark.point(39)
def test_synced_loses_against_pending(world: World, record: Any) -> None:
    values = {"state": STARTED, "retry_count": 3, "retry_at": world.timing.now(), "last_sync_failure": "broken"}
    world.set_registry(record, **values)
    with world.secondary.tracking_database().session() as session:
        held = world.replicator(record).registry_class.for_model_record_id(session, record.id)
        session.commit()
        with world.replicator(record).registry() as other:  # an event arrives
            other.pending()
        assert held.state == STARTED
        assert held.synced(is_verified_on_primary=world.replicator(record).primary_verification_succeeded) is False
        session.commit()
    row = world.registry(record)
    assert (row.state, row.retry_count, row.retry_at, row.last_sync_failure) == (PENDING, 0, None, None)
    assert row.verification_state == VerificationState.DISABLED


@pytest.mark.point(39)
def test_only_changed_columns_are_saved(world: World, record: Any) -> None:
    world.set_registry(record, state=STARTED)
    with world.secondary.tracking_database().session() as session:
        held = world.replicator(record).registry_class.for_model_record_id(session, record.id)
        session.commit()
        with world.replicator(record).registry() as other:
            other.pending()
        held.last_sync_failure = "another column"
        session.commit()
    assert world.registry(record).state == PENDING


@pytest.mark.point(40)
@pytest.mark.parametrize(
    ("primary", "expected"),
    [
        (None, VerificationState.DISABLED),
        (VerificationState.PENDING, VerificationState.DISABLED),
        (VerificationState.FAILED, VerificationState.DISABLED),
        (VerificationState.SUCCEEDED, VerificationState.PENDING),
    ],
)
def test_verification_after_synced(
    world: World, record: Any, primary: VerificationState | None, expected: VerificationState
) -> None:
    if primary is not None:
        world.set_state(record, verification_state=primary)
    world.set_registry(record, state=STARTED)
    with world.replicator(record).registry() as registry:
        registry.synced(is_verified_on_primary=world.replicator(record).primary_verification_succeeded)
    assert world.registry(record).verification_state == expected


@pytest.mark.point(41)
def test_timeout(world: World, make_record: Callable[..., Any]) -> None:
    records = [make_record(number) for number in range(4)]
    kind = world.replicator(records[0])
    timeout = kind.sync_timeout
    now = world.timing.now()
    ages = [timeout, timeout + timedelta(seconds=1), timeout + timedelta(hours=1), timeout + timedelta(hours=1)]
    states = [STARTED, STARTED, PENDING, STARTED]
    for record, age, state in zip(records, ages, states, strict=True):
        world.set_registry(record, state=state, last_synced_at=now - age, retry_count=4)
    sync_timeout(world.secondary)
    found = [world.registry(record) for record in records]
    assert [each.state for each in found] == [STARTED, FAILED, PENDING, FAILED]
    for each in (found[1], found[3]):
        assert each.retry_count == 1
        assert each.last_sync_failure == f"Sync timed out after {int(timeout.total_seconds())}"
        assert each.retry_at == now + timedelta(seconds=16)
    with world.secondary.tracking_database().session() as session:
        assert fail_timed_out_syncs(session, kind.registry_class, timeout) == 0


@pytest.mark.point(42)
def test_find_pending_and_find_needs_sync_again(world: World, make_record: Callable[..., Any]) -> None:
    records = [make_record(number) for number in range(7)]
    ids = [record.id for record in records]
    now = world.timing.now()
    for record in records[:3]:
        world.set_registry(record, state=PENDING)
    world.set_registry(records[3], state=FAILED, retry_at=now - timedelta(minutes=1))
    world.set_registry(records[4], state=FAILED, retry_at=None)
    world.set_registry(records[5], state=FAILED, retry_at=now - timedelta(minutes=5))
    world.set_registry(records[6], state=FAILED, retry_at=now + timedelta(minutes=1))
    kind = world.replicator(records[0]).registry_class
    with world.secondary.tracking_database().reading() as session:
        assert set(find_pending(session, kind, 10, set())) == set(ids[:3])
        assert len(find_pending(session, kind, 2, set())) == 2
        assert set(find_pending(session, kind, 10, {ids[0]})) == set(ids[1:3])
        assert find_needs_sync_again(session, kind, 10, set()) == [ids[4], ids[5], ids[3]]
        assert find_needs_sync_again(session, kind, 2, set()) == [ids[4], ids[5]]
        assert find_needs_sync_again(session, kind, 10, {ids[5]}) == [ids[4], ids[3]]


@pytest.mark.point(43)
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (None, [1, 2, 3]),
        ("id_asc", [1, 2, 3]),
        ("id_desc", [3, 2, 1]),
        ("verified_at_asc", [3, 1, 2]),
        ("verified_at_desc", [2, 1, 3]),
        ("last_synced_at_asc", [3, 1, 2]),
        ("last_synced_at_desc", [2, 1, 3]),
    ],
)
def test_orders(world: World, sort: str | None, expected: list[int]) -> None:
    now = world.timing.now()
    times = [now, None, now - timedelta(hours=1)]
    for number, time in enumerate(times):
        record = world.widget(f"w{number}", repository=False)
        world.set_registry(record, verified_at=time, last_synced_at=time)
    with world.secondary.tracking_database().reading() as session:
        statement = ordered(select(WidgetRegistry.widget_id), WidgetRegistry, sort)
        assert list(session.scalars(statement)) == expected


DEVIATIONS: list[dict[str, Any]] = [
    {"state": SYNCED},
    {"state": FAILED},
    {"state": PENDING, "last_synced_at": True},
    {"retry_at": True},
    {"last_sync_failure": "x"},
    {"retry_count": 1},
    {"verification_state": VerificationState.STARTED},
    {"verification_state": VerificationState.SUCCEEDED},
    {"verification_state": VerificationState.FAILED},
    {"verification_state": VerificationState.DISABLED},
    {"verified_at": True},
    {"verification_started_at": True},
    {"verification_retry_at": True},
    {"verification_retry_count": 1},
    {"verification_checksum": "aa"},
    {"verification_checksum_mismatched": "aa"},
    {"verification_failure": "x"},
    {"checksum_mismatch": True},
]


@pytest.mark.point(44)
@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda value: "-".join(map(str, value)))
def test_brand_new_pending(world: World, deviation: dict[str, Any]) -> None:
    registry = WidgetRegistry(widget_id=1, created_at=world.timing.now())
    assert registry.is_brand_new_pending()
    for key, value in deviation.items():
        is_time = value is True and key.endswith("_at")
        setattr(registry, key, world.timing.now() if is_time else value)
    assert not registry.is_brand_new_pending()


@pytest.mark.point(44)
def test_a_started_one_is_brand_new(world: World) -> None:
    now = world.timing.now()
    registry = WidgetRegistry(widget_id=1, created_at=now, state=STARTED, last_synced_at=now)
    assert registry.is_brand_new_pending()


def test_a_checksum_is_packed(world: World) -> None:
    record = world.widget(repository=False)
    world.set_registry(record, verification_checksum="00ff" * 10)
    with world.secondary.tracking_database().reading() as session:
        assert session.scalar(text("SELECT verification_checksum FROM widget_registry")) == bytes.fromhex("00ff" * 10)
    with pytest.raises(Exception, match="fromhex"):
        world.set_registry(record, verification_checksum="fff")
