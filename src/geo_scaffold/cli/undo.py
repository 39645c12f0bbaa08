"""`geo-scaffold undo MODEL`: take back what `new` wrote."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_scaffold.cli.options import Diff, Into, Json, Model, Name, Recover, Verbose, Yes, pointing_to
from geo_scaffold.cli.report import SCHEMA, begin, is_at_terminal, print_json, tell
from geo_scaffold.cli.retry import with_retries
from geo_scaffold.cli.screen import NextStep, Screen, count_of, heading_of, is_screen
from geo_scaffold.errors import DeclinedError
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.verbs.undo import Removal, UndoPlan

EXAMPLES = """\b
Examples:
  geo-scaffold undo CoolWidget
  geo-scaffold undo CoolWidget --diff | less -R
  geo-scaffold undo Packages::Cargo::Crate --into ~/gitlab --dry-run
"""


def undo(
    model: Model,
    into: Into = Path(),
    name: Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be removed; write nothing.")] = False,
    diff: Diff = False,
    as_json: Json = False,
    recover: Recover = False,
    yes: Yes = False,
    verbose: Verbose = False,
) -> None:
    """Remove what `new` wrote, including its receipt.

    What a person has edited since is kept and reported.
    """
    begin(into, only_reads=dry_run or diff, recover=recover, asks_nothing=yes)
    may_ask = not (yes or as_json)

    def attempt() -> None:
        _undo(model, into, name, dry_run=dry_run or diff, diff=diff, as_json=as_json, may_ask=may_ask, verbose=verbose)

    with_retries(attempt)


def _undo(
    model: str,
    into: Path,
    name: str | None,
    *,
    dry_run: bool,
    diff: bool,
    as_json: bool,
    may_ask: bool,
    verbose: bool,
) -> None:
    from geo_scaffold.verbs.undo import Fate, plan_undo, write_undo

    plan = plan_undo(model, into, name=name)
    for note in plan.notes:
        tell(note)
    kept = plan.with_fate(Fate.KEPT)
    if not dry_run:
        if may_ask and is_at_terminal() and len(kept) < len(plan.removals):
            _confirm(plan, len(kept))
        for note in write_undo(plan).notes:
            tell(note)
    if as_json:
        print_json(_document(plan, written=not dry_run))
    elif diff:
        from geo_scaffold.cli.preview import prefix_of, print_diff

        print_diff(plan.tree.changes(), prefix_of(plan.target.root))
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


def _confirm(plan: "UndoPlan", kept: int) -> None:
    from geo_scaffold.verbs.undo import Fate

    but = f" and keep {kept} that somebody edited" if kept else ""
    question = f"Take back {_counted(plan.with_fate(Fate.REMOVED))} in {shown(str(plan.target.root))}{but}?"
    if not typer.confirm(question, default=True, err=True):
        raise DeclinedError("declined; nothing was written", remedy="Use --dry-run to see what would be removed")


def _line(removal: "Removal") -> str:
    texts = [_fate_in_words(removal), removal.operation.path, removal.operation.id, *filter(None, [removal.reason])]
    return "\t".join(map(shown, texts))


def _fate_in_words(removal: "Removal") -> str:
    """Return the fate of something, in words."""
    if removal.fate == "gone":
        return "gone already"
    if removal.fate == "removed" and removal.is_entry:  # an entry in the file, not the file itself
        return "entry removed"
    return str(removal.fate.value)


def _counted(removals: "Sequence[Removal]") -> str:
    """Return how many files and entries some removals affect."""
    entries = sum(removal.is_entry for removal in removals)
    files = len(removals) - entries
    counts = [count_of(files, "file")] * bool(files) + [count_of(entries, "entry")] * bool(entries)
    return " and ".join(counts) or "nothing"


def _show(plan: "UndoPlan", again: Sequence[str], *, is_done: bool, verbose: bool) -> None:
    """Show at a terminal what is kept, the rest as counts by merge request, and the next steps."""
    from geo_scaffold.verbs.undo import Fate

    screen = Screen.of_output()
    kept = plan.with_fate(Fate.KEPT)
    lines = [screen.painted(shown(f"{plan.model} (edition {plan.edition}) in {plan.target.root}"), "strong"), ""]
    lines += ["  Look at these"] * bool(kept)
    for reason in dict.fromkeys(removal.reason for removal in kept):
        for removal in kept:
            if removal.reason == reason:
                lines.append(screen.labelled("kept", shown(removal.operation.path), shown(removal.operation.id)))
        lines += [*screen.wrapped(shown(reason)), ""]
    groups = _by_phase(plan)
    width = max(map(len, groups), default=0)
    for heading, removals in groups.items():
        lines.append(f"  {heading:<{width}}  {_fates(removals, is_done=is_done)}")
        if verbose:
            lines += [
                screen.labelled(removal.fate.value, shown(removal.operation.path), shown(removal.operation.id))
                for removal in removals
            ]
    lines.append("")
    if is_done and len(kept) == len(plan.removals):
        lines.append("Nothing was removed: what is kept stays in the receipt.")
    elif is_done:
        which = "; what is kept stays in the receipt" if kept else ", and the receipt with them"
        lines.append(f"{_counted(plan.with_fate(Fate.REMOVED))} removed{which}.")
    else:
        lines.append("Nothing was written.")
    lines += screen.next_steps(_to_do(again, has_kept=bool(kept), is_done=is_done))
    sys.stdout.write("\n".join(lines) + "\n")


def _fates(removals: "Sequence[Removal]", *, is_done: bool) -> str:
    """Return the fates of some removals, as counts."""
    from geo_scaffold.verbs.undo import Fate

    words = {Fate.REMOVED: "removed" if is_done else "to be removed", Fate.GONE: "gone already", Fate.KEPT: "kept"}
    groups = {fate: [removal for removal in removals if removal.fate is fate] for fate in words}
    return ", ".join(f"{_counted(those)} {words[fate]}" for fate, those in groups.items() if those)


def _by_phase(plan: "UndoPlan") -> "dict[str, list[Removal]]":
    """Return the removals by merge request, in the order in which these were made, then the others."""
    from geo_scaffold.edition import CHECKLIST_ID, load_manifest
    from geo_scaffold.phases import Phase

    phases = {artifact.id: artifact.phase for artifact in load_manifest(plan.edition)}
    order = [*(phase.value.capitalize() for phase in Phase), "Runtime", "Checklist", "Other"]
    groups: dict[str, list[Removal]] = {}
    for removal in plan.removals:
        operation = removal.operation
        sort = "Checklist" if operation.id == CHECKLIST_ID else "Other"
        groups.setdefault(heading_of(operation.path, phases.get(operation.id), sort), []).append(removal)
    return {name: groups[name] for name in order if name in groups}


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
