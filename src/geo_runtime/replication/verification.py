"""The verification state machine, the same on the primary's state rows and on the secondary's registries.

Specification: points 45 to 51; timeouts and retry times as in the registry machine.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, SmallInteger, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, object_session

from geo_runtime.databases.columns import HexBinary, Text255, UtcDateTime, likely, written
from geo_runtime.errors import InvalidRecordError, InvalidTransitionError
from geo_runtime.ground import backoff
from geo_runtime.ground.texts import truncate
from geo_runtime.site.site import Site, site_of

log = logging.getLogger(__name__)

VERIFICATION_TIMEOUT = timedelta(hours=8)
BATCH_SIZE = 10
REVERIFICATION_BATCH_SIZE = 1000


class VerificationState(IntEnum):
    """The values of `verification_state`."""

    PENDING = 0
    STARTED = 1
    SUCCEEDED = 2
    FAILED = 3
    DISABLED = 4


class VerificationColumns:
    """The columns of the state machine, and its transitions, which change the row and leave saving to the session.

    Every transition needs the row to be in a session of a site, whose clock and randomness it uses.

    Attributes:
        MODEL_FOREIGN_KEY: The name of the column of the record's id.
        no_verification_failure: The values of the failure columns of a row whose verification never failed.
    """

    MODEL_FOREIGN_KEY: ClassVar[str]
    no_verification_failure: ClassVar[Mapping[str, Any]] = {
        "verification_retry_count": 0,
        "verification_retry_at": None,
        "verification_failure": None,
    }

    verification_state: Mapped[int] = mapped_column(SmallInteger, default=VerificationState.PENDING)
    verification_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verification_retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verification_retry_count: Mapped[int | None] = mapped_column(SmallInteger, default=0)
    verification_checksum: Mapped[str | None] = mapped_column(HexBinary)
    verification_failure: Mapped[str | None] = mapped_column(Text255)

    @classmethod
    def foreign_key(cls) -> InstrumentedAttribute[int]:
        """Return the column of the record's id."""
        column: InstrumentedAttribute[int] = getattr(cls, cls.MODEL_FOREIGN_KEY)
        return column

    @property
    def model_record_id(self) -> int:
        """Return the id of the record."""
        return int(getattr(self, self.MODEL_FOREIGN_KEY))

    @classmethod
    def find(cls, session: Session, model_record_id: int, *, lock: bool = False) -> Self | None:
        """Read the row of a record from the database, even if the session has it loaded.

        Args:
            session: A session of its database.
            model_record_id: The record.
            lock: Lock the row until the transaction ends, so that a decision is not based on values that another
                transaction is changing. SQLite has one writer anyway.
        """
        kind: Any = cls
        found: Self | None = session.scalar(_finding(kind, lock=lock), {"record": model_record_id})
        return found

    @property
    def is_verification_pending(self) -> bool:
        """Whether the data wait to be verified."""
        return self.verification_state == VerificationState.PENDING

    @property
    def is_verification_started(self) -> bool:
        """Whether a checksum is being calculated."""
        return self.verification_state == VerificationState.STARTED

    @property
    def is_verification_succeeded(self) -> bool:
        """Whether the data were verified."""
        return self.verification_state == VerificationState.SUCCEEDED

    def verification_pending(self) -> None:
        """Request verification; after a failure, the count and the time of retries are kept."""
        if self.verification_state == VerificationState.FAILED:
            self.verification_failure = None
        else:
            self._set(self.no_verification_failure)
        self._move(VerificationState.PENDING)

    def verification_started(self) -> None:
        """Record that the calculation of a checksum starts now."""
        self.verification_started_at = self.site.now()
        self._move(VerificationState.STARTED)

    def verification_succeeded(self, checksum: str | None) -> None:
        """Store the checksum and clear every failure.

        Raises:
            InvalidTransitionError: The verification was not started.
            InvalidRecordError: There is no checksum.
        """
        if self.verification_state != VerificationState.STARTED:
            name = VerificationState(self.verification_state).name.lower()
            raise InvalidTransitionError(f"Cannot transition verification_state from {name} to succeeded")
        if not checksum:
            raise InvalidRecordError("Verification checksum can't be blank")
        self._set(self.verification_success(checksum, self.site.now()))
        self._move(VerificationState.SUCCEEDED)

    @classmethod
    def verification_success(cls, checksum: str, now: datetime) -> dict[str, Any]:
        """Return the values that a success sets besides the state.

        Args:
            checksum: In hexadecimal digits.
            now: The current time.
        """
        return {"verification_checksum": checksum, "verified_at": now, **cls.no_verification_failure}

    def verification_failed(self, message: str, error: BaseException | None = None) -> None:
        """Record a failure and when to try again; the checksum is dropped.

        Args:
            message: What went wrong.
            error: The error behind it; its text is added.

        Raises:
            InvalidRecordError: There is no text.
        """
        text = f"{message}: {error}" if error is not None else message
        if not text:
            raise InvalidRecordError("Verification failure can't be blank")
        self.verification_checksum = None
        self._fail_verification(text)

    def verification_disabled(self) -> None:
        """Record that there is nothing to verify against now, without clearing anything."""
        self._move(VerificationState.DISABLED)

    @property
    def site(self) -> Site:
        """Return the site to which the row's session belongs."""
        return site_of(object_session(self))

    def verification_identity(self) -> dict[str, Any]:
        """Return what identifies the row in a log line."""
        return {"table": getattr(self, "__tablename__", None), "model_record_id": self.model_record_id}

    def after_verification_failed(self) -> None:
        """React further to a failure; nothing on the primary."""

    def _fail_verification(self, text: str) -> None:
        self.verification_failure = truncate(text)
        self.verification_retry_count = (self.verification_retry_count or 0) + 1
        self.verification_retry_at = backoff.retry_at(self.verification_retry_count, self.site.timing)
        self.verified_at = self.site.now()
        self._move(VerificationState.FAILED)
        self.after_verification_failed()

    def _set(self, values: Mapping[str, Any]) -> None:
        """Set only what differs: a session processes every row on which anything was set."""
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _move(self, to: VerificationState) -> None:
        level = {VerificationState.FAILED: logging.WARNING, VerificationState.DISABLED: logging.INFO}
        origin = self.verification_state
        reason = {"reason": self.verification_failure} if to is VerificationState.FAILED else {}
        self._set({"verification_state": to})
        log.log(
            level.get(to, logging.DEBUG),
            "Verification state transition",
            extra={"from": VerificationState(origin).name, "to": to.name, **reason, **self.verification_identity()},
        )


