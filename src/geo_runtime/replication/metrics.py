"""Counters of every type, the status of a site, and its transfer from a secondary to the primary.

Specification: points 109 to 112.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from urllib3.exceptions import HTTPError

from geo_runtime.databases.main import GeoEventLog, GeoNode, GeoNodeStatus
from geo_runtime.events import log_cursor
from geo_runtime.replication.registry import RegistryState, count, in_state, synced_condition, verification_condition
from geo_runtime.replication.verification import VerificationState, in_verification_state
from geo_runtime.site import lag, tokens

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)

COUNTERS: Final = {
    "count": "Number of {} on primary",
    "checksum_total_count": "Number of {} to checksum on primary",
    "checksummed_count": "Number of {} that successfully calculated the checksum on primary",
    "checksum_failed_count": "Number of {} that failed to calculate the checksum on primary",
    "registry_count": "Number of {} in the registry",
    "synced_count": "Number of syncable {} synced on secondary",
    "failed_count": "Number of syncable {} failed to sync on secondary",
    "verification_total_count": "Number of {} to attempt to verify on secondary",
    "verified_count": "Number of {} successfully verified on secondary",
    "verification_failed_count": "Number of {} that failed verification on secondary",
}
"""The counters of each type: the suffix of the name, and its description in the metrics docs."""
EVENTS_BEHIND: Final = "cursor_events_behind"
"""The key in a status for the number of received events that the site has not handled yet."""
FAILED_POSTS: Final = "geo_status_failed_total"
Status = dict[str, Any]


def fields_of(replicator_class: type["Replicator"]) -> list[str]:
    """Return the names of the counters of a type."""
    return list(descriptions(replicator_class))


def descriptions(replicator_class: type["Replicator"]) -> dict[str, str]:
    """Return the counters of a type with their descriptions."""
    return {
        f"{replicator_class.names().plural}_{suffix}": text.format(replicator_class.title_plural)
        for suffix, text in COUNTERS.items()
    }


def counters(site: "ReplicatingSite") -> dict[str, int | None]:
    """Count every type; None for what does not apply here.

    A query that the database cancels only loses its counter.
    """
    values: dict[str, int | None] = {
        name: None for replicator_class in site.replicators for name in fields_of(replicator_class)
    }
    is_primary = site.is_primary()
    for replicator_class in site.replicators:
        queries = _primary_queries(site, replicator_class) if is_primary else _secondary_queries(site, replicator_class)
        for suffix, query in queries.items():
            try:
                values[f"{replicator_class.names().plural}_{suffix}"] = query()
            except DBAPIError:
                log.exception(
                    "a counter is missing", extra={"counter": suffix, "kind": replicator_class.replicable_name()}
                )
    return values


def _primary_queries(site: "ReplicatingSite", replicator_class: type["Replicator"]) -> dict[str, Callable[[], int]]:
    if not replicator_class.verification_enabled(site):
        return {}
    row, model = replicator_class.state_model, replicator_class.model

    def records() -> int:
        with site.main.reading() as session:
            return session.scalar(select(func.count()).select_from(model.available_replicables().subquery())) or 0

    def in_state(state: VerificationState | None) -> Callable[[], int]:
        verifiable = model.available_verifiables().with_only_columns(model.id)
        statement = select(func.count()).select_from(row).where(row.foreign_key().in_(verifiable))
        if state is not None:
            statement = statement.where(in_verification_state(row, state))

        def query() -> int:
            with site.main.reading() as session:
                return session.scalar(statement) or 0

        return query

    return {
        "count": records,
        "checksum_total_count": in_state(None),
        "checksummed_count": in_state(VerificationState.SUCCEEDED),
        "checksum_failed_count": in_state(VerificationState.FAILED),
    }


def _secondary_queries(site: "ReplicatingSite", replicator_class: type["Replicator"]) -> dict[str, Callable[[], int]]:
    if site.tracking is None or not replicator_class.replication_enabled(site):
        return {}
    tracking, row = site.tracking, replicator_class.registry_class

    def having(*conditions: Any) -> Callable[[], int]:
        def query() -> int:
            with tracking.reading() as session:
                return count(session, row, *conditions)

        return query

    counts = {
        "count": having(),
        "registry_count": having(),
        "synced_count": having(synced_condition(row)),
        "failed_count": having(in_state(row, RegistryState.FAILED)),
    }
    if replicator_class.verification_enabled(site):
        is_enabled = row.verification_state != VerificationState.DISABLED
        counts |= {
            "verification_total_count": having(synced_condition(row), is_enabled),
            "verified_count": having(verification_condition(row, VerificationState.SUCCEEDED)),
            "verification_failed_count": having(verification_condition(row, VerificationState.FAILED)),
        }
    return counts


def percentage(part: int | None, total: int | None) -> float:
    """Return a share in percent; 0 if the total is 0."""
    return (part or 0) / total * 100 if total else 0.0


def synced_in_percentage(status: Status, replicator_class: type["Replicator"]) -> float:
    """Return the percentage of synced registries."""
    plural = replicator_class.names().plural
    return percentage(status.get(f"{plural}_synced_count"), status.get(f"{plural}_registry_count"))


def verified_in_percentage(status: Status, replicator_class: type["Replicator"]) -> float:
    """Return the percentage of verified registries, of all of them, not only of the verifiable ones."""
    plural = replicator_class.names().plural
    return percentage(status.get(f"{plural}_verified_count"), status.get(f"{plural}_registry_count"))


def is_complete(site: "ReplicatingSite", status: Status) -> bool:
    """Whether every replicated type that has records is completely synced and verified."""
    return all(
        synced_in_percentage(status, replicator_class) == 100
        and verified_in_percentage(status, replicator_class) == 100
        for replicator_class in site.replication_enabled()
        if (status.get(f"{replicator_class.names().plural}_count") or 0) > 0
    )


def gauge_name(field: str) -> str:
    """Return the Prometheus name of a counter: its name without one trailing `_count` or `_total`."""
    for suffix in ("_count", "_total"):
        if field.endswith(suffix):
            return f"geo_{field.removesuffix(suffix)}"
    return f"geo_{field}"


def build_status(site: "ReplicatingSite") -> dict[str, Any]:
    """Return the site's status."""
    node = site.current_node()
    has_cursor = site.is_secondary() and site.tracking is not None
    cursor = log_cursor.cursor_last_event_id(site) if has_cursor else None
    with site.main.reading() as session:
        newest = session.execute(
            select(GeoEventLog.id, GeoEventLog.created_at).order_by(GeoEventLog.id.desc()).limit(1)
        ).first()
        handled_at = session.scalar(select(GeoEventLog.created_at).where(GeoEventLog.id == cursor)) if cursor else None
    return {
        "geo_node_id": node.id,
        "status_message": health_message(site),
        "db_replication_lag_seconds": lag.lag_seconds(site) if site.is_secondary() else None,
        "last_event_id": newest[0] if newest else None,
        "last_event_date": newest[1].isoformat() if newest else None,
        "cursor_last_event_id": cursor,
        "cursor_last_event_date": handled_at.isoformat() if handled_at else None,
        "updated_at": site.now().isoformat(),
        "status": {
            **({EVENTS_BEHIND: log_cursor.events_behind(site)} if has_cursor else {}),
            **{name: value for name, value in counters(site).items() if value is not None},
        },
    }


