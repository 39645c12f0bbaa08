"""The log cursor and its gaps (points 17 to 26)."""

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, text
from sqlalchemy.exc import OperationalError

from geo_runtime.databases.main import GeoEvent, GeoEventLog, GeoNode
from geo_runtime.events import log_cursor, publishing
from geo_runtime.events.gaps import GAPS_KEY, Gap, GapTracking
from geo_runtime.events.log_cursor import BATCH_SIZE, LogCursor
from geo_runtime.ground.processes import new_holder
from geo_runtime.replication import metrics
from geo_runtime.workers.consistency import registry_consistency

from .world import World


def publish(world: World, count: int, start: int = 1) -> None:
    payloads = [{"model_record_id": start + number} for number in range(count)]
    publishing.write_events(world.primary, "widget_file", "created", payloads)


def handed_over(world: World) -> list[int]:
    return [arguments[2]["model_record_id"] for _, arguments in world.secondary.jobs.waiting("EventWorker")]


def gaps(world: World) -> list[int]:
    gaps = GapTracking(world.secondary).all()
    return sorted(number for gap in gaps for number in range(gap.first, gap.last + 1))


@pytest.mark.point(17)
def test_an_empty_cursor_replays_nothing(world: World) -> None:
    publish(world, 3)
    world.cursor()
    assert handed_over(world) == []
    assert log_cursor.last_processed_id(world.secondary) == 3
    publish(world, 1, start=4)
    world.cursor()
    assert handed_over(world) == [4]


def test_no_event_is_passed_over_after_registries_were_made_however_late_the_cursor_begins(world: World) -> None:
    """It comes late if the one before was killed with the lease, and would take the newest event as its place."""
    publish(world, 3)
    registry_consistency(world.secondary)
    publish(world, 1, start=4)
    world.cursor()
    assert handed_over(world) == [4]


@pytest.mark.point(18)
def test_events_are_handed_over_in_order_in_batches(world: World) -> None:
    world.cursor()
    publish(world, BATCH_SIZE * 2 + 7)
    sizes: list[int] = []
    read = LogCursor._batch

    def watched(cursor: LogCursor, last: int) -> list[GeoEventLog]:
        rows = read(cursor, last)
        sizes.append(len(rows))
        return rows

    with patch.object(LogCursor, "_batch", watched):
        world.cursor()
    assert sizes == [50, 50, 7, 0]
    assert handed_over(world) == list(range(1, BATCH_SIZE * 2 + 8))


@pytest.mark.point(19)
def test_a_crash_in_a_batch_replays_it(world: World) -> None:
    cursor = world.cursor()
    publish(world, 5)
    with patch.object(LogCursor, "_save", side_effect=RuntimeError("killed")):
        cursor.cycle()
    assert handed_over(world) == [1, 2, 3, 4, 5]
    assert log_cursor.last_processed_id(world.secondary) == 0
    world.cursor()
    assert handed_over(world) == [1, 2, 3, 4, 5] * 2
    assert log_cursor.last_processed_id(world.secondary) == 5


@pytest.mark.point(19)
def test_the_cursor_stands_where_it_stood_while_a_batch_is_handled(world: World) -> None:
    world.cursor()
    publish(world, 3)
    seen: list[int | None] = []
    handle = LogCursor._handle

    def watched(cursor: LogCursor, row: GeoEventLog) -> None:
        seen.append(log_cursor.last_processed_id(world.secondary))
        handle(cursor, row)

    with patch.object(LogCursor, "_handle", watched):
        world.cursor()
    assert seen == [0, 0, 0]


@pytest.mark.point(20)
def test_only_one_daemon_works_and_another_takes_over(world: World) -> None:
    world.cursor()
    world.wait(seconds=31)
    first, second = LogCursor(world.secondary), LogCursor(world.secondary)
    assert first.cycle() == log_cursor.SLEEP_IDLE_S
    publish(world, 1)
    assert second.cycle() == 30.0  # what is left of the lease
    assert handed_over(world) == []
    world.wait(seconds=31)
    second.cycle()
    assert handed_over(world) == [1]


