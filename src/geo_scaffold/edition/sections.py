"""The sections of a checklist: those that an edition names, or the steps of its merge requests.

A run follows the order of the manifest; a person may be told to follow another one.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from geo_scaffold.edition.manifest import Artifact, load_steps
from geo_scaffold.edition.sources import sections_of
from geo_scaffold.phases import Phase

HEADINGS: Final = {
    Phase.SCHEMA: "Modify the database schemas",
    Phase.IMPLEMENTATION: "Implement behind a feature flag",
    Phase.RELEASE: "Release",
}
"""The headings of the three merge requests."""


class Section(NamedTuple):
    """A heading of a checklist.

    Args:
        part: The heading above it.
        title: Its own heading; empty if it is the whole part.
        name: Its name in reports, which have only one level of headings.
    """

    part: str
    title: str
    name: str


class PlacedArtifact(NamedTuple):
    """An artifact, and its place in a checklist."""

    section: Section
    artifact: Artifact


def arranged(edition: str, artifacts: Iterable[Artifact]) -> list[PlacedArtifact]:
    """Return artifacts in the order in which people work on them.

    In a section, the artifacts that it names come in that order; any other follows the one before it in the manifest
    that is in the same section.

    Args:
        edition: The GitLab major version, such as `16`.
        artifacts: Some of the edition's artifacts, in the order of its manifest.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    sections = sections_of(edition)
    if not sections:
        steps = load_steps(edition)
        return [PlacedArtifact(_of_step(each, steps[each.step]), each) for each in artifacts]
    named = {id_: (at, place) for at, section in enumerate(sections) for place, id_ in enumerate(section["artifacts"])}
    last = dict.fromkeys(range(len(sections)), -1)
    places = []
    for artifact in artifacts:
        at, place = named.get(artifact.id) or _taking(sections, artifact, last)
        last[at] = place
        places.append(((at, place), artifact))
    places.sort(key=lambda each: each[0])
    return [PlacedArtifact(_of_table(sections[at]), artifact) for (at, _), artifact in places]


def _of_step(artifact: Artifact, title: str) -> Section:
    title = "" if artifact.step == artifact.phase else title
    return Section(HEADINGS[artifact.phase], title, artifact.phase.value.capitalize())


def _taking(sections: "list[Any]", artifact: Artifact, last: dict[int, int]) -> tuple[int, int]:
    """Return the section of an artifact that none names, and its place there."""
    at = next(at for at, section in enumerate(sections) if takes(section, artifact.phase, artifact.op))
    return at, last[at]


def takes(section: Any, phase: str, op: str) -> bool:
    """Tell whether a section takes the artifacts with a phase and an `op` that no section names.

    Args:
        section: The section, as a manifest has it.
        phase: Such as `schema`.
        op: Such as `create`.
    """
    return any(each["phase"] == phase and each.get("op", op) == op for each in section["takes"])


def _of_table(section: Any) -> Section:
    title = section.get("title", "")
    return Section(section["part"], title, title or section["part"])
