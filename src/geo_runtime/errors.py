"""The errors that a caller can distinguish, with GitLab's texts where it has one."""

from collections.abc import Sequence


class GeoRuntimeError(Exception):
    """Base of every error that the runtime raises on purpose."""


class UnsupportedEventError(GeoRuntimeError, ValueError):
    """An event that the replicator does not declare."""


class UnknownReplicatorError(GeoRuntimeError, NotImplementedError):
    """A replicable name that no registered type has."""


class RecordNotFoundError(GeoRuntimeError, LookupError):
    """A row that should exist does not, or not yet: the main database may lag."""


class InvalidRecordError(GeoRuntimeError, ValueError):
    """A row that breaks a rule of its model."""


class ReadOnlyError(GeoRuntimeError):
    """An attempt to write a row through a class that only reads its table."""


class ForeignTablesError(GeoRuntimeError):
    """A database has tables with the library's names that the library did not create."""


class ConfigurationError(GeoRuntimeError):
    """Settings from which no site can be built, with all problems at once.

    Args:
        problems: For each problem: what is wrong and where, and what to do.
    """

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(message for message, _ in problems))
        self.problems = tuple(problems)


class InvalidTransitionError(GeoRuntimeError):
    """A move that a state machine does not have."""


class RegistryRemovedError(InvalidTransitionError):
    """A removed registry: the record was destroyed, or went out of scope, while its data were copied."""


class NotCheckedError(GeoRuntimeError):
    """A checksum was requested for something that has none now."""


class SelectiveSyncError(GeoRuntimeError, ValueError):
    """A selective sync type that does not exist."""


class TransferError(GeoRuntimeError):
    """A download that ended without the file.

    Args:
        reason: What the registry records.
        missing_on_primary: Whether the primary reported that it has no such file.
    """

    def __init__(self, reason: str, *, missing_on_primary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing_on_primary = missing_on_primary


class GitError(GeoRuntimeError):
    """The git program failed; the text is the last line of its messages.

    Args:
        message: The text.
        code: The exit code, or None if it did not exit by itself.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class NoRepositoryError(GitError):
    """There is no repository to read."""


class LeaseTakenError(GeoRuntimeError):
    """Somebody else is working on the same thing; the request must not be lost, so it is tried again."""


class PathError(GeoRuntimeError, ValueError):
    """A path that would leave its storage."""


class TokenError(GeoRuntimeError):
    """A request without a trustworthy token."""


class AddressError(TokenError):
    """A request from an address from which other sites may not call."""


class TokenTimeError(TokenError):
    """A token that is genuine, but not valid at this time."""


class AccessError(GeoRuntimeError, PermissionError):
    """The user may not do this."""


class JobError(GeoRuntimeError):
    """A job that cannot be enqueued or run as requested."""