HOLDER = "import sys; from geo_runtime.ground.processes import new_holder; print(new_holder(), flush=True); input()"


@pytest.mark.point(20)
def test_the_lease_of_a_killed_process_is_free_at_once_and_that_of_a_live_one_is_not(world: World) -> None:
    world.cursor()
    world.wait(seconds=31)
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        holder = process.stdout.readline().strip()
        assert 0 < len(holder) <= 36
        with patch("geo_runtime.databases.store.new_holder", return_value=holder):
            assert world.secondary.store.obtain(log_cursor.LEASE_KEY, log_cursor.LEASE_TIMEOUT) is not None
        publish(world, 1)
        cursor = LogCursor(world.secondary)
        assert cursor.cycle() == 30.0
        assert handed_over(world) == []
        process.kill()
        # ended, but not reaped yet
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert cursor.cycle() == log_cursor.SLEEP_IDLE_S
        assert handed_over(world) == [1]


def test_nobody_takes_a_lease_from_a_holder_of_whom_this_machine_knows_nothing(world: World) -> None:
    begun = new_holder().split("-")[2]
    elsewhere = f"00000000-{os.getpid():x}-{begun}0-00000000"
    for holder in (str(uuid4()), elsewhere, new_holder(), ""):
        with patch("geo_runtime.databases.store.new_holder", return_value=holder):
            lease = world.secondary.store.obtain(log_cursor.LEASE_KEY, log_cursor.LEASE_TIMEOUT)
        assert lease is not None
        assert LogCursor(world.secondary).cycle() == 30.0
        lease.cancel()


@pytest.mark.point(20)
def test_a_lost_lease_ends_the_cycle(world: World) -> None:
    cursor = world.cursor()
    publish(world, BATCH_SIZE + 1)
    save = LogCursor._save

    def slow(self: LogCursor, event_id: int) -> None:
        save(self, event_id)
        world.wait(seconds=31)

    with patch.object(LogCursor, "_save", slow):
        cursor.cycle()
    assert len(handed_over(world)) == BATCH_SIZE


@pytest.mark.point(21)
def test_other_sites_process_nothing(world: World) -> None:
    publish(world, 1)
    for site in (world.primary, world.again(world.secondary, node_name="unknown")):
        assert LogCursor(site).cycle() == 60.0
        assert site.jobs.waiting() == []


