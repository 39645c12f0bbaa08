"""The words of a report."""

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
    """It is not there."""
    DIFFERS = "differs"
    """A part of it is not there, or means something else, or its file cannot be read."""
    PENDING = "pending"
    """A later phase asks for it."""
    CONFIRM = "confirm"
    """Only a person can tell."""
    CONFIRMED = "confirmed"
    """A person has told."""
    NOT_APPLICABLE = "not_applicable"
    """This type does not need it."""


OPEN: Final = (State.MISSING, State.DIFFERS)
"""What a program found to be open."""


class Verdict(NamedTuple):
    """The verdict on one artifact, or on one of its files.

    Args:
        state: What.
        message: Why, where that is not plain: one line, or one line each for several reasons.
        remedy: What to do: a command, or lines to paste.
        path: The file, relative to the root of GitLab's tree.
        line: Where in it.
        place: Finds the line where it would go; asked only of what is reported as open, as it takes an edit.
        findings: All that the message says, one each, where that is not its lines.
        level: What that costs, where it is less than that all of the artifact is missing.
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
        """Return all that the message says, one each."""
        return self.findings or tuple(self.message.splitlines())


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact of one type.

    Args:
        id: Its id.
        title: What to do, in Markdown.
        phase: The merge request that it belongs to.
        level: What it costs when it is missing.
        state: The state that it is in.
        path: The file that it is about, if it is about one.
        line: Where in it.
        message: Why.
        remedy: What to do about it.
        before: Whether it was open already where a branch left another one.
        section: The heading that reports have it below; empty: its phase.
        findings: All that the message says, one each; known while it is audited only.
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
        """What reports have it below."""
        return self.section or self.phase.value.capitalize()


@dataclass(frozen=True, slots=True)
class TypeReport:
    """All artifacts of one type.

    Args:
        model: The Active Record class.
        name: The replicable name.
        title: For people.
        kind: One of `KINDS`.
        is_released: Whether its feature flag is on by default.
        items: In the order in which people work on them.
        folder: The folder of its own that it is in, or None if it is in the checkout.
        prefix: What comes before a path of GitLab's tree in that folder.
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
    """What was found.

    Args:
        edition: The edition whose manifest was applied.
        types: The types, in the order in which they were asked for.
        notes: What people should know beside it.
        is_lasting: Whether it holds as long as the files are the same; else something could not be looked at.
    """

    edition: str
    types: tuple[TypeReport, ...]
    notes: list[str] = field(default_factory=list)
    is_lasting: bool = True

    def summary(self) -> dict[str, int]:
        """Return how many items came to each state; every state is there."""
        counts = Counter(item.state for report in self.types for item in report.items)
        return {state.value: counts[state] for state in State}

    def is_open(self, *, strict: bool) -> bool:
        """Tell whether something is left to do.

        Args:
            strict: Whether a decision that nobody has confirmed counts.
        """
        return any(fails(item, strict=strict) for report in self.types for item in report.items)


def fails(item: Item, *, strict: bool) -> bool:
    """Tell whether an item is open, and was not before."""
    return _is_open(item, strict=strict) and not item.before


def was_open(item: Item, *, strict: bool) -> bool:
    """Tell whether an item is open, and was before."""
    return _is_open(item, strict=strict) and item.before


def _is_open(item: Item, *, strict: bool) -> bool:
    return item.state in OPEN or (strict and item.state is State.CONFIRM)
