"""CHECKLIST.md, which a standalone folder has besides the generated files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geo_scaffold.answers import OPTIONS, shown_placeholder
from geo_scaffold.edition import (
    CHECKLIST,
    CHECKLIST_ID,
    Artifact,
    FileResult,
    Paste,
    Renderer,
    render_checklist,
)
from geo_scaffold.operations import EntryOperation, OpKind, TickedFileOperation
from geo_scaffold.receipt import Record
from geo_scaffold.verbs.plan import Plan, PlanStep


def checklist_file(
    plan: Plan,
    renderer: Renderer,
    context: Mapping[str, Any],
    artifacts: Sequence[Artifact],
    *,
    steps: Iterable[PlanStep],
    record: Record | None,
) -> TickedFileOperation:
    """Return the operation that writes the checklist.

    Args:
        plan: The plan, of a standalone folder.
        renderer: Renders the templates of the edition.
        context: What templates may use.
        artifacts: The artifacts of the edition, in order.
        steps: The steps of all phases.
        record: The record of an earlier run, or None.
    """
    results: dict[str, list[FileResult]] = {}
    for step in steps:
        results.setdefault(step.operation.id, []).append(_result(step, plan.target.prefix))
    text = render_checklist(renderer, context, artifacts, results, plan.edition)
    before = record or Record(CHECKLIST_ID, OpKind.CREATE, CHECKLIST)
    return TickedFileOperation(
        CHECKLIST_ID,
        OpKind.CREATE,
        CHECKLIST,
        text.encode(),
        rendered=before.rendered,
        written=before.written,
        replaced=before.replaced,
        outline=before.outline,
    )


def _result(step: PlanStep, prefix: str) -> FileResult:
    operation = step.operation
    parts = operation.parts if isinstance(operation, EntryOperation) else ()
    path = operation.path.removeprefix(prefix)
    pastes = tuple(Paste(path, part.place, part.language, part.snippet) for part in parts)
    placeholders = tuple((shown_placeholder(key), OPTIONS[key]) for key in step.placeholders)
    return FileResult(operation.path, step.is_done, pastes, placeholders)
