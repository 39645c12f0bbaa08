"""The registry: what a secondary knows about one record, and the state machine of its synchronisation.

Specification: points 32 to 44. Only changed columns are saved, and `synced` is a compare-and-set, so an
    event that arrives during a synchronisation is never lost.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any, ClassVar, Self

from sqlalchemy import Boolean, ColumnElement, Select, SmallInteger, and_, bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, object_session
from sqlalchemy.orm.attributes import set_committed_value

from geo_runtime.databases.columns import BigId, HexBinary, Text255, UtcDateTime, likely, written
from geo_runtime.errors import InvalidTransitionError, RegistryRemovedError
from geo_runtime.ground import backoff
from geo_runtime.ground.texts import truncate
from geo_runtime.replication.verification import VerificationColumns, VerificationState, in_verification_state
from geo_runtime.site.site import site_of

log = logging.getLogger(__name__)


class RegistryState(IntEnum):
    """The values of `state`."""

    PENDING = 0
    STARTED = 1
    SYNCED = 2
    FAILED = 3


class Registry(VerificationColumns):
    """A mixin for the registry of a type; the class adds the table, and the column of the record's id.

    Attributes:
        is_first_attempt: Whether this is the record's first synchronisation; only known to the caller of `started`.
    """

    is_first_attempt = False
    no_verification_failure: ClassVar[Mapping[str, Any]] = {
        **VerificationColumns.no_verification_failure,
        "checksum_mismatch": False,
        "verification_checksum_mismatched": None,
    }
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[int] = mapped_column(SmallInteger, default=RegistryState.PENDING)
    retry_count: Mapped[int | None] = mapped_column(SmallInteger, default=0)
    checksum_mismatch: Mapped[bool | None] = mapped_column(Boolean, default=False)
    verification_checksum_mismatched: Mapped[str | None] = mapped_column(HexBinary)
    last_sync_failure: Mapped[str | None] = mapped_column(Text255)

    @classmethod
    def model_key(cls) -> InstrumentedAttribute[int]:
        """Return the column from which claims read the ids of records."""
        return cls.foreign_key()

    @classmethod
    def for_model_record_id(cls, session: Session, model_record_id: int) -> Self:
        """Return the registry of a record for changes, or a new one, which is saved when the session commits."""
        registry = cls.find(session, model_record_id, lock=True)
        if registry is None:
            values = {cls.MODEL_FOREIGN_KEY: model_record_id, "created_at": site_of(session).now()}
            registry = cls(**values)
            session.add(registry)
        return registry

    @property
    def is_pending(self) -> bool:
        """Whether the record waits to be synchronised."""
        return self.state == RegistryState.PENDING

    @property
    def is_started(self) -> bool:
        """Whether the record is being synchronised."""
        return self.state == RegistryState.STARTED

    @property
    def is_synced(self) -> bool:
        """Whether the last synchronisation succeeded."""
        return self.state == RegistryState.SYNCED

    @property
    def is_failed(self) -> bool:
        """Whether the last synchronisation failed."""
        return self.state == RegistryState.FAILED

    def pending(self) -> None:
        """Request a synchronisation; until then there is nothing to verify."""
        self.retry_at = None
        self.retry_count = 0
        self.verification_disabled()
        self._transition(RegistryState.PENDING)

    @classmethod
    def started(cls, session: Session, model_record_id: int) -> Self:
        """Record that a synchronisation begins, and return the registry, which is created if there is none.

        Raises:
            InvalidTransitionError: One has already begun.
        """
        kind: Any = cls
        values = {"record": model_record_id, "now": site_of(session).now()}
        registry: Self | None = session.scalar(_starting(kind), values)
        if registry is not None:
            registry.is_first_attempt = True
            extra = {"from": "PENDING", "to": "STARTED", **registry.verification_identity()}
            log.debug("Sync state transition", extra=extra)
            return registry
        registry = cls.for_model_record_id(session, model_record_id)
        registry.is_first_attempt = registry.last_synced_at is None
        registry.start()
        return registry

    def start(self) -> None:
        """Record that a synchronisation begins.

        Raises:
            InvalidTransitionError: One has already begun.
        """
        if self.is_started:
            raise InvalidTransitionError("Cannot transition state via :start from :started")
        self.last_synced_at = self.site.now()
        self._transition(RegistryState.STARTED)

    def fail(self, message: str, error: BaseException | None = None, *, missing_on_primary: bool = False) -> None:
        """Record a failure and when to try again.

        Args:
            message: What went wrong.
            error: The error behind it; its text is added.
            missing_on_primary: Whether the primary has no data either, so that trying again soon is useless.
        """
        self.last_sync_failure = truncate(f"{message}: {error}" if error is not None else message)
        self._fail(backoff.CAP_MISSING_ON_PRIMARY if missing_on_primary else backoff.CAP)

    def synced(self, *, is_verified_on_primary: Callable[[], bool]) -> bool:
        """Record success, unless the registry was set pending meanwhile.

        Args:
            is_verified_on_primary: Tells whether the primary has a checksum to compare with; called after success is
                recorded.

        Returns:
            False if it was: the row stays pending, although its retry fields are cleared.

        Raises:
            RegistryRemovedError: The registry was removed meanwhile.
        """
        session = object_session(self)
        if session is None:
            raise InvalidTransitionError("the registry is in no session")
        session.flush()  # earlier changes, if any
        self._set({"retry_count": 0, "last_sync_failure": None, "retry_at": None})
        kind: Any = type(self)
        statement, values = _syncing(kind), {"record": self.model_record_id}
        is_synced = session.connection().execute(statement, values).rowcount == 1
        extra = {"from": "STARTED", "to": "SYNCED", "result": is_synced, **self.verification_identity()}
        log.debug("Sync state transition", extra=extra)
        if not is_synced:
            state = session.connection().scalar(_state(kind), {"record": self.model_record_id})
            if state is None:
                raise RegistryRemovedError("the registry was removed during a synchronisation")
            set_committed_value(self, "state", state)
            return False
        set_committed_value(self, "state", RegistryState.SYNCED)
        if is_verified_on_primary():
            self.verification_pending()
        else:
            self.verification_disabled()
        return True

    def verification_failed_by_mismatch(self, checksum: str, primary_checksum: str | None) -> None:
        """Record that the data differ from the primary's.

        Args:
            checksum: The checksum calculated here.
            primary_checksum: The primary's checksum.
        """
        self.verification_checksum = checksum
        self.verification_checksum_mismatched = primary_checksum
        self.checksum_mismatch = True
        details = f"checksum: {checksum}, primary_checksum: {primary_checksum}, registry_id: {self.id}"
        self._fail_verification(f"Checksum does not match the primary checksum {details}")

    def after_verification_failed(self) -> None:
        """Fail the synchronisation too, so that the data are fetched again, with growing delays while that fails."""
        self.retry_count = (self.verification_retry_count or 0) - 1
        self.last_sync_failure = truncate(f"Verification failed with: {self.verification_failure}")
        self._fail(backoff.CAP)

    def is_brand_new_pending(self) -> bool:
        """Whether nothing has happened to the registry, except that a first synchronisation may have begun."""
        untouched = (
            self.retry_at,
            self.last_sync_failure,
            self.retry_count,
            self.verified_at,
            self.verification_started_at,
            self.verification_retry_at,
            self.verification_retry_count,
            self.verification_checksum,
            self.verification_checksum_mismatched,
            self.verification_failure,
            self.checksum_mismatch,
        )
        is_new = (self.is_pending and self.last_synced_at is None) or self.is_started
        return is_new and self.is_verification_pending and not any(untouched)

    def _fail(self, cap: timedelta) -> None:
        self.retry_count = (self.retry_count or 0) + 1
        self.retry_at = backoff.retry_at(self.retry_count, self.site.timing, cap)
        self._transition(RegistryState.FAILED)

    def _transition(self, to: RegistryState) -> None:
        origin, self.state = self.state, to
        is_failure = to is RegistryState.FAILED
        reason = {"reason": self.last_sync_failure} if is_failure else {}
        log.log(
            logging.WARNING if is_failure else logging.DEBUG,
            "Sync state transition",
            extra={"from": RegistryState(origin).name, "to": to.name, **reason, **self.verification_identity()},
        )


@cache
def _starting(kind: Any) -> Any:
    """Return the statement that records the start of a first synchronisation, as most are, and returns the registry."""
    is_untried = and_(in_state(kind, RegistryState.PENDING), kind.last_synced_at.is_(None))
    table = kind.__table__  # an UPDATE of objects looks for those that it could have changed
    statement = (
        update(table)
        .where(kind.model_key() == bindparam("record"), is_untried)
        .values(state=RegistryState.STARTED, last_synced_at=bindparam("now"))
        .returning(*table.columns)
    )
    return select(kind).from_statement(statement).execution_options(populate_existing=True)


@cache
def _syncing(kind: Any) -> Any:
    """Return the statement that records success, unless the registry was set pending meanwhile."""
    is_started = and_(kind.model_key() == bindparam("record"), kind.state == RegistryState.STARTED)
    return update(kind).where(is_started).values(state=RegistryState.SYNCED)


@cache
def _state(kind: Any) -> Any:
    """Return the statement that reads the state of a record's registry."""
    return select(kind.state).where(kind.model_key() == bindparam("record"))


