"""The audits of the types that were asked for."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from geo_scaffold.edition import CHECKLIST, Artifact, Overrides, Renderer, load_manifest, require_edition
from geo_scaffold.errors import ReadError, UsageError
from geo_scaffold.verbs.checklist.audit import Audit
from geo_scaffold.verbs.checklist.items import OPEN, Report, TypeReport
from geo_scaffold.verbs.checklist.request import Request
from geo_scaffold.verbs.checklist.selection import Chosen, Selection
from geo_scaffold.verbs.checklist.ticks import Ticks, ticks_in

if TYPE_CHECKING:
    from geo_scaffold.git import Changes
    from geo_scaffold.names.inflector import Inflector


def audit_all(
    request: Request,
    selection: Selection,
    changes: "Changes | None",
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Audit what was asked for.

    Args:
        request: What is asked for.
        selection: The types that are there.
        changes: What a branch changes, where only the types count that it touches.
        progress: Is told how many types of how many are audited.

    Raises:
        GeoScaffoldError: As `check` says.
    """
    edition = selection.edition()
    editions = _Editions()
    chosen = _chosen(request, selection)
    told = None if request.ticks is None else ticks_in(request.ticks)

    def prepared(each: Chosen, *, alone: bool = False) -> Audit:
        return Audit(
            subject=each.subject,
            sources=each.sources,
            artifacts=editions.artifacts(each),
            renderer=editions.renderer(each),
            folder=each.standalone,
            ticks=told or _own_ticks(each),
            alone=alone,
            phase=request.phase,
        )

    def report_on(types: list[Chosen]) -> Report:
        reports: list[TypeReport] = []
        for each in types:
            if progress:
                progress(len(reports), len(types))
            reports.append(prepared(each, alone=len(types) == 1).report())
        found = tuple(reports)
        in_vain = (
            note for each, one in zip(types, found, strict=True) for note in _in_vain(told or _own_ticks(each), one)
        )
        used = types[0].subject.edition if types else edition
        overriding = dict.fromkeys(note for each in types for note in each.overrides.notes(each.subject.edition))
        return Report(edition=used, types=found, notes=[*selection.notes, *overriding, *in_vain])

    if changes is None:
        report = report_on(chosen)
    else:
        from geo_scaffold.verbs.checklist.branch import report_on_branch  # noqa: PLC0415 - runs git

        report = report_on_branch(selection, changes, chosen, prepared=prepared, report_on=report_on)
    report.notes += selection.left_out()
    if not report.is_open(strict=False):  # what cannot be looked at may be open
        if why := selection.unreadable():
            raise ReadError(why, remedy="Make it readable, as what cannot be looked at may be open")
        if selection.not_audited:
            raise selection.not_audited
    return report


def _in_vain(ticks: Ticks, report: TypeReport) -> Iterator[str]:
    """Yield what to say of boxes that were ticked for nothing."""
    known = {item.id for item in report.items}
    for name, artifact_id in sorted(ticks.confirmed):
        if name == report.name and artifact_id not in known:
            yield f"A box of `{name}:{artifact_id}` is ticked, but there is no such artifact."
    for item in report.items:
        if item.state in OPEN and (report.name, item.id) in ticks.confirmed:
            yield f"The box of `{report.name}:{item.id}` is ticked, but the files show that it is still open."


class _Editions:
    """The manifests and renderers that the types need, each made once."""

    def __init__(self) -> None:
        self._renderers: dict[tuple[str, Inflector | None, Overrides], Renderer] = {}

    def artifacts(self, chosen: Chosen) -> tuple[Artifact, ...]:
        return load_manifest(require_edition(chosen.subject.edition, needed_by=chosen.subject.answers.model))

    def renderer(self, chosen: Chosen) -> Renderer:
        edition, inflector, overrides = key = chosen.subject.edition, chosen.subject.inflector, chosen.overrides
        if key not in self._renderers:
            self._renderers[key] = Renderer(edition, inflector=inflector, overrides=overrides)
        return self._renderers[key]


def _chosen(request: Request, selection: Selection) -> list[Chosen]:
    if request.models:
        return selection.named(request.models)
    if request.everything or request.changes:
        return selection.everything()
    found = selection.generated()
    if not found and not selection.is_checkout:
        raise UsageError(
            "there is no GitLab checkout here, and nothing that was generated",
            remedy="Run it in a checkout or in a folder that `geo-scaffold new` made, or give one with --into",
        )
    return found or selection.everything()


def _own_ticks(chosen: Chosen) -> Ticks:
    """Return the boxes of the folder that a type has of its own."""
    if chosen.standalone is None:
        return Ticks()
    path = chosen.standalone / CHECKLIST
    return ticks_in(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else Ticks()
