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
    """The outcome of an operation in a tree."""

    PLANNED = "planned"
    """It will be applied."""
    UNCHANGED = "unchanged"
    """Nothing is to be done."""
    OPEN = "open"
    """Its file is not in this tree, or no editor knows the place: the lines are left to a person."""
    SKIPPED = "skipped"
    """The user does not want it."""
    BLOCKED = "blocked"
    """Its place is not there exactly once."""
    CONFLICT = "conflict"
    """A file that somebody else wrote is in its place."""


class Verdict(NamedTuple):
    """A status, and why where that is not plain."""

    status: Status
    message: str = ""


class Applied(NamedTuple):
    """What came of applying an operation.

    Args:
        verdict: What it came to.
        before: What the file held, of an entry without what an earlier run put in; None: no file, or nothing changed.
        after: What the file holds now; None: nothing changed.
        rendered: What it would hold without the edits of a person that are kept; None: there are none.
    """

    verdict: Verdict
    before: bytes | None = None
    after: bytes | None = None
    rendered: bytes | None = None


class Operation(Protocol):
    """What is done for an artifact in one file.

    Attributes:
        id: The artifact's.
        kind: How it works.
        path: The file, relative to the root of the tree.
    """

    @property
    def id(self) -> str: ...  # noqa: D102 - described above
    @property
    def kind(self) -> OpKind: ...  # noqa: D102
    @property
    def path(self) -> str: ...  # noqa: D102

    def status(self, tree: Tree) -> Verdict:
        """Return the outcome in this tree, without changing it.

        Raises:
            ConfinementError: The path leaves the tree.
            ReadError: The file cannot be read.
        """
        ...

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Change the tree if its status in it is `planned`; return the status, and what changed.

        Args:
            tree: The tree.
            force: Change it where the status is `conflict` too.

        Raises:
            ConfinementError: The path leaves the tree.
            ReadError: The file cannot be read.
        """
        ...

    def revert(self, tree: Tree) -> str | None:
        """Take it back as far as that loses nothing of a person's.

        Returns:
            Why something was kept; None: it is gone, or was not there.
        """
        ...


def is_in_conflict(content: bytes | str) -> bool:
    """Tell whether a file holds the markers that a merge leaves where it needs a person.

    Args:
        content: What the file holds.
    """
    return marker_at(content) is not None
