"""`undo`: remove what `new` wrote, including its receipt, and nothing that a person wrote."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Final

from geo_scaffold.checkout.target import Layout, Target, find_receipt, folder_of
from geo_scaffold.commit import CommitResult, commit_changes, remove_folder
from geo_scaffold.edition import load_manifest
from geo_scaffold.errors import UsageError
from geo_scaffold.operations import EntryOperation, Operation, is_in_conflict
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import FOLDER, Receipt, Record, receipt_path
from geo_scaffold.records import dataclass, replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import recorded_entries, recorded_operation
from geo_scaffold.verbs.new.merged import MergedWork
from geo_scaffold.verbs.own_class import own_class_for

MERGED: Final = "merged already, kept: its table exists, and only a migration drops it"
"""Why the schema stays: a migration that is merged has run somewhere."""


class Fate(StrEnum):
    """What happens to something that `new` wrote."""

    REMOVED = "removed"
    """It is removed; what it replaced is restored."""
    GONE = "gone"
    """It was already removed."""
    KEPT = "kept"
    """A person has edited it since, or it is of a merged schema, so it is kept, with its record."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What happens to one operation of the receipt.

    Args:
        operation: The operation.
        fate: What happens to it.
        reason: Why it is kept; empty if it is not.
    """

    operation: Operation
    fate: Fate
    reason: str = ""

    @property
    def is_entry(self) -> bool:
        """Whether it concerns a part of a file, not all of it."""
        return isinstance(self.operation, EntryOperation)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What one undo would do.

    Args:
        target: The target.
        model: The Active Record class.
        edition: The edition with which it was generated.
        receipt: The path of the receipt.
        tree: The target as it will be.
        removals: One for each operation of the receipt, the last one first.
        folders: Folders to remove if they are empty.
        notes: Notes for people.
    """

    target: Target
    model: str
    edition: str
    receipt: str
    tree: Tree
    removals: tuple[Removal, ...]
    folders: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def with_fate(self, fate: Fate) -> list[Removal]:
        """Return the removals with a fate."""
        return [removal for removal in self.removals if removal.fate is fate]


def plan_undo(model: str, into: Path, *, name: str | None = None) -> UndoPlan:
    """Plan what to revert, without writing anything.

    Args:
        model: The Active Record class.
        into: The folder that the user points to.
        name: The replicable name, if the model was generated more than once.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible.
    """
    folder = folder_of(into)
    found = find_receipt(folder, model, name)
    if found is None and (own := own_class_for(model, folder)):
        found = find_receipt(folder, own, name)
    if found is None:
        raise UsageError(
            f"there is no receipt of {model!a} in {folder}",
            path=str(folder),
            remedy="Point to the folder where it was generated with --into",
        )
    receipt, path = found.receipt, receipt_path(found.name)
    tree = Tree(found.target.root)
    tree.assume(path, found.content)
    entries = recorded_entries(found.target, receipt, path, tree)
    schema = {artifact.id for artifact in load_manifest(receipt.edition) if artifact.phase is Phase.SCHEMA}
    removals: list[Removal] = []
    kept: list[Record] = []
    with closing(MergedWork(found.target, receipt)) as merged:
        for record in reversed(receipt.records):
            operation = recorded_operation(record, entries, receipt, path)
            if record.id in schema and merged.is_known_to_have(operation, record):
                removal = Removal(operation, Fate.KEPT, MERGED)
            else:
                removal = _take_back(operation, tree, entries.unasked)
            removals.append(removal)
            if removal.fate is Fate.KEPT:
                kept.insert(0, record)
    if kept:
        tree.write(path, replace(receipt, records=tuple(kept)).dump())
    else:
        tree.delete(path)
    return UndoPlan(
        target=found.target,
        model=receipt.answers.model,
        edition=receipt.edition,
        receipt=path,
        tree=tree,
        removals=tuple(removals),
        folders=tuple(directory for directory in dict.fromkeys([*receipt.directories, FOLDER]) if directory != "."),
        notes=entries.notes,
    )


def _take_back(operation: Operation, tree: Tree, unasked: frozenset[str]) -> Removal:
    """Revert an operation in the tree, as far as no work of a person is lost.

    Args:
        operation: The operation.
        tree: The tree after later operations were reverted.
        unasked: The artifacts that the tree no longer needs.
    """
    before = tree.read(operation.path)
    reason = operation.revert(tree)
    if reason:
        # Its place disappeared with what it was in, such as a list that is derived by now.
        is_gone = operation.id in unasked and isinstance(operation, EntryOperation) and not operation.is_in(tree)
        is_gone = is_gone and not is_in_conflict(before or b"")
        return Removal(operation, Fate.GONE) if is_gone else Removal(operation, Fate.KEPT, reason)
    return Removal(operation, Fate.GONE if tree.read(operation.path) == before else Fate.REMOVED)


def write_undo(plan: UndoPlan, *, durable: bool = True) -> CommitResult:
    """Write the plan of an undo: the whole folder is removed by one rename if it contains nothing else.

    Args:
        plan: The plan.
        durable: Wait for the disk.

    Raises:
        GeoScaffoldError: As raised by the commit layer; nothing was written.
    """
    path, root, changes = plan.receipt, plan.target.root, plan.tree.changes()
    content = plan.tree.base(path)
    made_root = content is not None and "." in Receipt.load(content, path).directories
    everything = {change.path: change.before for change in changes if change.before is not None}
    is_all = made_root and plan.target.layout is Layout.STANDALONE and plan.tree.read(path) is None
    if is_all and _holds_only(root, set(everything)):
        remove_folder(root, everything, durable=durable)
        return CommitResult(deleted=tuple(everything))
    result = commit_changes(root, changes, durable=durable, remove_empty=plan.folders, seen=plan.tree.seen())
    if made_root and not any(root.iterdir()):
        remove_folder(root, {}, durable=durable)
    return result


def _holds_only(root: Path, paths: set[str]) -> bool:
    """Tell whether a folder contains only these files, and only folders that they need."""
    folders = {parent.as_posix() for path in paths for parent in Path(path).parents}
    for found in root.rglob("*"):
        relative = found.relative_to(root).as_posix()
        is_folder = found.is_dir() and not found.is_symlink()
        if relative not in (folders if is_folder else paths):
            return False
    return True
