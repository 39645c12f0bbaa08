"""Carries out a plan for `new`, `release` and `rename`: preview it, refuse it, ask, write it, report the result."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from geo_scaffold.cli.own_options import in_own_options
from geo_scaffold.cli.report import SCHEMA, facts_document, print_json, tell
from geo_scaffold.errors import BlockedError, ConflictError, DeclinedError, GeoScaffoldError
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.verbs.plan import Plan


def carry_out(
    plan: "Plan",
    *,
    again: Sequence[str],
    dry_run: bool,
    diff: bool,
    as_json: bool,
    allow_partial: bool | None,
    may_ask: bool,
    verbose: bool,
    may_overwrite: bool = False,
) -> None:
    """Write a plan, or show it.

    Args:
        plan: The plan.
        again: The arguments that repeat this command: the verb, the model, and where.
        dry_run: Only show it.
        diff: Only show it, as a diff.
        as_json: Show it, or its result, as JSON.
        allow_partial: If something is blocked, write the rest; None: the verb writes all or nothing.
        may_ask: Ask before writing.
        verbose: Show every step at a terminal, too.
        may_overwrite: Whether the verb has `--on-conflict`.

    Raises:
        GeoScaffoldError: Something is in the way, or the user declines; nothing was written.
    """
    for note in plan.notes:
        tell(in_own_options(note))
    refusal = _refusal(plan, allow_partial=allow_partial, may_overwrite=may_overwrite)
    if dry_run or diff:
        _preview(plan, again, diff=diff, as_json=as_json, verbose=verbose)
        raise typer.Exit(refusal.exit_code if refusal else 0)
    if refusal and as_json:
        print_json(document(plan, written=False))
        raise typer.Exit(refusal.exit_code)
    if refusal:
        raise refusal
    if may_ask:
        _confirm(plan)
    _write(plan, again, as_json=as_json, verbose=verbose)


def _refusal(plan: "Plan", *, allow_partial: bool | None, may_overwrite: bool) -> GeoScaffoldError | None:
    """Return why nothing may be written, or None if it may."""
    from geo_scaffold.operations import Status

    conflicts, blocked = plan.with_status(Status.CONFLICT), plan.with_status(Status.BLOCKED)
    by_hand = "Make that change there by hand and run it again; --dry-run shows all"
    if conflicts:
        first = conflicts[0]
        return ConflictError(
            f"{first.outcome.message}{_and_more(conflicts)}; nothing was written",
            path=first.operation.path,
            remedy="See it with --diff --on-conflict force, then choose skip or force" if may_overwrite else by_hand,
        )
    if blocked and not allow_partial:
        first = blocked[0]
        return BlockedError(
            f"{first.outcome.message}{_and_more(blocked)}; nothing was written",
            path=first.operation.path,
            remedy=by_hand
            if allow_partial is None
            else "See all with --dry-run; paste the lines from --json, or write the rest with --allow-partial",
        )
    return None


def _and_more(steps: list[Any]) -> str:
    return f" (and {len(steps) - 1} more)" if len(steps) > 1 else ""


def document(plan: "Plan", *, written: bool) -> dict[str, object]:
    """Return the plan as a JSON document.

    Args:
        plan: The plan.
        written: Whether it was written.
    """
    return {
        "schema": SCHEMA,
        "model": plan.answers.model,
        "edition": plan.edition,
        "kind": plan.answers.kind,
        "names": dict(plan.names),
        "operations": [
            {
                "id": step.operation.id,
                "op": step.operation.kind.value,
                "path": step.operation.path,
                "status": step.outcome.status.value,
                "message": step.outcome.message,
                "snippet": step.snippet,
            }
            for step in plan.steps
        ],
        "written": written,
        **({"facts": facts_document(plan.facts)} if plan.facts else {}),
    }


def _preview(plan: "Plan", again: Sequence[str], *, diff: bool, as_json: bool, verbose: bool) -> None:
    from geo_scaffold.cli import preview

    if as_json:
        print_json(document(plan, written=False))
    elif diff:
        preview.print_diff(plan.tree.changes(), preview.prefix_of(plan.target.root))
    else:
        preview.print_plan(plan, again, verbose=verbose)


def _confirm(plan: "Plan") -> None:
    from geo_scaffold.cli.screen import count_of
    from geo_scaffold.operations import Status

    count = len(plan.tree.changes())
    if not count:
        return
    # Name the merge requests: the answer may have been meant for only one of them.
    phases: dict[str, set[str]] = {}
    for step in plan.with_status(Status.PLANNED):
        if step.artifact:
            phases.setdefault(step.artifact.phase, set()).add(step.operation.path)
    parts = f" ({', '.join(f'{phase}: {len(paths)}' for phase, paths in phases.items())})" if len(phases) > 1 else ""
    question = f"Write {count_of(count, 'file')}{parts} to {shown(str(plan.target.root))}?"
    if not typer.confirm(question, default=True, err=True):
        raise DeclinedError("declined; nothing was written", remedy="Use --dry-run to see what it would write")


def _write(plan: "Plan", again: Sequence[str], *, as_json: bool, verbose: bool) -> None:
    from geo_scaffold.cli import preview
    from geo_scaffold.operations import Status
    from geo_scaffold.verbs.plan import write

    result = write(plan)
    for note in result.notes:
        tell(note)
    if as_json:
        print_json(document(plan, written=bool(plan.tree.changes())))
    else:
        preview.print_result(plan, result, again, verbose=verbose)
    if plan.with_status(Status.BLOCKED):
        raise typer.Exit(1)
