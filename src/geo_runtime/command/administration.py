"""What an administrator does to the sites: it is written into the main database, or into the store of one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import configuration
from geo_runtime.running.configured import open_configured


def sign_in(settings: Path | None, username: str) -> None:
    """Print an address that signs a browser in, once."""
    from geo_runtime.web.admin import sign_in_url

    with _opened(settings) as (site, port):
        typer.echo(sign_in_url(site, site.current_node().url or f"http://127.0.0.1:{port}", username))


@contextmanager
def _opened(settings: Path | None) -> Iterator[tuple[ReplicatingSite, int]]:
    """Open the site of a settings file for a block; yield it, and the port that it serves on."""
    found = configuration.read(settings)
    site, _ = open_configured(found)
    try:
        yield site, found.port
    finally:
        site.close()
