"""What an earlier run did and the current answers no longer ask for: it is reverted when its replacement is made."""

from collections.abc import Iterable, Iterator, Sequence

from geo_scaffold.edition import CHECKLIST_ID, Artifact, load_manifest
from geo_scaffold.edition.assembly import stray_of
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
    """Yield what is to be taken back, the last of it first.

    Args:
        plan: The plan.
        receipt: What earlier runs wrote.
        needed: The artifacts that the answers ask for, each with the folder that its paths are below.
        former: Those that only the answers of earlier runs asked for.
        now: What paths may name, by the answers of now.
        then: What paths could name in the earlier run.
        selection: What is wanted.
    """
    places, sources = set(), set()
    for artifact, prefix in needed:
        for form in artifact.every_form():
            places |= {(artifact.id, prefix + path) for path in form.paths_for(now.of(artifact))}
            sources |= {(artifact.id, prefix + path) for path in form.paths_for(then.of(artifact))}
    artifacts = {artifact.id: artifact for artifact in (*former, *(artifact for artifact, _ in needed))}
    gone = [
        record
        for record in reversed(receipt.records)
        if (record.id, record.path) not in places
        and record.id != CHECKLIST_ID
        and not ((record.id, record.path) in sources and _moves(record, plan.tree))
        and not _is_stray(record, receipt, artifacts.get(record.id), (now, then))
        and record.id in artifacts
        and artifacts[record.id].phase in selection.phases
        and selection.wants(record.id)
    ]
    if not gone:
        return
    entries = recorded_entries(plan.target, receipt, plan.receipt, plan.tree, records=gone)
    for record in gone:
        yield artifacts[record.id], Retirement(recorded_operation(record, entries, receipt, plan.receipt))


def _is_stray(record: Record, receipt: Receipt, artifact: Artifact | None, contexts: Iterable[Contexts]) -> bool:
    """Tell whether a person has put a created file where no answer puts it: it stays there."""
    if artifact is None or record.rendered is None:
        return False
    return stray_of(artifact, by_place(receipt.records), [each.of(artifact) for each in contexts]) is record


def lift(plan: Plan, receipt: Receipt, phase: Phase, merged: MergedWork) -> frozenset[tuple[str, str]]:
    """Take the entries of a phase out of the tree, as they are in what is to change below them; return their places.

    The release changes lines that the implementation put in: these are found again without it, and it is done anew.
    What is merged stays.

    Args:
        plan: The plan.
        receipt: What earlier runs wrote.
        phase: The phase.
        merged: What of it is merged.
    """
    ids = {artifact.id for artifact in load_manifest(receipt.edition) if artifact.phase is phase}
    own = [record for record in reversed(receipt.records) if record.id in ids and record.rendered is None]
    if not own:
        return frozenset()
    entries = recorded_entries(plan.target, receipt, plan.receipt, plan.tree, records=own)
    operations = {record: recorded_operation(record, entries, receipt, plan.receipt) for record in own}
    lifted = [record for record in own if not merged.has_whole(operations[record], record)]
    for record in lifted:
        operations[record].revert(plan.tree)
    return frozenset((record.id, record.path) for record in lifted)


def _moves(record: Record, tree: Tree) -> bool:
    """Tell whether what is recorded goes along with a file: a whole one moves, one with an entry people have moved."""
    return record.rendered is not None or tree.read(record.path) is None
