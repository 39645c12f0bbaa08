"""An administrator's changes to the sites, written to the main database or to the store of a site."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import typer

from geo_runtime.administration import sites
from geo_runtime.databases.database import Database
from geo_runtime.errors import ConfigurationError, GeoRuntimeError
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import configuration
from geo_runtime.running.configured import open_configured
from geo_runtime.site.flags import DEFAULTS

SCHEMA: Final = 1
_CAPACITIES: Final = ("files_max_capacity", "repos_max_capacity", "verification_max_capacity")
_STATES: Final = {"on": True, "off": False}


def add_site(
    settings: Path | None,
    name: str,
    primary: bool,
    url: str | None,
    internal_url: str | None,
    capacities: Sequence[int | None],
) -> None:
    """Add a site, or change one.

    Args:
        settings: The settings file of the primary.
        name: The name of the site.
        primary: Whether it is the primary.
        url: The URL for people.
        internal_url: The URL for other sites.
        capacities: The capacities for files, repositories and verifications; None for the current one, or the default.
    """
    given = {column: count for column, count in zip(_CAPACITIES, capacities, strict=True) if count is not None}
    with _main(settings, "add") as main:
        is_new = sites.put_site(main, name, primary=primary, url=url, internal_url=internal_url, capacities=given)
    typer.echo(f"{name}: {'added' if is_new else 'changed'}")


def pause_site(settings: Path | None, name: str, *, resume: bool) -> None:
    """Pause or resume a secondary.

    Args:
        settings: The settings file of the primary, or None for the usual one.
        name: The secondary's `node_name`.
        resume: Whether it resumes instead.
    """
    with _main(settings, "pause") as main:
        sites.set_enabled(main, name, resume)
    typer.echo(f"{name}: {'resumed' if resume else 'paused'}")


def list_sites(settings: Path | None, *, as_json: bool) -> None:
    """Print the sites, the primary first, as on their pages."""
    from geo_runtime.web.site_status import SiteStatuses

    with _opened(settings) as (site, _):
        primary = site.primary_node()
        statuses = SiteStatuses(site)
        found = [statuses.shown(node) for node in [*([primary] if primary else []), *site.secondary_nodes()]]
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "sites": found}, indent=2))
        return
    for each in found:
        typer.echo(_line(each))


def flag(settings: Path | None, name: str | None, value: str | None) -> None:
    """Print flags, or set one.

    Args:
        settings: The settings file of the site, or None for the usual one.
        name: The flag, such as `geo_cool_widget_replication`, or None for all.
        value: `on` or `off`, or None to print which it is.

    Raises:
        typer.BadParameter: There is no such flag, or the value is invalid.
    """
    if value is not None and value not in _STATES:
        raise typer.BadParameter(f"a flag is on or off, not {value}", param_hint="VALUE")
    with _opened(settings) as (site, _):
        names = [*_flags_of_types(site), *DEFAULTS]
        if name is not None and name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "geo-runtime flag lists them"
            raise typer.BadParameter(f"there is no flag {name}; {hint}", param_hint="NAME")
        if name is not None and value is not None:
            _refuse_a_standby(site.main, name)
            site.flags.set(name, _STATES[value])
        for each in names if name is None else [name]:
            typer.echo(f"{each}: {'on' if site.flags.enabled(each) else 'off'}")


def sign_in(settings: Path | None, username: str) -> None:
    """Print an address that signs a browser in, once."""
    from geo_runtime.web.admin import sign_in_url

    with _opened(settings) as (site, port):
        typer.echo(sign_in_url(site, site.current_node().url or f"http://127.0.0.1:{port}", username))


def _line(site: dict[str, Any]) -> str:
    role = "primary" if site["primary"] else "secondary"
    parts = [site["name"], role, site["health_status"].lower(), site["url"] or "no URL"]
    parts += [
        f"{row['name']} {row['synced_in_percentage']} synced, {row['verified_in_percentage']} verified"
        for row in site["replicables"]
        if not site["primary"]
    ]
    if site["health"] not in (None, "Healthy"):
        parts.append(site["health"])
    return "  ".join(parts)


def _flags_of_types(site: ReplicatingSite) -> list[str]:
    return [
        name
        for replicator in site.replicators
        for name in (replicator.replication_flag(), replicator.force_primary_checksumming_flag())
    ]


@contextmanager
def _main(settings: Path | None, verb: str) -> Iterator[Database]:
    """Open the main database of a settings file for changes; its refusals become errors of two lines.

    Args:
        settings: The settings file of the primary, or None for the usual one.
        verb: The command below `site`, for the remedy.

    Raises:
        ConfigurationError: It is a standby, or refuses.
    """
    with _opened(settings) as (site, _):
        _refuse_a_standby(site.main, "the sites")
        try:
            yield site.main
        except GeoRuntimeError as error:
            remedy = f"geo-runtime site list shows the sites, and geo-runtime site {verb} --help what can be given"
            raise ConfigurationError([(str(error), remedy)]) from error


def _refuse_a_standby(main: Database, what: str) -> None:
    if main.read_only:
        raise ConfigurationError(
            [(f"{what} cannot be changed here: the main database is a standby", "Do it on the primary")]
        )


@contextmanager
def _opened(settings: Path | None) -> Iterator[tuple[ReplicatingSite, int]]:
    """Open the site of a settings file for a block; yield it and the port on which it serves."""
    found = configuration.read(settings)
    site, _ = open_configured(found)
    try:
        yield site, found.port
    finally:
        site.close()
