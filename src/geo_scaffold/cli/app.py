"""The commands, and what they all share: `--version`, help, shell completion, exit codes."""

import os
import sys
from collections.abc import Callable, Collection
from importlib import import_module
from inspect import getdoc
from typing import Annotated, Any, Final

import typer

from geo_scaffold import __version__

VERBS: Final = ("new", "checklist", "undo", "release", "rename", "mr", "names", "facts", "drift", "demo")
"""The verbs in the order of the help; each is a function in a module of the same name."""
_COMPLETION: Final = "_COMPLETE"
"""The suffix of the variable with which a shell asks for completions."""


def app(**settings: Any) -> Any:
    """Run the command line.

    Args:
        settings: Settings of Typer, such as `standalone_mode`.
    """
    return command_line(sys.argv[1:], completes=any(name.endswith(_COMPLETION) for name in os.environ))(**settings)


def command_line(arguments: Collection[str], *, completes: bool = False) -> typer.Typer:
    """Return the command line, as far as the arguments need it: a verb's options cost as much as its import.

    Args:
        arguments: The arguments after the program's name.
        completes: Whether a shell asks for completions, which needs every option.
    """
    # Rich's help and tracebacks cost 65 ms whenever help is printed; Typer's own help has the same content.
    built = typer.Typer(
        name="geo-scaffold",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    built.callback()(geo_scaffold)
    first = next(iter(arguments), None)
    for name in (first,) if first in VERBS and not completes else VERBS:
        module = import_module(f"geo_scaffold.cli.{name}")
        verb = getattr(module, name)
        is_asked = completes or name in arguments
        built.command(name=name, epilog=module.EXAMPLES)(verb if is_asked else _only_named(verb))
    return built


def _only_named(verb: Callable[..., None]) -> Callable[[], None]:
    """Return a stub for a verb that is only listed, not called."""

    def named() -> None: ...

    named.__doc__ = getdoc(verb)
    return named


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"geo-scaffold {__version__}")
        raise typer.Exit


def geo_scaffold(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Generate everything a GitLab Geo replicable type needs.

    Example: geo-scaffold new CoolWidget
    """
