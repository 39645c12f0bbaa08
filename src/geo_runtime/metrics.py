"""Counters of every type, the status of a site, and how a secondary's reaches the primary.

Specification: metrics and node status.
"""

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from geo_runtime import log_cursor, tokens
from geo_runtime.main_database import GeoEventLog, GeoNode, GeoNodeStatus
from geo_runtime.registry import RegistryState, count, synced_condition, verification_condition
from geo_runtime.verification import VerificationState

if TYPE_CHECKING:
    from geo_runtime.replicator import Replicator
    from geo_runtime.site import Site

log = logging.getLogger(__name__)

SUFFIXES: Final = (
    "count",
    "checksum_total_count",
    "checksummed_count",
    "checksum_failed_count",
    "registry_count",
    "synced_count",
    "failed_count",
    "verification_total_count",
    "verified_count",
    "verification_failed_count",
)
"""What is counted of each type."""
FAILED_POSTS: Final = "geo_status_failed_total"
Status = dict[str, Any]


def fields_of(kind: type["Replicator"]) -> list[str]:
    """Return the names of the counters of a type."""
    return [f"{kind.names().plural}_{suffix}" for suffix in SUFFIXES]


def counters(site: "Site") -> dict[str, int | None]:
    """Count every type; what does not apply here is None.

    A query that the database cancels costs its counter and no more.
    """
    found: dict[str, int | None] = {name: None for kind in site.replicators for name in fields_of(kind)}
    is_primary = site.is_primary()
    for kind in site.replicators:
        queries = _primary_queries(site, kind) if is_primary else _secondary_queries(site, kind)
        for suffix, query in queries.items():
            try:
                found[f"{kind.names().plural}_{suffix}"] = query()
            except DBAPIError:
                log.exception("a counter is missing", extra={"counter": suffix, "kind": kind.replicable_name()})
    return found


def _primary_queries(site: "Site", kind: type["Replicator"]) -> dict[str, Callable[[], int]]:
    if not kind.verification_enabled(site):
        return {}
    row, model = kind.state_model, kind.model

    def records() -> int:
        with site.main.reading() as session:
            return session.scalar(select(func.count()).select_from(model.available_replicables().subquery())) or 0

    def in_state(state: VerificationState | None) -> Callable[[], int]:
        verifiable = model.available_verifiables().with_only_columns(model.id)
        statement = select(func.count()).select_from(row).where(row.foreign_key().in_(verifiable))
        if state is not None:
            statement = statement.where(row.verification_state == state)

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


def _secondary_queries(site: "Site", kind: type["Replicator"]) -> dict[str, Callable[[], int]]:
    if site.tracking is None or not kind.replication_enabled(site):
        return {}
    tracking, row = site.tracking, kind.registry_class

    def having(*conditions: Any) -> Callable[[], int]:
        def query() -> int:
            with tracking.reading() as session:
                return count(session, row, *conditions)

        return query

    found = {
        "count": having(),
        "registry_count": having(),
        "synced_count": having(synced_condition(row)),
        "failed_count": having(row.state == RegistryState.FAILED),
    }
    if kind.verification_enabled(site):
        is_enabled = row.verification_state != VerificationState.DISABLED
        found |= {
            "verification_total_count": having(synced_condition(row), is_enabled),
            "verified_count": having(verification_condition(row, VerificationState.SUCCEEDED)),
            "verification_failed_count": having(verification_condition(row, VerificationState.FAILED)),
        }
    return found


def percentage(part: int | None, total: int | None) -> float:
    """Return a share in percent; 0 of nothing."""
    return (part or 0) / total * 100 if total else 0.0


def synced_in_percentage(status: Status, kind: type["Replicator"]) -> float:
    """Return how many of the registries are synced."""
    plural = kind.names().plural
    return percentage(status.get(f"{plural}_synced_count"), status.get(f"{plural}_registry_count"))


def verified_in_percentage(status: Status, kind: type["Replicator"]) -> float:
    """Return how many of the registries are verified; of all of them, not of those that can be."""
    plural = kind.names().plural
    return percentage(status.get(f"{plural}_verified_count"), status.get(f"{plural}_registry_count"))


