"""The work of one phase: what is known of the type, and what its merge request is about."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from geo_scaffold.checkout.elsewhere import found_for
from geo_scaffold.checkout.target import Found, find_receipt, folder_of
from geo_scaffold.edition import (
    Artifact,
    MergeRequest,
    Op,
    Renderer,
    load_manifest,
    load_merge_request,
    require_edition,
)
from geo_scaffold.edition.conditions import wanted_in
from geo_scaffold.edition.context import in_phase
from geo_scaffold.phases import Phase
from geo_scaffold.shown import shown
from geo_scaffold.verbs.checklist.selection import Chosen, Selection

_VERSION: Final = re.compile(r"/(?:post_)?migrate/([0-9A-Z]{14})_")
"""How the path of a migration says its version, which may be one that is still to be chosen."""
_FLAGS: Final = re.compile(r"/feature_flags/\w+/(\w+)\.yml$")
_BROUGHT: Final[Mapping[str, str]] = {"schema": "tables", "implementation": "implementation"}
"""What the merge request of an earlier phase brought."""
_ISSUES: Final[Mapping[str, str]] = {"feature_issue": "Issue", "rollout_issue": "Rollout issue of the feature flag"}


class File(NamedTuple):
    """A file that a phase is about.

    Args:
        artifact: The id of what it is of.
        path: Where it is, or where it would be, relative to the root of GitLab's tree.
        is_whole: Whether it is new as a whole; else there are entries in it.
    """

    artifact: str
    path: str
    is_whole: bool


class Migration(NamedTuple):
    """A migration of a phase.

    Args:
        version: Its version.
        database: Of GitLab, such as `main` or `geo`.
        path: Its file.
    """

    version: str
    database: str
    path: str


@dataclass(frozen=True)
class Work:
    """The work of one phase.

    Args:
        chosen: The type.
        phase: The phase.
        request: What the edition says of its merge request.
        renderer: Renders the templates of the edition.
        artifacts: What the tree asks for, of all phases, in order.
        context: What the templates of the phase may use.
        found: The receipt, and where it is; None: there is none.
        notes: What people should know.
    """

    chosen: Chosen
    phase: Phase
    request: MergeRequest
    renderer: Renderer
    artifacts: tuple[Artifact, ...]
    context: Mapping[str, Any]
    found: Found | None
    notes: tuple[str, ...]

    @property
    def model(self) -> str:
        """The Active Record class."""
        return self.chosen.subject.answers.model

    def rendered(self, template: str, **values: object) -> str:
        """Render a template of the merge request.

        Args:
            template: Its path below the edition's folder.
            **values: What it may use beside the context.
        """
        return self.renderer.render(template, {**self.context, **values})

    def text(self, path: str) -> str | None:
        """Return the text of a file of the checkout, in which nothing steers a terminal; None: it has none."""
        if self.chosen.standalone is not None:
            return None
        text = self.chosen.sources.text(path)
        return None if text is None else shown(text, keep="\n\t\r")


def work_on(model: str, phase: Phase, into: Path) -> Work:
    """Find out what the merge request of a phase is about; nothing is written.

    Args:
        model: The Active Record class, or the replicable name.
        phase: The phase.
        into: The folder that the user points to.

    Raises:
        GeoScaffoldError: There is no such type, or something cannot be read.
    """
    folder = folder_of(into)
    selection = Selection(folder)
    (chosen,) = selection.named([model])
    subject = chosen.subject
    edition = require_edition(subject.edition, needed_by=subject.answers.model)
    found = find_receipt(folder, subject.answers.model, subject.names["name"]) if subject.is_generated else None
    artifacts = tuple(_asked(chosen, edition))
    request = load_merge_request(edition, phase)
    context = in_phase(subject.context(), phase)
    files = tuple(_files(chosen, artifacts, phase))
    milestone = subject.answers.of_phase(phase).get("milestone", "")
    references = tuple(_references(chosen, phase))
    return Work(
        chosen=chosen,
        phase=phase,
        request=request,
        renderer=Renderer(edition, inflector=subject.inflector, overrides=chosen.overrides),
        artifacts=artifacts,
        context={
            **context,
            "phase": phase.value,
            "milestone": milestone,
            "labels": request.labels,
            "references": references,
            "files": files,
            "migrations": tuple(_migrations(files, str(context["states_schema"]))),
            "flags": tuple(_flags(chosen, artifacts)),
        },
        found=found,
        notes=(*selection.notes, *chosen.overrides.notes(edition), *_not_given(chosen, phase)),
    )


def _asked(chosen: Chosen, edition: str) -> Iterator[Artifact]:
    """Yield what the tree asks for, in the form that it shows."""
    subject = chosen.subject
    reading = chosen.sources if chosen.standalone is None else None
    for artifact in load_manifest(edition):
        context = subject.context(artifact.step)
        if subject.asks(artifact) and artifact.needed_for(context):
            wanted = wanted_in(artifact, reading, context)
            if wanted.is_asked:
                yield wanted.artifact


def _files(chosen: Chosen, artifacts: tuple[Artifact, ...], phase: Phase) -> Iterator[File]:
    for artifact in artifacts:
        if artifact.phase is not phase:
            continue
        context = in_phase(chosen.subject.context(artifact.step), phase)
        for target in artifact.targets:
            path = found_for(artifact, target, context, chosen.sources) or artifact.fill(target.path, context)
            yield File(artifact.id, path, target.whole)


def _migrations(files: tuple[File, ...], schema: str) -> Iterator[Migration]:
    for file in files:
        if file.is_whole and (version := _VERSION.search(file.path)):
            database = "geo" if file.path.startswith("ee/db/geo/") else schema.removeprefix("gitlab_")
            yield Migration(version[1], database, file.path)


def _flags(chosen: Chosen, artifacts: tuple[Artifact, ...]) -> Iterator[str]:
    for artifact in artifacts:
        for path in artifact.paths_for(chosen.subject.context()) if artifact.op is Op.CREATE else ():
            if flag := _FLAGS.search(path):
                yield flag[1]


def _references(chosen: Chosen, phase: Phase) -> Iterator[Mapping[str, str]]:
    """Yield what people gave: the issues, of this phase before others, and the merge requests of earlier phases."""
    answers = chosen.subject.answers
    for key, what in _ISSUES.items():
        given = [own[key] for each in (phase, *Phase) if key in (own := answers.of_phase(each))]
        if given:
            yield {"what": what, "url": given[0], "relation": "Related to"}
    brought: dict[str, list[str]] = {}
    for each in _before(phase):
        if (url := answers.of_phase(each).get("merge_request")) and url != answers.of_phase(phase).get("merge_request"):
            brought.setdefault(url, []).append(_BROUGHT[each])
    for url, those in brought.items():
        what = " and ".join(those).capitalize()
        yield {"what": f"{what}, in an earlier merge request", "url": url, "relation": "Follows"}


def _before(phase: Phase) -> tuple[Phase, ...]:
    in_order = tuple(Phase)
    return in_order[: in_order.index(phase)]


def _not_given(chosen: Chosen, phase: Phase) -> Iterator[str]:
    """Yield what the references lack."""
    subject = chosen.subject
    if not subject.is_generated:
        return
    given = {reference["what"] for reference in _references(chosen, phase)}
    command = f"geo-scaffold new {subject.answers.model}"
    if _ISSUES["feature_issue"] not in given:
        yield f"The description names no issue, as nobody gave one: `{command} --feature-issue URL` does."
    for each in _before(phase):
        if "merge_request" not in subject.answers.of_phase(each):
            yield (
                f"The description does not name the merge request of the phase {each}, as nobody gave it:"
                f" `{command} --phase {each} --mr URL` does."
            )
