"""Verification of one record, and the claiming of batches (specification: points 50 to 65)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from geo_runtime.databases.columns import UtcDateTime
from geo_runtime.errors import NotCheckedError, RecordNotFoundError
from geo_runtime.replication.registry import Registry, synced_condition
from geo_runtime.replication.replicable import StateModel
from geo_runtime.replication.verification import (
    BATCH_SIZE,
    REVERIFICATION_BATCH_SIZE,
    VERIFICATION_TIMEOUT,
    VerificationState,
    failed_and_due_conditions,
    in_verification_state,
    pending_condition,
    timed_out_condition,
)

if TYPE_CHECKING:
    from geo_runtime.databases.database import Database
    from geo_runtime.replication.replicator import Replicator
    from geo_runtime.site.site import Site

log = logging.getLogger(__name__)
Row = StateModel | Registry


def verify(replicator: "Replicator", *, is_claimed: bool = False) -> bool:
    """Verify a record with `Verification.execute`."""
    return Verification(replicator).execute(is_claimed=is_claimed)


class Verification:
    """One verification of one record: calculates its checksum, and records the result.

    Args:
        replicator: The replicator of the record.
    """

    def __init__(self, replicator: "Replicator") -> None:
        self.replicator = replicator
        self.site = replicator.site
        self._rows: Any = rows_of(type(replicator), self.site)
        self._database = _database(self.site)

    def execute(self, *, is_claimed: bool = False) -> bool:
        """Verify the record; errors are recorded, not raised.

        Args:
            is_claimed: Whether its row is already marked as started.

        Returns:
            Whether the record is verified now.

        Raises:
            RecordNotFoundError: There is no row to record it in.
        """
        if self._is_secondary and not self.replicator.primary_verification_succeeded():
            with self._changing() as row:
                if not (is_claimed and row.is_verification_pending):  # an event has announced a checksum meanwhile
                    row.verification_disabled()
            return False
        if not is_claimed:
            with self._changing() as row:
                if not row.is_verification_started:
                    row.verification_started()
        return self._track()

    @property
    def _is_secondary(self) -> bool:
        return issubclass(self._rows, Registry)

    @contextmanager
    def _changing(self) -> Iterator[Row]:
        """Read the row for a block that changes it; no lock is held while a checksum is calculated."""
        with self._database.session() as session, session.begin():
            row: Row | None = self._rows.find(session, self.replicator.model_record_id, lock=True)
            if row is None:
                raise RecordNotFoundError(f"nothing to verify: {self.replicator.identity()}")
            yield row

    def _track(self) -> bool:
        """Return whether the record is verified; False after a failure, or if it changed meanwhile."""
        noted = self.site.now()
        try:
            checksum = self.replicator.calculate_checksum()
            if not checksum:
                raise NotCheckedError("there is no checksum")
            if self._is_mismatch(checksum):
                return False
            return self._succeed(checksum, noted)
        except Exception as error:
            log.exception("Error during verification", extra=self.replicator.identity())
            with self._changing() as row:
                row.verification_failed("Error during verification", error)
            return False

    def _is_mismatch(self, checksum: str) -> bool:
        """Whether a checksum differs from the primary's, recording that; never on the primary."""
        if not self._is_secondary:
            return False
        expected = self.replicator.primary_checksum()
        if checksum == expected:
            return False
        with self._changing() as row:
            assert isinstance(row, Registry)  # noqa: S101 - for the type checker
            row.verification_failed_by_mismatch(checksum, expected)
        return True

    def _succeed(self, checksum: str, noted: datetime) -> bool:
        """Record success; False if another verification began or was requested meanwhile: the record waits for that.

        Counting a request too is a deliberate addition to the specification: in GitLab 18.9 a checksum calculated
        before a push can replace the request for one after it, and stays until it is old. Writing the primary's event
        in the same transaction is another one: in GitLab, if a process is killed in between, the verification of copies
        waits for that event for ever. If another verification was requested, nothing is announced, because that one
        will be: when a record is saved its hook makes a request while a worker may already be working on it.

        Args:
            checksum: The calculated checksum.
            noted: When the calculation started.
        """
        values = {
            "record": self.replicator.model_record_id,
            "noted": noted,
            "verification_state": VerificationState.SUCCEEDED,
            **self._rows.verification_success(checksum, self.site.now()),
        }
        with self._database.transaction() as connection:
            is_current = connection.execute(_recording_if_current(self._rows), values).rowcount == 1
            if is_current and not self._is_secondary:
                self.replicator.after_primary_verification_succeeded(connection)
        if is_current:
            extra = {"from": "STARTED", "to": "SUCCEEDED", **self.replicator.identity()}
            log.debug("Verification state transition", extra=extra)
            return True
        with self._changing() as row:
            is_begun_again = row.is_verification_started
            if is_begun_again:
                row.verification_succeeded(checksum)
            row.verification_pending()
        if is_begun_again and not self._is_secondary:  # as in GitLab, although another one follows
            self.replicator.after_primary_verification_succeeded()
        return False


