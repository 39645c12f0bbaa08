"""What the primary publishes, and when not (points 7 to 16)."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_runtime.errors import InvalidRecordError, UnsupportedEventError
from geo_runtime.replication.verification import VerificationState
from geo_runtime.site.jobs import correlation_id

from .widgets import WidgetFile
from .world import World


@pytest.mark.point(7)
def test_create_writes_one_event_and_one_log_row(world: World, make_record: Callable[..., Any]) -> None:
    token = correlation_id.set("request-1")
    record = make_record()
    correlation_id.reset(token)
    (event,) = world.events()
    assert event.event_name == "created"
    assert event.replicable_name == world.replicator(record).replicable_name()
    assert event.payload == {"model_record_id": record.id, "correlation_id": "request-1"}
    assert world.log_size() == 1


@pytest.mark.point(7)
def test_what_is_rolled_back_is_not_published(world: World) -> None:
    with world.primary.main.session() as session:
        session.add(WidgetFile(blob_path="a"))
        session.flush()
        session.rollback()
        session.commit()
    assert world.events() == []


@pytest.mark.point(8)
def test_an_update_of_a_repository_is_published(world: World) -> None:
    record = world.widget(repository=False)
    world.replicator(record, world.primary).handle_after_update()
    (event,) = world.events("updated")
    assert event.payload["model_record_id"] == record.id
    assert event.payload["correlation_id"]


@pytest.mark.point(8)
def test_a_file_has_no_updated_event(world: World) -> None:
    record = world.widget_file(content=None)
    with pytest.raises(UnsupportedEventError, match="Unsupported event: 'updated'"):
        world.replicator(record, world.primary).handle_after_update()


@pytest.mark.point(9)
def test_destroy_of_a_repository_says_where_it_was(world: World) -> None:
    record = world.widget("w", repository=False)
    world.replicator(record, world.primary).handle_after_destroy()
    world.remove(record)
    (event,) = world.events("deleted")
    location = {"repository_storage": "default", "disk_path": "group/w", "full_path": "group/w"}
    assert event.payload == {
        "model_record_id": record.id,
        "correlation_id": event.payload["correlation_id"],
        **location,
    }


@pytest.mark.point(9)
def test_destroy_of_a_file_says_where_it_was(world: World) -> None:
    record = world.widget_file("sub/a.bin", content=None)
    world.remove(record)
    (event,) = world.events("deleted")
    assert event.payload == {
        "model_record_id": record.id,
        "uploader_class": "WidgetFileUploader",
        "blob_path": "sub/a.bin",
    }


@pytest.mark.point(10)
def test_a_secondary_publishes_nothing(world: World, record: Any) -> None:
    with world.secondary.main.reading() as session:
        before = world.log_size()
        assert world.replicator(record).publish("deleted", {}) is None
        assert session is not None
    assert world.log_size() == before


@pytest.mark.point(11)
def test_without_a_secondary_nothing_is_published(world: World, make_record: Callable[..., Any]) -> None:
    world.drop_secondaries()
    make_record()
    assert world.events() == []


@pytest.mark.point(11)
def test_a_paused_secondary_is_published_to(world: World, make_record: Callable[..., Any]) -> None:
    world.set_node("secondary", enabled=False)
    make_record()
    assert len(world.events()) == 1


@pytest.mark.point(12)
def test_nothing_is_published_with_the_flag_off(world: World, make_record: Callable[..., Any]) -> None:
    record = make_record()
    before = world.log_size()
    world.flag(world.replicator(record).replication_flag(), False)
    make_record(1)
    # the flag is looked at before the event's name
    assert world.replicator(record, world.primary).publish("no such event", {}) is None
    assert world.log_size() == before


@pytest.mark.point(13)
def test_a_failing_log_row_leaves_no_event(world: World, record: Any) -> None:
    before = len(world.events())
    with world.primary.main.session() as session, session.begin():
        session.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON geo_event_log BEGIN SELECT RAISE(ABORT, 'no log row'); END")
        )
    with pytest.raises(Exception, match="no log row"):
        world.replicator(record, world.primary).publish("created", {})
    with world.primary.main.session() as session, session.begin():
        assert session.scalar(text("SELECT count(*) FROM geo_events")) == before


@pytest.mark.point(14)
def test_an_invalid_event_is_logged_and_not_raised(world: World, record: Any, caplog: pytest.LogCaptureFixture) -> None:
    before = world.log_size()
    assert world.replicator(record, world.primary).publish("created", {"time": object()}) is None
    assert "::Geo::Event could not be created" in caplog.text
    assert world.log_size() == before


@pytest.mark.point(14)
def test_another_error_in_publish_is_raised(world: World, record: Any) -> None:
    with patch("geo_runtime.events.publishing._insert", side_effect=RuntimeError("disk")), pytest.raises(RuntimeError):
        world.replicator(record, world.primary).publish("created", {})


@pytest.mark.point(15)
@pytest.mark.parametrize("error", [RuntimeError("broken"), InvalidRecordError("broken")])
def test_a_failing_hook_prevents_neither_save_nor_destroy(
    world: World, make_record: Callable[..., Any], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with (
        patch("geo_runtime.replication.replicator.Replicator.handle_after_create_commit", side_effect=error),
        patch("geo_runtime.replication.replicator.Replicator.handle_after_destroy", side_effect=error),
        patch("geo_runtime.replication.replicator.Replicator.save_verification_details", side_effect=error),
    ):
        record = make_record()
        assert world.replicator(record, world.primary).find_record() is not None
        world.remove(record)
    assert world.replicator(record, world.primary).find_record() is None
    assert "hook failed" in caplog.text


@pytest.mark.point(16)
def test_create_and_update_have_the_data_verified(world: World, make_record: Callable[..., Any]) -> None:
    with patch("geo_runtime.replication.replicator.Replicator.after_verifiable_update") as called:
        record = make_record()
        assert called.call_count == 1
        if world.replicator(record).mutable:
            world.replicator(record, world.primary).handle_after_update()
            assert called.call_count == 2


@pytest.mark.point(16)
def test_an_update_makes_a_verified_repository_pending(world: World) -> None:
    record = world.widget()
    world.set_state(record, verification_state=VerificationState.SUCCEEDED, verification_checksum="aa" * 20)
    world.replicator(record, world.primary).handle_after_update()
    assert world.state(record).verification_state == VerificationState.PENDING
    assert world.state(record).verification_checksum == "aa" * 20


def test_sessions_of_others_are_left_alone(world: World) -> None:
    """A session opened elsewhere, even on the same database, has no hooks."""
    with Session(world.primary.main.engine, info=world.primary.main.info) as session:
        record = WidgetFile(blob_path="a.bin")
        session.add(record)
        session.commit()
        session.delete(record)
        session.commit()
    assert world.events() == []
    listening = {name: list(getattr(Session().dispatch, name)) for name in ("after_flush", "after_commit")}
    assert listening == {"after_flush": [], "after_commit": []}
