"""What a checklist is divided into: the sections that an edition names, or the steps of its merge requests.

The order of a manifest is that in which a run works; a person may be told to work in another one. Both are there.
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
        part: What it is a part of, the heading above it.
        title: Its own heading; empty: it is all of that part.
        name: What reports call it, which have one heading only.
    """

    part: str
    title: str
    name: str


class Placed(NamedTuple):
    """An artifact, and where a checklist has it."""

    section: Section
    artifact: Artifact


def arranged(edition: str, artifacts: Iterable[Artifact]) -> list[Placed]:
    """Return artifacts in the order in which people work on them.

    Inside a section the artifacts that it names come as it names them; any other stays behind the one of that section
    which is before it in the manifest.

    Args:
        edition: The GitLab major version, such as `16`.
        artifacts: Some of the edition's, in the order of its manifest.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    sections = sections_of(edition)
    if not sections:
        steps = load_steps(edition)
        return [Placed(_of_step(each, steps[each.step]), each) for each in artifacts]
    named = {id_: (at, place) for at, section in enumerate(sections) for place, id_ in enumerate(section["artifacts"])}
    last = dict.fromkeys(range(len(sections)), -1)
    places = []
    for artifact in artifacts:
        at, place = named.get(artifact.id) or _taking(sections, artifact, last)
        last[at] = place
        places.append(((at, place), artifact))
    places.sort(key=lambda each: each[0])
    return [Placed(_of_table(sections[at]), artifact) for (at, _), artifact in places]


def _of_step(artifact: Artifact, title: str) -> Section:
    title = "" if artifact.step == artifact.phase else title
    return Section(HEADINGS[artifact.phase], title, artifact.phase.value.capitalize())


def _taking(sections: "list[Any]", artifact: Artifact, last: dict[int, int]) -> tuple[int, int]:
    """Return the section that takes an artifact which none names, and its place there."""
    at = next(at for at, section in enumerate(sections) if takes(section, artifact.phase, artifact.op))
    return at, last[at]


def takes(section: Any, phase: str, op: str) -> bool:
    """Tell whether a section takes the artifacts of a phase that something is done for, and that none names.

    Args:
        section: The section, as a manifest has it.
        phase: Such as `schema`.
        op: Such as `create`.
    """
    return any(each["phase"] == phase and each.get("op", op) == op for each in section["takes"])


def _of_table(section: Any) -> Section:
    title = section.get("title", "")
    return Section(section["part"], title, title or section["part"])
