"""The audits of the requested types."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from geo_scaffold.edition import CHECKLIST, Artifact, Overrides, Renderer, load_manifest, require_edition
from geo_scaffold.errors import GeoScaffoldError, ReadError, UsageError
from geo_scaffold.verbs.checklist.audit import Audit
from geo_scaffold.verbs.checklist.items import OPEN, Report, TypeReport
from geo_scaffold.verbs.checklist.request import Request
from geo_scaffold.verbs.checklist.selection import Chosen, TypeSelection
from geo_scaffold.verbs.checklist.ticks import Ticks, ticks_in
from geo_scaffold.verbs.cores import processes_for, shared_out

if TYPE_CHECKING:
    from geo_scaffold.git import Changes
    from geo_scaffold.names.inflector import Inflector


def audit_all(
    request: Request,
    selection: TypeSelection,
    changes: "Changes | None",
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Audit the requested types.

    Args:
        request: The request.
        selection: The existing types.
        changes: The changes of a branch, if only the types that it touches are audited.
        progress: Receives how many types of how many are audited.

    Raises:
        GeoScaffoldError: As for `check`.
    """
    edition = selection.edition()
    editions = _Editions()
    ticks = None if request.ticks is None else ticks_in(request.ticks)

    def prepared(each: Chosen, *, alone: bool = False) -> Audit:
        return Audit(
            subject=each.subject,
            sources=each.sources,
            artifacts=editions.artifacts(each),
            renderer=editions.renderer(each),
            folder=each.standalone,
            ticks=ticks or _own_ticks(each),
            alone=alone,
            phase=request.phase,
        )

    def report_on(types: Sequence[Chosen | str]) -> Report:
        def audited(number: int) -> _Audited | GeoScaffoldError:
            each = selection.looked_up(types[number])
            if not isinstance(each, Chosen):
                return each
            one = prepared(each, alone=len(types) == 1).report()
            overriding = each.overrides.notes(each.subject.edition)
            return _Audited(one, each.subject.edition, overriding, list(_useless_ticks(ticks or _own_ticks(each), one)))

        # A generated type may ask git what is merged, and one git process can only serve one process.
        own = [number for number, chosen in enumerate(types) if isinstance(chosen, Chosen)]
        others = [number for number, chosen in enumerate(types) if not isinstance(chosen, Chosen)]
        shared = shared_out(
            audited,
            own=own,
            others=others,
            processes=processes_for(len(others)) if selection.can_be_shared else 1,
            know=selection.looked,
            progress=(lambda begun: progress(begun, len(types))) if progress else lambda begun: None,
        )
        for looked in shared.known:
            selection.learn(looked)
        reports: list[_Audited] = []
        for chosen, one in zip(types, shared.done, strict=True):
            if isinstance(one, _Audited):
                reports.append(one)
            else:
                selection.leave(str(chosen), one)
        overriding = dict.fromkeys(note for each in reports for note in each.overriding)
        return Report(
            edition=reports[0].edition if reports else edition,
            types=tuple(each.report for each in reports),
            notes=[*selection.notes, *overriding, *(note for each in reports for note in each.useless_ticks)],
        )

    if changes is None:
        report = report_on(_chosen(request, selection))
    else:
        from geo_scaffold.verbs.checklist.branch import report_on_branch  # noqa: PLC0415 - runs git

        report = report_on_branch(selection, changes, selection.everything(), prepared=prepared, report_on=report_on)
    report.notes += selection.left_out()
    if not report.is_open(strict=False):  # what cannot be read may be open
        if why := selection.unreadable():
            raise ReadError(why, remedy="Make it readable, as what cannot be looked at may be open")
        if selection.not_audited:
            raise selection.not_audited
    return report


class _Audited(NamedTuple):
    """The audit of a type.

    Args:
        report: The report.
        edition: The edition that was applied.
        overriding: Notes about the checkout's own templates.
        useless_ticks: Notes about boxes that were ticked without effect.
    """

    report: TypeReport
    edition: str
    overriding: list[str]
    useless_ticks: list[str]


def _useless_ticks(ticks: Ticks, report: TypeReport) -> Iterator[str]:
    """Yield notes about boxes that were ticked without effect."""
    known = {item.id for item in report.items}
    for name, artifact_id in sorted(ticks.confirmed):
        if name == report.name and artifact_id not in known:
            yield f"A box of `{name}:{artifact_id}` is ticked, but there is no such artifact."
    for item in report.items:
        if item.state in OPEN and (report.name, item.id) in ticks.confirmed:
            yield f"The box of `{report.name}:{item.id}` is ticked, but the files show that it is still open."


class _Editions:
    """The manifests and renderers that the types need, each created once."""

    def __init__(self) -> None:
        self._renderers: dict[tuple[str, Inflector | None, Overrides], Renderer] = {}

    def artifacts(self, chosen: Chosen) -> tuple[Artifact, ...]:
        return load_manifest(require_edition(chosen.subject.edition, needed_by=chosen.subject.answers.model))

    def renderer(self, chosen: Chosen) -> Renderer:
        edition, inflector, overrides = key = chosen.subject.edition, chosen.subject.inflector, chosen.overrides
        if key not in self._renderers:
            self._renderers[key] = Renderer(edition, inflector=inflector, overrides=overrides)
        return self._renderers[key]


def _chosen(request: Request, selection: TypeSelection) -> Sequence[Chosen | str]:
    if request.models:
        return selection.named(request.models)
    if request.everything or request.changes:
        return selection.every()
    generated = selection.generated()
    if not generated and not selection.is_checkout:
        raise UsageError(
            "there is no GitLab checkout here, and nothing has been generated",
            remedy="Run it in a checkout or in a folder that `geo-scaffold new` made, or give one with --into",
        )
    return generated or selection.every()


def _own_ticks(chosen: Chosen) -> Ticks:
    """Return the ticked boxes in a type's standalone folder."""
    if chosen.standalone is None:
        return Ticks()
    path = chosen.standalone / CHECKLIST
    return ticks_in(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else Ticks()
