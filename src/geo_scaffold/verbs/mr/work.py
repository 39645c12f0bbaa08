"""The work of one phase: what is known about the type, and what its merge request contains."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from geo_scaffold.checkout.other_places import other_file_for
from geo_scaffold.checkout.target import FoundReceipt, Layout, Target, find_checkout, find_receipt, folder_of
from geo_scaffold.commit import digest
from geo_scaffold.edition import (
    Artifact,
    MergeRequest,
    Op,
    Renderer,
    load_manifest,
    load_merge_request,
    milestone_of,
    require_edition,
)
from geo_scaffold.edition.conditions import applicability_in
from geo_scaffold.edition.context import in_phase
from geo_scaffold.errors import RefusedError
from geo_scaffold.escaping import shown
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, by_place
from geo_scaffold.records import dataclass
from geo_scaffold.verbs.checklist.selection import Chosen, TypeSelection
from geo_scaffold.verbs.mr.references import references_of

_VERSION: Final = re.compile(r"/(?:post_)?migrate/([0-9A-Z]{14})_")
"""The version in the path of a migration, which may not be chosen yet."""
# ee/config/feature_flags/ops/geo_cool_widget_replication.yml.
_FLAGS: Final = re.compile(r"/feature_flags/\w+/(\w+)\.yml$")


class File(NamedTuple):
    """A file of a phase.

    Args:
        artifact: The id of its artifact.
        path: Its actual or future path, relative to the root of GitLab's tree.
        is_whole: Whether it is a whole new file; if not, it has entries.
    """

    artifact: str
    path: str
    is_whole: bool


class Migration(NamedTuple):
    """A migration of a phase.

    Args:
        version: Its version.
        database: GitLab's database, such as `main` or `geo`.
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
        request: The edition's definition of its merge request.
        renderer: Renders the templates of the edition.
        artifacts: The artifacts that the tree needs, of all phases, in order.
        context: What the templates of the phase may use.
        found: The receipt and its place, or None if there is none.
        notes: Notes for people.
    """

    chosen: Chosen
    phase: Phase
    request: MergeRequest
    renderer: Renderer
    artifacts: tuple[Artifact, ...]
    context: Mapping[str, Any]
    found: FoundReceipt | None
    notes: tuple[str, ...]

    @property
    def model(self) -> str:
        """The Active Record class."""
        return self.chosen.subject.answers.model

    def rendered(self, template: str, **values: object) -> str:
        """Render a template of the merge request.

        Args:
            template: Its path below the edition's folder.
            **values: The values that it may use besides the context.
        """
        return self.renderer.render(template, {**self.context, **values})

    def text(self, path: str) -> str | None:
        """Return the text of a file of the checkout, with control characters escaped, or None if there is none."""
        if self.chosen.standalone is not None:
            return None
        text = self.chosen.sources.text(path)
        return None if text is None else shown(text, keep="\n\t\r")


def work_on(model: str, phase: Phase, into: Path) -> Work:
    """Return what the merge request of a phase contains, without writing anything.

    Args:
        model: The Active Record class, or the replicable name.
        phase: The phase.
        into: The folder given by the user.

    Raises:
        GeoScaffoldError: There is no such type, or something cannot be read.
    """
    folder = folder_of(into)
    selection = TypeSelection(folder)
    (chosen,) = selection.named([model])
    if (refusal := chosen.refusal) is not None:
        raise RefusedError(refusal.reason, path=refusal.source, remedy=refusal.remedy)
    subject = chosen.subject
    edition = require_edition(subject.edition, needed_by=subject.answers.model)
    found = find_receipt(folder, subject.answers.model, subject.names["name"]) if subject.is_generated else None
    artifacts = tuple(_needed_artifacts(chosen, edition))
    request = load_merge_request(edition, phase)
    context = in_phase(subject.context(), phase)
    files = tuple(_files(chosen, artifacts, phase))
    milestone = subject.answers.of_phase(phase).get("milestone") if subject.is_generated else None
    references = references_of(chosen, artifacts, phase)
    return Work(
        chosen=chosen,
        phase=phase,
        request=request,
        renderer=Renderer(edition, inflector=subject.inflector, overrides=chosen.overrides),
        artifacts=artifacts,
        context={
            **context,
            "phase": phase.value,
            "milestone": milestone or _milestone_of(folder),
            "labels": request.labels,
            "references": references.given,
            "files": files,
            "migrations": tuple(_migrations(files, str(context["states_schema"]))),
            "is_generated": found is not None,
            "edited": tuple(_edited(chosen, found.receipt, files)) if found else (),
            "flags": tuple(_flags(chosen, artifacts)),
        },
        found=found,
        notes=(*selection.notes, *chosen.overrides.notes(edition), *references.lacking),
    )


def _milestone_of(folder: Path) -> str:
    """Return the milestone of a checkout, in which current merges are released; empty if there is no checkout."""
    root = find_checkout(folder)
    return milestone_of(Target(root, Layout.CHECKOUT).gitlab_version) or "" if root else ""


def _needed_artifacts(chosen: Chosen, edition: str) -> Iterator[Artifact]:
    """Yield the artifacts that the tree needs, each in its form."""
    subject = chosen.subject
    reading = chosen.sources if chosen.standalone is None else None
    for artifact in load_manifest(edition):
        context = subject.context(artifact.step)
        if subject.asks(artifact) and artifact.needed_for(context):
            wanted = applicability_in(artifact, reading, context)
            if wanted.applies:
                yield wanted.artifact


def _files(chosen: Chosen, artifacts: tuple[Artifact, ...], phase: Phase) -> Iterator[File]:
    for artifact in artifacts:
        if artifact.phase is not phase:
            continue
        context = in_phase(chosen.subject.context(artifact.step), phase)
        for target in artifact.targets_for(context):
            path = other_file_for(artifact, target, context, chosen.sources) or artifact.fill(target.path, context)
            yield File(artifact.id, path, target.whole)


def _edited(chosen: Chosen, receipt: Receipt, files: tuple[File, ...]) -> Iterator[str]:
    """Yield the files of a phase that people edited; files with entries, such as those of the release, are skipped."""
    recorded = by_place(receipt.records)
    shared = {record.path for record in receipt.records if record.rendered is None}
    for file in files:
        path = chosen.sources.prefix + file.path
        record, content = recorded.get((file.artifact, path)), chosen.sources.read(file.path)
        if record is None or content is None or path in shared:
            continue
        # A checkout may have changed their line ends.
        if record.rendered not in (None, digest(content.replace(b"\r\n", b"\n"))):
            yield file.path


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
