"""`geo-scaffold names MODEL`: every spelling of a model's name, as a table or JSON."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_scaffold.cli.options import (
    Acronyms,
    AnyKind,
    DefaultAcronyms,
    Factory,
    Json,
    Model,
    Name,
    Plural,
    Set,
    Table,
    Title,
    TitlePlural,
    parse_assignments,
)
from geo_scaffold.cli.report import SCHEMA, print_json, tell, tell_unfinished
from geo_scaffold.escaping import shown
from geo_scaffold.kinds import DEFAULT, KINDS

if TYPE_CHECKING:
    from geo_scaffold.answers import Answers
    from geo_scaffold.kinds import Kind
    from geo_scaffold.names import Names
    from geo_scaffold.names.inflector import Inflector
    from geo_scaffold.tree import Tree

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold names Packages::Nuget::Symbol --title 'NuGet Symbol' --factory nuget_symbol
  geo-scaffold names Upload --set registry_table=file_registry --json
"""


def names(
    model: Model,
    kind: Annotated[AnyKind, typer.Option(help="What a record has.")] = DEFAULT,
    name: Name = None,
    plural: Plural = None,
    title: Title = None,
    title_plural: TitlePlural = None,
    table: Table = None,
    factory: Factory = None,
    acronym: Acronyms = None,
    default_acronyms: DefaultAcronyms = None,
    set_: Set = None,
    as_json: Json = False,
) -> None:
    """Show every spelling of a model's name."""
    from geo_scaffold.answers import Answers
    from geo_scaffold.checkout.inflections import inflections_for
    from geo_scaffold.checkout.target import find_checkout, path_of
    from geo_scaffold.tree import Tree

    tell_unfinished(Path())
    answers = Answers(
        model=model,
        name=name,
        plural=plural,
        title=title,
        title_plural=title_plural,
        table=table,
        factory=factory,
        acronyms=tuple(acronym or ()),
        default_acronyms=default_acronyms,
        spellings=parse_assignments(set_ or []),
    )
    root = find_checkout(path_of(Path()))
    tree = Tree(root) if root else None
    inflector, notes = inflections_for(answers, tree.read if tree else None)
    built = _names_in(tree, answers, inflector, KINDS[kind]) if tree else answers.names(inflector, kind=KINDS[kind])
    for note in notes:
        tell(note)
    if as_json:
        print_json({"schema": SCHEMA, "model": built["model"], "names": dict(built)})
    elif sys.stdout.isatty():
        _print_table(built)
    else:
        sys.stdout.write(_plain(built))


def _names_in(tree: "Tree", answers: "Answers", inflector: "Inflector", kind: "Kind") -> "Names":
    """Return the spellings of a model in a checkout: those of its type, or those of the class itself."""
    from geo_scaffold.checkout import Checkout, Sources, as_it_is_there, look_up

    reader = Checkout(Sources(tree, ""), inflector)
    return look_up(as_it_is_there(answers, reader), inflector, reader, kind=kind).names


def _plain(built: "Names") -> str:
    """Format the spellings for a pipe: `key<TAB>value`, nothing to strip."""
    return "".join(f"{key}\t{shown(value)}\n" for key, value in built.items())


def _print_table(built: "Names") -> None:
    """Show the spellings by group, each with its meaning; those given by the user are marked."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for column in ("key", "value", "what"):
        table.add_column(column, no_wrap=column == "key", overflow="fold")
    for group, spellings in built.groups().items():
        table.add_row(f"[bold]{group}[/bold]", "", "")
        for spelling in spellings:
            given = " [yellow](given)[/yellow]" if built.origin(spelling.key) == "given" else ""
            table.add_row(
                f"  {spelling.key}", escape(shown(built[spelling.key])), f"[dim]{spelling.description}[/dim]{given}"
            )
    Console().print(table)
