"""Errors and messages: two lines on standard error for people, one object on standard output for programs."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from geo_scaffold.errors import DeclinedError, GeoScaffoldError
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.commit import Unfinished

if TYPE_CHECKING:
    from geo_scaffold.checkout import Facts

SCHEMA = 1
"""Version of every JSON document that the command line prints."""


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to colour a stream: on a terminal that can, and never when NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_at_terminal() -> bool:
    """Tell whether somebody can be asked, and sees the context of the question."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def tell(sentence: str, *, has_lines: bool = False) -> None:
    """Print a message that is not the result, on standard error, out of the way of programs.

    Args:
        sentence: The message, which may name files of a checkout.
        has_lines: Whether line feeds are intended; if not, one comes from a file's name and is escaped.
    """
    sys.stderr.write(f"{shown(sentence, keep=chr(10) if has_lines else '')}\n")


def now() -> str:
    """Return the time as a migration's timestamp: only the command line looks at the clock."""
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def print_json(document: Mapping[str, object]) -> None:
    """Print a document, alone on standard output.

    Args:
        document: The document, with its `schema`.
    """
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def send(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file.

    Args:
        text: The result of a verb.
        output: The file; None or `-` means standard output.

    Raises:
        WriteError: The file cannot be written; it is unchanged.
    """
    if output is None or str(output) == "-":
        _print(text)
        return
    from geo_scaffold.commit import descriptor_of, write_file

    if descriptor_of(output) == 1:
        _print(text)
        return
    for note in write_file(output, text.encode("utf-8", "surrogateescape")):
        tell(note)


def _print(text: str) -> None:
    """Print a text as UTF-8, whatever the locale is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def facts_document(facts: "Facts") -> dict[str, dict[str, object]]:
    """Return the facts about a model as a JSON object.

    Args:
        facts: The facts.
    """
    from geo_scaffold.checkout import FACT_OPTIONS

    return {
        name: {"value": fact.value, "source": fact.source, "option": FACT_OPTIONS.get(name)}
        for name, fact in facts.values.items()
    }


def begin(into: Path, *, only_reads: bool, recover: bool, asks_nothing: bool) -> None:
    """Begin a verb that writes, or its preview.

    Args:
        into: The folder given to the verb.
        only_reads: Nothing may be changed.
        recover: `--recover`.
        asks_nothing: `--yes`.

    Raises:
        GeoScaffoldError: As for `recover_first`.
    """
    if only_reads:
        tell_unfinished(into, shows_steps=recover)
    else:
        recover_first(into, wanted=recover, asks_nothing=asks_nothing)


def recover_first(into: Path, *, wanted: bool = False, asks_nothing: bool = False) -> None:
    """Complete or roll back a killed run, and report it: every verb that writes starts with this.

    Args:
        into: The folder given to the verb.
        wanted: Also recover what may not be from a run of this user, after showing it and asking (`--recover`).
        asks_nothing: Do not ask (`--yes`).

    Raises:
        GeoScaffoldError: It needs a person, or the person declines.
    """
    from geo_scaffold.checkout.target import strangers_around
    from geo_scaffold.verbs.recovery import recover_around, unfinished_around

    for sentence in strangers_around(into):
        tell(sentence)
    doubted = False
    if wanted:
        found = [unfinished for unfinished in unfinished_around(into) if unfinished.doubt]
        for unfinished in found:
            tell(f"{unfinished.path}: {unfinished.sentence}; {unfinished.doubt}:")
            for step in unfinished.steps or ("nothing that can be determined",):
                tell(f"  {step}")
        if found and not asks_nothing:
            _confirm_recovery()
        doubted = bool(found)
    for sentence in recover_around(into, doubted=doubted):
        tell(sentence)


def tell_unfinished(into: Path, *, shows_steps: bool = False) -> "list[Unfinished]":
    """Report what a killed run left, and change nothing: every verb that only reads starts with this.

    Args:
        into: The folder given to the verb.
        shows_steps: Show what a recovery would do.

    Returns:
        What it left.
    """
    from geo_scaffold.checkout.target import strangers_around
    from geo_scaffold.verbs.recovery import unfinished_around

    for sentence in strangers_around(into):
        tell(sentence)
    found = unfinished_around(into)
    for unfinished in found:
        who = f" ({unfinished.doubt})" if unfinished.doubt else ""
        tell(f"unfinished: {unfinished.path}: {unfinished.sentence}{who}")
        for step in unfinished.steps if shows_steps else ():
            tell(f"  {step}")
    return found


def refuse_unfinished(into: Path) -> None:
    """Refuse to read a tree that may be neither before a run nor after it.

    Args:
        into: The folder given to the verb.

    Raises:
        RecoveryError: A killed run left it so.
    """
    from geo_scaffold.commit import Leftovers
    from geo_scaffold.errors import RecoveryError

    for unfinished in tell_unfinished(into):
        if unfinished.left is Leftovers.RUNNING:
            raise RecoveryError(unfinished.sentence, path=str(unfinished.path), remedy="Wait until it has ended")
        if unfinished.left is Leftovers.BETWEEN:
            raise RecoveryError(
                "a run is unfinished here: these files may be in neither their old nor their new state",
                path=str(unfinished.path),
                remedy="Run the interrupted verb again, or `geo-scaffold new MODEL`: it recovers first;"
                " add --recover if the run is not known to be yours",
            )


def _confirm_recovery() -> None:
    import typer

    if not is_at_terminal():
        raise DeclinedError("--recover asks before it does this; nothing was touched", remedy="Give --yes with it")
    if not typer.confirm("Do this?", default=False, err=True):
        raise DeclinedError(
            "declined; nothing was touched", remedy="Look at the files with git, or answer yes another time"
        )


def report_error(error: GeoScaffoldError, *, as_json: bool) -> None:
    """Print what is wrong, where, and what to do.

    Args:
        error: What went wrong.
        as_json: Print the error object of the JSON contract on standard output instead.
    """
    from geo_scaffold.cli.own_options import in_own_options

    remedy = error.remedy and in_own_options(error.remedy)
    if as_json:
        fields = {"code": error.code, "message": error.message, "path": error.path, "remedy": remedy}
        print_json({"schema": SCHEMA, "error": fields})
        return
    red, plain = ("\x1b[31m", "\x1b[0m") if wants_colour(sys.stderr) else ("", "")
    where = f"{error.path}: " if error.path and error.path not in error.message else ""
    sys.stderr.write(f"{red}error:{plain} {shown(where + error.message)}\n")
    if remedy:
        sys.stderr.write(f"  {shown(remedy, keep=chr(10))}\n")
