"""What is asked for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from geo_scaffold.git import Changes

Compare = Callable[[Path], "Changes"]
"""Returns what a branch changes, for the root of a checkout."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Args:
        models: The types; none: those with a receipt, else all.
        everything: All types of the checkout.
        changes: Only the types that a branch touches.
        phase: The phase that the work is in; None: as far as each type has come.
        ticks: A Markdown description with boxes; None: none, but for the `CHECKLIST.md` of a folder.
    """

    models: tuple[str, ...] = ()
    everything: bool = False
    changes: Compare | None = None
    phase: Phase | None = None
    ticks: str | None = None

    def question(self, changes: "Changes | None") -> Mapping[str, object]:
        """Return it as JSON holds it.

        Args:
            changes: What `changes` returned.
        """
        return {
            "models": self.models,
            "everything": self.everything,
            "changes": None if changes is None else changes.question(),
            "phase": self.phase,
            "ticks": self.ticks,
        }
