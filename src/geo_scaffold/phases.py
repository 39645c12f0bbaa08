"""The merge requests in which a type is introduced."""

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """The merge request to which an artifact, or an answer, belongs."""

    SCHEMA = "schema"
    IMPLEMENTATION = "implementation"
    RELEASE = "release"


NEW_PHASES: Final = (Phase.SCHEMA, Phase.IMPLEMENTATION)
"""The phases of `new`; the release has its own verb."""
