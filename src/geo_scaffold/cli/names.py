"""`geo-scaffold names MODEL`: every spelling of a model's name, as a table or JSON."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from geo_scaffold.cli.report import SCHEMA
from geo_scaffold.errors import UsageError

if TYPE_CHECKING:
    from geo_scaffold.names import Names

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold names Packages::Nuget::Symbol --title 'NuGet Symbol' --factory nuget_symbol
  geo-scaffold names Upload --set registry_table=file_registry --json
"""


def parse_assignments(assignments: list[str]) -> dict[str, str]:
    """Split the values of `--set`.

    Args:
        assignments: `KEY=VALUE` each; the value may be empty.

    Raises:
        UsageError: There is no `=`, or a key is given twice with different values.
    """
    overrides: dict[str, str] = {}
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator or not key:
            raise UsageError(
                f"--set {assignment!r} is not KEY=VALUE", remedy="For example: --set registry_table=file_registry"
            )
        if overrides.setdefault(key, value) != value:
            raise UsageError(f"--set gives {key} twice, with different values", remedy="Give it once.")
    return overrides


def names(
    model: Annotated[
        str, typer.Argument(help="The Active Record class, such as CoolWidget or Packages::Nuget::Symbol.")
    ],
    name: Annotated[str | None, typer.Option(help="Replicable name, where it is not the model's.")] = None,
    plural: Annotated[str | None, typer.Option(help="Plural of the replicable name.")] = None,
    title: Annotated[str | None, typer.Option(help="Title, such as 'NuGet Symbol'.")] = None,
    title_plural: Annotated[str | None, typer.Option(help="Plural of the title.")] = None,
    table: Annotated[str | None, typer.Option(help="The model's table.")] = None,
    factory: Annotated[str | None, typer.Option(help="The model's factory.")] = None,
    acronym: Annotated[list[str] | None, typer.Option(help="An acronym Rails knows; repeatable.")] = None,
    default_acronyms: Annotated[
        bool, typer.Option("--default-acronyms/--no-default-acronyms", help="GitLab's acronyms and inflections.")
    ] = True,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override any spelling; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every spelling of a model's name."""
    from geo_scaffold.inflector import Inflector
    from geo_scaffold.names import build_names

    inflector = Inflector.gitlab() if default_acronyms else Inflector.plain()
    built = build_names(
        model,
        inflector=inflector.with_acronyms(acronym or ()),
        name=name,
        plural=plural,
        title=title,
        title_plural=title_plural,
        table=table,
        factory=factory,
        overrides=parse_assignments(set_ or []),
    )
    if as_json:
        document = {"schema": SCHEMA, "model": built["model"], "names": dict(built)}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif sys.stdout.isatty():
        _print_table(built)
    else:
        sys.stdout.write(_plain(built))


def _plain(built: "Names") -> str:
    """Lay the spellings out for pipes: `key<TAB>value`, nothing to strip."""
    return "".join(f"{key}\t{value}\n" for key, value in built.items())


def _print_table(built: "Names") -> None:
    """Show the spellings by group, with what each of them is; those that were given are marked."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for column in ("key", "value", "what"):
        table.add_column(column, no_wrap=column == "key", overflow="fold")
    for group, spellings in built.groups().items():
        table.add_row(f"[bold]{group}[/bold]", "", "")
        for spelling in spellings:
            given = " [yellow](given)[/yellow]" if built.origin(spelling.key) == "given" else ""
            table.add_row(f"  {spelling.key}", built[spelling.key], f"[dim]{spelling.description}[/dim]{given}")
    Console().print(table)