@cache
def _finding(kind: Any, *, lock: bool) -> Any:
    """Return the statement that reads the row of a record; built once, run for every record."""
    statement = select(kind).where(kind.foreign_key() == bindparam("record"))
    if lock:
        statement = statement.with_for_update()
    return statement.execution_options(populate_existing=True)


def in_verification_state(row: type[VerificationColumns], state: VerificationState) -> ColumnElement[bool]:
    """Select rows in a state."""
    return row.verification_state == written(state)


def pending_condition(row: type[VerificationColumns]) -> ColumnElement[bool]:
    """Select rows that wait to be verified."""
    return likely(in_verification_state(row, VerificationState.PENDING))


def failed_and_due_conditions(row: type[VerificationColumns], now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Select rows that failed and may be tried again: those without a time, and those that are due.

    Two conditions, because a database finds each by an index, but both together only by scanning all failed rows.
    """
    failed = likely(in_verification_state(row, VerificationState.FAILED))
    return and_(failed, row.verification_retry_at.is_(None)), and_(failed, row.verification_retry_at < now)


def timed_out_condition(row: type[VerificationColumns], now: datetime) -> ColumnElement[bool]:
    """Select rows whose verification started longer ago than the timeout."""
    started_before = row.verification_started_at < now - VERIFICATION_TIMEOUT
    return and_(in_verification_state(row, VerificationState.STARTED), started_before)
