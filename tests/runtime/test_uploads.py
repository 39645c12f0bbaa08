"""Types whose rows another class writes, as `Upload` writes those of a partition in GitLab: an invented one at work."""

from typing import Any, ClassVar

import factory
import pytest
from sqlalchemy import ForeignKey, Select, String, delete, insert, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

import geo_runtime
from geo_runtime.errors import ReadOnlyError, UnsupportedEventError
from geo_runtime.replication.kind import kinds_of
from geo_runtime.workers import cron_jobs
from geo_runtime.workers.scheduler import RegistryScheduler

from .widgets import WidgetFileReplicator
from .world import World


class NoteUploadReplication(geo_runtime.ReplicableModel):
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    blob_path: Mapped[str] = mapped_column(String(255))
    file_store: Mapped[int] = mapped_column(default=geo_runtime.LOCAL)

    @classmethod
    def with_files_stored_locally(cls, replicables: Select[Any]) -> Select[Any]:
        return replicables.where(cls.file_store == geo_runtime.LOCAL)

    @classmethod
    def selective_sync_scope(
        cls,
        selection: geo_runtime.SelectiveSync,
        primary_key_in: geo_runtime.IdRange | None,
        replicables: Select[Any],
    ) -> Select[Any]:
        return selection.by_project(replicables, cls.project_id)


class NoteUpload(NoteUploadReplication, geo_runtime.ReadOnlyModel, geo_runtime.MainBase):
    __tablename__ = "note_uploads"
    project: Mapped[geo_runtime.Project | None] = relationship(viewonly=True)


class NoteUploadRow(NoteUploadReplication, geo_runtime.MainBase):
    __table__ = NoteUpload.__table__
    project: Mapped[geo_runtime.Project | None] = relationship()


class NoteUploadState(geo_runtime.StateModel, geo_runtime.MainBase):
    __tablename__ = "note_upload_states"
    MODEL_FOREIGN_KEY: ClassVar[str] = "note_upload_id"
    note_upload_id: Mapped[int] = mapped_column(ForeignKey("note_uploads.id", ondelete="CASCADE"), primary_key=True)


class NoteUploadRegistry(geo_runtime.Registry, geo_runtime.TrackingBase):
    __tablename__ = "note_upload_registry"
    MODEL_FOREIGN_KEY: ClassVar[str] = "note_upload_id"
    note_upload_id: Mapped[int] = mapped_column(geo_runtime.BigId, unique=True)


class NoteUploadReplicator(geo_runtime.UploadReplicator):
    model = NoteUpload
    writer = NoteUploadRow
    state_model = NoteUploadState
    registry_class = NoteUploadRegistry
    title = "Note upload"
    title_plural = "Note uploads"
    uploader_class = "NoteUploader"
    uploader_folder = "notes"


class NoteUploadFactory(geo_runtime.BlobFactory[NoteUploadRow]):
    class Meta:
        model = NoteUploadRow

    project = factory.SubFactory(geo_runtime.ProjectFactory)
    blob_path = factory.Sequence(lambda number: f"{number}.bin")


REPLICATION = "geo_note_upload_replication"


@pytest.fixture
def notes(make_world: Any) -> World:
    """Two sites that know this type, and one of another kind whose files are copied alike."""
    world: World = make_world(replicators=[NoteUploadReplicator, WidgetFileReplicator], flags={REPLICATION: True})
    world.serve()
    world.cursor()
    return world


def replicated_note(world: World, number: int = 1, **given: Any) -> NoteUploadRow:
    record: NoteUploadRow = NoteUploadFactory.create_on(world.primary, number, **given)
    world.replicate()
    return record


def registry(world: World, record: Any) -> Any:
    with world.secondary.tracking_database().reading() as session:
        return NoteUploadRegistry.find(session, record.id)


def is_verified(world: World, record: Any) -> bool:
    row = registry(world, record)
    return row is not None and row.is_synced and row.is_verification_succeeded


def copy_of(world: World, record: Any) -> NoteUploadReplicator:
    return NoteUploadReplicator(world.secondary, record.id)


def read(world: World, record: Any) -> NoteUpload:
    with world.primary.main.reading() as session:
        return session.get_one(NoteUpload, record.id)


@pytest.mark.point(5)
def test_it_has_the_events_of_a_file(notes: World) -> None:
    assert NoteUploadReplicator.supported_events == WidgetFileReplicator.supported_events
    with pytest.raises(UnsupportedEventError, match="never change"):
        NoteUploadFactory.change_on(notes.primary, replicated_note(notes))


@pytest.mark.point(7, 68)
def test_what_its_writer_saves_is_published_and_has_a_state(notes: World) -> None:
    record = replicated_note(notes)
    (event,) = notes.events()
    assert (event.event_name, event.replicable_name) == ("created", "note_upload")
    assert event.payload["model_record_id"] == record.id
    replicator = notes.primary.replicator_of_record(read(notes, record))
    assert isinstance(replicator, NoteUploadReplicator)
    with notes.primary.main.reading() as session:
        assert replicator.state_row(session) is not None


