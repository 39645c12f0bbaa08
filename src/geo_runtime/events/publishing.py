"""Events of records: publishing one or many (specification: points 7 to 14, 123)."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import Connection, insert

from geo_runtime.databases.main import GeoEvent, GeoEventLog
from geo_runtime.errors import InvalidRecordError
from geo_runtime.site.jobs import correlation_id

if TYPE_CHECKING:
    from geo_runtime.site.site import Site

log = logging.getLogger(__name__)

CREATED: Final = "created"
UPDATED: Final = "updated"
DELETED: Final = "deleted"
CHECKSUM_SUCCEEDED: Final = "checksum_succeeded"
NAME_LIMIT = 255


def can_publish(site: "Site") -> bool:
    """Whether events have a reader: the site is the primary, and there is a secondary, paused or not."""
    return site.is_primary() and bool(site.secondary_nodes())


def current_correlation_id() -> str:
    """Return the correlation id of the current request or job, or a new one."""
    return correlation_id.get() or str(uuid4())


def write_event(
    site: "Site",
    replicable_name: str,
    event_name: str,
    payload: Mapping[str, Any],
    connection: Connection | None = None,
) -> int | None:
    """Write an event and its row of the log, both or none.

    Args:
        site: The primary.
        replicable_name: The type.
        event_name: What happened.
        payload: What a secondary needs to know.
        connection: The connection whose transaction to use; a new one if none is given.

    Returns:
        The id of the log's row, or None if the event breaks a rule of its model, which is logged.
    """
    event = {"replicable_name": replicable_name, "event_name": event_name, "payload": dict(payload)}
    try:
        check_event(event)
        if connection is not None:
            with connection.begin_nested():
                return _insert(connection, event, site)
        with site.main.session() as session, session.begin():
            return _insert(session.connection(), event, site)
    except InvalidRecordError as error:
        log.exception("::Geo::Event could not be created", extra={**event, "error": str(error)})
        return None


def write_events(site: "Site", replicable_name: str, event_name: str, payloads: Sequence[Mapping[str, Any]]) -> int:
    """Write many events and their rows of the log in one transaction, without hooks; return how many.

    Args:
        site: The primary.
        replicable_name: The type.
        event_name: What happened, such as `deleted`.
        payloads: One payload for each record.
    """
    now = site.now()
    rows = [
        {"replicable_name": replicable_name, "event_name": event_name, "payload": dict(payload), "created_at": now}
        for payload in payloads
    ]
    try:
        for row in rows:
            check_event(row)
    except InvalidRecordError:
        log.exception("::Geo::Event could not be created", extra={"replicable_name": replicable_name})
        return 0
    if not rows:
        return 0
    with site.main.session() as session, session.begin():
        ids = session.scalars(insert(GeoEvent).returning(GeoEvent.id, sort_by_parameter_order=True), rows).all()
        session.execute(insert(GeoEventLog), [{"geo_event_id": id_, "created_at": now} for id_ in ids])
    return len(rows)


def check_event(event: Mapping[str, Any]) -> None:
    """Refuse an event that the database would not accept.

    Raises:
        InvalidRecordError: A name is empty or too long, or the payload is not plain JSON.
    """
    for key in ("replicable_name", "event_name"):
        if not event[key] or len(event[key]) > NAME_LIMIT:
            raise InvalidRecordError(f"{key} must have 1 to {NAME_LIMIT} characters")
    try:
        json.dumps(event["payload"], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidRecordError(f"the payload is not plain JSON: {error}") from error


def _insert(connection: Connection, event: dict[str, Any], site: "Site") -> int:
    now = site.now()
    found = connection.scalar(insert(GeoEvent).values(**event, created_at=now).returning(GeoEvent.id))
    logged = connection.scalar(insert(GeoEventLog).values(geo_event_id=found, created_at=now).returning(GeoEventLog.id))
    return int(logged or 0)
