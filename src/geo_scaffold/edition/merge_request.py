"""An edition's description, commit and labels for the merge request of each phase."""

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
"""What the templates of a merge request may use besides what all may; it comes from `verbs/mr/work.py`."""
FOLDER: Final = "mr/"
"""The folder of these templates."""
ROLLOUT: Final = f"{FOLDER}rollout.md.j2"
"""The template of the text about a type in a rollout issue."""


class MergeRequest(NamedTuple):
    """The merge request of one phase.

    Args:
        template: The template of its description.
        message: The template of the body of its commit.
        subjects: Format strings of the subject; the first that GitLab's rules accept is used.
        later: The same for a commit that changes an earlier one of the same merge request.
        labels: Its labels, besides the group's.
        trailers: The trailers of its commit, such as `Changelog: added`.
    """

    template: str
    message: str
    subjects: tuple[str, ...]
    later: tuple[str, ...]
    labels: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()


def load_merge_request(edition: str, phase: Phase) -> MergeRequest:
    """Read an edition's merge request of a phase.

    Args:
        edition: The GitLab major version, such as `16`.
        phase: The phase.

    Raises:
        ManifestError: A manifest cannot be used, or does not have it.
        ReadError: A manifest cannot be read.
    """
    request = requests_of(edition).get(phase)
    if request is None:
        raise ManifestError(
            f"it says nothing about the merge request of the phase {phase}",
            edition=edition,
            remedy=f"Give it [merge_requests.{phase}], like the edition that it builds on",
        )
    lists = {key: tuple(request.get(key, ())) for key in ("subjects", "later", "labels", "trailers")}
    return MergeRequest(request["template"], request["message"], **lists)
