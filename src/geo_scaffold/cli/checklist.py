"""`geo-scaffold checklist [MODEL ...]`: what is done, what is missing, what only a person can tell."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from geo_scaffold.cli.options import Into, pointing_to
from geo_scaffold.cli.progress import progress_of
from geo_scaffold.cli.report import refuse_unfinished, send, tell, wants_colour
from geo_scaffold.cli.screen import Screen, is_screen
from geo_scaffold.errors import ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_scaffold.verbs.checklist import TypeReport
    from geo_scaffold.verbs.checklist.request import Compare

Format = Literal["table", "markdown", "json", "junit", "codequality", "html"]
PhaseName = Literal["schema", "implementation", "release"]

EXAMPLES = """\b
Examples:
  geo-scaffold checklist
  geo-scaffold checklist CoolWidget -v
  geo-scaffold checklist --all --format html --output geo.html
  geo-scaffold checklist --changed origin/master --format codequality --output gl-code-quality-report.json
  geo-scaffold checklist CoolWidget --ticks description.md --strict
"""

_DESCRIPTION: Final = "CI_MERGE_REQUEST_DESCRIPTION"


def checklist(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Active Record classes. [default: those with a receipt, else --all]"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All types, registered or with a replicator file.")] = False,
    changed: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Only types touched since the branch left REF; what was already open there does not fail the check.",
        ),
    ] = None,
    phase: Annotated[
        PhaseName | None,
        typer.Option(
            help="The phase you work on; what later phases require is pending. [default: as far as each type has come]"
        ),
    ] = None,
    into: Into = Path(),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is done, too.")] = False,
    format_: Annotated[Format | None, typer.Option("--format", help="[default: table]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file instead of the terminal.")
    ] = None,
    ticks: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help="Markdown whose ticked boxes confirm decisions. [default: the merge request's description in CI]",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count unconfirmed decisions as open, too.")] = False,
) -> None:
    """Show what is done, what is missing, and what only a person can tell.

    Exit code 0: nothing is open; 1: something is. Nothing is written, except for --output.
    """
    from geo_scaffold.cli.formats import render
    from geo_scaffold.phases import Phase
    from geo_scaffold.verbs.checklist import Request, check

    if sum((bool(models), everything, changed is not None)) > 1:
        raise UsageError("MODEL, --all and --changed exclude each other", remedy="Give one of them")
    if as_json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} exclude each other", remedy="Give one of them")
    name = "json" if as_json else format_ or "table"
    description = _ticks(ticks)
    refuse_unfinished(into)
    request = Request(
        models=tuple(models or ()),
        everything=everything,
        changes=_changes(changed) if changed is not None else None,
        phase=Phase(phase) if phase else None,
        ticks=description,
    )
    with progress_of("Auditing types", as_json=name == "json") as progress:
        report = check(request, into, progress=progress)
    for note in report.notes:
        tell(note)
    colour = output is None and wants_colour(sys.stdout)
    if name == "table" and output is None and not models and not verbose and len(report.types) > 1 and is_screen():
        from geo_scaffold.cli.formats.overview import render as render_overview

        send(render_overview(report, Screen.of_output(), pointing_to("checklist", into), strict=strict), None)
        raise typer.Exit(1 if report.is_open(strict=strict) else 0)
    text = render(report, name, strict=strict, verbose=verbose, colour=colour, below=below_in(into))
    send(text, output)
    if report.is_open(strict=strict):
        raise typer.Exit(1)


def below_in(into: Path) -> "Callable[[TypeReport], str]":
    """Return a function that locates a checkout, or a type's standalone folder, in its repository.

    Args:
        into: The folder given by the user.
    """
    from geo_scaffold.checkout.target import find_checkout, folder_of
    from geo_scaffold.git import prefix_of

    checkout = find_checkout(folder_of(into))
    of_checkout = prefix_of(checkout) if checkout else ""
    return lambda report: prefix_of(report.folder) if report.folder else of_checkout


def _changes(reference: str) -> "Compare":
    from geo_scaffold.git import changes_since

    return lambda root: changes_since(root, reference)


def _ticks(source: str | None) -> str | None:
    """Read the boxes: from a file, standard input, or the variable that GitLab gives a merge request's pipeline."""
    if source is None:
        if os.environ.get(f"{_DESCRIPTION}_IS_TRUNCATED") == "true":
            tell(
                "The description of the merge request is cut off in CI, so no ticks are taken from it;"
                " feed it to --ticks - from the API."
            )
            return None
        return os.environ.get(_DESCRIPTION)
    if source == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return Path(source).read_text(encoding="utf-8", errors="replace")  # also a shell's pipe
    except FileNotFoundError as error:
        raise UsageError(
            f"--ticks {source}: there is no such file", remedy="Give a Markdown file, or - for stdin"
        ) from error
    except OSError as error:
        raise ReadError(
            f"cannot read {source}: {error.strerror}", path=source, remedy="Give a readable file with --ticks"
        ) from error
