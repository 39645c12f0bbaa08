"""The verification machine on both sites (points 45 to 71)."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.orm import object_session

from geo_runtime.errors import InvalidRecordError, InvalidTransitionError
from geo_runtime.replication import verifier
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import BATCH_SIZE, REVERIFICATION_BATCH_SIZE, VerificationState
from geo_runtime.workers import verification as workers

from .widgets import Widget, WidgetFileReplicator, WidgetReplicator
from .world import World

PENDING, STARTED, SUCCEEDED, FAILED, DISABLED = VerificationState
CHECKSUM, OTHER = "aa" * 20, "bb" * 20
CALCULATE = "geo_runtime.kinds.repository.replicator.RepositoryReplicator.calculate_checksum"


class Side:
    """The rows of one site, seen alike."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.is_primary = name == "primary"
        self.site = world.primary if self.is_primary else world.secondary
        self.records: dict[int, Any] = {}

    def make(self, number: int = 0, **values: Any) -> Any:
        record = self.world.widget(f"w{number}", repository=False)
        self.records[record.id] = record
        self.set(record, **values)
        return record

    def set(self, record: Any, **values: Any) -> None:
        if self.is_primary:
            self.world.set_state(record, **values)
        else:
            self.world.set_registry(record, **{"state": RegistryState.SYNCED, **values})

    def row(self, record: Any) -> Any:
        return self.world.state(record) if self.is_primary else self.world.registry(record)

    def change(self, record: Any, act: Callable[[Any], None]) -> Any:
        database = self.site.main if self.is_primary else self.site.tracking_database()
        replicator = self.world.replicator(record, self.site)
        with database.session() as session, session.begin():
            row = (
                replicator.state_row(session) if self.is_primary else replicator.registry_class.find(session, record.id)
            )
            act(row)
        return self.row(record)

    def verify(self, record: Any) -> Any:
        verifier.verify(self.world.replicator(record, self.site))
        return self.row(record)


@pytest.fixture(params=["primary", "secondary"])
def side(world: World, request: pytest.FixtureRequest) -> Side:
    return Side(world, request.param)


@pytest.fixture
def primary(world: World) -> Side:
    return Side(world, "primary")


@pytest.fixture
def secondary(world: World) -> Side:
    return Side(world, "secondary")


@pytest.mark.point(45)
def test_values_and_initial_state(side: Side) -> None:
    assert [state.value for state in VerificationState] == [0, 1, 2, 3, 4]
    assert [state.name for state in VerificationState] == ["PENDING", "STARTED", "SUCCEEDED", "FAILED", "DISABLED"]
    assert side.row(side.make()).verification_state == PENDING


@pytest.mark.point(46)
@pytest.mark.parametrize("state", VerificationState)
def test_started(side: Side, state: VerificationState) -> None:
    record = side.make(verification_state=state)
    row = side.change(record, lambda row: row.verification_started())
    assert (row.verification_state, row.verification_started_at) == (STARTED, side.world.timing.now())


@pytest.mark.point(46)
def test_verifying_a_started_row_keeps_its_time(side: Side) -> None:
    started_at = side.world.timing.now() - timedelta(minutes=1)
    record = side.make(verification_state=STARTED, verification_started_at=started_at)
    if not side.is_primary:
        side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE, return_value=CHECKSUM):
        row = side.verify(record)
    assert (row.verification_state, row.verification_started_at) == (SUCCEEDED, started_at)


@pytest.mark.point(47)
def test_succeeded(side: Side) -> None:
    failure: dict[str, Any] = {
        "verification_retry_count": 3, "verification_retry_at": side.world.timing.now(), "verification_failure": "x"
    }  # fmt: skip
    if not side.is_primary:
        failure |= {"checksum_mismatch": True, "verification_checksum_mismatched": OTHER}
    record = side.make(verification_state=STARTED, **failure)
    row = side.change(record, lambda row: row.verification_succeeded(CHECKSUM))
    assert (row.verification_state, row.verification_checksum) == (SUCCEEDED, CHECKSUM)
    assert row.verified_at == side.world.timing.now()
    assert (row.verification_retry_count, row.verification_retry_at, row.verification_failure) == (0, None, None)
    if not side.is_primary:
        assert (row.checksum_mismatch, row.verification_checksum_mismatched) == (False, None)


