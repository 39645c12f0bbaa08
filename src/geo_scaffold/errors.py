"""The errors of geo-scaffold: one line says what is wrong and where, one line what to do.

Every layer raises these; only the command line turns them into text, JSON and exit codes. No error has exit code 1: it
means that something is open, so a CI job may allow that one code to fail.
"""

from typing import ClassVar


class GeoScaffoldError(Exception):
    """What is wrong, where, and what to do about it.

    Args:
        message: What is wrong, in one sentence.
        path: The file or folder that it is about, if any.
        remedy: What to do, in one sentence, if anything can be done.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, path: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.remedy = remedy


class UsageError(GeoScaffoldError):
    """An option or argument that cannot be used as given."""

    code = "usage"
    exit_code = 2


class InvalidNameError(UsageError):
    """A model name, or a spelling given for it, from which no Geo class could be derived."""

    code = "name"


class BlockedError(GeoScaffoldError):
    """An operation cannot be applied where it must be; nothing was written."""

    code = "blocked"
    exit_code = 3


class LocatorError(BlockedError):
    """The place for an entry is missing or ambiguous, or the edit could not be verified."""

    code = "locator"


class NotDerivedError(LocatorError):
    """The file does not determine exactly what a command would write, so the command has to be run."""

    code = "not_derived"


class ConflictError(GeoScaffoldError):
    """A file differs from what would be written; nothing was written."""

    code = "conflict"
    exit_code = 3


class ContradictionError(GeoScaffoldError):
    """The answers given now are not the ones that the receipt records."""

    code = "contradiction"
    exit_code = 3


class RefusedError(GeoScaffoldError):
    """A model that cannot have a type: it would be replicated twice, or only half of it; nothing was written."""

    code = "refused"
    exit_code = 3


class UndecidedError(GeoScaffoldError):
    """Something that neither the user nor the checkout determines, and that is not guessed; nothing was written."""

    code = "undecided"
    exit_code = 3


class ReceiptError(GeoScaffoldError):
    """A receipt that cannot be read; nothing was written."""

    code = "receipt"
    exit_code = 4


class OverrideError(GeoScaffoldError):
    """One of the checkout's own templates, which cannot be used; nothing was written."""

    code = "override"
    exit_code = 3


class ManifestError(UsageError):
    """A mistake in a manifest or a template of an edition; nothing was written.

    Args:
        what: What is wrong with it, in one sentence.
        edition: The edition, such as `18`, or `runtime`; empty if it concerns all of them.
        artifact: The id of the artifact; empty if it concerns none, or is not known yet.
        path: The file.
        remedy: What to do.
    """

    code = "manifest"

    def __init__(
        self, what: str, *, edition: str = "", artifact: str = "", path: str | None = None, remedy: str | None = None
    ) -> None:
        self.what, self.edition, self.artifact = what, edition, artifact
        where = f"edition {edition}" if edition[:1].isdigit() else edition and f"the {edition}"
        where += f", artifact `{artifact}`" * bool(artifact)
        super().__init__(f"{where}: {what}" if where else what, path=path, remedy=remedy)

    def of(self, edition: str, artifact: str) -> "ManifestError":
        """Return the same error with an artifact, unless it already names one.

        Args:
            edition: The edition, such as `18`, or the name of the other manifest.
            artifact: The id of the artifact.
        """
        if self.artifact:
            return self
        return ManifestError(
            self.what, edition=self.edition or edition, artifact=artifact, path=self.path, remedy=self.remedy
        )


class DeclinedError(GeoScaffoldError):
    """The user said no; nothing was written."""

    code = "declined"
    exit_code = 3


class ConfinementError(GeoScaffoldError):
    """A path leaves the target, by its text or through a symbolic link."""

    code = "confinement"
    exit_code = 4


class ReadError(GeoScaffoldError):
    """A file of the tree cannot be read."""

    code = "read"
    exit_code = 4


class SystemCallError(GeoScaffoldError):
    """The system refused something that no layer expected it to refuse."""

    code = "system"
    exit_code = 4


class WriteError(GeoScaffoldError):
    """The disk refused, or the tree changed after planning; nothing was written."""

    code = "write"
    exit_code = 4


class StaleError(WriteError):
    """The tree changed between plan and commit; nothing was written, and planning again may succeed."""


class BusyError(WriteError):
    """Another run of geo-scaffold is writing to the same target."""

    code = "busy"


class RecoveryError(GeoScaffoldError):
    """An interrupted run cannot be recovered without a person."""

    code = "recovery"
    exit_code = 4


class MissingExtraError(GeoScaffoldError):
    """A verb needs libraries that are not installed with the generator; nothing was written."""

    code = "extra"
    exit_code = 4


class InterruptedRunError(GeoScaffoldError):
    """A signal stopped the run; the tree is as it was."""

    code = "interrupted"
    exit_code = 130
