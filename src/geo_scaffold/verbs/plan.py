"""The steps of one run, computed before anything is written; preview, JSON and writer all read this one plan."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from geo_scaffold.answers import PLACEHOLDERS, Answers
from geo_scaffold.checkout.target import Target
from geo_scaffold.commit import CommitResult, commit_changes, create_folder
from geo_scaffold.edition import Artifact
from geo_scaffold.names import Names
from geo_scaffold.operations import Applied, EntryOperation, FileOperation, Operation, Status, Verdict
from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass, field
from geo_scaffold.tree import Tree

if TYPE_CHECKING:
    from geo_scaffold.checkout import Facts


class Choice(StrEnum):
    """What to do about a file that somebody else wrote."""

    ABORT = "abort"
    SKIP = "skip"
    FORCE = "force"


class Decision(NamedTuple):
    """What was decided about one conflict.

    Args:
        choice: What to do.
        content: What to write instead of the rendering, where the user has edited it.
    """

    choice: Choice
    content: bytes | None = None


@dataclass(slots=True)
class Step:
    """One operation of a plan.

    Args:
        operation: What is done.
        artifact: What it is done for; None for the checklist, which no edition asks for.
        verdict: The verdict on it.
        is_done: Whether its result is, or will be, in the tree.
        applied: What applying it changed, or None if it was not applied.
        is_merged: Whether it is about what is merged, which stays as it is.
    """

    operation: Operation
    artifact: Artifact | None
    verdict: Verdict
    is_done: bool = False
    applied: Applied | None = None
    is_merged: bool = False

    @property
    def is_entry(self) -> bool:
        """Whether it is about a part of a file, not about all of it."""
        return isinstance(self.operation, EntryOperation)

    @property
    def is_by_hand(self) -> bool:
        """Whether a person has brought what is recorded to where it belongs now, or to what it is to say now."""
        return self.verdict.status is Status.UNCHANGED and not self.is_merged

    @property
    def snippet(self) -> str:
        """The lines to paste by hand, for an entry."""
        return self.operation.snippet if isinstance(self.operation, EntryOperation) else ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The answers that nobody gave and that stand in the rendering as placeholders."""
        operation = self.operation
        content = operation.content.decode() if isinstance(operation, FileOperation) else self.snippet
        return tuple(key for key, text in PLACEHOLDERS.items() if text in content)


def source_of(operation: Operation) -> str | None:
    """Return the path at which an operation is recorded, where that is another one, or None if it is not."""
    return operation.source if isinstance(operation, FileOperation | EntryOperation) else None


Decide = Callable[[Step, Tree], Decision]
"""Answers what to do about a conflict."""


@dataclass(slots=True)
class Plan:
    """What one run would do.

    Args:
        target: Where.
        answers: The answers of this run and of earlier ones.
        names: Every spelling.
        receipt: Where the receipt is.
        edition: The edition.
        tree: The target as it will be.
        steps: In the order of the manifest.
        notes: What people should know.
        decisions: Ids of what only a person can do.
        facts: What the checkout says of the model, or None if there is no checkout.
        emptied: Folders of earlier runs in which nothing is left.
        moved: Where created files are by now that people have moved, by id and path of their records.
    """

    target: Target
    answers: Answers
    names: Names
    receipt: str
    edition: str
    tree: Tree
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decisions: tuple[str, ...] = ()
    facts: "Facts | None" = None
    emptied: tuple[str, ...] = ()
    moved: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def with_status(self, *statuses: Status) -> list[Step]:
        """Return the steps that came to one of these."""
        return [step for step in self.steps if step.verdict.status in statuses]

    def open_answers(self) -> Mapping[str, list[str]]:
        """Return the files that hold each placeholder, by the answer that nobody gave."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            if step.is_done and step.artifact is not None:
                for key in step.placeholders:
                    found.setdefault(key, []).append(step.operation.path)
        return found

    def open_in(self, key: str) -> Phase | None:
        """Return the one phase whose files hold a placeholder, or None if those of each phase of the plan do, or none.

        A merge request is answered for the phases of a run: that of the others is not to be answered again.
        """
        steps = [step for step in self.steps if step.artifact is not None]
        phases = {step.artifact.phase for step in steps if step.artifact and step.is_done and key in step.placeholders}
        is_part = phases < {step.artifact.phase for step in steps if step.artifact}
        return min(phases) if is_part and phases else None


def write(plan: Plan, *, durable: bool = True) -> CommitResult:
    """Write all of a plan, or nothing.

    Args:
        plan: The plan.
        durable: Wait for the disk.

    Raises:
        GeoScaffoldError: What the commit layer says; nothing was written.
    """
    root, changes = plan.target.root, plan.tree.changes()
    if not changes:
        return CommitResult()
    if root.is_dir() and any(root.iterdir()):
        return commit_changes(root, changes, durable=durable, remove_empty=plan.emptied, seen=plan.tree.seen())
    files = {change.path: change.after for change in changes if change.after is not None}
    create_folder(root, files, durable=durable)
    return CommitResult(created=tuple(files), created_directories=plan.tree.missing_folders())
