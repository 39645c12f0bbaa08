"""Where a type's data lie is one method, and everything follows it: serving, copying, verifying, deleting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo_runtime.replication import verifier
from geo_runtime.replication.registry import RegistryState

from .convergence import converge
from .widgets import WIDGET, WIDGET_FILE, WidgetFileReplicator, WidgetReplicator
from .world import World

PLACES: dict[str, Callable[[Any], str]] = {
    "below the uploader's folder": lambda self: f"widget_files/by_id/{self.record.id % 7}/{self.record.blob_path}",
    "elsewhere": lambda self: f"elsewhere/{self.record.id}",
    "a folder that begins alike": lambda self: f"widget_files_2/{self.record.blob_path}",
}


def data_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("place", PLACES)
def test_all_follows_where_a_file_lies(world: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(WidgetFileReplicator, "relative_path", PLACES[place])
    world.serve()
    record: Any = WIDGET_FILE.factory.build(id=11, blob_path="a.bin", project=None)
    own = world.primary.settings.uploads
    copies = world.secondary.settings.uploads
    assert own
    assert copies
    path = own / PLACES[place](WidgetFileReplicator(world.primary, 11, record))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    world.add(record)
    world.work()
    converge(world, [record])
    assert data_of(copies) == data_of(own) == [str(path.relative_to(own))]
    assert world.registry(record).state == RegistryState.SYNCED
    WIDGET_FILE.factory.destroy_on(world.primary, record)
    world.work()
    assert data_of(own) == data_of(copies) == []
    assert world.registry(record) is None


def test_all_follows_where_a_repository_lies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WidgetReplicator, "disk_path", lambda self: f"@hashed/{self.record.id}")
    world.serve()
    record: Any = world.widget(repository=False)
    WIDGET.factory.create_data(world.replicator(record, world.primary), 1)
    world.replicator(record, world.primary).handle_after_update()
    world.work()
    verifier.verify(world.replicator(record))
    copy = world.secondary.settings.storages["default"] / "@hashed" / f"{record.id}.git"
    assert copy.is_dir()
    WIDGET.factory.destroy_on(world.primary, record)
    world.work()
    assert not copy.exists()


@pytest.mark.parametrize(("kind", "name"), [(WidgetFileReplicator, "blob_path"), (WidgetReplicator, "data_path")])
def test_what_only_follows_is_not_to_be_overridden(kind: type[Any], name: str) -> None:
    """A type checker says so."""
    assert getattr(getattr(kind, name), "__final__", False)
