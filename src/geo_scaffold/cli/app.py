"""The commands, and what every one of them shares: `--version`, help, shell completion, exit codes."""

from typing import Annotated

import typer

from geo_scaffold import __version__
from geo_scaffold.cli import checklist, demo, facts, names, new, release, undo

# Rich's help and tracebacks cost 65 ms wherever help is printed; typer's own help says the same.
app = typer.Typer(
    name="geo-scaffold",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"geo-scaffold {__version__}")
        raise typer.Exit


@app.callback()
def geo_scaffold(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Generate everything a GitLab Geo replicable type needs.

    Example: geo-scaffold new CoolWidget
    """


app.command(name="new", epilog=new.EXAMPLES)(new.new)
app.command(name="checklist", epilog=checklist.EXAMPLES)(checklist.checklist)
app.command(name="undo", epilog=undo.EXAMPLES)(undo.undo)
app.command(name="release", epilog=release.EXAMPLES)(release.release)
app.command(name="names", epilog=names.EXAMPLES)(names.names)
app.command(name="facts", epilog=facts.EXAMPLES)(facts.facts)
app.command(name="demo", epilog=demo.EXAMPLES)(demo.demo)