@cache
def _recording_if_current(row: Any) -> Any:
    """Return the statement that records success unless another verification is wanted; its values are bound later."""
    started_at, noted = row.verification_started_at, bindparam("noted", type_=UtcDateTime)
    is_unasked = row.verification_state != VerificationState.PENDING
    is_last = or_(started_at.is_(None), started_at <= noted)
    return update(row).where(row.foreign_key() == bindparam("record"), is_unasked, is_last)


def rows_of(replicator_class: type["Replicator"], site: "Site") -> type[Row]:
    """Return the class whose rows have the verification state here."""
    return replicator_class.state_model if site.is_primary() else replicator_class.registry_class


def _database(site: "Site") -> "Database":
    return site.main if site.is_primary() else site.tracking_database()


def _scope(row: type[Row]) -> tuple[ColumnElement[bool], ...]:
    """Restrict rows on a secondary to synced data."""
    return (synced_condition(row),) if issubclass(row, Registry) else ()


def claim(
    site: "Site", row: type[Row], condition: ColumnElement[bool], order: ColumnElement[Any], limit: int
) -> list[int]:
    """Mark rows as started, in one statement, so that no two workers get the same; return ids of records.

    Args:
        site: The site.
        row: The class of the rows.
        condition: Which rows.
        order: In which order.
        limit: The maximum number.
    """
    key = row.model_key()
    chosen = select(key).where(condition, *_scope(row)).order_by(order).limit(limit).with_for_update(skip_locked=True)
    statement = (
        update(row)
        .where(key.in_(chosen))
        .values(verification_state=VerificationState.STARTED, verification_started_at=site.now())
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    with _database(site).session() as session, session.begin():
        return list(session.scalars(statement))


def claim_pending(site: "Site", replicator_class: type["Replicator"], limit: int = BATCH_SIZE) -> list[int]:
    """Claim waiting records, first those never verified, then those verified longest ago."""
    row = rows_of(replicator_class, site)
    return claim(site, row, pending_condition(row), row.verified_at.asc().nulls_first(), limit)


def claim_failed(site: "Site", replicator_class: type["Replicator"], limit: int = BATCH_SIZE) -> list[int]:
    """Claim records that failed and may be tried again, the longest due first."""
    row = rows_of(replicator_class, site)
    ids: list[int] = []
    for condition in failed_and_due_conditions(row, site.now()):
        if len(ids) < limit:
            order = row.verification_retry_at.asc().nulls_first()
            ids += claim(site, row, condition, order, limit - len(ids))
    return ids


def claim_batch(site: "Site", replicator_class: type["Replicator"], limit: int = BATCH_SIZE) -> list[int]:
    """Claim waiting records, and if there are too few, failed ones too."""
    ids = claim_pending(site, replicator_class, limit)
    if len(ids) < limit:
        ids += claim_failed(site, replicator_class, limit - len(ids))
    return ids


def verify_batch(site: "Site", replicator_class: type["Replicator"]) -> int:
    """Claim a batch and verify it; return how many records it had."""
    ids = claim_batch(site, replicator_class)
    for replicator in _replicators(site, replicator_class, ids):
        try:
            verify(replicator, is_claimed=True)
        except RecordNotFoundError:  # deleted meanwhile; the others are waiting
            log.info("nothing to verify any more", extra=replicator.identity())
    return len(ids)


def _replicators(site: "Site", replicator_class: type["Replicator"], ids: list[int]) -> list["Replicator"]:
    """Return the replicators of a batch; if it cannot be read together, read each record and record its error."""
    try:
        return list(replicator_class.verifiable(site, ids))
    except Exception:
        log.exception(
            "the records of a batch cannot be read", extra={"replicable_name": replicator_class.replicable_name()}
        )
        return [replicator_class(site, id_) for id_ in ids]


def remaining_batches(site: "Site", replicator_class: type["Replicator"], max_batches: int) -> int:
    """Count the waiting batches, up to a maximum."""
    return -(-needs_verification_count(site, replicator_class, max_batches * BATCH_SIZE) // BATCH_SIZE)


def needs_verification_count(site: "Site", replicator_class: type["Replicator"], limit: int) -> int:
    """Count records that wait, or failed and may be tried again, up to the limit."""
    row = rows_of(replicator_class, site)
    conditions = (pending_condition(row), *failed_and_due_conditions(row, site.now()))
    total = 0
    with _database(site).reading() as session:
        for condition in conditions:
            total += _count_limited(session, row, condition, limit - total)
    return total


def _count_limited(session: Session, row: type[Row], condition: ColumnElement[bool], limit: int) -> int:
    if limit <= 0:
        return 0
    chosen = select(row.model_key()).where(condition, *_scope(row)).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(chosen)) or 0


def fail_timed_out(site: "Site", replicator_class: type["Replicator"], batch_size: int = 1000) -> int:
    """Fail every verification that started longer ago than the timeout, with all consequences of a failure."""
    row = rows_of(replicator_class, site)
    text = f"Verification timed out after {int(VERIFICATION_TIMEOUT.total_seconds())}"
    total = 0
    while True:
        with _database(site).session() as session, session.begin():
            chosen = select(row).where(timed_out_condition(row, site.now()), *_scope(row)).limit(batch_size)
            found = session.scalars(chosen).all()
            for columns in found:
                columns.verification_failed(text)
        total += len(found)
        if len(found) < batch_size:
            return total


def _reverifiable(site: "Site", row: type[Row]) -> ColumnElement[bool]:
    interval = timedelta(days=site.current_node().minimum_reverification_interval)
    before: datetime = site.ago(interval)
    return in_verification_state(row, VerificationState.SUCCEEDED) & (row.verified_at < before)


def reverify_batch(site: "Site", replicator_class: type["Replicator"], limit: int = REVERIFICATION_BATCH_SIZE) -> int:
    """Request verification of records whose verification is old, oldest first; only on the primary. Return how many."""
    if not site.is_primary():
        return 0
    row = replicator_class.state_model
    key = row.model_key()
    chosen = select(key).where(_reverifiable(site, row)).order_by(row.verified_at.asc().nulls_first()).limit(limit)
    statement = (
        update(row)
        .where(key.in_(chosen))
        .values(verification_state=VerificationState.PENDING)
        .execution_options(synchronize_session=False)
    )
    with site.main.session() as session, session.begin():
        return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def remaining_reverification_batches(site: "Site", replicator_class: type["Replicator"], max_batches: int) -> int:
    """Count the batches of old verifications, up to a maximum; 0 on a secondary."""
    if not site.is_primary():
        return 0
    row = replicator_class.state_model
    with site.main.reading() as session:
        total = _count_limited(session, row, _reverifiable(site, row), max_batches * REVERIFICATION_BATCH_SIZE)
    return -(-total // REVERIFICATION_BATCH_SIZE)
