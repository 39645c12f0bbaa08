"""One audit: the types that were asked for, with the ticks that people set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo_scaffold.edition import Artifact, Phase, Renderer, available_editions, load_manifest
from geo_scaffold.errors import UsageError
from geo_scaffold.verbs.checklist.audit import Audit
from geo_scaffold.verbs.checklist.changed import touched
from geo_scaffold.verbs.checklist.items import Report
from geo_scaffold.verbs.checklist.selection import Chosen, Selection
from geo_scaffold.verbs.checklist.ticks import Ticks, ticks_in
from geo_scaffold.verbs.target import folder_of

CHECKLIST: Final = "CHECKLIST.md"

Changes = Callable[[Path], Mapping[str, str]]
"""Returns the lines that a branch adds or takes away, by path, for the root of a checkout."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Args:
        models: The types; none: those with a receipt, else all.
        everything: All types of the checkout.
        changes: Only the types that a branch touches.
        phase: The phase that the work is in; None: as far as each type has come.
        ticks: A Markdown description with boxes; None: none, but for the `CHECKLIST.md` of a folder.
    """

    models: tuple[str, ...] = ()
    everything: bool = False
    changes: Changes | None = None
    phase: Phase | None = None
    ticks: str | None = None


def check(request: Request, into: Path) -> Report:
    """Audit what was asked for; nothing is written.

    Args:
        request: What is asked for.
        into: The folder that the user points to.

    Raises:
        GeoScaffoldError: Nothing can be audited, with what to do about it.
    """
    selection = Selection(folder_of(into))
    edition = selection.edition()
    editions = _Editions()
    chosen = _chosen(request, selection)
    if request.changes:
        changes = request.changes(selection.root)
        chosen = [each for each in chosen if touched(each, editions.artifacts(each), changes)]
    types = tuple(
        Audit(
            subject=each.subject,
            sources=each.sources,
            artifacts=editions.artifacts(each),
            renderer=editions.renderer(each),
            standalone=each.standalone,
            ticks=_ticks(request, each),
            alone=len(chosen) == 1,
            phase=request.phase,
        ).report()
        for each in chosen
    )
    return Report(edition=chosen[0].subject.edition if chosen else edition, types=types, notes=selection.notes)


class _Editions:
    """The manifests and renderers that the types need, each made once."""

    def __init__(self) -> None:
        self._renderers: dict[tuple[str, int], Renderer] = {}

    def artifacts(self, chosen: Chosen) -> tuple[Artifact, ...]:
        edition = chosen.subject.edition
        if edition not in available_editions():
            raise UsageError(
                f"{chosen.subject.answers.model} needs edition {edition}, which this version of geo-scaffold does not"
                " have",
                remedy=f"It has {', '.join(available_editions())}",
            )
        return load_manifest(edition)

    def renderer(self, chosen: Chosen) -> Renderer:
        key = chosen.subject.edition, id(chosen.subject.inflector)
        if key not in self._renderers:
            self._renderers[key] = Renderer(chosen.subject.edition, inflector=chosen.subject.inflector)
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


def _ticks(request: Request, chosen: Chosen) -> Ticks:
    if request.ticks is not None:
        return ticks_in(request.ticks)
    if not chosen.standalone:
        return Ticks()
    path = chosen.sources.root / CHECKLIST
    return ticks_in(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else Ticks()
