"""Names, and how a replicator is found (points 1 to 6)."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from geo_runtime.errors import UnknownReplicatorError
from geo_runtime.ground.naming import names_of
from geo_runtime.kinds.blob.replicator import BlobReplicator
from geo_runtime.kinds.repository.replicator import RepositoryReplicator
from geo_runtime.replication.replicator import Replicator

from .widgets import REPLICATORS, WidgetFileRegistry, WidgetFileReplicator, WidgetReplicator
from .world import World


@pytest.mark.point(1)
def test_every_name_follows_from_the_class() -> None:
    names = names_of("WidgetFileReplicator")
    assert (names.replicable_name, names.plural) == ("widget_file", "widget_files")
    assert names.registry_class == WidgetFileRegistry.__name__
    assert names.finder_class == "WidgetFileRegistryFinder"
    assert (names.graphql_field, names.model_id_field) == ("widgetFileRegistries", "widgetFileId")
    assert names.enum_key == "WIDGET_FILE_REGISTRY"
    assert names_of("CacheReplicator").plural == "caches"
    assert names_of("PackagesNugetSymbolReplicator").replicable_name == "packages_nuget_symbol"
    for wrong in ("Replicator", "Widget"):
        with pytest.raises(ValueError, match="not the name"):
            names_of(wrong)


@pytest.mark.point(2)
@pytest.mark.parametrize("name", ["unknown", "", None])
def test_an_unknown_name_is_not_implemented(world: World, name: str | None) -> None:
    with pytest.raises(NotImplementedError, match="Cannot find a Geo::Replicator for") as caught:
        world.secondary.replicator_class(name)
    assert isinstance(caught.value, UnknownReplicatorError)


@pytest.mark.point(3)
def test_a_rebuilt_replicator_is_of_the_same_record(world: World, record: Any) -> None:
    replicator = world.replicator(record)
    rebuilt = world.secondary.replicator(replicator.replicable_name(), replicator.model_record_id)
    assert type(rebuilt) is type(replicator)
    assert rebuilt.record.id == record.id


@pytest.mark.point(4)
def test_titles_are_there() -> None:
    for kind in REPLICATORS:
        assert kind.title
        assert kind.title_plural


@pytest.mark.point(5)
def test_the_events_of_each_kind() -> None:
    assert WidgetReplicator.supported_events == {"created", "updated", "deleted", "checksum_succeeded"}
    assert WidgetFileReplicator.supported_events == {"created", "deleted", "checksum_succeeded"}


@pytest.mark.point(6)
def test_status_expiration_is_the_timeout_of_a_synchronisation(caplog: pytest.LogCaptureFixture) -> None:
    assert BlobReplicator.status_expiration() == timedelta(seconds=28800)
    assert RepositoryReplicator.status_expiration() == timedelta(seconds=10800)
    assert not caplog.records

    class PlainReplicator(Replicator):
        pass

    assert PlainReplicator.status_expiration() == timedelta(seconds=28800)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