def health_message(site: "ReplicatingSite") -> str:
    """Return what is wrong with the site, or `Healthy`."""
    problems = []
    if site.is_secondary():
        if site.tracking is None:
            problems.append("The Geo database is not configured")
        if not site.main.read_only:
            problems.append("The main database of a secondary must be read-only")
    return "; ".join(problems) or "Healthy"


def update_metrics(site: "ReplicatingSite") -> dict[str, Any] | None:
    """Build the site's status, store it here and on the primary, and return it.

    A failed post is counted and logged, not raised.
    """
    if site.node() is None:
        return None
    status = build_status(site)
    site.store.write(f"geo-node:{status['geo_node_id']}:status", status)
    if site.is_primary():
        store_status(site, site.current_node(), json.dumps(status).encode())
    elif not _post(site, status):
        site.store.write(FAILED_POSTS, int(site.store.read(FAILED_POSTS) or 0) + 1)
    return status


def _post(site: "ReplicatingSite", status: dict[str, Any]) -> bool:
    primary = site.primary_node()
    if primary is None:
        return False
    header = tokens.authorization(site, {"scope": tokens.API_SCOPE})
    try:
        response = site.http.request(
            "POST",
            f"{primary.internal_url}/api/v4/geo/status",
            json=status,
            headers={"Authorization": header},
            timeout=site.settings.status_timeout_s,
        )
    except HTTPError:
        log.exception("the status could not be posted")
        return False
    return 200 <= response.status < 300


