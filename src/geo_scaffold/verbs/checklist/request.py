"""What the user asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from geo_scaffold.git import Changes

Compare = Callable[[Path], "Changes"]
"""Returns the changes of a branch, for the root of a checkout."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    Args:
        models: The types; empty for those with a receipt, else all.
        everything: All types of the checkout.
        changes: Only the types that a branch touches.
        phase: The phase of the work, or None for as far as each type has come.
        ticks: A Markdown description with boxes, or None to use only the `CHECKLIST.md` of a folder.
    """

    models: tuple[str, ...] = ()
    everything: bool = False
    changes: Compare | None = None
    phase: Phase | None = None
    ticks: str | None = None

    def question(self, changes: "Changes | None") -> Mapping[str, object]:
        """Return it as JSON values.

        Args:
            changes: The result of `changes`.
        """
        return {
            "models": self.models,
            "everything": self.everything,
            "changes": None if changes is None else changes.question(),
            "phase": self.phase,
            "ticks": self.ticks,
        }