@pytest.mark.point(22)
def test_a_row_without_event_is_skipped(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.cursor()
    with world.primary.main.session() as session, session.begin():
        session.execute(insert(GeoEventLog).values(geo_event_id=None, created_at=world.timing.now()))
    publish(world, 1)
    world.cursor()
    assert handed_over(world) == [1]
    assert "has no event" in caplog.text
    assert log_cursor.last_processed_id(world.secondary) == 2


@pytest.mark.point(23)
def test_a_jump_records_every_missing_id(world: World) -> None:
    tracking = GapTracking(world.secondary)
    tracking.check(5)
    assert gaps(world) == []
    tracking.check(6)
    assert gaps(world) == []
    tracking.check(9)
    assert gaps(world) == [7, 8]


@pytest.mark.point(23)
def test_the_previous_id_is_carried_across_batches_and_starts(world: World) -> None:
    publish(world, 2)
    world.cursor()
    publish(world, 2)
    with world.primary.main.session() as session, session.begin():
        session.execute(delete(GeoEventLog).where(GeoEventLog.id == 3))
    world.wait(seconds=31)
    world.cursor()
    assert gaps(world) == [3]


def missing(world: World) -> None:
    """Ids 2 and 3 are not visible when 4 is read."""
    world.cursor()
    publish(world, 4)
    with world.primary.main.session() as session, session.begin():
        session.execute(delete(GeoEventLog).where(GeoEventLog.id.in_([2, 3])))
    world.wait(seconds=31)
    world.cursor()
    assert gaps(world) == [2, 3]
    world.secondary.jobs.clear()


def appear(world: World, *ids: int) -> None:
    with world.primary.main.session() as session, session.begin():
        for id_ in ids:
            event = session.scalars(select(GeoEvent.id).where(GeoEvent.id == id_)).one()
            session.execute(insert(GeoEventLog).values(id=id_, geo_event_id=event, created_at=world.timing.now()))


@pytest.mark.point(24)
def test_a_gap_is_filled_when_it_is_old_enough(world: World) -> None:
    missing(world)
    appear(world, 2)
    world.wait(minutes=9)
    world.cursor()
    assert handed_over(world) == []
    world.wait(minutes=2)
    world.cursor()
    assert handed_over(world) == [2]
    assert gaps(world) == [3]


@pytest.mark.point(24)
def test_a_gap_is_dropped_after_an_hour(world: World) -> None:
    missing(world)
    world.wait(minutes=61)
    appear(world, 2)
    world.cursor()
    assert gaps(world) == []
    assert handed_over(world) == []


@pytest.mark.point(25)
def test_a_gap_holds_the_reported_cursor_back(world: World) -> None:
    assert log_cursor.cursor_last_event_id(world.secondary) is None
    missing(world)
    assert log_cursor.last_processed_id(world.secondary) == 4
    assert log_cursor.cursor_last_event_id(world.secondary) == 2
    world.secondary.store.discard(GAPS_KEY, "2-3")
    assert log_cursor.cursor_last_event_id(world.secondary) == 4


@pytest.mark.point(26)
def test_half_an_hour_of_failures_ends_the_daemon(world: World) -> None:
    cursor = LogCursor(world.secondary)
    with (
        patch.object(LogCursor, "_work", side_effect=RuntimeError("broken")),
        patch.object(log_cursor, "SLEEP_IDLE_S", 300.0),
    ):
        started_at = world.timing.now()
        cursor.run()
    assert world.timing.now() - started_at > timedelta(seconds=1800)
    assert world.secondary.store.remaining(log_cursor.LEASE_KEY) == timedelta(0)


@pytest.mark.point(26)
def test_a_good_cycle_resets_the_failure_timer(world: World) -> None:
    cursor = LogCursor(world.secondary)
    with patch.object(LogCursor, "_work", side_effect=RuntimeError("broken")):
        cursor.cycle()
    assert cursor.failing_since == world.timing.now()
    cursor.cycle()
    assert cursor.failing_since is None


@pytest.mark.point(26)
def test_every_sleep_has_jitter(world: World) -> None:
    cursor = LogCursor(world.primary)

    def sleep(seconds: float) -> Any:
        slept.append(seconds)
        cursor.stop()

    slept: list[float] = []
    with patch.object(world.timing, "sleep", sleep):
        world.timing.share = 1.0
        cursor.run()
    assert slept == [62.0]


@pytest.mark.point(21)
def test_a_site_without_any_node_has_no_role(world: World) -> None:
    with world.primary.main.session() as session, session.begin():
        session.execute(delete(GeoNode))
    assert not world.primary.is_enabled()
    assert not world.primary.is_primary()
    assert not world.secondary.is_secondary()


def write_log(world: World, ids: Iterable[int]) -> None:
    """Write rows of the log with these ids, each with a separate event."""
    with world.primary.main.session() as session, session.begin():
        for id_ in ids:
            values = {"replicable_name": "widget", "event_name": "created", "created_at": world.timing.now()}
            session.execute(insert(GeoEvent).values(id=id_, payload={"model_record_id": id_}, **values))
            session.execute(insert(GeoEventLog).values(id=id_, geo_event_id=id_, created_at=world.timing.now()))


@pytest.mark.point(24)
def test_a_gap_of_any_size_costs_as_much_as_one_id(world: World) -> None:
    """Tens of thousands of ids go missing at once where a transaction that took them is rolled back."""
    size = 10**9
    write_log(world, [1])
    world.cursor()
    write_log(world, [size])
    world.wait(seconds=31)
    written: list[str] = []
    engine = world.secondary.store.database.engine
    event.listen(engine, "before_cursor_execute", lambda *each: written.append(each[2]))
    world.cursor()
    assert len([each for each in written if "sorted_set_members" in each]) < 5
    assert log_cursor.last_processed_id(world.secondary) == size
    assert log_cursor.cursor_last_event_id(world.secondary) == 2
    world.secondary.jobs.clear()
    appeared = [2, 3, 1000, 70_000, size - 1]
    write_log(world, appeared)
    world.wait(minutes=11)
    world.cursor()
    assert handed_over(world) == appeared
    left = [(gap.first, gap.last) for gap in sorted(GapTracking(world.secondary).all())]
    assert left == [(4, 999), (1001, 69_999), (70_001, size - 2)]
    world.cursor()
    assert handed_over(world) == appeared
    world.wait(minutes=50)
    world.cursor()
    assert GapTracking(world.secondary).all() == []


@pytest.mark.point(24)
def test_many_gaps_with_many_rows_are_filled(world: World) -> None:
    world.cursor()
    write_log(world, range(1, 1000, 2))
    world.wait(seconds=31)
    world.cursor()
    assert gaps(world) == list(range(2, 999, 2))
    world.secondary.jobs.clear()
    appeared = list(range(2, 999, 4))
    write_log(world, appeared)
    world.wait(minutes=11)
    world.cursor()
    assert handed_over(world) == appeared
    assert gaps(world) == list(range(4, 999, 4))


@given(st.integers(1, 40), st.integers(0, 40), st.sets(st.integers(1, 80)))
def test_what_is_left_of_a_gap(first: int, more: int, ids: set[int]) -> None:
    gap = Gap(first, first + more, 1.0)
    inside = sorted(id_ for id_ in ids if gap.first <= id_ <= gap.last)
    left = gap.without(inside)
    assert [number for part in left for number in range(part.first, part.last + 1)] == [
        number for number in range(gap.first, gap.last + 1) if number not in inside
    ]
    assert [Gap.parse(part.member, 1.0) for part in left] == left


@pytest.mark.point(20)
def test_the_lease_is_renewed_within_a_batch(world: World) -> None:
    """Each of the jobs may take seconds where the disk is slow; nobody else begins meanwhile."""
    cursor = world.cursor()
    other = LogCursor(world.again(world.secondary))
    publish(world, BATCH_SIZE)
    handle = LogCursor._handle

    def slow(self: LogCursor, row: GeoEventLog) -> None:
        handle(self, row)
        world.wait(seconds=8)
        assert other.site.store.obtain(log_cursor.LEASE_KEY, log_cursor.LEASE_TIMEOUT) is None

    with patch.object(LogCursor, "_handle", slow):
        cursor.cycle()
    assert len(handed_over(world)) == BATCH_SIZE
    assert log_cursor.last_processed_id(world.secondary) == BATCH_SIZE


def test_a_lease_that_is_lost_in_a_batch_ends_it(world: World) -> None:
    """What was handled is noted, and who has the lease now goes on behind it."""
    cursor = world.cursor()
    other = world.again(world.secondary)
    publish(world, BATCH_SIZE)
    handle = LogCursor._handle

    def slow(self: LogCursor, row: GeoEventLog) -> None:
        handle(self, row)
        if row.id == 3:
            world.wait(seconds=31)
            assert other.store.obtain(log_cursor.LEASE_KEY, log_cursor.LEASE_TIMEOUT) is not None

    with patch.object(LogCursor, "_handle", slow):
        cursor.cycle()
    assert len(handed_over(world)) == 3
    assert log_cursor.last_processed_id(world.secondary) == 3


def test_a_site_says_how_far_it_is_behind(world: World) -> None:
    world.cursor()
    publish(world, 7)
    assert metrics.build_status(world.secondary)["status"]["cursor_events_behind"] == 7
    world.wait(seconds=31)
    world.cursor()
    assert metrics.build_status(world.secondary)["status"]["cursor_events_behind"] == 0
    assert "cursor_events_behind" not in metrics.build_status(world.primary)["status"]


def test_errors_of_a_database_say_nothing_of_what_was_asked(world: World) -> None:
    for database in (world.primary.main, world.secondary.main, world.secondary.tracking_database()):
        for run in (database.reading, database.session):
            with run() as session, pytest.raises(OperationalError) as caught:
                session.execute(text("SELECT * FROM nothing WHERE key = :key"), {"key": "a secret"})
            assert "secret" not in str(caught.value)