def is_complete(site: "Site", status: Status) -> bool:
    """Whether every replicated type that has records is wholly synced and verified."""
    return all(
        synced_in_percentage(status, kind) == 100 and verified_in_percentage(status, kind) == 100
        for kind in site.replication_enabled()
        if (status.get(f"{kind.names().plural}_count") or 0) > 0
    )


def gauge_name(field: str) -> str:
    """Return what Prometheus calls a counter: its name without one `_count` or `_total` at the end."""
    for suffix in ("_count", "_total"):
        if field.endswith(suffix):
            return f"geo_{field.removesuffix(suffix)}"
    return f"geo_{field}"


def build_status(site: "Site") -> dict[str, Any]:
    """Return what the site says of itself."""
    node = site.current_node()
    with site.main.reading() as session:
        newest = session.execute(
            select(GeoEventLog.id, GeoEventLog.created_at).order_by(GeoEventLog.id.desc()).limit(1)
        ).first()
    cursor = log_cursor.cursor_last_event_id(site) if site.is_secondary() and site.tracking is not None else None
    return {
        "geo_node_id": node.id,
        "status_message": health_message(site),
        "last_event_id": newest[0] if newest else None,
        "last_event_date": newest[1].isoformat() if newest else None,
        "cursor_last_event_id": cursor,
        "status": {name: value for name, value in counters(site).items() if value is not None},
    }


def health_message(site: "Site") -> str:
    """Return what is wrong with the site; `Healthy` if nothing is."""
    problems = []
    if site.is_secondary():
        if site.tracking is None:
            problems.append("The Geo database is not configured")
        if not site.main.read_only:
            problems.append("The main database of a secondary must be read-only")
    return "; ".join(problems) or "Healthy"


def update_metrics(site: "Site") -> dict[str, Any] | None:
    """Build the site's status, keep it, and store it on the primary; return it.

    A post that fails is counted and logged, not raised.
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


def _post(site: "Site", status: dict[str, Any]) -> bool:
    primary = site.primary_node()
    if primary is None:
        return False
    header = tokens.authorization(site, {"scope": tokens.API_SCOPE})
    try:
        response = site.http.post(
            f"{primary.internal_url}/api/v4/geo/status",
            json=status,
            headers={"Authorization": header},
            timeout=site.settings.status_timeout_s,
        )
    except httpx.HTTPError:
        log.exception("the status could not be posted")
        return False
    return response.is_success


def store_status(site: "Site", sender: GeoNode, body: bytes) -> None:
    """Store the status of a site; what is not known is dropped.

    Args:
        site: The primary.
        sender: The site that it is of.
        body: The status as JSON.

    Raises:
        ValueError: It is not a status, or is of another site.
    """
    found = json.loads(body)
    if not isinstance(found, dict) or found.get("geo_node_id") != sender.id:
        raise ValueError("not a status of the site that sent it")
    known = {name for kind in site.replicators for name in fields_of(kind)}
    sent = found.get("status")
    counted = {
        name: value
        for name, value in (sent.items() if isinstance(sent, dict) else ())
        if name in known and isinstance(value, int)
    }
    with site.main.session() as session, session.begin():
        row = session.scalar(select(GeoNodeStatus).where(GeoNodeStatus.geo_node_id == sender.id))
        if row is None:
            row = GeoNodeStatus(geo_node_id=sender.id, created_at=site.now())
            session.add(row)
        row.status = counted
        message = found.get("status_message")
        row.status_message = str(message)[:255] if message is not None else None
        for name in ("db_replication_lag_seconds", "last_event_id", "cursor_last_event_id"):
            value = found.get(name)
            setattr(row, name, value if isinstance(value, int) else None)
        row.last_successful_status_check_at = site.now()
        row.updated_at = site.now()


def is_healthy(status: GeoNodeStatus, site: "Site") -> bool:
    """Whether a site said within the last hour that nothing is wrong."""
    age_s = (site.now() - status.updated_at).total_seconds()
    return (status.status_message or "Healthy") == "Healthy" and age_s <= 3600
