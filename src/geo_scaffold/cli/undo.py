"""`geo-scaffold undo MODEL`: take back what `new` wrote."""

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_scaffold.cli.options import Into, Json, Model, Name, Recover, Verbose, Yes, pointing_to
from geo_scaffold.cli.report import SCHEMA, begin, is_at_terminal, print_json, tell
from geo_scaffold.cli.retry import with_retries
from geo_scaffold.cli.screen import NextStep, Screen, count_of, is_screen
from geo_scaffold.errors import DeclinedError
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.verbs.undo import Removal, UndoPlan

EXAMPLES = """\b
Examples:
  geo-scaffold undo CoolWidget
  geo-scaffold undo Packages::Cargo::Crate --into ~/gitlab --dry-run
"""


def undo(
    model: Model,
    into: Into = Path(),
    name: Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; write nothing.")] = False,
    as_json: Json = False,
    recover: Recover = False,
    yes: Yes = False,
    verbose: Verbose = False,
) -> None:
    """Take back what `new` wrote, its own receipt included.

    What a person has edited since is kept and reported.
    """
    begin(into, only_reads=dry_run, recover=recover, asks_nothing=yes)
    may_ask = not (yes or as_json)

    def once() -> None:
        _undo(model, into, name, dry_run=dry_run, as_json=as_json, may_ask=may_ask, verbose=verbose)

    with_retries(once)


def _undo(
    model: str, into: Path, name: str | None, *, dry_run: bool, as_json: bool, may_ask: bool, verbose: bool
) -> None:
    from geo_scaffold.verbs.undo import Fate, plan_undo, write_undo

    plan = plan_undo(model, into, name=name)
    for note in plan.notes:
        tell(note)
    kept = plan.with_fate(Fate.KEPT)
    if not dry_run:
        count = len(plan.with_fate(Fate.REMOVED))
        if may_ask and is_at_terminal():
            question = f"Take back {count} operations in {shown(str(plan.target.root))}?"
            if not typer.confirm(question, default=True, err=True):
                raise DeclinedError("declined; nothing was written", remedy="See with --dry-run what would go")
        for note in write_undo(plan).notes:
            tell(note)
    if as_json:
        print_json(_document(plan, written=not dry_run))
    elif is_screen():
        _show(plan, pointing_to("undo", into, model, name=name), is_done=not dry_run, verbose=verbose)
    else:
        for removal in plan.removals:
            sys.stdout.write(f"{_line(removal)}\n")
        if dry_run:
            sys.stdout.write("\nNothing was written.\n")
        elif kept:
            sys.stdout.write(f"\n{len(kept)} kept, with the receipt; look at them, then delete them or keep them.\n")
    if kept:
        raise typer.Exit(1)


def _line(removal: "Removal") -> str:
    texts = [_said(removal), removal.operation.path, removal.operation.id, *filter(None, [removal.reason])]
    return "\t".join(map(shown, texts))


def _said(removal: "Removal") -> str:
    """Return what becomes of something, as people read it."""
    if removal.fate == "gone":
        return "gone already"
    if removal.fate == "removed" and removal.is_entry:  # not the file: an entry in it
        return "entry removed"
    return str(removal.fate.value)


def _show(plan: "UndoPlan", again: Sequence[str], *, is_done: bool, verbose: bool) -> None:
    """Show at a terminal what is kept, the rest as counts, and what to do next."""
    from geo_scaffold.verbs.undo import Fate

    screen = Screen.of_output()
    kept = plan.with_fate(Fate.KEPT)
    lines = [screen.painted(shown(f"{plan.model} (edition {plan.edition}) in {plan.target.root}"), "strong"), ""]
    for reason in dict.fromkeys(each.reason for each in kept):
        for each in kept:
            if each.reason == reason:
                lines.append(screen.labelled("kept", shown(each.operation.path), shown(each.operation.id)))
        lines += [*screen.wrapped(shown(reason)), ""]
    counts = Counter(_said(each) for each in plan.removals)
    what = {
        "removed": count_of(counts["removed"], "file") + " removed",
        "entry removed": count_of(counts["entry removed"], "entry") + " removed",
        "kept": f"{counts['kept']} kept, with the receipt",
        "gone already": f"{counts['gone already']} gone already",
    }
    lines.append(f"  {', '.join(text for key, text in what.items() if counts[key])}")
    if verbose:
        width = max(map(len, counts), default=0) + 2
        for each in plan.removals:
            label = screen.painted(f"{_said(each):<{width}}", each.fate.value)
            lines.append(f"    {label}{shown(each.operation.path)}{screen.painted(f'  {each.operation.id}', 'dim')}")
    lines += [] if is_done else ["", "Nothing was written."]
    lines += screen.next_steps(_to_do(again, has_kept=bool(kept), is_done=is_done))
    sys.stdout.write("\n".join(lines) + "\n")


def _to_do(again: Sequence[str], *, has_kept: bool, is_done: bool) -> list[NextStep]:
    command = shlex.join(["geo-scaffold", *again])
    if not is_done:
        return [NextStep("Take it back", command)]
    if has_kept:
        return [
            NextStep("Look at what is kept, and delete by hand what you do not want"),
            NextStep("Undo the rest, so that the receipt goes too", command),
        ]
    return []


def _document(plan: "UndoPlan", *, written: bool) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "model": plan.model,
        "edition": plan.edition,
        "operations": [
            {
                "id": removal.operation.id,
                "op": removal.operation.kind.value,
                "path": removal.operation.path,
                "status": removal.fate.value,
                "message": removal.reason,
            }
            for removal in plan.removals
        ],
        "written": written,
    }
