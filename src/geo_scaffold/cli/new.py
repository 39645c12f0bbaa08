"""`geo-scaffold new MODEL`: plan and write everything for a model."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geo_scaffold.cli.options import (
    Acronyms,
    DefaultAcronyms,
    Factory,
    Into,
    Json,
    Model,
    Name,
    Plural,
    Set,
    Table,
    Title,
    TitlePlural,
    Yes,
    parse_assignments,
)
from geo_scaffold.cli.report import SCHEMA, print_json, recover_first, tell
from geo_scaffold.errors import BlockedError, ConflictError, DeclinedError, GeoScaffoldError, UsageError

if TYPE_CHECKING:
    from geo_scaffold.answers import Answers
    from geo_scaffold.verbs.new import Selection
    from geo_scaffold.verbs.plan import Decide, Plan

Kind = Literal["repository", "blob"]
Owner = Literal["project", "group", "organization", "none"]
OnConflict = Literal["abort", "skip", "force", "ask"]
PhaseName = Literal["schema", "implementation"]

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold new CoolWidget
  geo-scaffold new Packages::Cargo::Crate --kind blob --owner project --milestone 16.3
  geo-scaffold new CoolWidget --dry-run
  geo-scaffold new CoolWidget --diff | less -R
"""


def new(
    model: Model,
    kind: Annotated[
        Kind | None,
        typer.Option(help="What a record has: a Git repository, or one uploaded file. [default: repository]"),
    ] = None,
    owner: Annotated[
        Owner | None,
        typer.Option(help="What a record belongs to; none: all are in scope. Without it, a placeholder raises."),
    ] = None,
    into: Into = Path(),
    gitlab: Annotated[
        str | None, typer.Option(metavar="VERSION", help="GitLab version. [default: the checkout's, else 16]")
    ] = None,
    name: Name = None,
    plural: Plural = None,
    acronym: Acronyms = None,
    default_acronyms: DefaultAcronyms = None,
    title: Title = None,
    title_plural: TitlePlural = None,
    table: Table = None,
    factory: Factory = None,
    set_: Set = None,
    milestone: Annotated[str | None, typer.Option(help="Milestone in which this is introduced, such as 16.3.")] = None,
    group: Annotated[str | None, typer.Option(help="Group that owns the feature flag. [default: group::geo]")] = None,
    mr: Annotated[str | None, typer.Option("--mr", metavar="URL", help="Merge request that introduces this.")] = None,
    timestamp: Annotated[
        str | None, typer.Option(metavar="YYYYMMDDHHMMSS", help="Timestamp of both migrations. [default: now]")
    ] = None,
    phase: Annotated[PhaseName | None, typer.Option(help="Only this merge request's part.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this artifact; repeatable.")] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="ID", help="Not this artifact; repeatable.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; write nothing.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the plan as one unified diff; write nothing.")] = False,
    as_json: Json = False,
    on_conflict: Annotated[
        OnConflict | None,
        typer.Option(help="When another file is in the place. [default: ask on a terminal, else abort]"),
    ] = None,
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Write what is possible when something is blocked.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Plan and write everything for a replicable type.

    In a GitLab checkout it edits the checkout, elsewhere it makes a folder named after the type. Nothing is written
    until the whole plan is known; `geo-scaffold undo` takes it back.
    """
    from geo_scaffold.answers import Answers
    from geo_scaffold.verbs.new import plan_new

    answers = Answers(
        model=model.strip().removeprefix("::"),
        kind=kind,
        owner=owner,
        gitlab=gitlab,
        name=name,
        plural=plural,
        acronyms=tuple(acronym) if acronym else None,
        default_acronyms=default_acronyms,
        title=title,
        title_plural=title_plural,
        table=table,
        factory=factory,
        spellings=parse_assignments(set_) if set_ else None,
        milestone=milestone,
        group=group,
        merge_request=mr,
        timestamp=timestamp,
    )
    is_preview = dry_run or diff
    may_ask = sys.stdin.isatty() and sys.stdout.isatty() and not (yes or as_json or is_preview)
    recover_first(into)
    plan = plan_new(
        _asked(answers, into) if may_ask else answers,
        into,
        now=_now(),
        selection=_selection(phase, only or [], skip or []),
        decide=_decide(on_conflict, may_ask=may_ask),
    )
    refusal = _refusal(plan, allow_partial=allow_partial)
    if is_preview:
        _preview(plan, diff=diff, as_json=as_json)
        raise typer.Exit(refusal.exit_code if refusal else 0)
    if refusal and as_json:
        print_json(document(plan, written=False))
        raise typer.Exit(refusal.exit_code)
    if refusal:
        raise refusal
    if may_ask:
        _confirm(plan)
    _write(plan, as_json=as_json)


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def _selection(phase: str | None, only: list[str], skip: list[str]) -> "Selection":
    from geo_scaffold.edition import Phase
    from geo_scaffold.verbs.new import PHASES, Selection

    return Selection((Phase(phase),) if phase else PHASES, frozenset(only), frozenset(skip))


def _asked(answers: "Answers", into: Path) -> "Answers":
    """Ask what is worth asking: the kind and the owner, unless they are known."""
    from geo_scaffold.answers import KINDS, OWNERS
    from geo_scaffold.verbs.target import find_receipt, folder_of

    if find_receipt(folder_of(into), answers.model, answers.name):
        return answers
    answers.names()  # a name that is refused is refused before anything is asked
    if answers.kind is None:
        answers = answers.with_defaults(kind=_choose("What does a record have?", KINDS, "repository"))
    if answers.owner is None:
        owner = _choose("What does a record belong to?", (*OWNERS, "later"), "later")
        answers = answers if owner == "later" else answers.with_defaults(owner=owner)
    return answers


def _choose(question: str, choices: tuple[str, ...], default: str) -> str:
    while True:
        answer = str(typer.prompt(f"{question} ({', '.join(choices)})", default=default, err=True)).strip().lower()
        found = [choice for choice in choices if choice.startswith(answer)]
        if len(found) == 1 or answer in found:
            return answer if answer in found else found[0]
        tell(f"Please answer {', '.join(choices[:-1])} or {choices[-1]}.")


def _decide(on_conflict: str | None, *, may_ask: bool) -> "Decide":
    from geo_scaffold.verbs.new import never
    from geo_scaffold.verbs.plan import Choice, Decision

    if on_conflict == "ask" and not may_ask:
        raise UsageError("--on-conflict ask needs a terminal", remedy="Use --on-conflict skip or force")
    if on_conflict == "ask" or (on_conflict is None and may_ask):
        from geo_scaffold.cli.conflicts import ConflictMenu

        return ConflictMenu()
    if on_conflict in ("skip", "force"):
        return lambda _step, _tree: Decision(Choice(on_conflict))
    return never


def _refusal(plan: "Plan", *, allow_partial: bool) -> GeoScaffoldError | None:
    """Return why nothing may be written, if so."""
    from geo_scaffold.operations import Status

    conflicts, blocked = plan.with_status(Status.CONFLICT), plan.with_status(Status.BLOCKED)
    if conflicts:
        first = conflicts[0]
        return ConflictError(
            f"{first.verdict.message}{_and_more(conflicts)}; nothing was written",
            path=first.operation.path,
            remedy="See it with --diff, then choose --on-conflict skip or --on-conflict force",
        )
    if blocked and not allow_partial:
        first = blocked[0]
        return BlockedError(
            f"{first.verdict.message}{_and_more(blocked)}; nothing was written",
            path=first.operation.path,
            remedy="Paste the lines that --json shows by hand, or write the rest with --allow-partial",
        )
    return None


def _and_more(steps: list[Any]) -> str:
    return f" (and {len(steps) - 1} more)" if len(steps) > 1 else ""


def document(plan: "Plan", *, written: bool) -> dict[str, object]:
    """Return the plan as the JSON contract has it.

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
                "status": step.verdict.status.value,
                "message": step.verdict.message,
                "snippet": step.snippet,
            }
            for step in plan.steps
        ],
        "written": written,
    }


def _preview(plan: "Plan", *, diff: bool, as_json: bool) -> None:
    from geo_scaffold.cli import preview

    if as_json:
        print_json(document(plan, written=False))
    elif diff:
        preview.print_diff(plan.tree.changes())
    else:
        preview.print_plan(plan)


def _confirm(plan: "Plan") -> None:
    count = len(plan.tree.changes())
    if count and not typer.confirm(f"Write {count} files to {plan.target.root}?", default=True, err=True):
        raise DeclinedError("declined; nothing was written")


def _write(plan: "Plan", *, as_json: bool) -> None:
    from geo_scaffold.cli import preview
    from geo_scaffold.operations import Status
    from geo_scaffold.verbs.plan import write

    result = write(plan)
    for note in result.notes:
        tell(note)
    if as_json:
        print_json(document(plan, written=bool(plan.tree.changes())))
    else:
        preview.print_result(plan, result)
    if plan.with_status(Status.BLOCKED):
        raise typer.Exit(1)
