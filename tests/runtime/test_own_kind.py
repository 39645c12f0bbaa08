"""A kind of types that the library does not have, declared as those in `kinds/` are: a record's data are a folder.

Nothing outside of this file knows of it, and a site copies, verifies, repairs and removes its records all the same.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import ForeignKey, Select, String
from sqlalchemy.orm import Mapped, mapped_column
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import geo_runtime
from geo_runtime.errors import NotCheckedError, TokenError
from geo_runtime.events import publishing
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.site import tokens
from geo_runtime.site.callers import token_of, unauthorized
from geo_runtime.workers import cron_jobs

from .world import World

LEASE = timedelta(hours=1)


def routes_of(site: ReplicatingSite) -> Sequence[BaseRoute]:
    def files(request: Request) -> Response:
        record_id = int(request.path_params["record_id"])
        try:
            token = token_of(site, request)
        except TokenError as error:
            return unauthorized(error)
        if not token.covers(folder=record_id):
            return unauthorized()
        return JSONResponse(contents(FolderReplicator(site, record_id).data_path()))

    return [Route("/folders/{record_id:int}", files, methods=["GET"])]


FOLDER = geo_runtime.Kind(
    name="folder",
    job="FolderRegistrySyncWorker",
    scheduler="folder_registry_sync_worker",
    capacity=lambda site, node: node.files_max_capacity // 5,
    routes=routes_of,
)


class FolderTransfer:
    """The operation of the kind."""

    def __init__(self, replicator: "FolderKindReplicator") -> None:
        self.replicator = replicator
        self.site = replicator.site

    def execute(self) -> bool | None:
        key = f"folder_transfer:{self.replicator.model_record_id}"
        with self.site.store.lease(key, LEASE) as lease:
            if lease is None:
                return None
            with self.site.tracking_database().session() as session, session.begin():
                self.replicator.registry_class.started(session, self.replicator.model_record_id)
            try:
                self._fetch()
            except Exception as error:
                with self.replicator.registry() as registry:
                    registry.fail("Error copying the folder", error)
                return False
            with self.replicator.registry() as registry:
                return registry.synced(is_verified_on_primary=self.replicator.primary_verification_succeeded)

    def _fetch(self) -> None:
        primary = self.site.primary_node()
        assert primary is not None
        header = tokens.authorization(self.site, {"folder": self.replicator.model_record_id})
        url = f"{primary.internal_url}/folders/{self.replicator.model_record_id}"
        response = self.site.http.request("GET", url, headers={"Authorization": header})
        if response.status != HTTPStatus.OK:
            raise OSError(f"the primary answered {response.status}")
        write(self.replicator.data_path(), response.json())


class FolderKindReplicator(geo_runtime.Replicator):
    """What the types of the kind derive from."""

    kind: ClassVar[geo_runtime.Kind] = FOLDER
    supported_events: ClassVar[frozenset[str]] = frozenset(
        {publishing.CREATED, publishing.UPDATED, publishing.DELETED, publishing.CHECKSUM_SUCCEEDED}
    )
    sync_event: ClassVar[str] = publishing.UPDATED
    sync_timeout: ClassVar[timedelta | None] = LEASE
    publishes_on_destroy: ClassVar[bool] = True

    def data_path(self) -> Path:
        return self.site.storages.upload(f"folders/{self.record.name}")

    def deleted_params(self) -> dict[str, Any]:
        return {**self.base_payload(), "name": self.record.name}

    def sync(self) -> bool | None:
        return FolderTransfer(self).execute()

    def replicate_destroy(self, payload: Mapping[str, Any]) -> None:
        if payload.get("name"):
            shutil.rmtree(self.site.storages.upload(f"folders/{payload['name']}"), ignore_errors=True)
        self.remove_registry()

    def resource_exists(self) -> bool:
        return self.data_path().is_dir()

    def calculate_checksum(self) -> str | None:
        if not self.resource_exists():
            raise NotCheckedError("there is no folder")
        return hashlib.sha256(repr(sorted(contents(self.data_path()).items())).encode()).hexdigest()


# A type of that kind


class Folder(geo_runtime.ReplicableModel, geo_runtime.MainBase):
    __tablename__ = "folders"
    name: Mapped[str] = mapped_column(String(255))

    @classmethod
    def selective_sync_scope(
        cls,
        selection: geo_runtime.SelectiveSync,
        primary_key_in: geo_runtime.IdRange | None,
        replicables: Select[Any],
    ) -> Select[Any]:
        return replicables


class FolderState(geo_runtime.StateModel, geo_runtime.MainBase):
    __tablename__ = "folder_states"
    MODEL_FOREIGN_KEY: ClassVar[str] = "folder_id"
    folder_id: Mapped[int] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"), primary_key=True)


class FolderRegistry(geo_runtime.Registry, geo_runtime.TrackingBase):
    __tablename__ = "folder_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "folder_id"
    folder_id: Mapped[int] = mapped_column(geo_runtime.BigId, unique=True)


class FolderReplicator(FolderKindReplicator):
    model = Folder
    state_model = FolderState
    registry_class = FolderRegistry
    title = "Folder"
    title_plural = "Folders"


def contents(path: Path) -> dict[str, str]:
    return {each.relative_to(path).as_posix(): each.read_text() for each in path.rglob("*") if each.is_file()}


def write(path: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@pytest.fixture
def folders(make_world: Any) -> World:
    """Two sites that know this type and no other."""
    world: World = make_world(replicators=[FolderReplicator], flags={"geo_folder_replication": True})
    world.serve()
    return world


def replicated_folder(world: World, name: str, files: Mapping[str, str]) -> Folder:
    write(world.primary.storages.upload(f"folders/{name}"), files)
    record: Folder = world.add(Folder(name=name))
    return record


def registry(world: World, record: Folder) -> FolderRegistry | None:
    with world.secondary.tracking_database().reading() as session:
        return FolderRegistry.find(session, record.id)


def copy_of(world: World, record: Folder) -> FolderReplicator:
    return FolderReplicator(world.secondary, record.id, record)


def is_verified(world: World, record: Folder) -> bool:
    row = registry(world, record)
    return row is not None and row.is_synced and row.is_verification_succeeded


def test_its_records_are_copied_and_verified(folders: World) -> None:
    files = {"a.txt": "one", "below/b.txt": "two"}
    record = replicated_folder(folders, "first", files)
    folders.work()
    assert contents(copy_of(folders, record).data_path()) == files
    assert is_verified(folders, record)


def test_its_own_job_copies_what_no_event_announced(folders: World) -> None:
    record = replicated_folder(folders, "first", {"a.txt": "one"})
    folders.secondary.jobs.clear()
    folders.cursor()
    folders.secondary.jobs.clear()  # the event is lost
    assert FOLDER.job in cron_jobs(folders.secondary)
    folders.work(rounds=4)
    assert is_verified(folders, record)


def test_its_capacity_limits_its_copies(folders: World) -> None:
    for number in range(4):
        replicated_folder(folders, str(number), {"a.txt": str(number)})
    folders.secondary.jobs.clear()
    folders.cursor()
    folders.secondary.jobs.clear()
    folders.secondary.jobs.enqueue("RegistryConsistencyWorker")
    folders.secondary.jobs.run_due(limit=1)
    folders.secondary.jobs.clear()
    most = 0

    def pause() -> None:
        nonlocal most
        most = max(most, len(folders.secondary.jobs.waiting("SyncWorker")))
        folders.secondary.jobs.run_due(limit=1)

    from geo_runtime.workers.scheduler import RegistryScheduler

    RegistryScheduler(folders.secondary, FOLDER, pause=pause).run()
    assert most == FOLDER.capacity(folders.secondary, folders.secondary.current_node()) == 2


def test_damage_is_found_and_repaired(folders: World) -> None:
    record = replicated_folder(folders, "first", {"a.txt": "one"})
    folders.work()
    (copy_of(folders, record).data_path() / "a.txt").write_text("damaged")
    copy_of(folders, record).verify_async()
    folders.work(rounds=1)
    row = registry(folders, record)
    assert row is not None
    assert row.checksum_mismatch
    folders.wait(minutes=5)
    folders.work()
    assert is_verified(folders, record)
    assert contents(copy_of(folders, record).data_path()) == {"a.txt": "one"}


def test_what_is_destroyed_goes(folders: World) -> None:
    record = replicated_folder(folders, "first", {"a.txt": "one"})
    folders.work()
    place = copy_of(folders, record).data_path()
    assert place.is_dir()
    folders.remove(record)
    folders.work()
    assert registry(folders, record) is None
    assert not place.exists()


def test_its_address_asks_for_a_token_of_its_own(folders: World) -> None:
    record = replicated_folder(folders, "first", {"a.txt": "one"})
    address = f"/folders/{record.id}"
    assert folders.get(address).status_code == 401
    other = tokens.authorization(folders.secondary, {"folder": record.id + 1})
    assert folders.get(address, other).status_code == 401
    right = tokens.authorization(folders.secondary, {"folder": record.id})
    assert folders.get(address, right).json() == {"a.txt": "one"}
