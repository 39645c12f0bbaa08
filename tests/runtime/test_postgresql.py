"""What depends on the database, on PostgreSQL: the same tests as on SQLite."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from threading import Thread
from time import sleep
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import QueuePool, func, select, text
from sqlalchemy.exc import OperationalError

from geo_runtime.databases import postgresql
from geo_runtime.databases.database import Database
from geo_runtime.ground.timing import ScaledTiming
from geo_runtime.kinds.blob.download import LEASE_TIMEOUT
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.running.celery_queue import KEPT_S
from geo_runtime.running.process import SiteProcess
from ruby.postgres import USER, Cluster
from sizes import FULL, sized
from waiting import wait_until

from . import (
    test_cursor,
    test_end_to_end,
    test_publishing,
    test_registries_interface,
    test_registry,
    test_scope,
    test_verification,
)
from .convergence import shortcomings
from .servers import Stalling
from .test_end_to_end import is_verified
from .test_processes import SPEED
from .widgets import WidgetFile
from .world import BASES, World, prepare

_numbers = count()


def url_of(cluster: Cluster, database: str) -> str:
    return f"postgresql+psycopg://{USER}@/{database}?host={cluster.socket}"


@pytest.fixture(scope="module")
def templates(cluster: Cluster) -> Cluster:
    for name in BASES:
        cluster.psql("postgres", f"CREATE DATABASE {name}")
        prepare(name, url_of(cluster, name))
    return cluster


@pytest.fixture
def world(templates: Cluster, make_world: Callable[..., World]) -> World:
    """Two sites whose databases are made for them."""
    number = next(_numbers)
    made: dict[str, str] = {}

    def url(name: str) -> str:
        if name not in made:
            made[name] = f"w{number}_{name}"
            templates.psql("postgres", f"CREATE DATABASE {made[name]} TEMPLATE {name.rsplit('_', 1)[-1]}")
        return url_of(templates, made[name])

    return make_world(database=url)


def test_end_to_end_on_postgresql(world: World) -> None:
    test_end_to_end.test_what_is_created_is_synced_and_verified(world)


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_claims_on_postgresql(world: World, side: str) -> None:
    test_verification.test_concurrent_claims_are_disjoint(test_verification.Side(world, side))


@pytest.mark.parametrize(("sort", "expected"), [("verified_at_asc", [3, 1, 2]), ("verified_at_desc", [2, 1, 3])])
def test_orders_on_postgresql(world: World, sort: str, expected: list[int]) -> None:
    test_registry.test_orders(world, sort, expected)


def test_compare_and_set_on_postgresql(world: World) -> None:
    record = world.widget(repository=False)
    test_registry.test_synced_loses_against_pending(world, record)


def test_an_event_at_the_end_of_a_synchronisation_is_not_lost(world: World, templates: Cluster) -> None:
    """The event leaves a registry alone that waits for verification; this one is about to wait no more."""
    record = world.widget(repository=False)
    world.set_registry(record, state=RegistryState.STARTED)
    event = Thread(target=world.replicator(record).consume_event_checksum_succeeded, args=({},))

    def is_verified() -> bool:
        event.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: not event.is_alive() or int(templates.psql("postgres", waiting)) > 0)
        return False

    kind = world.replicator(record).registry_class
    with world.secondary.tracking_database().session() as session, session.begin():
        registry = kind.find(session, record.id)
        assert registry is not None
        registry.synced(is_verified_on_primary=is_verified)
    event.join()
    assert world.registry(record).verification_state == VerificationState.PENDING


def test_events_on_postgresql(world: World) -> None:
    test_publishing.test_destroy_of_a_file_says_where_it_was(world)


def test_a_failing_hook_on_postgresql(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Any:
        return world.widget_file(content=None)

    test_publishing.test_a_failing_hook_prevents_neither_save_nor_destroy(world, make, caplog, RuntimeError("broken"))


def test_gaps_on_postgresql(world: World) -> None:
    """Transactions that commit in another order than their ids; SQLite cannot do that."""
    from geo_runtime.events import publishing

    world.cursor()
    with world.primary.main.session() as late:
        event_id = publishing.write_event(
            world.primary, "widget_file", "created", {"model_record_id": 1}, late.connection()
        )
        test_cursor.publish(world, 1, start=2)
        world.cursor()
        assert test_cursor.handed_over(world) == [2]
        test_cursor.publish(world, 1, start=3)
        world.cursor()
        late.commit()
    assert event_id == 1
    world.cursor()
    # the first id ever read has no predecessor, so nothing before it is a gap
    assert test_cursor.handed_over(world) == [2, 3]


def test_a_late_commit_is_found_on_postgresql(world: World) -> None:
    from geo_runtime.events import publishing

    test_cursor.publish(world, 1)
    world.cursor()
    with world.primary.main.session() as late:
        publishing.write_event(world.primary, "widget_file", "created", {"model_record_id": 2}, late.connection())
        test_cursor.publish(world, 1, start=3)
        world.cursor()
        late.commit()
    assert test_cursor.handed_over(world) == [3]
    assert test_cursor.gaps(world) == [2]
    world.wait(minutes=11)
    world.cursor()
    assert test_cursor.handed_over(world) == [3, 2]


def test_pages_on_postgresql(world: World) -> None:
    filled = test_registries_interface.fill(world)
    expected = [4, 3, 1, 5, 2]
    test_registries_interface.test_orders_and_pages(filled, "VERIFIED_AT_DESC", expected)


def test_scope_on_postgresql(world: World) -> None:
    test_scope.test_namespaces_with_all_below(test_scope.Tree(world))


def test_a_secondary_cannot_write_to_the_main_database(world: World) -> None:
    with pytest.raises(Exception, match="read-only transaction"):
        world.secondary.flags.set("x", True)


def test_reading_takes_no_transaction(world: World) -> None:
    """Its beginning and its end would be two more questions to the server."""
    with world.primary.main.reading() as session:
        session.execute(text("SELECT 1"))
        connection: Any = session.connection().connection.dbapi_connection
        assert connection.info.transaction_status == TransactionStatus.IDLE
    with world.primary.main.session() as session:
        session.execute(text("SELECT 1"))
        connection = session.connection().connection.dbapi_connection
        assert connection.info.transaction_status == TransactionStatus.INTRANS


@pytest.mark.parametrize(("unasked_s", "is_replaced"), [(0.0, True), (3600.0, False)])
def test_a_connection_that_broke_while_idle_is_replaced(
    world: World, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, unasked_s: float, is_replaced: bool
) -> None:
    monkeypatch.setattr(postgresql, "UNASKED_S", unasked_s)
    assert world.primary.node()
    others = "pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    cluster.psql("postgres", f"SELECT pg_terminate_backend(pid) FROM {others}")
    if not is_replaced:  # it is found out by the error
        with pytest.raises(OperationalError):
            world.primary.node()
    assert world.primary.node()


def test_a_pool_keeps_what_was_needed_lately(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(world.primary.settings.main_url)
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)

    def use(count: int) -> int:
        with ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(database.connection())
        return pool.checkedin()

    monkeypatch.setattr(postgresql, "WINDOW_S", float("inf"))
    try:
        assert [use(4), use(1), use(4)] == [4, 4, 4]
        monkeypatch.setattr(postgresql, "WINDOW_S", 0.0)  # all that was is long ago
        assert [use(1), use(1), use(1), use(1)] == [3, 2, 1, 1]
        assert use(2) == 1
    finally:
        database.close()
    assert pool.checkedin() == 0


def test_leases_and_limits_on_postgresql(world: World) -> None:
    store = world.primary.store
    taken: list[Any] = []

    def work() -> None:
        taken.append(store.obtain("key", timedelta(minutes=1)))
        for number in range(5):
            store.add("set", f"{id(taken)}{number}{len(taken)}", number, limit=3)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in taken) == 1
    assert len(store.members("set")) == 3


AT_WORK_SPEED = sized(SPEED // 3, SPEED)
"""The faster the clock, the more both sites do while a test waits for something else."""


class JumpingTiming(ScaledTiming):
    """A fast clock that can be set forward, and the port of the primary that it is for."""

    port: int

    def jump(self, duration: timedelta) -> None:
        self.origin -= duration / (self.speed - 1)


@pytest.fixture
def at_work(world: World) -> Iterator[JumpingTiming]:
    """Both sites do what their processes do, here in threads, so that one clock can be set for all."""
    timing = JumpingTiming(datetime.now(UTC), AT_WORK_SPEED)
    world.keep_time_by(timing)
    processes = [SiteProcess(world.primary), SiteProcess(world.secondary)]
    threads = [Thread(target=process.run) for process in processes]
    timing.port = processes[0].server.port
    capacity = sized(1, 10)
    world.set_node("primary", url=processes[0].server.url, verification_max_capacity=capacity)
    world.set_node("secondary", verification_max_capacity=capacity)
    for thread in threads:
        thread.start()
    yield timing
    for process, thread in zip(processes, threads, strict=True):
        process.stop()
        thread.join()


@pytest.mark.slow
def test_the_server_is_killed_while_both_sites_are_at_work(
    world: World, cluster: Cluster, at_work: JumpingTiming
) -> None:
    cluster.psql("postgres", f"ALTER ROLE {USER} SET synchronous_commit = on")  # else the server itself loses commits
    content = Random(1).randbytes(500_000)
    with Stalling(at_work.port) as network:
        first = world.widget("first")
        wait_until(lambda: not shortcomings(world, [first]), lambda: shortcomings(world, [first]))
        world.set_node("primary", url=network.url)
        sleep(KEPT_S)  # then nobody goes by the other address
        begun = [first, world.widget_file("begun.bin", content)]
        world.commit("group/first", content)
        world.replicator(first, world.primary).handle_after_update()
        network.wait_for(2)
        half = world.primary.main.session()
        half.add(WidgetFile(blob_path="half"))
        half.flush()
        cluster.kill()
        network.release()
        with pytest.raises(OperationalError):
            half.commit()
        half.close()
        sleep(60 / AT_WORK_SPEED)  # every thread runs into it, what is begun once a minute too
        cluster.start()
    world.set_node("primary", url=f"http://127.0.0.1:{at_work.port}")
    new = [world.widget("new"), world.widget_file("new.bin")]
    everything = [*begun, *new]

    def wrong() -> list[str]:
        return shortcomings(world, everything)

    if FULL:
        wait_until(lambda: all(is_verified(world, each) for each in new), wrong)  # without waiting for leases to expire
    at_work.jump(LEASE_TIMEOUT + timedelta(minutes=10))  # what was begun and could not be recorded expires
    wait_until(lambda: not wrong(), wrong)  # so the threads live, the cursor's too
    with world.primary.main.reading() as session:
        assert session.scalar(select(func.count()).select_from(WidgetFile)) == 2


def test_a_server_that_is_gone_is_noticed(world: World) -> None:
    with world.primary.main.connection() as connection:
        driver: Any = connection.connection.driver_connection
        assert int(driver.info.get_parameters()["keepalives_idle"]) <= 120
