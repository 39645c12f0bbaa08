"""The replicator: publishes, consumes, copies and verifies one record; its lasting state is in the databases.

Specification: points 1 to 16, 52 to 54, 68 to 71, 107.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sqlalchemy import BigInteger, Connection, Select, bindparam, select
from sqlalchemy.orm import Session

from geo_runtime.databases.store import insert_for
from geo_runtime.errors import LeaseTakenError, RecordNotFoundError, UnsupportedEventError
from geo_runtime.events import publishing
from geo_runtime.ground.memory import remembered
from geo_runtime.ground.naming import ReplicableNames, names_of
from geo_runtime.replication.kind import Kind
from geo_runtime.replication.registry import Registry
from geo_runtime.replication.replicable import ReplicableModel, StateModel
from geo_runtime.replication.verification import VerificationState

if TYPE_CHECKING:
    from geo_runtime.site.selective_sync import IdRange
    from geo_runtime.site.site import Site

log = logging.getLogger(__name__)
DEFAULT_SYNC_TIMEOUT = timedelta(hours=8)
_ASKED_FOR: Any = bindparam("asked_for", type_=BigInteger)
"""In place of the id of a record, in a scope that is built once for the records of a moment."""


class Replicator:
    """One record of a type, as Geo sees it.

    A type derives from a strategy, which derives from this.

    Args:
        site: The site that does the work.
        model_record_id: The id of the record.
        record: The record, if already loaded.

    Attributes:
        kind: The kind of its records' data, set by the strategy.
        model: The model of the type.
        writer: The class that writes its rows, if the model only reads them.
        state_model: Its verification state on the primary.
        registry_class: Its registry on secondaries.
        title: The title of one record.
        title_plural: The plural title.
        supported_events: The names of the events that the type has.
        sync_event: The event that requests a new synchronisation.
        sync_timeout: How long a synchronisation may take, or None if the strategy does not define it.
        mutable: Whether the data of a record can change.
        publishes_on_destroy: Whether the model's destroy hook publishes; if not, the type's destroy service must.
        has_separate_state_table: Whether the verification state has a separate table.
        spelled: The spellings of the type, if they differ from those derived from the class name.
    """

    kind: ClassVar[Kind]
    model: ClassVar[type[ReplicableModel]]
    writer: ClassVar[type[ReplicableModel] | None] = None
    state_model: ClassVar[type[StateModel]]
    registry_class: ClassVar[type[Registry]]
    title: ClassVar[str]
    title_plural: ClassVar[str]
    supported_events: ClassVar[frozenset[str]] = frozenset()
    sync_event: ClassVar[str] = publishing.CREATED
    sync_timeout: ClassVar[timedelta | None] = None
    mutable: ClassVar[bool] = True
    publishes_on_destroy: ClassVar[bool] = False
    has_separate_state_table: ClassVar[bool] = True
    spelled: ClassVar[ReplicableNames | None] = None

    def __init__(self, site: "Site", model_record_id: int, record: ReplicableModel | None = None) -> None:
        self.site = site
        self.model_record_id = model_record_id
        self._record = record
        self._is_verifiable: bool | None = None

    @classmethod
    def of(cls, site: "Site", record: ReplicableModel) -> Self:
        """Return the replicator of a loaded record."""
        return cls(site, record.id, record)

    @classmethod
    def has(cls, record: object) -> bool:
        """Tell whether a record is one of the type, by the class that reads or writes it."""
        return type(record) in (cls.model, cls.writer)

    @classmethod
    def names(cls) -> ReplicableNames:
        """Return the spellings of the type."""
        return cls.spelled or names_of(cls.__name__)

    @classmethod
    def replicable_name(cls) -> str:
        """Return the name of the type in events and URLs."""
        return cls.names().replicable_name

    @classmethod
    def replication_flag(cls) -> str:
        """Return the name of the flag that enables replication."""
        return f"geo_{cls.replicable_name()}_replication"

    @classmethod
    def force_primary_checksumming_flag(cls) -> str:
        """Return the name of the flag that makes the primary calculate checksums even without replication."""
        return f"geo_{cls.replicable_name()}_force_primary_checksumming"

    @classmethod
    def replication_enabled(cls, site: "Site") -> bool:
        """Whether the type is replicated."""
        return site.flags.enabled(cls.replication_flag())

    @classmethod
    def verification_enabled(cls, site: "Site") -> bool:
        """Whether the site verifies the type: a secondary if it is replicated, the primary also if forced."""
        node = site.node()
        if node is None:
            return False
        is_forced = node.primary and site.flags.enabled(cls.force_primary_checksumming_flag())
        return cls.replication_enabled(site) or is_forced

    @classmethod
    def status_expiration(cls) -> timedelta:
        """How long a job of the type counts as in progress; 8 hours, with a warning, if the type does not define it."""
        if cls.sync_timeout is None:
            log.warning("sync_timeout is undefined", extra={"replicable_name": cls.replicable_name()})
            return DEFAULT_SYNC_TIMEOUT
        return timedelta(seconds=int(cls.sync_timeout.total_seconds()))

    def identity(self) -> dict[str, Any]:
        """Return what identifies the record in a log line."""
        return {"replicable_name": self.replicable_name(), "model_record_id": self.model_record_id}

    @property
    def record(self) -> Any:
        """Return the record; it is read once, and without lazy loading of relations.

        Raises:
            RecordNotFoundError: It does not exist, or not yet.
        """
        if not self.has_record():
            raise RecordNotFoundError(f"Couldn't find {self.model.__name__} with 'id'={self.model_record_id}")
        return self._record

    def has_record(self) -> bool:
        """Whether the record exists, which is read once; one that does not, or not yet, is looked for each time."""
        if self._record is None:
            self._record = self.find_record()
        return self._record is not None

    def find_record(self) -> ReplicableModel | None:
        """Read the record from the main database, or return None if it does not exist."""
        model: Any = self.model
        with self.site.main.reading() as session:
            found: ReplicableModel | None = session.scalar(_record(model), {"record": self.model_record_id})
        return found

    # Publishing, on the primary

    def publish(self, event_name: str, payload: Mapping[str, Any], connection: Connection | None = None) -> int | None:
        """Publish an event for secondaries.

        Args:
            event_name: What happened.
            payload: What a secondary needs to know.
            connection: The connection whose transaction to use; a new one if none is given.

        Returns:
            The id of the log's row, or None if nothing was written: replication is off, the site is not the primary,
            there is no secondary, or the event breaks a rule of its model.

        Raises:
            UnsupportedEventError: The type has no such event.
        """
        if not self.replication_enabled(self.site):
            return None
        self._check_event(event_name)
        if not publishing.can_publish(self.site):
            return None
        return publishing.write_event(self.site, self.replicable_name(), event_name, payload, connection)

    def base_payload(self) -> dict[str, Any]:
        """Return the payload that every event has."""
        return {"model_record_id": self.model_record_id, "correlation_id": publishing.current_correlation_id()}

    def deleted_params(self) -> dict[str, Any]:
        """Return the payload of a deleted event, read while the record still exists.

        Raises:
            NotImplementedError: The strategy does not implement it.
        """
        raise NotImplementedError

    def handle_after_create_commit(self) -> None:
        """Publish that the record was created, and request its verification."""
        self.publish(publishing.CREATED, self.base_payload())
        self.after_verifiable_update()

    def handle_after_update(self) -> None:
        """Publish that the record's data changed, and request their verification.

        Raises:
            UnsupportedEventError: The data of this type never change.
        """
        self.publish(publishing.UPDATED, self.base_payload())
        self.after_verifiable_update()

    def handle_after_destroy(self, connection: Connection | None = None) -> None:
        """Publish that the record is deleted.

        Args:
            connection: The connection whose transaction to use; a new one if none is given.
        """
        self.publish(publishing.DELETED, self.deleted_params(), connection)

    @classmethod
    def bulk_create_delete_events_async(cls, site: "Site", deleted_params: list[dict[str, Any]]) -> None:
        """Publish the deletion of many records, by a job.

        Args:
            site: The primary.
            deleted_params: What `deleted_params` returned for each record before it was deleted.

        Raises:
            NotImplementedError: The strategy only has events of single records.
        """
        raise NotImplementedError(f"{cls.__name__} cannot publish deleted events in bulk")

    # Consuming, on a secondary

    def consume(self, event_name: str, payload: Mapping[str, Any]) -> None:
        """Process an event.

        Args:
            event_name: The name of the event, one of `supported_events`.
            payload: The payload of the event, as published.

        Raises:
            UnsupportedEventError: The type has no such event.
            RecordNotFoundError: The record is not visible here yet.
        """
        self._check_event(event_name)
        handler: Callable[[Mapping[str, Any]], None] = getattr(self, f"consume_event_{event_name}")
        handler(payload)

    def consume_event_created(self, payload: Mapping[str, Any]) -> None:
        """Copy the data, unless the record is out of scope."""
        self._sync_after_event()

    def consume_event_updated(self, payload: Mapping[str, Any]) -> None:
        """Copy the data, unless the record is out of scope."""
        self._sync_after_event()

    def consume_event_deleted(self, payload: Mapping[str, Any]) -> None:
        """Remove data and registry, whether or not the record is in scope."""
        self.replicate_destroy(payload)

    def consume_event_checksum_succeeded(self, payload: Mapping[str, Any]) -> None:
        """Request verification of the copy against the new checksum, if there is a registry."""
        if not self.site.is_secondary():
            return
        with self.persisted_registry() as registry:
            if registry is not None:
                registry.verification_pending()

    def sync(self) -> bool | None:
        """Copy the data of the record; each strategy implements this.

        Returns:
            Whether it succeeded; None if it was not tried.

        Raises:
            NotImplementedError: The strategy does not implement it.
        """
        raise NotImplementedError

    def replicate_destroy(self, payload: Mapping[str, Any]) -> None:
        """Remove data and registry of the record; each strategy implements this.

        Args:
            payload: The payload of the deleted event; empty if the record is only out of scope.

        Raises:
            NotImplementedError: The strategy does not implement it.
        """
        raise NotImplementedError

    def enqueue_sync(self) -> None:
        """Request a synchronisation, as an event would."""
        self.site.jobs.enqueue("EventWorker", self.replicable_name(), self.sync_event, self.base_payload())

    def in_replicables_for_secondary(self) -> bool:
        """Whether the record is in scope for the site.

        Raises:
            RecordNotFoundError: The record is not visible here yet.
        """
        is_there = self._is_selected(self.model.replicables_for_secondary)
        if not is_there:
            _ = self.record  # distinguishes out of scope from not visible yet
        return is_there

    def _is_selected(self, scope: "Callable[[Site, IdRange], Select[Any]]") -> bool:
        """Whether a scope of the model contains the record; the record just read is kept for later.

        What a scope selects depends on the site's row and on flags, so its statement is kept together with them.
        """
        statement = remembered(
            self.site.flags,
            f"{scope.__name__} of {self.replicable_name()}",
            lambda: scope(self.site, (_ASKED_FOR, _ASKED_FOR)).limit(1),
        )
        with self.site.main.reading() as session:
            found: ReplicableModel | None = session.scalar(statement, {"asked_for": self.model_record_id})
        self._record = self._record or found
        return found is not None

    # The registry

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        """Read the registry, or create one, for a block that is one transaction of the tracking database."""
        with self.site.tracking_database().session() as session, session.begin():
            yield self.registry_class.for_model_record_id(session, self.model_record_id)

    @contextmanager
    def persisted_registry(self) -> Iterator[Registry | None]:
        """Read the registry, or None, for a block that is one transaction of the tracking database."""
        with self.site.tracking_database().session() as session, session.begin():
            yield self.registry_class.find(session, self.model_record_id, lock=True)

    def check_nobody_copies(self, key: str) -> None:
        """Make a removal run again later if a copy is in progress, which leaves data behind if its process is killed.

        Nothing else would look for them: the record no longer exists, nor does its registry.

        Args:
            key: The key of the lease that a copy holds.

        Raises:
            LeaseTakenError: A copy is in progress, or was when its process was killed.
        """
        if self.site.store.remaining(key):
            raise LeaseTakenError("the data are being copied still")

    def remove_registry(self) -> None:
        """Remove the registry, if there is one."""
        with self.site.tracking_database().session() as session, session.begin():
            registry = self.registry_class.find(session, self.model_record_id, lock=True)
            if registry is not None:
                session.delete(registry)

    # Verification

    def state_row(self, session: Session) -> StateModel | None:
        """Read the verification state of the primary from the main database."""
        return self.state_model.find(session, self.model_record_id)

    def primary_verification_succeeded(self) -> bool:
        """Whether the primary has a good checksum, as far as this site knows."""
        is_verified, _ = self.primary_state()
        return is_verified

    def primary_checksum(self) -> str | None:
        """Return the primary's checksum, as far as this site knows."""
        _, checksum = self.primary_state()
        return checksum

    def primary_state(self) -> tuple[bool, str | None]:
        """Return whether the primary has a good checksum, and the one that it has, as far as this site knows."""
        row: Any = self.state_model
        with self.site.main.connection() as connection:
            found = connection.execute(_primary_state(row), {"record": self.model_record_id}).first()
        return (False, None) if found is None else (found[0] == VerificationState.SUCCEEDED, found[1])

    @classmethod
    def verifiable(cls, site: "Site", ids: Sequence[int]) -> list[Self]:
        """Return the replicators of records, with the result of whether the site verifies them.

        Args:
            site: The site that verifies them.
            ids: The ids of the records, few enough that the last one's data are not stale when its turn comes.
        """
        if not ids:
            return []
        scope = cls.model.verifiables(site, (min(ids), max(ids))).where(cls.model.id.in_(ids))
        with site.main.reading() as session:
            records = {record.id: record for record in session.scalars(scope)}
        found = [cls(site, id_, records.get(id_)) for id_ in ids]
        for each in found:
            each._is_verifiable = each.model_record_id in records
        return found

    def in_verifiables(self) -> bool:
        """Whether the site verifies the record."""
        if self._is_verifiable is not None:
            return self._is_verifiable
        return self._is_selected(self.model.verifiables)

    def data_path(self) -> Path:
        """Return the path of the data on this site's disk; each strategy implements this.

        Raises:
            NotImplementedError: The strategy does not implement it.
            PathError: The record's path leaves its storage.
        """
        raise NotImplementedError

    def resource_exists(self) -> bool:
        """Whether the data exist; each strategy implements this.

        Raises:
            NotImplementedError: The strategy does not implement it.
        """
        raise NotImplementedError

    def checksummable(self) -> bool:
        """Whether a checksum can be calculated."""
        return self.in_verifiables() and self.resource_exists()

    def calculate_checksum(self) -> str | None:
        """Calculate the checksum of the local data; each strategy implements this.

        Raises:
            NotImplementedError: The strategy does not implement it.
        """
        raise NotImplementedError

    def save_verification_details(self, connection: Connection) -> None:
        """Ensure, on the primary, that a verifiable record has its state row.

        Args:
            connection: The connection of the transaction that saved the record.
        """
        if not (self.has_separate_state_table and self.site.is_primary() and self.verification_enabled(self.site)):
            return
        key = self.model_record_id
        scope = self.model.verifiables(self.site, (key, key)).with_only_columns(self.model.id).limit(1)
        if connection.scalar(scope) is not None:
            ensure_state_rows(connection, self.state_model, [key])

    def after_verifiable_update(self) -> None:
        """Request verification of new data, if there is anything to verify that may have changed."""
        if self.should_verify_after_update():
            self.verify_async()

    def should_verify_after_update(self) -> bool:
        """Whether verification is enabled, a checksum can be calculated, and an existing one may be stale."""
        if not self.verification_enabled(self.site):
            return False
        if not self.mutable and self.primary_checksum():
            return False
        return self.checksummable()

    def verify_async(self) -> None:
        """Request verification of the record by the workers, within their limits; nothing is calculated here."""
        if self.site.is_primary():
            with self.site.main.session() as session, session.begin():
                ensure_state_rows(session.connection(), self.state_model, [self.model_record_id])
                row = self.state_row(session)
                if row is not None:
                    row.verification_pending()
            return
        with self.registry() as registry:
            registry.verification_pending()

    def after_primary_verification_succeeded(self, connection: Connection | None = None) -> None:
        """Publish that there is a checksum for secondaries to compare with.

        Args:
            connection: The connection whose transaction to use; a new one if none is given.
        """
        if self.verification_enabled(self.site):
            self.publish(publishing.CHECKSUM_SUCCEEDED, self.base_payload(), connection)

    def _sync_after_event(self) -> None:
        if not self.in_replicables_for_secondary():
            return
        with self.persisted_registry() as registry:
            if registry is not None and self.mutable:
                registry.pending()
        self.sync()

    def _check_event(self, event_name: str) -> None:
        if event_name not in self.supported_events:
            raise UnsupportedEventError(f"Unsupported event: '{event_name}'")


@cache
def _record(model: Any) -> Any:
    """Return the statement that reads a record; built once, run for every record."""
    return select(model).where(model.id == bindparam("record"))


@cache
def _primary_state(row: Any) -> Any:
    """Return the statement that reads state and checksum of a record; built once, run for every record."""
    return select(row.verification_state, row.verification_checksum).where(row.foreign_key() == bindparam("record"))


def ensure_state_rows(connection: Connection, state_model: type[StateModel], ids: list[int]) -> None:
    """Insert the missing state rows of records, initially pending."""
    if not ids:
        return
    statement = insert_for(connection, state_model)
    rows = [{state_model.MODEL_FOREIGN_KEY: key, "verification_state": 0, "verification_retry_count": 0} for key in ids]
    connection.execute(statement.values(rows).on_conflict_do_nothing(index_elements=[state_model.MODEL_FOREIGN_KEY]))
