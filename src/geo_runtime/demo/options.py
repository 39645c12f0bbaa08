"""The options of the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geo_runtime.ground import secrets

DEFAULT_COUNT = 20
DEFAULT_SPEED = 60
"""How much faster the clock of both sites runs: jobs of every minute run every second."""


@dataclass(frozen=True)
class Options:
    """What the demonstration should do.

    Attributes:
        type_name: The type, as `module:attribute`.
        path: An additional folder to search for modules.
        folder: The folder for both sites, which must be empty or not exist.
        count: How many records to create at first.
        port: The port of the secondary; the primary uses the next one, the control page the one after. 0 for free ones.
        speed: How many seconds pass for the sites in one second of the machine.
        database: The URL of a PostgreSQL server, or None for SQLite in the folder.
        queue: The URL of a Redis server for Celery, or None if jobs run in the processes of the sites.
        once: Exit when the script is done.
        as_json: Print the steps with their results as JSON, and nothing else.
        scratch: A temporary folder to remove at the end.
    """

    type_name: str
    path: Path | None
    folder: Path
    count: int = DEFAULT_COUNT
    port: int = 0
    speed: int = DEFAULT_SPEED
    database: str | None = None
    queue: str | None = None
    once: bool = False
    as_json: bool = False
    scratch: Path | None = None


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line; wrong usage exits with code 2."""
    parser = argparse.ArgumentParser(prog="python -m geo_runtime.demo", description=__doc__)
    parser.add_argument("--type", dest="type_name", required=True, metavar="MODULE:ATTRIBUTE")
    parser.add_argument("--path", type=Path, help="a folder that holds the module")
    parser.add_argument("--folder", type=Path, required=True, help="where both sites are created")
    parser.add_argument("--count", type=_at_least(1), default=DEFAULT_COUNT, help="records to start with")
    parser.add_argument("--port", type=_at_least(0), default=0, help="the secondary's; the others take the next ones")
    parser.add_argument("--speed", type=_at_least(1), default=DEFAULT_SPEED, help="how fast the sites' clock runs")
    how = "with a password in it, env:NAME or file:PATH"
    parser.add_argument("--database", type=_server, help=f"URL of a PostgreSQL server, {how}; SQLite without it")
    parser.add_argument(
        "--queue", type=_server, help=f"URL of a Redis server for Celery, {how}; jobs in process without it"
    )
    parser.add_argument("--once", action="store_true", help="exit when the story has ended")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print the results as JSON")
    parser.add_argument("--scratch", type=Path, help="a folder that is removed at the end")
    return Options(**vars(parser.parse_args(arguments)))


def _server(text: str) -> str:
    try:
        return secrets.given(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _at_least(least: int) -> "type[int]":
    def number(text: str) -> int:
        found = int(text)
        if found < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return found

    return number  # type: ignore[return-value]
