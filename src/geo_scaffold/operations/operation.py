"""The words that all operations share."""

from enum import StrEnum
from typing import NamedTuple, Protocol

from geo_scaffold.tree import Tree


class OpKind(StrEnum):
    """How an operation works; `confirm` artifacts have none."""

    CREATE = "create"
    ENSURE = "ensure"
    DERIVE = "derive"


class Status(StrEnum):
    """What an operation comes to in a tree."""

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
        """Tell what it comes to in this tree, without changing it.

        Raises:
            ConfinementError: The path leaves the tree.
            ReadError: The file cannot be read.
        """
        ...

    def apply(self, tree: Tree) -> None:
        """Change the tree; only after the status was `planned`, or `conflict` and the user wants it all the same."""
        ...

    def revert(self, tree: Tree) -> str | None:
        """Take it back as far as that loses nothing of a person's.

        Returns:
            Why something was kept; None: it is gone, or was not there.
        """
        ...
