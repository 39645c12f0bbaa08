"""Tests of Cool Widgets between two real sites.

They use SQLite, or PostgreSQL if `GEO_DATABASE` is the URL of a server on which databases may be created, such as
`postgresql://postgres@localhost/postgres`; those databases are dropped at the end.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from geo_runtime import testing

from . import TYPE, factories, model


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[testing.Pair]:
    with testing.Pair(tmp_path, [TYPE], os.environ.get("GEO_DATABASE")) as sites:
        yield sites


def test_what_is_created_is_synced_and_verified(sites: testing.Pair) -> None:
    records = [TYPE.factory.create_on(sites.primary, number) for number in range(2)]
    sites.work()
    assert all(map(sites.is_verified, records))


def test_what_is_pushed_is_synced_again(sites: testing.Pair) -> None:
    record = TYPE.factory.create_on(sites.primary, 1)
    sites.work()
    before = sites.registry(record).verification_checksum
    TYPE.factory.change_on(sites.primary, record)
    sites.work()
    assert sites.is_verified(record)
    assert sites.registry(record).verification_checksum != before


def test_what_is_damaged_is_repaired(sites: testing.Pair) -> None:
    record = TYPE.factory.create_on(sites.primary, 1)
    sites.work()
    copy = sites.secondary.replicator_of_record(record)
    TYPE.factory.damage_data(copy)
    copy.verify_async()
    sites.work(rounds=1)
    assert sites.registry(record).checksum_mismatch
    sites.timing.advance(minutes=5)
    sites.work()
    assert sites.is_verified(record)


def test_what_is_destroyed_goes(sites: testing.Pair) -> None:
    record = TYPE.factory.create_on(sites.primary, 1)
    sites.work()
    copy = sites.secondary.replicator_of_record(record)
    assert copy.resource_exists()
    TYPE.factory.destroy_on(sites.primary, record)
    sites.work()
    assert sites.registry(record) is None
    assert not copy.resource_exists()


def test_what_a_secondary_selects_is_not_decided(sites: testing.Pair) -> None:
    record = TYPE.factory.create_on(sites.primary, 1)
    sites.set_secondary(selective_sync_type="namespaces", namespaces=[])
    sites.work()
    assert sites.registry(record) is None
    with pytest.raises(NotImplementedError, match="run `geo-scaffold new CoolWidget` again with --owner"):
        model.CoolWidget.replicables_for_secondary(sites.secondary)


def test_graphql_shows_what_the_finder_finds(sites: testing.Pair) -> None:
    record = TYPE.factory.create_on(sites.primary, 1)
    sites.work()
    schema = testing.create_schema([TYPE.registry_type])
    query = "{ geoNode { coolWidgetRegistries(replicationState: SYNCED) { nodes { coolWidgetId state } } } }"
    context = testing.Context(sites.secondary, testing.User("root", is_admin=True))
    found = schema.execute_sync(query, context_value=context)
    assert found.errors is None
    nodes = found.data["geoNode"]["coolWidgetRegistries"]["nodes"]
    assert nodes == [{"coolWidgetId": str(record.id), "state": "SYNCED"}]


def test_factories_are_valid(sites: testing.Pair) -> None:
    with sites.secondary.tracking_database().session() as session:
        for trait in ({}, {"synced": True}, {"failed": True}, {"started": True}, {"verification_succeeded": True}):
            session.add(factories.CoolWidgetRegistryFactory.build(**trait))
        session.commit()
    with sites.primary.main.session() as session:
        for number, trait in enumerate(({}, {"checksummed": True}, {"checksum_failure": True})):
            record = TYPE.factory.build(__sequence=number)
            session.add(record)
            session.flush()
            session.delete(sites.primary.replicator_of_record(record).state_row(session))
            session.flush()
            session.add(factories.CoolWidgetStateFactory.build(cool_widget_id=record.id, **trait))
        session.commit()


def test_migrations_can_be_taken_back(sites: testing.Pair) -> None:
    for database, line, own in (
        (sites.primary.main, testing.MAIN, {"cool_widgets", "cool_widget_states"}),
        (sites.secondary.tracking_database(), testing.TRACKING, {"cool_widget_registry"}),
    ):
        before = set(inspect(database.engine).get_table_names())
        with database.engine.begin() as connection:
            testing.run_migrations(connection, TYPE, line, testing.BASE)
        assert before - set(inspect(database.engine).get_table_names()) == own