@pytest.mark.point(9, 103)
def test_what_its_writer_destroys_goes_everywhere(notes: World) -> None:
    record = replicated_note(notes)
    notes.work()
    place = copy_of(notes, record).blob_path()
    assert place.is_file()
    NoteUploadFactory.destroy_on(notes.primary, record)
    (event,) = notes.events("deleted")
    assert (event.payload["uploader_class"], event.payload["blob_path"]) == ("NoteUploader", "1.bin")
    notes.work()
    assert registry(notes, record) is None
    assert not place.exists()


def test_what_was_read_can_be_destroyed_too(notes: World) -> None:
    """As a page does, which knows ids only: it goes through the writer all the same."""
    record = read(notes, replicated_note(notes))
    NoteUploadFactory.destroy_on(notes.primary, record)  # type: ignore[arg-type]
    assert len(notes.events("deleted")) == 1


@pytest.mark.point(10, 12)
def test_with_the_flag_off_nothing_is_published(notes: World) -> None:
    notes.flag(REPLICATION, False)
    NoteUploadFactory.destroy_on(notes.primary, replicated_note(notes))
    assert notes.events() == []


@pytest.mark.point(96, 124)
def test_its_records_are_copied_and_verified(notes: World) -> None:
    records = [replicated_note(notes, number) for number in range(3)]
    notes.work()
    assert all(is_verified(notes, record) for record in records)
    assert copy_of(notes, records[0]).blob_path().read_bytes() == (
        NoteUploadReplicator(notes.primary, records[0].id).blob_path().read_bytes()
    )


@pytest.mark.point(56, 57)
def test_damage_is_found_and_repaired(notes: World) -> None:
    record = replicated_note(notes)
    notes.work()
    NoteUploadFactory.damage_data(copy_of(notes, record))
    copy_of(notes, record).verify_async()
    notes.work(rounds=1)
    assert registry(notes, record).checksum_mismatch
    notes.wait(minutes=5)
    notes.work()
    assert is_verified(notes, record)


@pytest.mark.point(76)
def test_rows_that_no_event_announced_are_found(notes: World) -> None:
    """Rows that came past every hook, as a restored backup brings them."""
    with notes.primary.main.session() as session, session.begin():
        session.execute(text("INSERT INTO note_uploads (blob_path, file_store) VALUES ('9.bin', 1)"))
        row = session.query(NoteUpload).one()
    NoteUploadFactory.create_data(NoteUploadReplicator(notes.primary, row.id, row), 9)
    assert notes.events() == []
    notes.work(rounds=5)
    assert is_verified(notes, row)


@pytest.mark.point(105)
def test_a_secondary_keeps_what_it_selects(notes: World) -> None:
    kept, left = replicated_note(notes, 1), replicated_note(notes, 2)
    assert kept.project is not None
    with notes.primary.main.session() as session, session.begin():
        namespace = session.get_one(geo_runtime.Namespace, kept.project.namespace_id)
    notes.set_node("secondary", selective_sync_type="namespaces", namespaces=[namespace])
    notes.work()
    assert is_verified(notes, kept)
    assert registry(notes, left) is None


def test_its_files_are_copied_within_the_capacity_of_files(notes: World) -> None:
    (kind,) = kinds_of([NoteUploadReplicator, WidgetFileReplicator])
    assert notes.secondary.kinds == (kind,)
    scheduler = RegistryScheduler(notes.secondary, kind)
    assert set(scheduler.types()) == {NoteUploadReplicator, WidgetFileReplicator}
    assert [job for job in cron_jobs(notes.secondary) if job == kind.job] == [kind.job]
    assert NoteUploadReplicator.kind.name == "upload"


def test_nothing_is_written_through_the_model(notes: World) -> None:
    record = replicated_note(notes)
    message = "NoteUpload only reads note_uploads: write through the `writer` of its replicator"
    with notes.primary.main.session() as session:
        stored = session.get_one(NoteUpload, record.id)
        session.delete(stored)
        with pytest.raises(ReadOnlyError, match=message):
            session.flush()
        session.rollback()
        session.add(NoteUpload(blob_path="other.bin"))
        with pytest.raises(ReadOnlyError, match=message):
            session.flush()
        session.rollback()
        session.get_one(NoteUpload, record.id).blob_path = "moved.bin"
        with pytest.raises(ReadOnlyError, match=message):
            session.flush()
        session.rollback()
        for statement in (
            delete(NoteUpload),
            update(NoteUpload).values(blob_path="moved.bin"),
            insert(NoteUpload).values(blob_path="other.bin"),
        ):
            with pytest.raises(ReadOnlyError, match=message):
                session.execute(statement)
        session.execute(update(NoteUploadRow).values(blob_path="moved.bin"))  # the writer may
        session.commit()
    assert read(notes, record).blob_path == "moved.bin"
    assert [event.event_name for event in notes.events()] == ["created"]
