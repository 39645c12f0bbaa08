"""The arguments and options that several verbs share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from geo_scaffold.errors import UsageError
from geo_scaffold.kinds import DEFAULT, KINDS, demonstrated, generated

# A type checker cannot take choices from a table.
if TYPE_CHECKING:
    AnyKind: TypeAlias = str
    GeneratedKind: TypeAlias = str
    DemonstratedKind: TypeAlias = str
else:
    AnyKind, GeneratedKind, DemonstratedKind = Literal[tuple(KINDS)], Literal[generated()], Literal[demonstrated()]

Model = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="The Active Record class, such as CoolWidget or Packages::Nuget::Symbol."),
]
Into = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        show_default=False,
        help="Where to work; any folder in a GitLab checkout will do. [default: here]",
    ),
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Replicable name, if it is not the model's.")]
Plural = Annotated[str | None, typer.Option(metavar="PLURAL", help="Plural of the replicable name.")]
Title = Annotated[str | None, typer.Option(metavar="TITLE", help="Title, such as 'NuGet Symbol'.")]
TitlePlural = Annotated[str | None, typer.Option(metavar="PLURAL", help="Plural of the title.")]
Table = Annotated[str | None, typer.Option(metavar="TABLE", help="The model's table.")]
Factory = Annotated[str | None, typer.Option(metavar="FACTORY", help="The model's factory.")]
Acronyms = Annotated[
    list[str] | None, typer.Option("--acronym", metavar="WORD", help="An acronym Rails knows; repeatable.")
]
DefaultAcronyms = Annotated[
    bool | None, typer.Option("--default-acronyms/--no-default-acronyms", help="GitLab's acronyms and inflections.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override any spelling; repeatable.")]
Kind = Annotated[
    GeneratedKind | None,
    typer.Option(
        help=f"What a record has: {', or '.join(KINDS[kind].what for kind in generated())}."
        f" [default: as the class shows, else {DEFAULT}]",
    ),
]
Only = Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this artifact; repeatable.")]
Skip = Annotated[list[str] | None, typer.Option(metavar="ID", help="Not this artifact; repeatable.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; write nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the plan as one unified diff; write nothing.")]
AllowPartial = Annotated[bool, typer.Option("--allow-partial", help="If something is blocked, write the rest.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Recover = Annotated[
    bool,
    typer.Option(
        "--recover", help="Recover an interrupted run that is not known to be yours: shows what it would do, and asks."
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="On a terminal, show every step instead of counts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


def parse_assignments(assignments: list[str]) -> dict[str, str]:
    """Split the values of `--set`.

    Args:
        assignments: `KEY=VALUE` each; the value may be empty.

    Raises:
        UsageError: A value has no `=`, or a key is given twice with different values.
    """
    overrides: dict[str, str] = {}
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator or not key:
            raise UsageError(
                f"--set {assignment!r} is not KEY=VALUE", remedy="For example: --set registry_table=file_registry"
            )
        if overrides.setdefault(key, value) != value:
            raise UsageError(f"--set gives {key} twice, with different values", remedy="Give it once")
    return overrides


def pointing_to(verb: str, into: Path, model: str | None = None, **options: str | None) -> tuple[str, ...]:
    """Return arguments that point to the same type, or place, as this run.

    Args:
        verb: The verb.
        into: `--into`.
        model: The Active Record class, as given, or None.
        options: Others by name, such as `name` and `phase`; None if not given.
    """
    given = {"into": None if into == Path() else str(into), **options}
    return (
        verb,
        *([model] if model else []),
        *(word for key, value in given.items() if value for word in (f"--{key}", value)),
    )
