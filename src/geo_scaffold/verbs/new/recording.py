"""The receipt of a run: what it and earlier ones wrote."""

from geo_scaffold.answers import Answers
from geo_scaffold.commit import digest
from geo_scaffold.edition import load_manifest, load_runtime
from geo_scaffold.operations import (
    Applied,
    EntryOperation,
    FileOperation,
    Operation,
    Retirement,
    Status,
    TickedFileOperation,
    outline_of,
)
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan, source_of


def record_plan(plan: Plan, before: Receipt | None, selection: Selection) -> None:
    """Add the receipt to what is written, if there is anything to record.

    Args:
        plan: The plan with all its steps.
        before: The receipt of earlier runs, or None if there was none.
        selection: The requested part.
    """
    records = by_place(
        replace(record, path=plan.moved.get((record.id, record.path), record.path))
        for record in (before.records if before else ())
    )
    ranks = {place: rank for rank, place in enumerate(records)}
    for step in plan.steps:
        operation, applied = step.operation, step.applied
        place = operation.id, operation.path
        if isinstance(operation, Retirement):
            # An entry that stays is a person's from now on: by these answers it could not be built again.
            if applied is not None or isinstance(operation.operation, EntryOperation):
                records.pop(place, None)
            continue
        earlier = records.get(place)
        if (source := source_of(operation)) and (applied or step.is_by_hand):
            earlier = records.pop((operation.id, source), None)
            ranks.setdefault(place, ranks.get((operation.id, source), len(ranks)))
        if applied is not None and isinstance(operation, EntryOperation) and applied.before == applied.after:
            records.pop(place, None)  # the earlier run's entry was removed, and there is none to insert
        elif applied is not None:
            form = step.artifact.form if step.artifact else ""
            record = _record_of(operation, applied, earlier)
            records[place] = replace(record, form=form)
        elif earlier and step.is_by_hand:
            records[place] = _followed(earlier, operation, plan.tree)
    if not records:
        return
    path = plan.receipt
    phases = {*(before.phases if before else ()), *selection.phases}
    # A checkout may have changed its line ends, which does not count.
    eol = b"\r\n" if b"\r\n" in (plan.tree.read(path) or b"") else b"\n"
    # Added before the folders are counted, because its own folder is one of them.
    plan.tree.write(path, b"")
    folders = before.directories if before else ()
    plan.emptied = plan.tree.emptied(folder for folder in folders if folder != ".")
    order = {artifact.id: at for at, artifact in enumerate((*load_manifest(plan.edition), *load_runtime()))}
    if not any(step.applied for step in plan.steps):
        order = {}
    receipt = Receipt(
        plan.edition,
        plan.target.layout,
        _answers_of(plan, before),
        tuple(phase for phase in Phase if phase in phases),
        tuple(
            sorted(
                records.values(),
                key=lambda each: (order.get(each.id, len(order)), ranks.get((each.id, each.path), len(ranks))),
            )
        ),
        tuple(
            folder for folder in dict.fromkeys([*folders, *plan.tree.missing_folders()]) if folder not in plan.emptied
        ),
    )
    plan.tree.write(path, receipt.dump().replace(b"\n", eol))


def _answers_of(plan: Plan, before: Receipt | None) -> Answers:
    """Return the answers to record: the earlier ones if everything that the new ones would change is merged, and stays.

    Otherwise the next run would look for entries that nobody inserted, and add them next to the existing ones.
    """
    is_kept = any(step.is_merged for step in plan.steps) and not any(step.applied for step in plan.steps)
    return before.answers if before and is_kept else plan.answers


def _followed(record: Record, operation: Operation, tree: Tree) -> Record:
    """Return the record of what a person has moved, or changed, to what the current answers need."""
    record = replace(record, path=operation.path)
    if isinstance(operation, EntryOperation):
        return replace(record, trace=operation.trace_in(tree) or record.trace)
    assert isinstance(operation, FileOperation)  # noqa: S101 - there are no others
    return replace(record, rendered=digest(operation.content), written=None) if operation.is_whole_in(tree) else record


def _record_of(operation: Operation, applied: Applied, earlier: Record | None) -> Record:
    """Return what undo and the next run need to know about an applied operation."""
    if isinstance(operation, EntryOperation):
        if earlier and operation.completes_earlier(applied):
            return earlier
        replaced = applied.memory.encode() if applied.memory else None
        return Record(operation.id, operation.kind, operation.path, replaced=replaced, trace=applied.trace)
    assert isinstance(operation, FileOperation)  # noqa: S101 - there are no others
    rendered, written = digest(operation.content), digest(applied.after or b"")
    if applied.rendered is not None and not isinstance(operation, TickedFileOperation):
        written = rendered  # a person's version stays theirs, and must not be rewritten or deleted next time
    replaced = earlier.replaced if earlier else None
    if replaced is None and applied.outcome.status is Status.CONFLICT:
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
