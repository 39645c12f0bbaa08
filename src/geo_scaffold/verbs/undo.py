"""`undo`: take back what `new` wrote, its receipt included, and nothing that is a person's."""

from dataclasses import replace
from pathlib import Path

from geo_scaffold.checkout.inflecting import inflections_for
from geo_scaffold.commit import CommitResult, remove_folder
from geo_scaffold.edition import Renderer, context_for, load_manifest, operations_of, require_edition
from geo_scaffold.errors import UsageError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import FileOperation, Operation, OpKind, Status, Verdict
from geo_scaffold.receipt import FOLDER, Receipt, Record, by_place, receipt_path
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.lookup import names_in
from geo_scaffold.verbs.overriding import overrides_for
from geo_scaffold.verbs.plan import Plan, Step, write
from geo_scaffold.verbs.target import Layout, find_receipt, folder_of


def plan_undo(model: str, into: Path, *, name: str | None = None) -> Plan:
    """Plan what is taken back; nothing is written.

    The verdict `planned` means that it goes, `unchanged` that it is gone already, `open` that it is kept.

    Args:
        model: The Active Record class.
        into: The folder that the user points to.
        name: The replicable name, where a model was generated more than once.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible, with what to do about it.
    """
    folder = folder_of(into)
    found = find_receipt(folder, model, name)
    if found is None:
        raise UsageError(
            f"there is no receipt of {model!a} in {folder}",
            path=str(folder),
            remedy="Point to the folder where it was generated with --into",
        )
    receipt, path = found.receipt, receipt_path(found.name)
    tree = Tree(found.target.root)
    read = tree.read if found.target.checkout else None
    inflector, _ = inflections_for(receipt.answers, read)
    names = names_in(receipt.answers, inflector, read)
    plan = Plan(found.target, receipt.answers, names, path, receipt.edition, tree)
    entries = _entries(plan, inflector, receipt)
    kept: list[Record] = []
    for record in reversed(receipt.records):
        operation = _operation(record, entries)
        before = tree.read(record.path)
        why = operation.revert(tree)
        status = Status.OPEN if why else Status.UNCHANGED if tree.read(record.path) == before else Status.PLANNED
        plan.steps.append(Step(operation, None, Verdict(status, why or "")))
        if why:
            kept.insert(0, record)
    if kept:
        tree.write(path, replace(receipt, records=tuple(kept)).dump())
    else:
        tree.delete(path)
    plan.remove_empty = tuple(each for each in dict.fromkeys([*receipt.directories, FOLDER]) if each != ".")
    return plan


def write_undo(plan: Plan, *, durable: bool = True) -> CommitResult:
    """Write the plan of an undo: the whole folder goes by one rename where it holds nothing else."""
    path = plan.receipt
    content = plan.tree.base(path)
    made_root = content is not None and "." in Receipt.load(content, path).directories
    everything = {change.path: change.before for change in plan.tree.changes() if change.before is not None}
    is_all = made_root and plan.target.layout is Layout.STANDALONE and plan.tree.read(path) is None
    if is_all and _holds_only(plan.target.root, set(everything)):
        remove_folder(plan.target.root, everything, durable=durable)
        return CommitResult(deleted=tuple(everything))
    result = write(plan, durable=durable)
    if made_root and not any(plan.target.root.iterdir()):
        remove_folder(plan.target.root, {}, durable=durable)
    return result


def _holds_only(root: Path, paths: set[str]) -> bool:
    """Tell whether a folder holds these files and no other, nor a folder that none of them needs."""
    folders = {parent.as_posix() for path in paths for parent in Path(path).parents}
    for found in root.rglob("*"):
        relative = found.relative_to(root).as_posix()
        is_folder = found.is_dir() and not found.is_symlink()
        if relative not in (folders if is_folder else paths):
            return False
    return True


def _operation(record: Record, entries: dict[tuple[str, str], Operation]) -> Operation:
    if record.rendered is not None:
        return FileOperation(
            record.id, OpKind(record.kind), record.path, b"", record.rendered, record.written, record.replaced
        )
    return entries[record.id, record.path]


def _entries(plan: Plan, inflector: Inflector, receipt: Receipt) -> dict[tuple[str, str], Operation]:
    """Build the operations of the entries again, which know the structure that is to be taken out."""
    if all(record.rendered is not None for record in receipt.records):
        return {}
    require_edition(receipt.edition, needed_by=plan.receipt, remedy="Use the version that generated it")
    overrides = overrides_for(plan.target, plan.tree)
    plan.notes += overrides.notes(receipt.edition)
    renderer = Renderer(receipt.edition, inflector=inflector, overrides=overrides)
    context = context_for(receipt.answers, plan.names)
    recorded = by_place(receipt.records)
    return {
        (operation.id, operation.path): operation
        for artifact in load_manifest(receipt.edition)
        for operation in operations_of(artifact, renderer, context, prefix=plan.target.prefix, recorded=recorded)
    }
