"""What an earlier run did and the current answers no longer ask for: it is reverted when its replacement is made."""

from collections.abc import Iterable, Iterator, Sequence

from geo_scaffold.edition import CHECKLIST_ID, Artifact, load_manifest
from geo_scaffold.edition.assembly import former_paths, stray_of
from geo_scaffold.operations import Retirement
from geo_scaffold.phases import Phase
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.earlier_runs import recorded_entries, recorded_operation
from geo_scaffold.verbs.new.contexts import Contexts
from geo_scaffold.verbs.new.merged import MergedWork
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan


def retirements(
    plan: Plan,
    receipt: Receipt,
    needed: Sequence[tuple[Artifact, str]],
    *,
    former: Sequence[Artifact],
    now: Contexts,
    then: Contexts,
    selection: Selection,
) -> Iterator[tuple[Artifact, Retirement]]:
    """Yield what to revert, the last of it first.

    Args:
        plan: The plan.
        receipt: What earlier runs wrote.
        needed: The artifacts that the answers need, each with the prefix of its paths.
        former: Those that only the earlier answers needed.
        now: The values for paths, by the current answers.
        then: The values for paths in the earlier run.
        selection: What is wanted.
    """
    places, sources = set(), set()
    for artifact, prefix in needed:
        for form in artifact.every_form():
            places |= {(artifact.id, prefix + path) for path in form.paths_for(now.of(artifact))}
            were = former_paths(form, prefix, now.of(artifact), then.of(artifact))
            sources |= {(artifact.id, path) for path in were.values()}
    artifacts = {artifact.id: artifact for artifact in (*former, *(artifact for artifact, _ in needed))}
    gone = [
        record
        for record in reversed(receipt.records)
        if (record.id, record.path) not in places
        and record.id != CHECKLIST_ID
        and not ((record.id, record.path) in sources and _moves(record, plan.tree))
        and not _is_stray(record, receipt, artifacts.get(record.id), (now, then))
        and record.id in artifacts
        and selection.covers(artifacts[record.id])
    ]
    if not gone:
        return
    entries = recorded_entries(plan.target, receipt, plan.receipt, plan.tree, records=gone)
    for record in gone:
        yield artifacts[record.id], Retirement(recorded_operation(record, entries, receipt, plan.receipt))


def _is_stray(record: Record, receipt: Receipt, artifact: Artifact | None, contexts: Iterable[Contexts]) -> bool:
    """Tell whether a person has moved a created file somewhere else, where it stays."""
    if artifact is None or record.rendered is None:
        return False
    return stray_of(artifact, by_place(receipt.records), [context.of(artifact) for context in contexts]) is record


def lift(plan: Plan, receipt: Receipt, phase: Phase, merged: MergedWork) -> frozenset[tuple[str, str]]:
    """Remove the entries of a phase from the tree, whose lines this run changes; return their places.

    The release changes lines that the implementation inserted: without the release they can be found again, then it is
    applied anew. What is merged stays.

    Args:
        plan: The plan.
        receipt: What earlier runs wrote.
        phase: The phase.
        merged: What is merged.
    """
    ids = {artifact.id for artifact in load_manifest(receipt.edition) if artifact.phase is phase}
    own = [record for record in reversed(receipt.records) if record.id in ids and record.rendered is None]
    if not own:
        return frozenset()
    entries = recorded_entries(plan.target, receipt, plan.receipt, plan.tree, records=own)
    operations = {record: recorded_operation(record, entries, receipt, plan.receipt) for record in own}
    lifted = [record for record in own if not merged.has_complete_entry(operations[record], record)]
    for record in lifted:
        operations[record].revert(plan.tree)
    return frozenset((record.id, record.path) for record in lifted)


def _moves(record: Record, tree: Tree) -> bool:
    """Tell whether a record follows its file: we move a whole file; one with an entry was moved by people."""
    return record.rendered is not None or tree.read(record.path) is None
