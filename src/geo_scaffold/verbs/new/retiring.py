"""What an earlier run did and the answers of now do not ask for: it is taken back, as what takes its place is made."""

from collections.abc import Iterator, Sequence

from geo_scaffold.edition import CHECKLIST_ID, Artifact
from geo_scaffold.operations import Retirement
from geo_scaffold.receipt import Receipt
from geo_scaffold.verbs.new.contexts import Contexts
from geo_scaffold.verbs.new.selection import Selection
from geo_scaffold.verbs.plan import Plan
from geo_scaffold.verbs.recorded import recorded_entries, recorded_operation


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
        and not (record.rendered is not None and (record.id, record.path) in sources)  # which moves
        and record.id in artifacts
        and artifacts[record.id].phase in selection.phases
        and selection.wants(record.id)
    ]
    if not gone:
        return
    entries = recorded_entries(plan.target, receipt, plan.receipt, plan.tree, records=gone)
    for record in gone:
        yield artifacts[record.id], Retirement(recorded_operation(record, entries, receipt, plan.receipt))
