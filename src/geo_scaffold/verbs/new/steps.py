"""One step of a plan: an operation, its outcome in the tree, and the decision about a conflict."""

from typing import TYPE_CHECKING

from geo_scaffold.edition import Artifact
from geo_scaffold.operations import Operation, Outcome, Status
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.new.merged import KEPT, MergedWork
from geo_scaffold.verbs.plan import Choice, Decide, Decision, PlanStep

if TYPE_CHECKING:
    from geo_scaffold.verbs.new.parallel import Edits


def leave_unresolved(_step: PlanStep, _tree: Tree) -> Decision:
    """Leave every conflict unresolved."""
    return Decision(Choice.ABORT)


def look_at(operation: Operation, artifact: Artifact | None, tree: Tree) -> PlanStep:
    """Return the step of an operation, without changing the tree."""
    outcome = operation.status(tree)
    return PlanStep(operation, artifact, outcome, is_done=outcome.status is Status.UNCHANGED)


def take(
    operation: Operation,
    artifact: Artifact | None,
    tree: Tree,
    decide: Decide,
    *,
    is_wanted: bool,
    merged: MergedWork | None = None,
    edits: "Edits | None" = None,
) -> PlanStep:
    """Return the step of an operation, after it has changed the tree if it should.

    Args:
        operation: The operation.
        artifact: Its artifact, or None for the checklist.
        tree: The target as the previous steps left it.
        decide: Decides what to do about a conflict.
        is_wanted: Whether the user wants it.
        merged: What is merged of earlier runs, or None if nothing can be.
        edits: The edits that are known already.
    """
    if not is_wanted:
        step = look_at(operation, artifact, tree)
        if not step.is_done:
            step.outcome = Outcome(Status.SKIPPED)
        return step
    if merged and artifact and merged.concerns(operation):
        kept = merged.settled(operation, artifact, operation.status(tree), tree)
        if kept is not None:
            return PlanStep(operation, artifact, kept, is_done=True, is_merged=True)
    applied = edits.apply(operation, tree) if edits else operation.apply(tree)
    if merged and artifact and applied.before is not None and merged.has_other_form(operation, applied):
        tree.write(operation.path, applied.before)
        return PlanStep(operation, artifact, Outcome(Status.UNCHANGED, KEPT), is_done=True, is_merged=True)
    outcome = applied.outcome
    step = PlanStep(operation, artifact, outcome, is_done=outcome.status in {Status.UNCHANGED, Status.PLANNED})
    if outcome.status is Status.PLANNED:
        step.applied = applied
    elif outcome.status is Status.CONFLICT:
        decision = decide(step, tree)
        if decision.choice is Choice.SKIP:
            step.outcome = Outcome(Status.SKIPPED, f"{outcome.message}; kept")
        elif decision.choice is Choice.FORCE:
            step.applied = operation.apply(tree, force=True)
            if decision.content is not None:
                tree.write(operation.path, decision.content)
                step.applied = step.applied._replace(after=decision.content)
            step.outcome = Outcome(Status.PLANNED, f"{outcome.message}; overwritten")
            step.is_done = True
    return step
