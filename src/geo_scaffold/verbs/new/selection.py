"""Which part of the artifacts is wanted."""

from collections.abc import Sequence
from typing import Final

from geo_scaffold.edition import CHECKLIST_ID, Artifact
from geo_scaffold.errors import UsageError
from geo_scaffold.phases import NEW_PHASES, Phase
from geo_scaffold.records import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of the artifacts is wanted.

    Args:
        phases: The phases.
        only: Artifact ids; empty for all.
        skip: Artifact ids that are not wanted.
        again: Artifact ids that are wanted whatever the rest says, as another answer changes them.
    """

    phases: tuple[Phase, ...] = NEW_PHASES
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()

    def wants(self, artifact_id: str) -> bool:
        """Tell whether an artifact of one of the phases is wanted."""
        return artifact_id not in self.skip and (not self.only or artifact_id in self.only)

    def covers(self, artifact: Artifact) -> bool:
        """Tell whether an artifact is wanted now."""
        return artifact.id in self.again or (artifact.phase in self.phases and self.wants(artifact.id))

    def check_ids(self, artifacts: Sequence[Artifact]) -> None:
        """Refuse ids that are neither an artifact's nor the checklist's, and wanted ones of other phases.

        Args:
            artifacts: All artifacts for the model's kind.

        Raises:
            UsageError: One of `--only` or `--skip` is unknown, or this run writes nothing of it.
        """
        known = [artifact.id for artifact in artifacts]
        for option, ids in (("--only", self.only), ("--skip", self.skip)):
            for each in sorted(ids):
                if each not in known and each != CHECKLIST_ID:
                    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

                    close = get_close_matches(each, known, n=3)
                    hint = f"Perhaps {' or '.join(close)}; " if close else ""
                    raise UsageError(
                        f"{option} {each!a} is not the id of an artifact of this kind",
                        remedy=f"{hint}--dry-run shows every id",
                    )
        of = {artifact.id: artifact.phase for artifact in artifacts}
        for each in sorted(self.only):
            if (phase := of.get(each)) is not None and phase not in self.phases:
                verb = "release" if phase is Phase.RELEASE else f"new --phase {phase}"
                raise UsageError(
                    f"--only {each} is in the phase {phase}, and this run is for {' and '.join(self.phases)}",
                    remedy=f"Use geo-scaffold {verb}, or leave it out",
                )


EVERYTHING: Final = Selection()
