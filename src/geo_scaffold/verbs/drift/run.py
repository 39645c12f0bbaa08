"""All of `drift`, for one checkout."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from geo_scaffold.answers import Answers
from geo_scaffold.checkout import inflections_for
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.target import VERSION, find_checkout, folder_of
from geo_scaffold.edition import Renderer, context_for, edition_for, kinds_of, load_manifest, milestone_of
from geo_scaffold.edition.sources import acknowledged_by, head_of
from geo_scaffold.errors import ReadError, UsageError
from geo_scaffold.phases import Phase
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist.selection import TypeSelection
from geo_scaffold.verbs.drift.boxes import of_boxes
from geo_scaffold.verbs.drift.files import of_files, of_shared_files
from geo_scaffold.verbs.drift.findings import Drift, Finding, unacknowledged
from geo_scaffold.verbs.drift.lines import of_lines
from geo_scaffold.verbs.drift.locators import of_locators
from geo_scaffold.verbs.drift.newest import newest_of
from geo_scaffold.verbs.drift.outlines import of_outlines

PROBES: Final = ("GeoDriftProbe", "GeoDriftSample")
"""Invented types, with which to look for places."""
_TIME: Final = "20260101000000"


def drift_of(into: Path, *, progress: Callable[[int, int], None] | None = None) -> Drift:
    """Return where a checkout has moved away from the edition that fits it.

    Args:
        into: A folder of the checkout.
        progress: Receives how many steps of how many are done.

    Raises:
        UsageError: There is no checkout.
        ReadError: A file cannot be read, so there may be more deviations.
        GeoScaffoldError: A manifest or a template cannot be used.
    """
    folder = folder_of(into)
    root = find_checkout(folder)
    if root is None:
        raise UsageError(
            f"{into} is not in a GitLab checkout", remedy="Change to one, or name one of its folders with --into"
        )
    selection = TypeSelection(folder)
    subjects = [chosen.subject for chosen in selection.everything()]
    newest = newest_of(subjects)
    base = Tree(root)
    sources = Sources(base, "")
    version = (sources.text(VERSION) or "").strip()
    edition = edition_for(version)
    artifacts = list(load_manifest(edition))
    inflector, _ = inflections_for(Answers(model=""), base.read)
    renderer = Renderer(edition, inflector=inflector)
    kinds = kinds_of(edition)
    total, done = len(kinds) + len(newest) + 3, 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    def probe(model: str, kind: str = kinds[0]) -> Mapping[str, Any]:
        answers = Answers(model=model, kind=kind, owner="project", timestamp=_TIME)
        answers = answers.in_phases(Phase, milestone=milestone_of(version))
        return context_for(answers, answers.names(inflector))

    findings: list[Finding] = []
    for kind in kinds:
        one, other = (probe(model, kind) for model in PROBES)
        asked = [artifact for artifact in artifacts if artifact.asked_of(kind) and artifact.needed_for(one)]
        tree = Tree(root)
        findings += of_locators(asked, renderer, one, tree, others=other)
        same = [subject for subject in newest if subject.kind == kind]
        findings += of_lines(asked, one, sources, tree, newest=same, everyone=subjects)
        step()
    findings += of_outlines(artifacts, renderer, probe(PROBES[0]), sources, newest)
    step()
    findings += of_files(artifacts, sources, newest, progress=step)
    findings += of_shared_files(artifacts, sources, newest)
    step()
    findings += of_boxes(artifacts, probe("CoolWidget"), sources)
    step()
    left = unacknowledged(findings, acknowledged_by(edition))
    if not left and (why := sources.unreadable() or selection.unreadable()):
        raise ReadError(why, remedy="Make it readable, as what cannot be looked at may have moved")
    return Drift(
        edition,
        head_of(edition).get("checked_with", ""),
        version,
        tuple(left),
        len(dict.fromkeys(findings)) - len(left),
        tuple(subject.names["name"] for subject in newest),
    )
