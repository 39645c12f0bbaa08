"""What an edition says about the merge request of each phase: its description, its commit, its labels."""

from typing import Final, NamedTuple

from geo_scaffold.edition.sources import requests_of
from geo_scaffold.errors import ManifestError
from geo_scaffold.phases import Phase

GIVEN: Final = frozenset(
    {
        "checklist",
        "edited",
        "files",
        "flags",
        "is_generated",
        "labels",
        "migrations",
        "milestone",
        "phase",
        "references",
    }
)
"""What the templates of a merge request may use beside what all may; `verbs/mr/work.py` gives it."""
FOLDER: Final = "mr/"
"""The folder of these templates."""
ROLLOUT: Final = f"{FOLDER}rollout.md.j2"
"""The template of what a rollout issue says of a type."""


class MergeRequest(NamedTuple):
    """The merge request of one phase.

    Args:
        template: Of its description.
        message: The template of the body of its commit.
        subjects: Format strings of the subject; the first counts that GitLab's rules accept.
        later: Those of a commit that changes what an earlier one of the same merge request brought.
        labels: Its labels, beside that of the group.
        trailers: Of its commit, such as `Changelog: added`.
    """

    template: str
    message: str
    subjects: tuple[str, ...]
    later: tuple[str, ...]
    labels: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()


def load_merge_request(edition: str, phase: Phase) -> MergeRequest:
    """Read what an edition says of the merge request of a phase.

    Args:
        edition: The GitLab major version, such as `16`.
        phase: The phase.

    Raises:
        ManifestError: A manifest cannot be used, or says nothing of it.
        ReadError: A manifest cannot be read.
    """
    said = requests_of(edition).get(phase)
    if said is None:
        raise ManifestError(
            f"it says nothing about the merge request of the phase {phase}",
            edition=edition,
            remedy=f"Give it [merge_requests.{phase}], like the edition that it builds on",
        )
    lists = {key: tuple(said.get(key, ())) for key in ("subjects", "later", "labels", "trailers")}
    return MergeRequest(said["template"], said["message"], **lists)
