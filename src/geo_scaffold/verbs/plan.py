"""The steps of one run, computed before anything is written; preview, JSON and writer all read this one plan."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from geo_scaffold.answers import PLACEHOLDERS, Answers
from geo_scaffold.checkout.target import Target
from geo_scaffold.commit import CommitResult, commit_changes, create_folder
from geo_scaffold.edition import Artifact
from geo_scaffold.names import Names
from geo_scaffold.operations import Applied, EntryOperation, FileOperation, Operation, Outcome, Status
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
        content: What to write instead of the rendering, if the user edited it.
    """

    choice: Choice
    content: bytes | None = None


@dataclass(slots=True)
class PlanStep:
    """One operation of a plan.

    Args:
        operation: The operation.
        artifact: Its artifact, or None for the checklist, which is not an artifact of an edition.
        outcome: Its outcome in the tree.
        is_done: Whether its result is, or will be, in the tree.
        applied: What applying it changed, or None if it was not applied.
        is_merged: Whether it concerns something merged, which stays as it is.
    """

    operation: Operation
    artifact: Artifact | None
    outcome: Outcome
    is_done: bool = False
    applied: Applied | None = None
    is_merged: bool = False

    @property
    def is_entry(self) -> bool:
        """Whether it concerns a part of a file, not all of it."""
        return isinstance(self.operation, EntryOperation)

    @property
    def is_by_hand(self) -> bool:
        """Whether a person has already moved or changed what is recorded as the plan would."""
        return self.outcome.status is Status.UNCHANGED and not self.is_merged

    @property
    def snippet(self) -> str:
        """The lines to paste by hand, for an entry."""
        return self.operation.snippet if isinstance(self.operation, EntryOperation) else ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The missing answers for which the rendering has placeholders."""
        operation = self.operation
        content = operation.content.decode() if isinstance(operation, FileOperation) else self.snippet
        return tuple(key for key, text in PLACEHOLDERS.items() if text in content)


def source_of(operation: Operation) -> str | None:
    """Return the path under which an operation is recorded, if that differs from its own, or None."""
    return operation.source if isinstance(operation, FileOperation | EntryOperation) else None


Decide = Callable[[PlanStep, Tree], Decision]
"""Decides what to do about a conflict."""


@dataclass(slots=True)
class Plan:
    """What one run would do.

    Args:
        target: The target.
        answers: The answers of this run and of earlier ones.
        names: Every spelling.
        receipt: The path of the receipt.
        edition: The edition.
        tree: The target as it will be.
        steps: The steps, in the order of the manifest.
        notes: Notes for people.
        decisions: The ids of what only a person can do.
        facts: The facts about the model, or None if there is no checkout.
        emptied: Folders of earlier runs that will be empty.
        moved: The current paths of created files that people have moved, by id and path of their records.
    """

    target: Target
    answers: Answers
    names: Names
    receipt: str
    edition: str
    tree: Tree
    steps: list[PlanStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decisions: tuple[str, ...] = ()
    facts: "Facts | None" = None
    emptied: tuple[str, ...] = ()
    moved: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def with_status(self, *statuses: Status) -> list[PlanStep]:
        """Return the steps with one of these statuses."""
        return [step for step in self.steps if step.outcome.status in statuses]

    def open_answers(self) -> Mapping[str, list[str]]:
        """Return the files with each placeholder, by the missing answer."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            if step.is_done and step.artifact is not None:
                for key in step.placeholders:
                    found.setdefault(key, []).append(step.operation.path)
        return found

    def open_in(self, key: str) -> Phase | None:
        """Return the one phase whose files have a placeholder, or None if those of every phase of the plan do, or none.

        A merge request is given for the phases of a run: that of the others need not be given again.
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
        GeoScaffoldError: As raised by the commit layer; nothing was written.
    """
    root, changes = plan.target.root, plan.tree.changes()
    if not changes:
        return CommitResult()
    if root.is_dir() and any(root.iterdir()):
        return commit_changes(root, changes, durable=durable, remove_empty=plan.emptied, seen=plan.tree.seen())
    files = {change.path: change.after for change in changes if change.after is not None}
    create_folder(root, files, durable=durable)
    return CommitResult(created=tuple(files), created_directories=plan.tree.missing_folders())
