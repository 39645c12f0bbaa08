"""What a type's model and its verification state bring: scopes, hooks, and where its data lie.

The hooks are GitLab's: a saved record gets its state row within the transaction; a created one publishes after the
commit; a destroyed one publishes within the transaction (specification: who publishes, and when). A hook that fails is
logged and never keeps a record from being saved or destroyed.
"""

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, event, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from geo_runtime.databases.columns import BigId
from geo_runtime.replication.verification import VerificationColumns
from geo_runtime.site.selective_sync import IdRange, SelectiveSync
from geo_runtime.site.site import SITE, Site

if TYPE_CHECKING:
    from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)
_CREATED = "geo_created"

LOCAL, REMOTE = 1, 2
"""The values of a file's `file_store`: on the site's own disk, or in an object storage."""


class ReplicableModel:
    """A mixin for a type's model; scopes are statements that select its rows."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)

    @classmethod
    def available_replicables(cls) -> Select[Any]:
        """Select the records that have data at all."""
        return select(cls)

    @classmethod
    def with_files_stored_locally(cls, replicables: Select[Any]) -> Select[Any]:
        """Keep records whose data are on the site's own disk; all of them, unless a type says otherwise."""
        return replicables

    @classmethod
    def selective_sync_scope(
        cls, selection: SelectiveSync, primary_key_in: IdRange | None, replicables: Select[Any]
    ) -> Select[Any]:
        """Keep what the secondary selects; every type says how.

        Args:
            selection: What the secondary selects.
            primary_key_in: First and last id of the records asked for; None asks for all.
            replicables: The records, restricted to the ids already.

        Raises:
            NotImplementedError: The type does not say.
        """
        raise NotImplementedError(f"{cls.__name__} has no selective_sync_scope")

    @classmethod
    def within(cls, replicables: Select[Any], primary_key_in: IdRange | None) -> Select[Any]:
        """Keep records of a range of ids."""
        return replicables if primary_key_in is None else replicables.where(cls.id.between(*primary_key_in))

    @classmethod
    def replicables_for_secondary(cls, site: Site, primary_key_in: IdRange | None = None) -> Select[Any]:
        """Select what this secondary keeps."""
        node = site.current_node()
        replicables = cls.within(cls.available_replicables(), primary_key_in)
        if not node.sync_object_storage:
            replicables = cls.with_files_stored_locally(replicables)
        return cls.selective_sync_scope(SelectiveSync(node, site.flags), primary_key_in, replicables)

    @classmethod
    def available_verifiables(cls) -> Select[Any]:
        """Select the records that can be verified; what is available, unless a type says otherwise."""
        return cls.available_replicables()

    @classmethod
    def verifiables(cls, site: Site, primary_key_in: IdRange | None = None) -> Select[Any]:
        """Select what this site verifies."""
        records = cls.within(cls.available_verifiables(), primary_key_in)
        node = site.current_node()
        is_remote_verified = (
            site.flags.enabled("geo_object_storage_verification") if node.primary else node.sync_object_storage
        )
        if not is_remote_verified:
            records = cls.with_files_stored_locally(records)
        if site.flags.enabled("org_mover_extend_selective_sync_to_primary_checksumming"):
            records = cls.selective_sync_scope(SelectiveSync(node, site.flags), primary_key_in, records)
        return records

    @classmethod
    def search(cls, keyword: str) -> Select[Any]:
        """Select records that match a keyword; a type that offers it overrides this.

        Raises:
            NotImplementedError: The type offers none.
        """
        raise NotImplementedError


class StateModel(VerificationColumns):
    """A mixin for a type's verification state; the class adds the table, and the column of the record's id."""

    @classmethod
    def verification_state_model_key(cls) -> str:
        """Return the name of the column that claims read ids of records from; the primary key by default.

        A table with an id of its own must override this, else ids of state rows are taken for ids of records.
        """
        (key,) = inspect(cls).primary_key
        return str(key.key)

    @classmethod
    def model_key(cls) -> InstrumentedAttribute[int]:
        """Return the column that claims read ids of records from."""
        found: InstrumentedAttribute[int] = getattr(cls, cls.verification_state_model_key())
        return found


def _replicator(session: Session, record: object) -> "Replicator | None":
    site = session.info.get(SITE)
    if not isinstance(site, Site) or not isinstance(record, ReplicableModel):
        return None
    return next((kind.of(site, record) for kind in site.replicators if kind.model is type(record)), None)


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, context: object) -> None:
    saved = {id(record): record for record in (*session.new, *session.dirty)}
    for record in saved.values():
        replicator = _replicator(session, record)
        if replicator is None:
            continue
        with _Hook(session, replicator, "save"):
            replicator.save_verification_details(session.connection())
        if record in session.new:
            session.info.setdefault(_CREATED, []).append(replicator)
    for record in session.deleted:
        replicator = _replicator(session, record)
        if replicator is not None and replicator.publishes_on_destroy:
            with _Hook(session, replicator, "destroy"):
                replicator.handle_after_destroy(session.connection())


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for replicator in session.info.pop(_CREATED, ()):
        try:
            replicator.handle_after_create_commit()
        except Exception:
            log.exception("hook failed", extra={"hook": "create", **replicator.identity()})


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, previous: object) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_CREATED, None)


class _Hook:
    """A savepoint around a hook within a transaction: what fails in it is undone, logged, and no more."""

    def __init__(self, session: Session, replicator: "Replicator", name: str) -> None:
        self.savepoint = session.connection().begin_nested()
        self.extra = {"hook": name, **replicator.identity()}

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if error is None:
            self.savepoint.commit()
            return False
        self.savepoint.rollback()
        if not isinstance(error, Exception):
            return False
        log.error("hook failed", exc_info=error, extra=self.extra)
        return True
