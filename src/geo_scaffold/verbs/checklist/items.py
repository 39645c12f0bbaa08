"""The vocabulary of a report."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from geo_scaffold.edition import Level
from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass, field


class State(StrEnum):
    """The state of an artifact."""

    DONE = "done"
    MISSING = "missing"
    """It does not exist."""
    DIFFERS = "differs"
    """A part of it is missing or has another meaning, or its file cannot be read."""
    PENDING = "pending"
    """A later phase needs it."""
    CONFIRM = "confirm"
    """Only a person can tell."""
    CONFIRMED = "confirmed"
    """A person has confirmed it."""
    NOT_APPLICABLE = "not_applicable"
    """This type does not need it."""


OPEN: Final = (State.MISSING, State.DIFFERS)
"""The states that a program found to be open."""


class Verdict(NamedTuple):
    """The verdict on one artifact, or on one of its files.

    Args:
        state: The state.
        message: The reason, if it is not obvious: one line, or one line for each of several reasons.
        remedy: What to do: a command, or lines to paste.
        path: The file, relative to the root of GitLab's tree.
        line: The line in the file.
        place: Finds the line where it would go; only called for open items, because it takes an edit.
        findings: The separate findings in the message, if they are not its lines.
        level: The cost, if it is less than that of a missing artifact.
    """

    state: State
    message: str = ""
    remedy: str = ""
    path: str = ""
    line: int | None = None
    place: Callable[[], int | None] | None = None
    findings: tuple[str, ...] = ()
    level: Level | None = None

    def all_findings(self) -> tuple[str, ...]:
        """Return the separate findings in the message."""
        return self.findings or tuple(self.message.splitlines())


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact of one type.

    Args:
        id: Its id.
        title: What to do, in Markdown.
        phase: The merge request that it belongs to.
        level: The cost if it is missing.
        state: Its state.
        path: Its file, if it has one.
        line: The line in the file.
        message: The reason.
        remedy: What to do about it.
        before: Whether it was already open at the merge base.
        section: Its heading in reports; empty for its phase.
        findings: The separate findings in the message; only known during the audit.
    """

    id: str
    title: str
    phase: Phase
    level: Level
    state: State
    path: str = ""
    line: int | None = None
    message: str = ""
    remedy: str = ""
    before: bool = False
    section: str = ""
    findings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def heading(self) -> str:
        """Its heading in reports."""
        return self.section or self.phase.value.capitalize()


@dataclass(frozen=True, slots=True)
class TypeReport:
    """All artifacts of one type.

    Args:
        model: The Active Record class.
        name: The replicable name.
        title: Its title.
        kind: One of `KINDS`.
        is_released: Whether its feature flag is on by default.
        items: Its items, in the order in which people work on them.
        folder: Its standalone folder, or None if it is in the checkout.
        prefix: The prefix of a path of GitLab's tree in that folder.
    """

    model: str
    name: str
    title: str
    kind: str
    is_released: bool
    items: tuple[Item, ...]
    folder: Path | None = None
    prefix: str = ""


@dataclass(slots=True)
class Report:
    """The result of an audit.

    Args:
        edition: The edition whose manifest was applied.
        types: The types, in the requested order.
        notes: Notes for people.
        is_lasting: Whether it is valid as long as the files are unchanged; not if something could not be read.
    """

    edition: str
    types: tuple[TypeReport, ...]
    notes: list[str] = field(default_factory=list)
    is_lasting: bool = True

    def summary(self) -> dict[str, int]:
        """Return how many items are in each state, including those with none."""
        counts = Counter(item.state for report in self.types for item in report.items)
        return {state.value: counts[state] for state in State}

    def is_open(self, *, strict: bool) -> bool:
        """Tell whether something is left to do.

        Args:
            strict: Whether an unconfirmed decision counts as open.
        """
        return any(fails(item, strict=strict) for report in self.types for item in report.items)


def fails(item: Item, *, strict: bool) -> bool:
    """Tell whether an item is open, and was not before."""
    return _is_open(item, strict=strict) and not item.before


def was_open_before(item: Item, *, strict: bool) -> bool:
    """Tell whether an item is open, and was before."""
    return _is_open(item, strict=strict) and item.before


def _is_open(item: Item, *, strict: bool) -> bool:
    return item.state in OPEN or (strict and item.state is State.CONFIRM)