@pytest.mark.point(47)
@pytest.mark.parametrize("state", [PENDING, SUCCEEDED, FAILED, DISABLED])
def test_succeeded_only_from_started(side: Side, state: VerificationState) -> None:
    record = side.make(verification_state=state)
    with pytest.raises(InvalidTransitionError):
        side.change(record, lambda row: row.verification_succeeded(CHECKSUM))
    assert side.row(record).verification_state == state


@pytest.mark.point(47)
@pytest.mark.parametrize("checksum", [None, ""])
def test_succeeded_needs_a_checksum(side: Side, checksum: str | None) -> None:
    record = side.make(verification_state=STARTED)
    with pytest.raises(InvalidRecordError):
        side.change(record, lambda row: row.verification_succeeded(checksum))


@pytest.mark.point(48)
@pytest.mark.parametrize("count", [None, 0, 1, 2])
def test_failed(side: Side, count: int | None) -> None:
    record = side.make(verification_retry_count=count, verification_checksum=CHECKSUM)
    row = side.change(record, lambda row: row.verification_failed("why " * 100))
    now = side.world.timing.now()
    attempt = (count or 0) + 1
    assert (row.verification_state, row.verification_retry_count) == (FAILED, attempt)
    assert row.verification_retry_at == now + timedelta(seconds=attempt**4 + 15)
    assert row.verified_at == now
    assert row.verification_checksum is None
    assert len(row.verification_failure) == 255
    assert row.verification_failure.endswith("...")


@pytest.mark.point(48)
def test_failed_needs_a_text(side: Side) -> None:
    record = side.make()
    with pytest.raises(InvalidRecordError):
        side.change(record, lambda row: row.verification_failed(""))


@pytest.mark.point(49)
@pytest.mark.parametrize("state", VerificationState)
def test_pending(side: Side, state: VerificationState) -> None:
    now = side.world.timing.now()
    failure: dict[str, Any] = {"verification_retry_count": 3, "verification_retry_at": now, "verification_failure": "x"}
    if not side.is_primary:
        failure |= {"checksum_mismatch": True, "verification_checksum_mismatched": OTHER}
    record = side.make(verification_state=state, verification_checksum=CHECKSUM, **failure)
    row = side.change(record, lambda row: row.verification_pending())
    kept = state == FAILED
    assert (row.verification_state, row.verification_checksum, row.verification_failure) == (PENDING, CHECKSUM, None)
    assert (row.verification_retry_count, row.verification_retry_at) == ((3, now) if kept else (0, None))
    if not side.is_primary:
        assert row.checksum_mismatch is kept


@pytest.mark.point(49)
def test_disabled_clears_nothing(side: Side) -> None:
    record = side.make(verification_state=FAILED, verification_failure="x", verification_retry_count=2)
    row = side.change(record, lambda row: row.verification_disabled())
    assert (row.verification_state, row.verification_failure, row.verification_retry_count) == (DISABLED, "x", 2)


@pytest.mark.point(50)
@pytest.mark.parametrize("outcome", [{"return_value": None}, {"side_effect": RuntimeError("disk")}])
def test_no_checksum_is_a_failure(side: Side, outcome: dict[str, Any]) -> None:
    record = side.make(verification_retry_count=4, verification_checksum=CHECKSUM)
    if not side.is_primary:
        side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE, **outcome):
        row = side.verify(record)
    assert (row.verification_state, row.verification_retry_count) == (FAILED, 5)
    assert row.verification_failure.startswith("Error during verification: ")
    assert row.verification_checksum is None


def test_a_batch_whose_records_cannot_be_read_at_once_is_verified_one_by_one(side: Side) -> None:
    records = [side.make(number) for number in range(2)]
    if not side.is_primary:
        for record in records:
            side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with (
        patch.object(Widget, "verifiables", side_effect=RuntimeError("scope")),
        patch(CALCULATE, side_effect=[CHECKSUM, RuntimeError("disk")]),
    ):
        assert verifier.verify_batch(side.site, WidgetReplicator) == 2
    assert sorted(side.row(record).verification_state for record in records) == [SUCCEEDED, FAILED]


