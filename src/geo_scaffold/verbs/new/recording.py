"""The receipt of a run: what it and earlier ones wrote."""

from dataclasses import replace

from geo_scaffold.commit import digest
from geo_scaffold.edition import Phase
from geo_scaffold.operations import EntryOperation, FileOperation, Status, TickedFileOperation, outline_of
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan, Step


def record_plan(plan: Plan, before: Receipt | None, selection: Selection) -> None:
    """Let the receipt be part of what is written, if there is anything to record.

    Args:
        plan: The plan with all its steps.
        before: The receipt of earlier runs; None: there was none.
        selection: What was wanted.
    """
    records = by_place(before.records) if before else {}
    for step in plan.with_status(Status.PLANNED):
        place = step.operation.id, step.operation.path
        records[place] = _record_of(step, plan, records.get(place))
    if not records:
        return
    path = plan.receipt
    phases = {*(before.phases if before else ()), *selection.phases}
    # Held before the folders are counted: its own folder is one of them.
    plan.tree.write(path, b"")
    made = plan.tree.missing_folders()
    receipt = Receipt(
        plan.edition,
        plan.target.layout,
        plan.answers,
        tuple(phase for phase in Phase if phase in phases),
        tuple(records.values()),
        tuple(dict.fromkeys([*(before.directories if before else ()), *made])),
    )
    plan.tree.write(path, receipt.dump())


def _record_of(step: Step, plan: Plan, earlier: Record | None) -> Record:
    """Return what undo and the next run have to know of a step that was taken."""
    operation = step.operation
    record = Record(operation.id, operation.kind, operation.path, replaced=step.replaced)
    if isinstance(operation, FileOperation):
        rendered, written = digest(operation.content), digest(plan.tree.read(operation.path) or b"")
        return replace(
            record,
            rendered=rendered,
            written=None if written == rendered else written,
            replaced=earlier.replaced if earlier and earlier.replaced is not None else step.replaced,
            outline=outline_of(operation.content) if isinstance(operation, TickedFileOperation) else None,
        )
    if isinstance(operation, EntryOperation):
        if earlier and operation.completes_earlier():
            return earlier
        return replace(record, trace=operation.new_trace())
    return record
