"""`geo-scaffold drift`: where a checkout has moved away from the edition, for its maintainers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geo_scaffold.cli.options import Into, Json
from geo_scaffold.cli.progress import progress_of
from geo_scaffold.cli.report import SCHEMA, print_json, refuse_unfinished, wants_colour
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.verbs.drift import Drift

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold drift
  geo-scaffold drift --into ~/gdk/gitlab --json > drift.json
"""


def drift(into: Into = Path(), as_json: Json = False) -> None:
    """Show where the checkout has moved away from its edition, for the people who maintain editions.

    Deviations that the edition acknowledges, with reasons, do not count. Exit code 1: it has moved.
    """
    from geo_scaffold.verbs.drift import drift_of

    refuse_unfinished(into)
    with progress_of("Comparing", as_json=as_json) as progress:
        drift_result = drift_of(into, progress=progress)
    if as_json:
        print_json(document(drift_result))
    else:
        _print(drift_result)
    raise typer.Exit(1 if drift_result.findings else 0)


def document(drift: "Drift") -> dict[str, object]:
    """Return the deviations as a JSON document."""
    return {
        "schema": SCHEMA,
        "edition": drift.edition,
        "checked_with": drift.checked_with,
        "version": drift.version,
        "findings": [
            {
                "id": finding.id,
                "sort": finding.sort.value,
                "path": finding.path,
                "line": finding.line,
                "message": finding.message,
            }
            for finding in drift.findings
        ],
    }


def _print(drift: "Drift") -> None:
    """Show a table on a terminal, and tab-separated lines in a pipe."""
    rows = [
        (
            finding.sort.value,
            finding.id,
            f"{finding.path}:{finding.line}" if finding.line else finding.path,
            finding.message,
        )
        for finding in drift.findings
    ]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("Sort", "Artifact", "Where", "What", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(Text(shown(cell)) for cell in row))
        if rows:
            Console(no_color=not wants_colour(sys.stdout)).print(table)
    else:
        sys.stdout.writelines("\t".join(map(shown, row)) + "\n" for row in rows)
    what = f"GitLab {drift.version} and edition {drift.edition}, checked with {drift.checked_with}"
    sys.stdout.write(f"{'Moved' if rows else 'Not moved'}: {shown(what)}. {len(rows)} findings,")
    sys.stdout.write(
        f" {drift.acknowledged} acknowledged; compared with {shown(', '.join(drift.newest)) or 'no type'}.\n"
    )
