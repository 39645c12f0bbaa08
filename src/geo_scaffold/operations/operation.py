"""The words that all operations share."""

from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from geo_scaffold.editors.conflicts import marker_at
from geo_scaffold.tree import Tree


class OpKind(StrEnum):
    """How an operation works; `confirm` artifacts have none."""

    CREATE = "create"
    ENSURE = "ensure"
    DERIVE = "derive"


IN_CONFLICT: Final = "the file has merge conflict markers: keep one side entirely, then run this again"


class Status(StrEnum):
    """The status of an operation in a tree."""

    PLANNED = "planned"
    """It will be applied."""
    UNCHANGED = "unchanged"
    """There is nothing to do."""
    OPEN = "open"
    """Its file is not in this tree, or no editor can find the place: a person has to paste the lines."""
    SKIPPED = "skipped"
    """The user does not want it."""
    BLOCKED = "blocked"
    """Its place does not exist exactly once."""
    CONFLICT = "conflict"
    """A file that somebody else wrote is in its place."""


class Outcome(NamedTuple):
    """A status, and the reason if it is not obvious."""

    status: Status
    message: str = ""


class Applied(NamedTuple):
    """The result of applying an operation.

    Args:
        outcome: Its outcome.
        before: The file's earlier content, without what an earlier run inserted in it; None if there was no file or
            nothing changed.
        after: The file's new content, or None if nothing changed.
        rendered: Its content without the kept edits of a person, or None if there are none.
        trace: For an entry, the hash of the lines that it inserted and removed.
        memory: What the entry's `revert` will need to know about the earlier file; see `Remembering`.
    """

    outcome: Outcome
    before: bytes | None = None
    after: bytes | None = None
    rendered: bytes | None = None
    trace: str | None = None
    memory: str = ""


class Operation(Protocol):
    """What is done for an artifact in one file.

    Attributes:
        id: The artifact's id.
        kind: How it works.
        path: The file, relative to the root of the tree.
    """

    @property
    def id(self) -> str: ...  # noqa: D102 - described above
    @property
    def kind(self) -> OpKind: ...  # noqa: D102
    @property
    def path(self) -> str: ...  # noqa: D102

    def status(self, tree: Tree) -> Outcome:
        """Return the outcome in this tree, without changing it.

        Raises:
            ConfinementError: The path leaves the tree.
            ReadError: The file cannot be read.
        """
        ...

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Change the tree if the status is `planned`; return the status, and what changed.

        Args:
            tree: The tree.
            force: Also change it if the status is `conflict`.

        Raises:
            ConfinementError: The path leaves the tree.
            ReadError: The file cannot be read.
        """
        ...

    def revert(self, tree: Tree) -> str | None:
        """Revert it as far as no work of a person is lost.

        Returns:
            Why something was kept, or None if it was removed, or was not there.
        """
        ...


def is_in_conflict(content: bytes | str) -> bool:
    """Tell whether a file holds the markers that a merge leaves where it needs a person.

    Args:
        content: The content of the file.
    """
    return marker_at(content) is not None
