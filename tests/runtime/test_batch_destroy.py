"""Deleted events of many records (point 123)."""

from typing import Any

import pytest
from sqlalchemy import delete

from geo_runtime.errors import InvalidRecordError
from geo_runtime.kinds.blob.replicator import BlobReplicator

from .widgets import WidgetFile, WidgetFileReplicator, WidgetReplicator
from .world import World


@pytest.mark.point(123)
def test_one_event_and_one_log_row_for_each_record(world: World) -> None:
    records = [world.widget_file(f"{number}", content=None) for number in range(3)]
    params = [world.replicator(record, world.primary).bulk_deleted_params() for record in records]
    with world.primary.main.session() as session, session.begin():
        session.execute(delete(WidgetFile))
    before = world.log_size()
    assert world.events("deleted") == []
    WidgetFileReplicator.bulk_create_delete_events_async(world.primary, params)
    assert world.events("deleted") == []  # by a job
    world.primary.jobs.run_due()
    events = world.events("deleted")
    assert [event.payload["model_record_id"] for event in events] == [record.id for record in records]
    assert world.log_size() == before + 3
    for event, record in zip(events, records, strict=True):
        assert event.payload["blob_path"] == record.blob_path
        assert event.payload["uploader_class"] == "WidgetFileUploader"
        assert event.payload["correlation_id"]


@pytest.mark.point(123)
@pytest.mark.parametrize("params", [{}, {"model_record_id": None}])
def test_a_missing_id_raises(world: World, params: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecordError, match="model_record_id can not be nil"):
        WidgetFileReplicator.bulk_create_delete_events_async(world.primary, [{"model_record_id": 1}, params])
    assert world.primary.jobs.waiting() == []


@pytest.mark.point(123)
def test_the_payload_is_plain_json(world: World) -> None:
    with pytest.raises(InvalidRecordError, match="plain JSON"):
        WidgetFileReplicator.bulk_create_delete_events_async(
            world.primary, [{"model_record_id": 1, "at": world.timing.now()}]
        )


@pytest.mark.point(123)
def test_an_empty_list_does_nothing(world: World) -> None:
    WidgetFileReplicator.bulk_create_delete_events_async(world.primary, [])
    assert world.primary.jobs.waiting() == []


@pytest.mark.point(123)
def test_only_types_with_files_have_it(world: World) -> None:
    for kind in (BlobReplicator, WidgetReplicator):
        with pytest.raises(NotImplementedError):
            kind.bulk_create_delete_events_async(world.primary, [{"model_record_id": 1}])


@pytest.mark.point(123)
def test_nothing_is_collected_without_a_reader(world: World) -> None:
    record = world.widget_file(content=None)
    assert world.replicator(record).bulk_deleted_params() is None
    world.drop_secondaries()
    assert world.replicator(record, world.primary).bulk_deleted_params() is None
