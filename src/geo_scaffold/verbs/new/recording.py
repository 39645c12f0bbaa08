"""The receipt of a run: what it and earlier ones wrote."""

from geo_scaffold.answers import Answers
from geo_scaffold.commit import digest
from geo_scaffold.operations import (
    Applied,
    EntryOperation,
    FileOperation,
    Operation,
    Retirement,
    Status,
    TickedFileOperation,
    outline_of,
    trace_of,
)
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan


def record_plan(plan: Plan, before: Receipt | None, selection: Selection) -> None:
    """Let the receipt be part of what is written, if there is anything to record.

    Args:
        plan: The plan with all its steps.
        before: The receipt of earlier runs; None: there was none.
        selection: What was wanted.
    """
    records = by_place(before.records) if before else {}
    for step in plan.steps:
        operation, applied = step.operation, step.applied
        if isinstance(operation, Retirement):
            if applied is not None:
                records.pop((operation.id, operation.path), None)
            continue
        earlier = records.get((operation.id, operation.path))
        if isinstance(operation, FileOperation) and operation.source and (applied or step.is_moved):
            earlier = records.pop((operation.id, operation.source), None)
        if applied is not None:
            form = step.artifact.form if step.artifact else ""
            record = _record_of(operation, applied, plan.tree, earlier)
            records[operation.id, operation.path] = replace(record, form=form)
        elif earlier and step.is_moved:  # by a person
            records[operation.id, operation.path] = replace(earlier, path=operation.path)
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
        _answers_of(plan, before),
        tuple(phase for phase in Phase if phase in phases),
        tuple(records.values()),
        tuple(dict.fromkeys([*(before.directories if before else ()), *made])),
    )
    plan.tree.write(path, receipt.dump())


def _answers_of(plan: Plan, before: Receipt | None) -> Answers:
    """Return the answers of what is written: those of before where all that others would change is merged, and stays.

    Else the next run would look for entries as nobody has put them in, and put them in beside those that are there.
    """
    is_kept = any(step.is_merged for step in plan.steps) and not any(step.applied for step in plan.steps)
    return before.answers if before and is_kept else plan.answers


def _record_of(operation: Operation, applied: Applied, tree: Tree, earlier: Record | None) -> Record:
    """Return what undo and the next run have to know of an operation that was applied."""
    if isinstance(operation, EntryOperation):
        if earlier and operation.completes_earlier(applied):
            return earlier
        memory = operation.to_remember(applied)
        return Record(
            operation.id,
            operation.kind,
            operation.path,
            replaced=memory.encode() if memory else None,
            trace=trace_of(applied),
        )
    assert isinstance(operation, FileOperation)  # noqa: S101 - there are no others
    rendered, written = digest(operation.content), digest(tree.read(operation.path) or b"")
    replaced = earlier.replaced if earlier else None
    if replaced is None and applied.verdict.status is Status.CONFLICT:
        replaced = applied.before
    return Record(
        operation.id,
        operation.kind,
        operation.path,
        rendered=rendered,
        written=None if written == rendered else written,
        replaced=replaced,
        outline=outline_of(operation.content) if isinstance(operation, TickedFileOperation) else None,
    )
