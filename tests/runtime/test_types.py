"""Types as a site, a page or a demonstration takes them: migrations, and factories that make real data."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.databases.database import Database
from geo_runtime.errors import InvalidRecordError, UnsupportedEventError
from geo_runtime.tables.migrating import BASE, MAIN, TRACKING, migrate_main, migrate_tracking, run_migrations

from .test_end_to_end import is_verified
from .widgets import TYPES, WIDGET, WIDGET_FILE, WidgetFile
from .world import World

by_type = pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.replicator.replicable_name())


def tables(url: str) -> set[str]:
    database = Database(url)
    try:
        return set(inspect(database.engine).get_table_names())
    finally:
        database.close()


def test_a_database_holds_only_its_types(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/main.sqlite3"
    migrate_main(url, [])
    assert "projects" in tables(url)
    assert not tables(url) & {"widgets", "widget_files"}
    migrate_main(url, [WIDGET])
    migrate_main(url, [WIDGET])
    assert tables(url) >= {"widgets", "widget_states", "alembic_widget"}
    assert not tables(url) & {"widget_files", "alembic_widget_file"}
    migrate_main(url, TYPES)
    assert tables(url) >= {"widgets", "widget_files", "alembic_widget_file"}


@by_type
def test_migrations_go_down_again(kind: ReplicableType, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/100% main.sqlite3")
    migrate_main(database.url, [])
    before = tables(database.url)
    with database.engine.begin() as connection:
        run_migrations(connection, kind, MAIN)
    assert inspect(kind.replicator.model).local_table.name in tables(database.url)
    with database.engine.begin() as connection:
        run_migrations(connection, kind, MAIN, BASE)
    assert tables(database.url) - before == {f"alembic_{kind.replicator.replicable_name()}"}
    database.close()


@by_type
def test_migrations_have_the_columns_of_the_models(kind: ReplicableType, tmp_path: Path) -> None:
    replicator = kind.replicator
    for line, migrate, models in (
        (MAIN, migrate_main, (replicator.model, replicator.state_model)),
        (TRACKING, migrate_tracking, (replicator.registry_class,)),
    ):
        database = Database(f"sqlite:///{tmp_path}/{line}.sqlite3")
        migrate(database.url, [kind])
        for model in models:
            found = {column["name"] for column in inspect(database.engine).get_columns(str(inspect(model).local_table))}
            assert found == {column.name for column in inspect(model).columns}
        database.close()


def test_a_text_has_its_limit_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/tracking.sqlite3")
    migrate_tracking(database.url, [WIDGET])
    insert = text("INSERT INTO widget_registry (widget_id, created_at, last_sync_failure) VALUES (1, '2023', :failure)")
    with database.engine.begin() as connection, pytest.raises(Exception, match="CHECK constraint failed"):
        connection.execute(insert, {"failure": "x" * 256})
    with database.engine.begin() as connection:
        connection.execute(insert, {"failure": "x" * 255})
    database.close()


@by_type
def test_created_changed_and_destroyed_records_reach_the_secondary(kind: ReplicableType, world: World) -> None:
    world.serve()
    world.cursor()
    record = kind.factory.create_on(world.primary, 7)
    assert [event.event_name for event in world.events()] == ["created"]
    world.work()
    assert is_verified(world, record)
    kind.factory.destroy_on(world.primary, record)
    assert [event.event_name for event in world.events("deleted")] == ["deleted"]
    world.work()
    assert world.registry(record) is None
    for site in (world.primary, world.secondary):
        folders = [*site.settings.storages.values(), site.settings.uploads]
        assert [path for folder in folders if folder for path in folder.rglob("*") if path.is_file()] == []


def test_a_changed_repository_reaches_the_secondary(world: World) -> None:
    world.serve()
    world.cursor()
    record = WIDGET.factory.create_on(world.primary, 1)
    world.work()
    before = world.state(record).verification_checksum
    WIDGET.factory.change_on(world.primary, record)
    WIDGET.factory.change_on(world.primary, record)
    assert [event.event_name for event in world.events("updated")] == ["updated", "updated"]
    world.work()
    assert is_verified(world, record)
    assert world.state(record).verification_checksum != before
    copy = world.repository_at(world.secondary, "widgets/1")
    assert copy.git("log", "--format=%s", "main").decode().split("\n")[:3] == ["Change 2", "Change 1", "Number 1"]


def test_a_file_never_changes(world: World) -> None:
    record = WIDGET_FILE.factory.create_on(world.primary, 1)
    path = world.upload(world.primary, "1.bin")
    before = path.read_bytes()
    with pytest.raises(UnsupportedEventError, match="the data of WidgetFile never change"):
        WIDGET_FILE.factory.change_on(world.primary, record)
    assert path.read_bytes() == before


@by_type
def test_the_number_tells_records_from_each_other(kind: ReplicableType, make_world: Callable[..., World]) -> None:
    checksums = []
    for numbers in ((1, 2), (1, 3)):
        world = make_world()
        made = [kind.factory.create_on(world.primary, number) for number in numbers]
        checksums.append([world.replicator(record, world.primary).calculate_checksum() for record in made])
    assert checksums[0][0] == checksums[1][0]
    assert len({*checksums[0], *checksums[1]}) == 3


@by_type
def test_data_that_are_there_are_not_written_over(kind: ReplicableType, world: World) -> None:
    kind.factory.create_on(world.primary, 1)
    with pytest.raises(InvalidRecordError, match=r"1(\.bin)? is there already"):
        kind.factory.create_on(world.primary, 1)


def test_a_factory_builds_without_a_database() -> None:
    record = WIDGET_FILE.factory.build(blob_path="x/y.bin")
    assert isinstance(record, WidgetFile)
    assert record.blob_path == "x/y.bin"
    assert record.project is not None
    assert record.project.namespace.name.startswith("Group ")