@pytest.mark.point(51)
def test_a_restart_during_the_calculation_ends_pending(side: Side) -> None:
    record = side.make()
    if not side.is_primary:
        side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)

    def calculate(replicator: object) -> str:
        side.world.timing.advance(minutes=1)
        side.change(record, lambda row: row.verification_started())
        return CHECKSUM

    before = len(side.world.events("checksum_succeeded"))
    with patch(CALCULATE, calculate):
        row = side.verify(record)
    assert (row.verification_state, row.verification_checksum) == (PENDING, CHECKSUM)
    # the primary announces the checksum all the same
    assert len(side.world.events("checksum_succeeded")) - before == int(side.is_primary)


def test_a_request_during_the_calculation_is_not_lost(side: Side) -> None:
    record = side.make()
    if not side.is_primary:
        side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)

    def calculate(replicator: object) -> str:
        side.world.replicator(record, side.site).verify_async()
        return CHECKSUM

    with patch(CALCULATE, calculate):
        assert side.verify(record).verification_state == PENDING
    with patch(CALCULATE, return_value=CHECKSUM):
        assert side.verify(record).verification_state == SUCCEEDED
    # the requested one announces the checksum, so that secondaries do not verify twice
    assert len(side.world.events("checksum_succeeded")) == int(side.is_primary)


@pytest.mark.point(52)
def test_only_the_primary_announces_a_checksum(side: Side) -> None:
    record = side.make()
    if not side.is_primary:
        side.world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE, return_value=CHECKSUM):
        assert side.verify(record).verification_state == SUCCEEDED
    events = side.world.events("checksum_succeeded")
    assert [event.payload["model_record_id"] for event in events] == ([record.id] if side.is_primary else [])


def test_a_checksum_counts_only_with_its_event(primary: Side) -> None:
    """A copy whose verification waits for the event would wait for ever."""
    record = primary.make()
    publish = "geo_runtime.events.publishing.write_event"
    with patch(CALCULATE, return_value=CHECKSUM), patch(publish, side_effect=OSError("disk")):
        assert primary.verify(record).verification_state == FAILED
    with patch(CALCULATE, return_value=CHECKSUM), patch(publish, side_effect=KeyboardInterrupt):  # as if it were killed
        with pytest.raises(KeyboardInterrupt):
            primary.verify(record)
        assert primary.row(record).verification_state == STARTED
    with patch(CALCULATE, return_value=CHECKSUM):
        assert primary.verify(record).verification_state == SUCCEEDED
    assert len(primary.world.events("checksum_succeeded")) == 1


@pytest.mark.point(53)
def test_a_forced_checksum_is_not_announced_without_replication(world: World, primary: Side) -> None:
    record = primary.make()
    world.flag("geo_widget_replication", False)
    world.flag("geo_widget_force_primary_checksumming", True)
    with patch(CALCULATE, return_value=CHECKSUM):
        assert primary.verify(record).verification_state == SUCCEEDED
    assert world.events("checksum_succeeded") == []


@pytest.mark.point(54)
@pytest.mark.parametrize("state", [None, PENDING, STARTED, FAILED, DISABLED])
def test_nothing_is_calculated_without_a_good_checksum(
    world: World, secondary: Side, state: VerificationState | None
) -> None:
    record = secondary.make()
    if state is not None:
        world.set_state(record, verification_state=state, verification_checksum=CHECKSUM)
    with patch(CALCULATE) as calculate:
        assert secondary.verify(record).verification_state == DISABLED
    calculate.assert_not_called()


def test_an_event_that_comes_while_the_checksum_is_asked_for_is_not_lost(world: World, secondary: Side) -> None:
    record = secondary.make(verification_state=STARTED)

    def asked(replicator: WidgetReplicator) -> bool:
        replicator.consume_event_checksum_succeeded({})
        return False

    with patch.object(WidgetReplicator, "primary_verification_succeeded", asked):
        verifier.verify(world.replicator(record), is_claimed=True)
    assert secondary.row(record).verification_state == PENDING


@pytest.mark.point(55)
def test_an_equal_checksum_succeeds(world: World, secondary: Side) -> None:
    record = secondary.make()
    world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE, return_value=CHECKSUM):
        row = secondary.verify(record)
    assert (row.verification_state, row.verification_checksum, row.state) == (
        SUCCEEDED, CHECKSUM, RegistryState.SYNCED
    )  # fmt: skip


def mismatch(world: World, secondary: Side, record: Any) -> Any:
    world.set_state(record, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE, return_value=OTHER):
        return secondary.verify(record)


