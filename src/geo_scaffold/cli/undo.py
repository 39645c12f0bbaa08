"""`geo-scaffold undo MODEL`: take back what `new` wrote."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_scaffold.cli.anew import planned_anew
from geo_scaffold.cli.options import Into, Json, Model, Name, Recover, Yes
from geo_scaffold.cli.report import SCHEMA, begin, is_at_terminal, print_json, tell
from geo_scaffold.errors import DeclinedError
from geo_scaffold.shown import shown

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
) -> None:
    """Take back what `new` wrote, its own receipt included.

    What a person has edited since is kept and reported.
    """
    begin(into, only_reads=dry_run, recover=recover, asks_nothing=yes)
    planned_anew(lambda: _undo(model, into, name, dry_run=dry_run, as_json=as_json, may_ask=not (yes or as_json)))


def _undo(model: str, into: Path, name: str | None, *, dry_run: bool, as_json: bool, may_ask: bool) -> None:
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
                raise DeclinedError("declined; nothing was written")
        for note in write_undo(plan).notes:
            tell(note)
    if as_json:
        print_json(_document(plan, written=not dry_run))
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
    fate = removal.fate.value
    if removal.fate == "gone":
        fate = "gone already"
    elif removal.fate == "removed" and removal.is_entry:  # not the file: an entry in it
        fate = "entry removed"
    texts = [removal.operation.path, removal.operation.id, *filter(None, [removal.reason])]
    return "\t".join([fate, *map(shown, texts)])


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
