"""`rename`: gives a generated type another model or replicable name, an answer that changes like any other."""

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from geo_scaffold.answers import OPTIONS, Answers
from geo_scaffold.checkout import Checkout, Sources, inflections_for, look_up, names_in
from geo_scaffold.checkout.target import FoundReceipt, find_checkout, find_receipt, folder_of, receipts_in
from geo_scaffold.errors import RefusedError, UsageError
from geo_scaffold.names import Names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, receipt_path
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import recorded_entries
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.new.merged import MergedWork
from geo_scaffold.verbs.new.planning import plan_with
from geo_scaffold.verbs.plan import Plan

_NAMING: Final = ("name", "plural", "title", "title_plural", "table", "factory", "spellings")
"""The answers about spellings that stay when the name changes."""


def plan_rename(old: str, new: str, into: Path, *, now: str) -> Plan:
    """Plan the renaming of a generated type, without writing anything.

    Args:
        old: The model, or the replicable name, of a type with a receipt.
        new: The new model, or the new replicable name.
        into: The folder given by the user.
        now: The time of the run; no migration's version may be later.

    Raises:
        GeoScaffoldError: Whatever makes a plan impossible.
    """
    folder = folder_of(into)
    root = find_checkout(folder)
    if root is None:
        raise UsageError(
            f"there is no GitLab checkout around {folder}, and a standalone folder is generated again instead",
            path=str(folder),
            remedy=f"Run geo-scaffold undo {old}, then geo-scaffold new {new}; or point to a checkout with --into",
        )
    found = _find(old, folder, root) or _find(new, folder, root)
    if found is None:
        raise _unknown(old, folder, root)
    tree = Tree(root)
    inflector, _ = inflections_for(found.receipt.answers, tree.read)
    reader = Checkout(Sources(tree, ""), inflector)
    names = names_in(found.receipt.answers, inflector, reader)
    answers = _renamed(found, new, inflector, reader, names)
    if answers == found.receipt.answers:
        receipt = receipt_path(found.name)
        notes = [f"{receipt} is of {found.receipt.answers.model} as {found.name} already"]
        return Plan(found.target, answers, names, receipt, found.receipt.edition, tree, notes=notes)
    _refuse_merged(found, tree)
    plan = plan_with(answers, folder, found, given=None, now=now, selection=_selection(found, folder, now))
    kept = [OPTIONS[key] for key in _NAMING if getattr(answers, key) and (key != "name" or answers.model == new)]
    if kept:
        plan.notes.append(
            f"{' and '.join(kept)}: as answered before; geo-scaffold new {answers.model} with another one changes it"
        )
    return plan


def _unknown(old: str, folder: Path, root: Path) -> UsageError:
    """Return the error for a type without a receipt."""
    names = receipts_in(root)
    receipts = (_find(name, folder, root) for name in names)
    known = dict.fromkeys([*names, *(receipt.receipt.answers.model for receipt in receipts if receipt)])
    spelled = {each.lower().replace("_", "").replace("::", ""): each for each in reversed(known)}
    close = get_close_matches(old.lower().replace("_", "").replace("::", ""), spelled, n=3)
    perhaps = f"Perhaps {' or '.join(spelled[each] for each in close)} is meant; else give" if close else "Give"
    return UsageError(
        f"there is no receipt of {old!a} in {root}",
        path=str(root),
        remedy=f"{perhaps} the model, or the replicable name, of a type that was generated here",
    )


def _find(text: str, folder: Path, root: Path) -> FoundReceipt | None:
    text = text.strip().removeprefix("::")
    if text in receipts_in(root):
        model = Receipt.load((Tree(root).read(receipt_path(text))) or b"", receipt_path(text)).answers.model
        return find_receipt(folder, model, text)
    return find_receipt(folder, text)


def _renamed(found: FoundReceipt, new: str, inflector: Inflector, reader: Checkout, names: Names) -> Answers:
    """Return the answers of a receipt with another model, or another replicable name."""
    answers = found.receipt.answers
    new = new.strip().removeprefix("::")
    if not new[:1].isupper():
        usual = names_in(replace(answers, name=None), inflector, reader)["name"]
        return replace(answers, name=None if new == usual else new)
    renamed = replace(_without_facts(found, inflector, reader), model=new)
    return renamed if new != answers.model else answers


def _without_facts(found: FoundReceipt, inflector: Inflector, reader: Checkout) -> Answers:
    """Return the answers without those taken from the checkout: another class has its own."""
    answers = found.receipt.answers
    bare = replace(answers, table=None, factory=None, spellings=None)
    looked_up = look_up(bare, inflector, reader, made=found.receipt.written).answers
    if looked_up.table is not None and looked_up.table == answers.table:
        answers = replace(answers, table=None)
    if looked_up.factory is not None and looked_up.factory == answers.factory:
        answers = replace(answers, factory=None)
    own = {
        key: value for key, value in (answers.spellings or {}).items() if (looked_up.spellings or {}).get(key) != value
    }
    return replace(answers, spellings=own or None)


def _selection(found: FoundReceipt, folder: Path, now: str) -> Selection:
    """Return the selection: everything but what another run under the old name would add, which nobody wanted."""
    phases = tuple(Phase(phase) for phase in found.receipt.phases)
    again = plan_with(found.receipt.answers, folder, found, given=None, now=now, selection=Selection(phases))
    recorded = {record.id for record in found.receipt.records}
    left = {step.operation.id for step in again.steps if step.outcome.status is not Status.UNCHANGED} - recorded
    return Selection(phases, skip=frozenset(left - {step.operation.id for step in again.with_status(Status.OPEN)}))


def _refuse_merged(found: FoundReceipt, tree: Tree) -> None:
    entries = recorded_entries(found.target, found.receipt, receipt_path(found.name), tree)
    merged = MergedWork(found.target, found.receipt)
    try:
        path = merged.first(entries.operations)
    finally:
        merged.close()
    if path is not None:
        raise RefusedError(
            f"{found.receipt.answers.model} is merged, in part at least, and what is merged keeps its name;"
            " nothing was written",
            path=path,
            remedy="Rename a merged table, class or flag in separate merge requests",
        )
