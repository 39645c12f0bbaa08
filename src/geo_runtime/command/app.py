"""The commands, and the option that all of them share."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Final

import typer

app: Final = typer.Typer(
    name="geo-runtime",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

site_app: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(site_app, name="site", help="The sites; they are added and paused on the primary.")

record_app: Final = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(record_app, name="record", help="Records with sample data, to see sites at work; on the primary.")

Settings = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        "-s",
        metavar="FILE",
        help="The settings of the site, in TOML; else what GEO_RUNTIME_SETTINGS names. "
        "A variable GEO_RUNTIME_NAME has precedence over the setting NAME.",
        show_default=False,
    ),
]
"""The settings file that every command takes."""


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"geo-runtime {version('geo-scaffold')}")
        except PackageNotFoundError:
            typer.echo("geo-runtime, not installed")
        raise typer.Exit


@app.callback()
def geo_runtime(
    is_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Run the sites of Geo types on machines of your own."""


@app.command(epilog="Example: geo-runtime migrate --settings /etc/geo-runtime/site.toml")
def migrate(settings: Settings = None) -> None:
    """Create the tables of the site's databases, or bring them up to date.

    The main database of a secondary is a standby, and gets them from the primary.
    """
    from geo_runtime.command.setting_up import migrate

    migrate(settings)


@app.command(epilog="Example: geo-runtime check --settings /etc/geo-runtime/site.toml --json")
def check(
    settings: Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check everything that the site needs; exit with 1 if something is wrong."""
    from geo_runtime.command.setting_up import check

    raise typer.Exit(check(settings, as_json=as_json))


@site_app.command(name="add", epilog="Example: geo-runtime site add paris --url https://paris.example")
def add_site(
    name: Annotated[str, typer.Argument(help="The name of the site: node_name in its settings.")],
    settings: Settings = None,
    url: Annotated[str | None, typer.Option(help="Where people reach it.")] = None,
    internal_url: Annotated[str | None, typer.Option(help="Where other sites reach it, if not at its URL.")] = None,
    primary: Annotated[bool, typer.Option("--primary", help="Add it as the primary.")] = False,
    files: Annotated[int | None, typer.Option(help="How many files a secondary copies at once.", min=0)] = None,
    repositories: Annotated[int | None, typer.Option(help="How many repositories.", min=0)] = None,
    verifications: Annotated[int | None, typer.Option(help="How many jobs verify at once.", min=0)] = None,
) -> None:
    """Add a site, or change the addresses and capacities of an existing one."""
    from geo_runtime.command.administration import add_site

    add_site(settings, name, primary, url, internal_url, (files, repositories, verifications))


@site_app.command(name="list", epilog="Example: geo-runtime site list --json")
def list_sites(
    settings: Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sites as JSON.")] = False,
) -> None:
    """List the sites with their addresses, and the status that each reported last."""
    from geo_runtime.command.administration import list_sites

    list_sites(settings, as_json=as_json)


@site_app.command(name="pause", epilog="Example: geo-runtime site pause paris")
def pause_site(
    name: Annotated[str, typer.Argument(help="The name of a secondary.")],
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume it.")] = False,
) -> None:
    """Make a secondary stop fetching until it is resumed; meanwhile the primary rejects its requests."""
    from geo_runtime.command.administration import pause_site

    pause_site(settings, name, resume=resume)


TypeName = Annotated[str, typer.Argument(metavar="NAME", help="The replicable name of the type, such as cool_widget.")]
RecordId = Annotated[int, typer.Argument(metavar="ID", help="The id of the record.", min=1)]


@record_app.command(name="add", epilog="Example: geo-runtime record add cool_widget --count 10")
def add_records(
    name: TypeName,
    settings: Settings = None,
    count: Annotated[int, typer.Option(help="How many.", min=1)] = 1,
) -> None:
    """Create records with data, using the type's factory; secondaries are notified of each."""
    from geo_runtime.command.records import add

    add(settings, name, count)


@record_app.command(name="change", epilog="Example: geo-runtime record change cool_widget 1")
def change_record(name: TypeName, record_id: RecordId, settings: Settings = None) -> None:
    """Change the data of a record, if its type allows that."""
    from geo_runtime.command.records import change

    change(settings, name, record_id)


@record_app.command(name="delete", epilog="Example: geo-runtime record delete cool_widget 1")
def delete_record(name: TypeName, record_id: RecordId, settings: Settings = None) -> None:
    """Delete a record with its data."""
    from geo_runtime.command.records import delete

    delete(settings, name, record_id)


@app.command(epilog="Example: geo-runtime flag geo_cool_widget_replication on")
def flag(
    name: Annotated[
        str | None, typer.Argument(help="The name of a flag; if omitted, all are listed.", show_default=False)
    ] = None,
    value: Annotated[
        str | None, typer.Argument(help="on or off; if omitted, the flag is only shown.", show_default=False)
    ] = None,
    settings: Settings = None,
) -> None:
    """List the feature flags, or turn one on or off; on the primary."""
    from geo_runtime.command.administration import flag

    flag(settings, name, value)


@app.command(name="sign-in", epilog="Example: geo-runtime sign-in --settings /etc/geo-runtime/site.toml")
def sign_in(
    settings: Settings = None,
    username: Annotated[str, typer.Option(help="The name shown on the pages.")] = "root",
) -> None:
    """Print an address that signs a browser in as an administrator, once; the site need not be running."""
    from geo_runtime.command.administration import sign_in

    sign_in(settings, username)


@app.command(epilog="Example: geo-runtime serve --settings /etc/geo-runtime/site.toml")
def serve(settings: Settings = None) -> None:
    """Run the site: serve requests, start scheduled jobs, read the event log, and run jobs if no workers do.

    /-/liveness and /-/readiness answer probes, /-/metrics Prometheus. SIGTERM ends it within the grace period.
    """
    from geo_runtime.command.processes import serve

    serve(settings)


@app.command(epilog="Example: geo-runtime worker --queue sync --queue event")
def worker(
    settings: Settings = None,
    queue: Annotated[
        list[str] | None,
        typer.Option(help="A queue to run jobs from: cronjob, event, sync, verification; repeatable. [default: all]"),
    ] = None,
) -> None:
    """Run jobs of a site that has a Redis server; any number of workers, on any machine that reaches it."""
    from geo_runtime.command.processes import worker

    worker(settings, queue or ())