class MissingOnPrimary:
    """The column of registries that record that the primary had no data."""

    missing_on_primary: Mapped[bool | None] = mapped_column(Boolean, default=False)


def in_state(registry_class: type[Registry], state: RegistryState) -> ColumnElement[bool]:
    """Select registries in a state."""
    return registry_class.state == written(state)


def find_pending(session: Session, registry_class: type[Registry], limit: int, except_ids: set[int]) -> list[int]:
    """Return ids of records that wait to be synchronised, in no particular order.

    Args:
        session: A session of the tracking database.
        registry_class: The registry of the type.
        limit: The maximum number.
        except_ids: Records to leave out.
    """
    statement = select(registry_class.model_key()).where(in_state(registry_class, RegistryState.PENDING))
    return _limited(session, statement, registry_class, limit, except_ids)


def find_needs_sync_again(
    session: Session, registry_class: type[Registry], limit: int, except_ids: set[int]
) -> list[int]:
    """Return ids of records that failed and may be tried again, the longest due first.

    Those without a time come first, by a separate query: no PostgreSQL index has them before the others. It goes
    through all failed registries, as no index finds those without a time either (`docs/scale.md`).

    Args:
        session: A session of the tracking database.
        registry_class: The registry of the type.
        limit: The maximum number.
        except_ids: Ids of records to leave out.
    """
    key = select(registry_class.model_key())
    untimed = key.where(in_state(registry_class, RegistryState.FAILED), registry_class.retry_at.is_(None))
    found = _limited(session, untimed, registry_class, limit, except_ids)
    is_failed = likely(in_state(registry_class, RegistryState.FAILED))  # only failed ones have a time
    due = key.where(is_failed, registry_class.retry_at < site_of(session).now()).order_by(registry_class.retry_at)
    return found + _limited(session, due, registry_class, limit - len(found), except_ids)


