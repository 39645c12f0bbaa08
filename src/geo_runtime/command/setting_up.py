"""The commands that set up what a site needs, and check it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.errors import ConfigurationError, ForeignTablesError
from geo_runtime.running import configuration
from geo_runtime.running.configured import types_of
from geo_runtime.tables.migrating import MAIN, STORE, TRACKING, migrate_main, migrate_store, migrate_tracking

SCHEMA: Final = 1


def migrate(settings: Path | None) -> None:
    """Bring the databases of a site up to date, except a main database that is a standby.

    Raises:
        ConfigurationError: A database is of a newer version than the one installed, or has somebody else's tables.
    """
    from alembic.util import CommandError

    found = configuration.read(settings)
    types = types_of(found)
    try:
        _migrate(found, types)
    except CommandError as error:
        message = f"a database has an unknown version: {error}"
        raise ConfigurationError([(message, "Install the newer version of geo-scaffold, or of the type")]) from error
    except ForeignTablesError as error:
        raise ConfigurationError([(str(error), "Give the site databases of its own")]) from error


def _migrate(settings: configuration.Configuration, types: Sequence[ReplicableType]) -> None:
    site = settings.site
    if site.main_read_only:
        typer.echo(f"{MAIN}: a standby, whose tables the primary makes")
    else:
        migrate_main(site.main_url, types)
        typer.echo(f"{MAIN}: up to date")
    if site.tracking_url is not None:
        migrate_tracking(site.tracking_url, types)
        typer.echo(f"{TRACKING}: up to date")
    migrate_store(site.store_url)
    typer.echo(f"{STORE}: up to date")


def check(settings: Path | None, *, as_json: bool) -> int:
    """Print what is right and what is not; return the exit code."""
    from geo_runtime.running.checks import findings

    found = configuration.read(settings)
    shown = []
    is_right = True
    for finding in findings(found):
        is_right = is_right and finding.is_right
        shown.append(
            {"name": finding.name, "is_right": finding.is_right, "seen": finding.seen, "remedy": finding.remedy}
        )
        if not as_json:
            typer.echo(f"{'✓' if finding.is_right else '✗'} {finding.name}: {finding.seen}")
            if finding.remedy:
                typer.echo(f"  {finding.remedy}")
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "is_right": is_right, "checks": shown}, indent=2))
    return 0 if is_right else 1
