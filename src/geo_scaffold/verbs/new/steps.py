"""One step of a plan: an operation, what it comes to in the tree, and what is decided where that is a conflict."""

from geo_scaffold.edition import Artifact
from geo_scaffold.operations import EntryOperation, Operation, Status, Verdict
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.plan import Choice, Decide, Decision, Step


def never(_step: Step, _tree: Tree) -> Decision:
    """Decide every conflict by leaving it one."""
    return Decision(Choice.ABORT)


def look_at(operation: Operation, artifact: Artifact | None, tree: Tree) -> Step:
    """Return the step of an operation as the tree has it, and change nothing."""
    verdict = operation.status(tree)
    return Step(operation, artifact, verdict, is_done=verdict.status is Status.UNCHANGED)


def take(operation: Operation, artifact: Artifact | None, tree: Tree, decide: Decide, *, is_wanted: bool) -> Step:
    """Return the step of an operation, after it has changed the tree if it is to.

    Args:
        operation: What is done.
        artifact: What it is done for; None for the checklist.
        tree: The target as the steps before leave it.
        decide: Answers what to do about a conflict.
        is_wanted: Whether the user wants it.
    """
    step = look_at(operation, artifact, tree)
    verdict = step.verdict
    if not is_wanted:
        if not step.is_done:
            step.verdict = Verdict(Status.SKIPPED)
        return step
    if verdict.status is Status.CONFLICT:
        decision = decide(step, tree)
        if decision.choice is Choice.SKIP:
            step.verdict = Verdict(Status.SKIPPED, f"{verdict.message}; kept")
        elif decision.choice is Choice.FORCE:
            step.replaced = tree.read(operation.path)
            step.written = decision.content
            step.verdict = Verdict(Status.PLANNED, f"{verdict.message}; overwritten")
    if step.verdict.status is Status.PLANNED:
        if isinstance(operation, EntryOperation) and (memory := operation.to_remember(tree)):
            step.replaced = memory.encode()
        if step.written is None:
            operation.apply(tree)
        else:
            tree.write(operation.path, step.written)
        step.is_done = True
    return step