def fail_timed_out_syncs(session: Session, registry_class: type[Registry], timeout: timedelta) -> int:
    """Fail every synchronisation that started longer ago than the timeout; return how many."""
    site = site_of(session)
    statement = (
        update(registry_class)
        .where(in_state(registry_class, RegistryState.STARTED), registry_class.last_synced_at < site.ago(timeout))
        .values(
            state=RegistryState.FAILED,
            retry_count=1,
            retry_at=backoff.retry_at(1, site.timing),
            last_sync_failure=f"Sync timed out after {int(timeout.total_seconds())}",
        )
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


ORDERS = {
    "id_asc": lambda kind: kind.id.asc(),
    "id_desc": lambda kind: kind.id.desc(),
    "verified_at_asc": lambda kind: kind.verified_at.asc().nulls_last(),
    "verified_at_desc": lambda kind: kind.verified_at.desc().nulls_first(),
    "last_synced_at_asc": lambda kind: kind.last_synced_at.asc().nulls_last(),
    "last_synced_at_desc": lambda kind: kind.last_synced_at.desc().nulls_first(),
}
"""The possible orders of registries; null times are placed as in PostgreSQL."""


def ordered(statement: Select[Any], registry_class: type[Registry], sort: str | None) -> Select[Any]:
    """Order registries, by id if no order is given; ties by id.

    Args:
        statement: A statement that selects registries.
        registry_class: The registry of the type.
        sort: A key of `ORDERS`, or None for the order of ids.
    """
    order = ORDERS.get(sort or "id_asc", ORDERS["id_asc"])(registry_class)
    tie = registry_class.id.desc() if (sort or "").endswith("_desc") else registry_class.id.asc()
    return statement.order_by(order, tie)


def count(session: Session, registry_class: type[Registry], *conditions: ColumnElement[bool]) -> int:
    """Count registries that meet all conditions."""
    return session.scalar(select(func.count()).select_from(registry_class).where(*conditions)) or 0


def synced_condition(registry_class: type[Registry]) -> ColumnElement[bool]:
    """Select synced registries; only these are ever verified."""
    return likely(in_state(registry_class, RegistryState.SYNCED))


def verification_condition(registry_class: type[Registry], state: VerificationState) -> ColumnElement[bool]:
    """Select synced registries of one verification state."""
    return and_(synced_condition(registry_class), in_verification_state(registry_class, state))


def _limited(
    session: Session, statement: Select[Any], registry_class: type[Registry], limit: int, except_ids: set[int]
) -> list[int]:
    """Return a limited number of ids; excluded ones are read too, as a list of hundreds in a statement costs more."""
    if limit <= 0:
        return []
    found = session.scalars(statement.limit(limit + len(except_ids)))
    return [each for each in found if each not in except_ids][:limit]