@pytest.mark.point(56, 57)
def test_another_checksum_fails_both_machines(world: World, secondary: Side) -> None:
    row = mismatch(world, secondary, secondary.make())
    assert (row.verification_state, row.verification_checksum) == (FAILED, OTHER)
    assert (row.verification_checksum_mismatched, row.checksum_mismatch) == (CHECKSUM, True)
    assert row.verification_failure.startswith("Checksum does not match the primary checksum")
    for detail in (OTHER, CHECKSUM, str(row.id)):
        assert detail in row.verification_failure
    assert (row.state, row.retry_count) == (RegistryState.FAILED, 1)
    assert row.last_sync_failure.startswith("Verification failed with: Checksum does not match")
    assert row.retry_at == row.verification_retry_at


@pytest.mark.point(58)
def test_repeated_mismatches_back_off_and_success_resets(world: World, secondary: Side) -> None:
    record = secondary.make()

    def resync() -> None:
        with world.replicator(record).registry() as registry:
            registry.start()
        with world.replicator(record).registry() as registry:
            assert registry.synced(is_verified_on_primary=world.replicator(record).primary_verification_succeeded)

    for attempt in (1, 2, 3):
        row = mismatch(world, secondary, record)
        assert (row.retry_count, row.verification_retry_count) == (attempt, attempt)
        resync()
        assert world.registry(record).retry_count == 0
        assert world.registry(record).verification_retry_count == attempt
    with patch(CALCULATE, return_value=CHECKSUM):
        row = secondary.verify(record)
    assert (row.verification_state, row.verification_retry_count, row.retry_count) == (SUCCEEDED, 0, 0)
    assert (row.checksum_mismatch, row.verification_checksum_mismatched) == (False, None)


@pytest.mark.point(58)
def test_a_real_update_restarts_the_backoff(world: World, secondary: Side) -> None:
    record = secondary.make()
    mismatch(world, secondary, record)
    with world.replicator(record).registry() as registry:
        registry.pending()
        registry.start()
        registry.synced(is_verified_on_primary=world.replicator(record).primary_verification_succeeded)
    assert world.registry(record).verification_retry_count == 0


@pytest.mark.point(59)
def test_a_batch_of_pending_rows(side: Side) -> None:
    now = side.world.timing.now()
    ages = [timedelta(hours=1), None, timedelta(hours=2), timedelta(0)]
    records = [side.make(number, verified_at=None if age is None else now - age) for number, age in enumerate(ages)]
    for number, state in enumerate((STARTED, SUCCEEDED, FAILED, DISABLED), 10):
        side.make(number, verification_state=state)
    if not side.is_primary:
        for number, sync_state in enumerate((RegistryState.PENDING, RegistryState.STARTED, RegistryState.FAILED), 20):
            side.make(number, state=sync_state)
    ids = [record.id for record in records]
    site = side.site
    assert verifier.claim_pending(site, WidgetReplicator, 1) == [ids[1]]
    assert verifier.claim_pending(site, WidgetReplicator, 1) == [ids[2]]
    assert set(verifier.claim_pending(site, WidgetReplicator, 10)) == {ids[0], ids[3]}
    assert verifier.claim_pending(site, WidgetReplicator, 10) == []
    for record in records:
        row = side.row(record)
        assert (row.verification_state, row.verification_started_at) == (STARTED, now)


@pytest.mark.point(59)
def test_claims_return_ids_of_records(world: World) -> None:
    """A table with its own id would otherwise give ids of state rows."""
    unverified, wanted = world.widget_file("a"), world.widget_file("b")
    for record, state in ((unverified, None), (wanted, PENDING)):
        row = world.state(record)
        with world.primary.main.session() as session, session.begin():
            session.delete(row)
            session.flush()
        if state is not None:
            world.set_state(record, id=77, verification_state=state)
    assert verifier.claim_pending(world.primary, WidgetFileReplicator) == [wanted.id]


@pytest.mark.point(60)
def test_a_batch_of_failed_rows(side: Side) -> None:
    now = side.world.timing.now()
    waits = [timedelta(minutes=-1), None, timedelta(minutes=-5), timedelta(minutes=1), timedelta(0)]
    records = [
        side.make(number, verification_state=FAILED, verification_retry_at=None if wait is None else now + wait)
        for number, wait in enumerate(waits)
    ]
    side.make(10)
    ids = [record.id for record in records]
    assert verifier.claim_failed(side.site, WidgetReplicator, 1) == [ids[1]]
    assert verifier.claim_failed(side.site, WidgetReplicator, 1) == [ids[2]]
    assert verifier.claim_failed(side.site, WidgetReplicator, 10) == [ids[0]]
    assert side.row(records[3]).verification_state == FAILED


