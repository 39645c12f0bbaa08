"""The hooks that run when a record is saved or destroyed on a site.

The hooks are GitLab's: a saved record gets its state row within the transaction; a created one publishes after the
commit; a destroyed one publishes within the transaction (specification: points 7 to 9, 15). A failing hook is
logged and never prevents a record from being saved or destroyed.
"""

import logging
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import ORMExecuteState, Session

from geo_runtime.databases.database import Database
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.replication.replicable import ReadOnlyModel, ReplicableModel
from geo_runtime.site.site import SITE

if TYPE_CHECKING:
    from geo_runtime.replication.replicator import Replicator

log = logging.getLogger(__name__)
_CREATED: Final = "geo_created"


def attach(database: Database) -> None:
    """Run the hooks in the sessions of a site's main database, and in no others.

    A record written through another class than the one that reads it triggers them too, as with `EE::Upload` in GitLab
    (`partition_record` in ee/app/models/ee/upload.rb).

    The listeners take the site from their session: holding it would leak it, because SQLAlchemy keeps its listeners.
    """
    database.listen("after_flush", _after_flush)
    database.listen("after_commit", _after_commit)
    database.listen("after_soft_rollback", _after_rollback)
    database.listen("do_orm_execute", _before_execution)


def _replicator(session: Session, record: object) -> "Replicator | None":
    site = session.info.get(SITE)
    if not isinstance(site, ReplicatingSite) or not isinstance(record, ReplicableModel):
        return None
    return next(
        (replicator_class.of(site, record) for replicator_class in site.replicators if replicator_class.has(record)),
        None,
    )


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


def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for replicator in session.info.pop(_CREATED, ()):
        try:
            replicator.handle_after_create_commit()
        except Exception:
            log.exception("hook failed", extra={"hook": "create", **replicator.identity()})


def _after_rollback(session: Session, previous: object) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_CREATED, None)


def _before_execution(state: ORMExecuteState) -> None:
    """Refuse bulk changes through a class that only reads its rows; rows in a flush refuse by themselves."""
    if not state.is_select and state.bind_mapper is not None and issubclass(state.bind_mapper.class_, ReadOnlyModel):
        state.bind_mapper.class_.refuse_writing()


class _Hook:
    """A savepoint around a hook within a transaction: a failure is rolled back and logged, nothing else."""

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
