"""An administrator's actions on registries, one or many (specification: points 118 and 119)."""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, select, update

from geo_runtime.administration.users import User, can_read_all_geo
from geo_runtime.errors import AccessError, UnknownReplicatorError
from geo_runtime.replication.registry import Registry, RegistryState, synced_condition, verification_condition
from geo_runtime.replication.verification import VerificationState

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite
    from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)

BATCH_SIZE = 1000
TIME_LIMIT = timedelta(seconds=20)
PAUSE = timedelta(seconds=10)
RESYNC: Final = "resync"
REVERIFY: Final = "reverify"
ENQUEUED: Final = {
    RESYNC: "Registry entry enqueued to be resynced",
    REVERIFY: "Registry entry enqueued to be reverified",
}


class BulkStatus(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    LIMIT_REACHED = "limit_reached"


def require_access(user: User | None) -> None:
    """Raise unless the user may change registries.

    Raises:
        AccessError: The user may not.
    """
    if not can_read_all_geo(user):
        raise AccessError(
            "The resource that you are attempting to access does not exist or you don't have permission to perform "
            "this action"
        )


def replicator_of(site: "ReplicatingSite", registry_class: str) -> type["Replicator"]:
    """Return the type whose registry has this class name, with or without `Geo::`.

    Args:
        site: The secondary.
        registry_class: Such as `Geo::CoolWidgetRegistry`.

    Raises:
        UnknownReplicatorError: There is none.
    """
    wanted = registry_class.removeprefix("Geo::")
    for replicator_class in site.replicators:
        if replicator_class.names().registry_class == wanted:
            return replicator_class
    raise UnknownReplicatorError(f"Cannot find a Geo::Replicator for {registry_class}")


def update_registry(
    site: "ReplicatingSite", user: User | None, registry: Registry, action: str
) -> tuple[str | None, list[str]]:
    """Request that one record is synchronised or verified again.

    Args:
        site: The secondary.
        user: The user who asks.
        registry: The record's registry.
        action: `resync` or `reverify`.

    Returns:
        A message, and the errors.

    Raises:
        AccessError: The user may not.
    """
    require_access(user)
    replicator = site.replicator_of_registry(registry)
    try:
        if action == RESYNC:
            replicator.enqueue_sync()
        elif action == REVERIFY:
            replicator.verify_async()
        else:
            return None, [f"Action '{action}' in registry {registry.id} entry is not supported."]
    except Exception as error:
        log.exception("registry update", extra=replicator.identity())
        return None, [f"An error occurred while trying to update the registry: '{error}'."]
    return ENQUEUED[action], []


def bulk_update(
    site: "ReplicatingSite",
    user: User | None,
    registry_class: str,
    action: str,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Request that many records are synchronised or verified again, by a job.

    Args:
        site: The secondary.
        user: The user who asks.
        registry_class: The class name of the registries.
        action: `resync` or `reverify`.
        params: Any of `ids`, `replication_state` and `verification_state`; a missing one means all.

    Raises:
        AccessError: The user may not.
        UnknownReplicatorError: No type has such registries.
        ValueError: There is no such action.
    """
    require_access(user)
    kind = replicator_of(site, registry_class)
    if action not in (RESYNC, REVERIFY):
        raise ValueError(f"Action '{action}' is not supported")
    given = {key: value for key, value in (params or {}).items() if value}
    site.jobs.enqueue(_job_name(action), kind.names().registry_class, given)


def cursor_key(replicator_class: type["Replicator"], action: str, params: Mapping[str, Any]) -> str:
    """Return the key under which an action with these parameters remembers its progress.

    Args:
        replicator_class: The type.
        action: `resync` or `reverify`.
        params: As for `bulk_update`.
    """
    digest = hashlib.sha256(json.dumps(dict(params), sort_keys=True).encode()).hexdigest()
    return f"geo:bulk_{action}:{replicator_class.names().registry_class}:{digest}"


def run_bulk(
    site: "ReplicatingSite", registry_class: str, action: str, params: Mapping[str, Any], batch_size: int = BATCH_SIZE
) -> BulkStatus:
    """Set registries pending, batch by batch, until all are or time is up; then continue in another job.

    Only the one state column changes; retries and the other state machine stay unchanged.

    Args:
        site: The secondary.
        registry_class: The class name of the registries.
        action: `resync` or `reverify`.
        params: As for `bulk_update`.
        batch_size: How many ids a batch may have.
    """
    kind = replicator_of(site, registry_class)
    registry = kind.registry_class
    key = cursor_key(kind, action, params)
    conditions = _conditions(site, kind, action, params)
    value = {"state": RegistryState.PENDING} if action == RESYNC else {"verification_state": VerificationState.PENDING}
    started_at = site.now()
    while True:
        last = int(site.store.read(key) or 0)
        chosen = select(registry.id).where(registry.id > last, *conditions).order_by(registry.id).limit(batch_size)
        with site.tracking_database().session() as session, session.begin():
            ids = list(session.scalars(chosen))
            if ids:
                session.execute(update(registry).where(registry.id.in_(ids), *conditions).values(**value))
        if not ids:
            site.store.forget(key)
            return BulkStatus.COMPLETED
        site.store.write(key, ids[-1])
        if site.now() - started_at >= TIME_LIMIT:
            site.jobs.enqueue(_job_name(action), registry_class, dict(params), delay=PAUSE)
            return BulkStatus.LIMIT_REACHED


def _conditions(
    site: "ReplicatingSite", replicator_class: type["Replicator"], action: str, params: Mapping[str, Any]
) -> list[ColumnElement[bool]]:
    registry = replicator_class.registry_class
    if action == RESYNC:
        conditions: list[ColumnElement[bool]] = [registry.state != RegistryState.PENDING]
    else:
        conditions = [synced_condition(registry), registry.verification_state != VerificationState.PENDING]
    if params.get("ids"):
        conditions.append(registry.id.in_(params["ids"]))
    if params.get("replication_state"):
        conditions.append(registry.state == RegistryState[str(params["replication_state"]).upper()])
    if params.get("verification_state") and replicator_class.verification_enabled(site):
        state = VerificationState[str(params["verification_state"]).upper()]
        conditions.append(verification_condition(registry, state))
    return conditions


def _job_name(action: str) -> str:
    return {RESYNC: "BulkRegistryResyncWorker", REVERIFY: "BulkRegistryReverificationWorker"}[action]


def bulk_resync(site: "ReplicatingSite", registry_class: str, params: Mapping[str, Any]) -> None:
    """Run a bulk resync as a job.

    Args:
        site: The secondary.
        registry_class: The class name of the registries.
        params: As for `bulk_update`.
    """
    run_bulk(site, registry_class, RESYNC, params)


def bulk_reverify(site: "ReplicatingSite", registry_class: str, params: Mapping[str, Any]) -> None:
    """Run a bulk reverification as a job.

    Args:
        site: The secondary.
        registry_class: The class name of the registries.
        params: As for `bulk_update`.
    """
    run_bulk(site, registry_class, REVERIFY, params)
