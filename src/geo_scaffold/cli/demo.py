"""`geo-scaffold demo [DIR]`: a generated type at work on two sites."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from geo_scaffold.cli.options import DemonstratedKind, Json
from geo_scaffold.cli.report import now
from geo_scaffold.kinds import DEFAULT

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold demo
  geo-scaffold demo --kind blob --count 200 --port 8000
  geo-scaffold demo --speed 10
  geo-scaffold demo --once --json
  geo-scaffold demo sites --database postgresql://postgres@localhost/postgres --queue redis://localhost:6379/0
"""


def demo(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where to make the sites, and keep them. [default: a temporary folder]"),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Exit when the story has ended.")] = False,
    as_json: Json = False,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="How many records to start with.")] = 20,
    kind: Annotated[DemonstratedKind, typer.Option(help="What a record has.")] = DEFAULT,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL|env:NAME|file:PATH",
            help="A PostgreSQL server to create databases on. [default: SQLite]",
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="URL|env:NAME|file:PATH",
            help="A Redis server that carries jobs. [default: in process]",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65533,
            help="The secondary's port; the primary takes the next, the page to watch the one after. 0: free ports.",
        ),
    ] = 0,
    speed: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=600, help="How many times faster than real time the sites' clock runs."),
    ] = 60,
) -> None:
    """Show a generated type at work: two sites, and the accidents that Geo is made for.

    Makes a type and two sites, each with its own repositories, databases and HTTP, lets data arrive and be verified,
    damages some, cuts the network, kills the sites, and proves that everything recovers. First it prints the address of
    a page to watch; when the story has ended, you can use the buttons on that page, until Ctrl-C.
    """
    import shutil
    import tempfile

    from geo_scaffold.verbs.demo import check_extra, make_type, refuse_password

    for option, url in (("--database", database), ("--queue", queue)):
        refuse_password(option, url)
    check_extra("runtime", *(["queue"] if queue else []))
    folder = directory or Path(tempfile.mkdtemp(prefix="geo-demo-"))
    try:
        made = make_type(kind, folder, now=now())
        # Until the other program takes over, which removes the folder.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    except BaseException:
        if directory is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    arguments = [f"--type={made.module}:TYPE", f"--path={made.path}", f"--folder={folder / 'sites'}"]
    arguments += [f"--count={count}", f"--port={port}", f"--speed={speed}"]
    arguments += [] if directory else [f"--scratch={folder}"]
    arguments += [f"--database={database}"] if database else []
    arguments += [f"--queue={queue}"] if queue else []
    arguments += ["--once"] if once else []
    arguments += ["--json"] if as_json else []
    _become("geo_runtime.demo", arguments)


def _become(module: str, arguments: list[str]) -> NoReturn:
    """Continue as another program: it gets the signals and sets the exit code, and the generator never imports it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.environ["PYTHONPATH"] = os.pathsep.join(folder for folder in sys.path if folder)
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own program, no shell