def store_status(site: "ReplicatingSite", sender: GeoNode, body: bytes) -> None:
    """Store the status of a site, dropping unknown keys.

    Args:
        site: The primary.
        sender: The site that sent it.
        body: The status as JSON.

    Raises:
        ValueError: It is not a status, or is another site's.
    """
    try:
        status = json.loads(body)
    except RecursionError as error:
        raise ValueError("not a status") from error
    if not isinstance(status, dict) or status.get("geo_node_id") != sender.id:
        raise ValueError("not a status of the site that sent it")
    with site.main.session() as session, session.begin():
        row = session.scalar(select(GeoNodeStatus).where(GeoNodeStatus.geo_node_id == sender.id))
        if row is None:
            row = GeoNodeStatus(geo_node_id=sender.id, created_at=site.now())
            session.add(row)
        _fill(site, row, status)
        row.last_successful_status_check_at = site.now()
        row.updated_at = site.now()


def status_of(site: "ReplicatingSite", node: GeoNode) -> GeoNodeStatus | None:
    """Return the last status of a site: this site's own as stored here, another one's as stored by the primary.

    A secondary sees others' statuses with the lag of its copy of the main database.
    """
    with site.main.reading() as session:
        row = session.scalar(select(GeoNodeStatus).where(GeoNodeStatus.geo_node_id == node.id))
    stored = site.store.read(f"geo-node:{node.id}:status") if node.name == site.settings.node_name else None
    if stored is None:
        return row
    own = GeoNodeStatus(
        geo_node_id=node.id, created_at=site.now(), updated_at=datetime.fromisoformat(stored["updated_at"])
    )
    own.last_successful_status_check_at = row.last_successful_status_check_at if row else None
    _fill(site, own, stored)
    return own


def _fill(site: "ReplicatingSite", row: GeoNodeStatus, status: Mapping[str, Any]) -> None:
    """Copy the keys of a status that are known and have the right type."""
    known = {EVENTS_BEHIND, *(name for replicator_class in site.replicators for name in fields_of(replicator_class))}
    sent = status.get("status")
    row.status = {
        name: value
        for name, value in (sent.items() if isinstance(sent, dict) else ())
        if name in known and _fits(value)
    }
    message = status.get("status_message")
    row.status_message = str(message)[:255] if message is not None else None
    for name, bits in (("db_replication_lag_seconds", 32), ("last_event_id", 64), ("cursor_last_event_id", 64)):
        value = status.get(name)
        setattr(row, name, value if _fits(value, bits) else None)
    for name in ("last_event_date", "cursor_last_event_date"):
        setattr(row, name, _date(status.get(name)))


def _fits(value: object, bits: int = 64) -> bool:
    """Whether a value is a whole number that fits a column of this many bits."""
    return type(value) is int and abs(value) < 1 << (bits - 1)


def _date(text: object) -> datetime | None:
    """Parse an aware time, or return None."""
    try:
        time = datetime.fromisoformat(str(text))
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def is_healthy(status: GeoNodeStatus, site: "ReplicatingSite") -> bool:
    """Whether a site reported within the last hour that nothing is wrong."""
    age_s = (site.now() - status.updated_at).total_seconds()
    return (status.status_message or "Healthy") == "Healthy" and age_s <= 3600