@pytest.mark.point(61)
def test_failed_rows_fill_a_batch_up(side: Side) -> None:
    failed = {side.make(number, verification_state=FAILED).id for number in range(3)}
    pending = {side.make(number).id for number in range(3, 12)}
    found = verifier.claim_batch(side.site, WidgetReplicator)
    assert len(found) == BATCH_SIZE == 10
    assert pending <= set(found)
    assert len(failed & set(found)) == 1


@pytest.mark.point(61)
def test_failed_rows_are_not_asked_for_when_a_batch_is_full(side: Side) -> None:
    for number in range(3):
        side.make(number)
    with patch.object(verifier, "claim_failed") as claim_failed:
        assert len(verifier.claim_batch(side.site, WidgetReplicator, 3)) == 3
    claim_failed.assert_not_called()


@pytest.mark.point(62)
def test_concurrent_claims_are_disjoint(side: Side) -> None:
    made = {side.make(number).id for number in range(24)}
    claimed: list[int] = []

    def work() -> None:
        while found := verifier.claim_pending(side.site, WidgetReplicator, 3):
            claimed.extend(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(made)


@pytest.mark.point(63)
def test_needs_verification_count(side: Side) -> None:
    now = side.world.timing.now()
    for number in range(15):
        side.make(number)
    for number in range(15, 21):
        side.make(number, verification_state=FAILED, verification_retry_at=now - timedelta(minutes=1))
    side.make(21, verification_state=FAILED, verification_retry_at=now + timedelta(minutes=1))
    side.make(22, verification_state=SUCCEEDED)
    if not side.is_primary:
        side.make(23, state=RegistryState.FAILED)
    count = verifier.needs_verification_count
    assert count(side.site, WidgetReplicator, 100) == 21
    assert count(side.site, WidgetReplicator, 17) == 17
    assert count(side.site, WidgetReplicator, 5) == 5
    assert verifier.remaining_batches(side.site, WidgetReplicator, 10) == 3
    assert verifier.remaining_batches(side.site, WidgetReplicator, 2) == 2


@pytest.mark.point(64)
def test_timeout(side: Side) -> None:
    now = side.world.timing.now()
    ages = [timedelta(hours=7, minutes=59), timedelta(hours=8), timedelta(hours=8, seconds=1)]
    records = [
        side.make(number, verification_state=STARTED, verification_started_at=now - age)
        for number, age in enumerate(ages)
    ]
    workers.verification_timeout(side.site, "widget")
    rows = [side.row(record) for record in records]
    assert [row.verification_state for row in rows] == [STARTED, STARTED, FAILED]
    text = "Verification timed out after 28800"
    assert (rows[2].verification_failure, rows[2].verification_retry_count) == (text, 1)
    if not side.is_primary:
        assert (rows[2].state, rows[2].last_sync_failure) == (
            RegistryState.FAILED, f"Verification failed with: {text}"
        )  # fmt: skip


def old(world: World, primary: Side, ages: list[int], **values: Any) -> list[Any]:
    now = world.timing.now()
    return [
        primary.make(number, **{"verification_state": SUCCEEDED, "verified_at": now - timedelta(days=age), **values})
        for number, age in enumerate(ages)
    ]


@pytest.mark.point(65)
def test_old_verifications_are_done_again(world: World, primary: Side) -> None:
    ages = [89, 90, 91, 100, 95]
    records = old(world, primary, ages)
    failed = primary.make(10, verification_state=FAILED, verified_at=world.timing.now() - timedelta(days=100))

    def pending() -> list[int]:
        return [age for age, each in zip(ages, records, strict=True) if primary.row(each).verification_state == PENDING]

    assert verifier.remaining_reverification_batches(world.primary, WidgetReplicator, 1) == 1
    assert verifier.reverify_batch(world.primary, WidgetReplicator, 2) == 2
    assert pending() == [100, 95]
    verifier.reverify_batch(world.primary, WidgetReplicator)
    assert pending() == [91, 100, 95]
    assert primary.row(failed).verification_state == FAILED
    assert primary.row(records[2]).verified_at is not None


@pytest.mark.point(65)
def test_the_interval_and_the_number_of_batches(world: World, primary: Side) -> None:
    assert REVERIFICATION_BATCH_SIZE == 1000
    world.set_node("primary", minimum_reverification_interval=1)
    old(world, primary, [2, 2, 2])
    with patch.object(verifier, "REVERIFICATION_BATCH_SIZE", 2):
        assert verifier.remaining_reverification_batches(world.primary, WidgetReplicator, 10) == 2
        assert verifier.remaining_reverification_batches(world.primary, WidgetReplicator, 1) == 1


@pytest.mark.point(65)
def test_a_batch_comes_back_while_there_are_more(world: World, primary: Side) -> None:
    old(world, primary, [100, 100])
    with patch.object(verifier, "reverify_batch", lambda site, kind: reverify(site, kind, 1)):
        workers.reverification_batch(world.primary, "widget")
        assert len(world.primary.jobs.waiting("ReverificationBatchWorker")) == 1
        world.primary.jobs.clear()
        workers.reverification_batch(world.primary, "widget")
    assert world.primary.jobs.waiting("ReverificationBatchWorker") == []


reverify = verifier.reverify_batch


@pytest.mark.point(66)
def test_a_secondary_neither_reverifies_nor_backfills(world: World, secondary: Side) -> None:
    record = secondary.make(verification_state=SUCCEEDED, verified_at=world.timing.now() - timedelta(days=100))
    workers.reverification_batch(world.secondary, "widget")
    assert workers.verification_state_backfill(world.secondary, "widget") is False
    assert secondary.row(record).verification_state == SUCCEEDED
    assert world.secondary.jobs.waiting() == []
    workers.verification_cron(world.secondary)
    names = {name for name, _ in world.secondary.jobs.waiting()}
    assert names == {"VerificationBatchWorker", "VerificationTimeoutWorker"}


@pytest.mark.point(67)
def test_state_backfill(world: World, make_record: Callable[..., Any]) -> None:
    records = [make_record(number) for number in range(3)]
    name = world.replicator(records[0]).replicable_name()
    missing = records[1]
    with world.primary.main.session() as session, session.begin():
        session.delete(world.state(missing))
    assert workers.verification_state_backfill(world.primary, name) is True
    assert world.state(missing).verification_state == PENDING
    assert len(world.primary.jobs.waiting("VerificationStateBackfillWorker")) == 1
    world.primary.jobs.clear()
    assert workers.verification_state_backfill(world.primary, name) is False
    assert world.primary.jobs.waiting() == []


@pytest.mark.point(67)
def test_state_backfill_removes_what_is_not_verified_any_more(world: World) -> None:
    local, remote = world.widget_file("a"), world.widget_file("b", file_store=2)
    assert world.state(remote) is not None
    world.flag("geo_object_storage_verification", False)
    assert workers.verification_state_backfill(world.primary, "widget_file") is True
    assert world.state(remote) is None
    assert world.state(local) is not None


@pytest.mark.point(67)
def test_state_backfill_walks_through_the_ids(world: World) -> None:
    world.flag("geo_widget_replication", False)
    records = [world.widget(f"w{number}", repository=False) for number in range(5)]
    world.flag("geo_widget_replication", True)
    assert [world.state(record) for record in records] == [None] * 5
    changes = [workers.verification_state_backfill(world.primary, "widget", 2) for _ in range(4)]
    assert changes == [True, True, True, False]
    assert all(world.state(record) for record in records)


@pytest.mark.point(68)
def test_a_saved_record_gets_its_state_row(world: World, make_record: Callable[..., Any]) -> None:
    record = make_record()
    assert world.state(record).verification_state == PENDING
    name = world.replicator(record).replicable_name()
    world.flag(f"geo_{name}_replication", False)
    assert world.state(make_record(1)) is None
    world.flag(f"geo_{name}_force_primary_checksumming", True)
    assert world.state(make_record(2)) is not None


@pytest.mark.point(68)
def test_a_state_row_appears_with_any_save(world: World) -> None:
    world.flag("geo_widget_replication", False)
    record = world.widget(repository=False)
    world.flag("geo_widget_replication", True)
    with world.primary.main.session() as session, session.begin():
        session.merge(record).name = "renamed"
    assert world.state(record) is not None


@pytest.mark.point(68)
def test_no_state_row_on_a_secondary_nor_for_what_is_not_verified(world: World) -> None:
    world.flag("geo_object_storage_verification", False)
    assert world.state(world.widget_file(file_store=2)) is None
    world.set_node("primary", primary=False)
    assert world.state(world.widget(repository=False)) is None


@pytest.mark.point(69)
@pytest.mark.parametrize(("enabled", "immutable", "checksum", "checksummable"), list(product([True, False], repeat=4)))
def test_after_verifiable_update(
    world: World, enabled: bool, immutable: bool, checksum: bool, checksummable: bool
) -> None:
    record = world.widget(repository=False)
    if checksum:
        world.set_state(record, verification_checksum=CHECKSUM)
    world.flag("geo_widget_replication", enabled)
    replicator = world.replicator(record, world.primary)
    with (
        patch.object(WidgetReplicator, "mutable", not immutable),
        patch.object(WidgetReplicator, "resource_exists", return_value=checksummable),
        patch.object(WidgetReplicator, "verify_async") as verify_async,
    ):
        replicator.after_verifiable_update()
    assert verify_async.called is (enabled and not (immutable and checksum) and checksummable)


@pytest.mark.point(70)
def test_verify_async_only_sets_pending(side: Side) -> None:
    record = side.make(verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    with patch(CALCULATE) as calculate:
        side.world.replicator(record, side.site).verify_async()
    calculate.assert_not_called()
    assert side.row(record).verification_state == PENDING
    assert side.site.jobs.waiting() == []


@pytest.mark.point(71)
@pytest.mark.parametrize("state", [SUCCEEDED, PENDING, DISABLED])
def test_checksum_succeeded_has_a_copy_verified(world: World, secondary: Side, state: VerificationState) -> None:
    record = secondary.make(verification_state=state)
    world.replicator(record).consume("checksum_succeeded", {"model_record_id": record.id})
    assert secondary.row(record).verification_state == PENDING


@pytest.mark.point(71)
def test_checksum_succeeded_creates_no_registry(world: World, record: Any) -> None:
    world.replicator(record).consume("checksum_succeeded", {"model_record_id": record.id})
    assert world.registry(record) is None
    world.replicator(record, world.primary).consume("checksum_succeeded", {"model_record_id": record.id})


@pytest.mark.point(50)
def test_verification_of_real_data(world: World) -> None:
    """A missing repository fails on the primary; an existing one succeeds."""
    there, gone = world.widget("a"), world.widget("b", repository=False)
    for record in (there, gone):
        verifier.verify(world.replicator(record, world.primary))
    assert world.state(there).verification_state == SUCCEEDED
    assert world.state(gone).verification_failure == "Error during verification: no repository"


def test_a_record_that_goes_away_does_not_keep_its_batch_from_being_verified(world: World, side: Side) -> None:
    gone, *others = [side.make(number) for number in range(3)]
    if not side.is_primary:
        for other in others:
            world.set_state(other, verification_state=SUCCEEDED, verification_checksum=CHECKSUM)
    side.set(gone, verified_at=None)
    for other in others:
        side.set(other, verified_at=world.timing.now())  # so that theirs comes after it

    def delete(row: Any) -> None:
        session = object_session(row)
        assert session is not None
        session.delete(row)

    def calculate(replicator: WidgetReplicator) -> str:
        if replicator.model_record_id == gone.id:
            side.change(gone, delete)
        return CHECKSUM

    with (
        patch.object(WidgetReplicator, "primary_verification_succeeded", return_value=True),  # of the one that goes too
        patch.object(WidgetReplicator, "calculate_checksum", autospec=True, side_effect=calculate),
    ):
        assert verifier.verify_batch(side.site, WidgetReplicator) == 3
    assert side.row(gone) is None
    assert [side.row(other).verification_state for other in others] == [SUCCEEDED] * 2


def test_a_batch_reads_its_records_at_once(side: Side) -> None:
    for number in range(3):
        side.make(number, verification_state=PENDING)
    with (
        patch.object(WidgetReplicator, "_is_selected") as is_selected,
        patch.object(WidgetReplicator, "find_record") as find_record,
        patch.object(WidgetReplicator, "primary_verification_succeeded", return_value=True),
    ):
        assert verifier.verify_batch(side.site, WidgetReplicator) == 3
    is_selected.assert_not_called()
    find_record.assert_not_called()
