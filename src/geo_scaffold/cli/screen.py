"""Text for people at a terminal: lines of its width, colours if it has them, and the next steps as commands."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from geo_scaffold.cli.report import wants_colour
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.phases import Phase
    from geo_scaffold.verbs.plan import PlanStep

LABEL: Final = 11
"""The width of a status, with the space after it."""
INSET: Final = " " * (LABEL + 4)
"""The indentation of the lines below a status."""
_NARROWEST: Final = 40
_WIDEST: Final = 120
"""Longer lines of text are hard to read."""
_CODES: Final = {
    **dict.fromkeys(("planned", "written", "edited", "removed"), "32"),
    **dict.fromkeys(("unchanged", "skipped", "gone", "dim"), "2"),
    **dict.fromkeys(("open", "kept"), "33"),
    **dict.fromkeys(("blocked", "conflict", "missing"), "31"),
    "differs": "35",
    "strong": "1",
}


class NextStep(NamedTuple):
    """One thing to do next.

    Args:
        what: Its purpose, in a few words.
        command: The command to enter; empty if there is none.
    """

    what: str
    command: str = ""


class Screen(NamedTuple):
    """How a terminal shows text.

    Args:
        width: Its columns.
        has_colour: Whether it has colours.
    """

    width: int
    has_colour: bool

    @classmethod
    def of_output(cls) -> Self:
        """Return the screen of standard output."""
        columns = shutil.get_terminal_size().columns
        return cls(max(_NARROWEST, min(columns, _WIDEST)), wants_colour(sys.stdout))

    def painted(self, text: str, role: str) -> str:
        """Return a text in the colour of a status, or of `dim` or `strong`.

        Args:
            text: The text.
            role: A status, `dim` or `strong`.
        """
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.has_colour and text else text

    def labelled(self, status: str, text: str, note: str = "") -> str:
        """Return a line that begins with a status, and may end with dimmed text.

        Args:
            status: The status, which also determines its colour.
            text: The text after it.
            note: Dimmed text at the end; empty for none.
        """
        label = self.painted(f"{status:<{LABEL}}", status)
        return f"    {label}{text}{self.painted(f'  {note}' if note else '', 'dim')}"

    def wrapped(self, text: str, inset: str = INSET) -> list[str]:
        """Return a text in lines that fit, never broken within a word, so that commands and paths can be copied.

        Args:
            text: The text.
            inset: The indentation of each line.
        """
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=inset,
            subsequent_indent=inset,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def next_steps(self, steps: Iterable[NextStep]) -> Iterator[str]:
        """Yield the lines that show the next steps, in order."""
        for number, step in enumerate(steps, 1):
            if number == 1:
                yield from ("", "  Next")
            first, *rest = self.wrapped(shown(step.what), " " * 7)
            yield from (f"    {number}. {first[7:]}", *rest)
            if step.command:  # on a separate line and never wrapped, so that it can be copied
                yield f"         {self.painted(shown(step.command), 'strong')}"


def is_screen() -> bool:
    """Tell whether a person reads standard output directly."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def heading_of(path: str, phase: "Phase | None", note: str = "Checklist") -> str:
    """Return the heading under which to count an operation: its merge request, or another part.

    Args:
        path: Its file.
        phase: The phase of its artifact, or None if it has none.
        note: The heading for no phase.
    """
    from geo_scaffold.checkout.target import RUNTIME

    if path.startswith(RUNTIME):
        return "Runtime"
    return phase.value.capitalize() if phase else note


def count_of(number: int, thing: str) -> str:
    """Return a number with its noun, in the singular or plural.

    Args:
        number: The number.
        thing: The noun, in the singular.
    """
    plural = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number} {thing if number == 1 else plural}"


def status_of(step: "PlanStep", *, is_done: bool) -> str:
    """Return the status of a step in words.

    Args:
        step: The step.
        is_done: Whether the plan was carried out.
    """
    status = step.outcome.status.value
    return ("edited" if step.is_entry else "written") if is_done and status == "planned" else status
