"""Two sites on this machine, and what happens to them."""

import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType
from typing import Any, Final

from rich.console import Console
from sqlalchemy.exc import DBAPIError

from geo_runtime.databases.disk import is_full
from geo_runtime.demo.board import Board
from geo_runtime.demo.display import Lines, Relay, Screen
from geo_runtime.demo.leftovers import alive
from geo_runtime.demo.options import Options, parse
from geo_runtime.demo.stage import Stage
from geo_runtime.demo.steps import Result
from geo_runtime.demo.story import Story
from geo_runtime.events.publishing import UPDATED
from geo_runtime.running.ending import wait_until_set
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.testing.errors import DemoError, DiskFullError
from geo_runtime.web.admin import EXPLORER_PATH, GRAPHQL_PATH, METRICS_PATH, SITES_PATH, sign_in_url

SCHEMA: Final = 1
DONE, STEP_FAILED, FAILED, INTERRUPTED = 0, 1, 4, 130
"""Exit codes, as of `geo-scaffold`."""
_OWNER_ONLY: Final = 0o077
"""Nobody else may read keys, databases and settings."""
INTERRUPTIONS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration; every failure becomes two lines and an exit code."""
    options = parse(arguments)
    os.umask(_OWNER_ONLY)  # for this process and everything that it starts
    for number in INTERRUPTIONS - {signal.SIGINT}:
        signal.signal(number, _interrupt)
    try:
        # The folder is removed whatever happens; failing to remove something is not an error.
        with ExitStack() as stack:
            if options.scratch is not None:
                stack.callback(shutil.rmtree, options.scratch, ignore_errors=True)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)  # which the parent may have blocked
            stack.enter_context(alive(options.scratch))
            options.folder.mkdir(parents=True, exist_ok=True)
            logging.raiseExceptions = False  # a full disk is reported elsewhere
            logging.basicConfig(filename=options.folder / "demo.log", level=logging.WARNING)
            return _run(options)
    except KeyboardInterrupt:
        # Otherwise `python -m` dies of SIGINT, although it is caught, if it was raised inside an import.
        eval("None")  # noqa: S307 - CPython forgets it when it begins the next one
        note = "" if options.scratch is not None else f"; what was made stays in {options.folder}"
        sys.stderr.write(f"interrupted{note}\n")
        return INTERRUPTED
    except DemoError as error:
        return _report(options, error.message, error.remedy)
    except OSError as error:
        if is_full(error):
            full = DiskFullError(str(error))
            return _report(options, full.message, full.remedy)
        return _report(
            options, f"the demonstration cannot continue: {error}", "Look at the disk, or give another folder"
        )
    except DBAPIError as error:
        if not is_full(error):
            raise
        full = DiskFullError(str(error.orig).splitlines()[0])
        return _report(options, full.message, full.remedy)


def _run(options: Options) -> int:
    console = Console(stderr=options.as_json)
    relay = Relay()
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(options, relay.watch))
        boards: list[Board] = []
        story = Story(
            stage,
            options.count,
            changes=UPDATED in stage.kind.supported_events,
            listener=relay,
            opened=lambda: _print_addresses(stage, console, boards),
        )
        if not options.once:
            boards.append(stack.enter_context(_board(stage, story)))
        if not options.as_json:
            title = f"{stage.kind.title_plural} on two sites in {options.folder}"
            relay.display = Screen(console, story.steps(), title) if console.is_terminal else Lines(console)
        try:
            results = story.tell()
        finally:
            relay.display.finish()
        code = DONE if all(result.status == "verified" for result in results) else STEP_FAILED
        if options.as_json:
            sys.stdout.write(json.dumps(document(stage, results), indent=2) + "\n")
            sys.stdout.flush()
        if not options.once:
            console.print(
                "\nThe story has ended; the buttons on the page now work. Ctrl-C ends both sites.", highlight=False
            )
            _wait_for_interrupt()
    return code


def _board(stage: Stage, story: Story) -> Board:
    port = stage.options.port and stage.options.port + len(stage.ports)
    try:
        return Board(stage, story, port)
    except OSError as error:
        raise DemoError(f"port {port} is taken", "Give another --port, or none") from error


def document(stage: Stage, results: Sequence[Result]) -> dict[str, Any]:
    """Return the result as a JSON document."""
    statuses = [result.status for result in results]
    return {
        "schema": SCHEMA,
        "type": stage.kind.replicable_name(),
        "kind": stage.type.replicator.kind.name,
        "count": stage.options.count,
        "database": stage.databases.kind,
        "queue": "celery" if stage.options.queue else "in_process",
        "clock_speed": stage.options.speed,
        "steps": [result.as_json() for result in results],
        "summary": {status: statuses.count(status) for status in ("verified", "failed", "skipped")},
    }


def _print_addresses(stage: Stage, console: Console, boards: Sequence[Board]) -> None:
    """Print where to look, before anything happens; a program that waits for the end does not need it."""
    if not boards:
        return
    [board] = boards
    secondary = stage.url(SECONDARY)
    signing_in = sign_in_url(stage.secondary, secondary)
    lines = (
        ("Watch", board.url, "both sites live, with buttons to make things happen"),
        ("API", board.api_url + "/state", f"the same for programs: Authorization: Bearer {board.key}"),
        ("Page", signing_in, "signs you in, once; afterwards use " + SITES_PATH),
        ("Primary", sign_in_url(stage.primary, stage.url(PRIMARY)), "the same"),
        ("GraphQL", secondary + EXPLORER_PATH, f"an explorer of {GRAPHQL_PATH}, in the session of the page"),
        ("Metrics", secondary + METRICS_PATH, ""),
    )
    console.print()
    for name, url, note in lines:
        console.print(f"{name:<8} {url}", soft_wrap=True, highlight=False)
        if note:
            console.print(f"{'':<8} {note}", style="dim", soft_wrap=True, highlight=False)
    another = f"geo-runtime sign-in --settings {stage.services.settings_file(SECONDARY)}"
    console.print(f"\nAnother address to sign in by: {another}", soft_wrap=True, highlight=False)
    speed = stage.options.speed
    console.print(f"\nThe clock of both sites runs {speed} times as fast (--speed).\n", highlight=False)


def _wait_for_interrupt() -> None:
    try:
        wait_until_set(threading.Event())
    except KeyboardInterrupt:
        return  # the normal end here


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _report(options: Options, message: str, remedy: str) -> int:
    if options.as_json:
        error = {"code": "demo", "message": message, "path": None, "remedy": remedy}
        sys.stdout.write(json.dumps({"schema": SCHEMA, "error": error}, indent=2) + "\n")
    else:
        sys.stderr.write(f"error: {message}\n  {remedy}\n")
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
