"""Runs of the command line that need not import it."""

import atexit
import errno
import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from forks import Forks


@cache
def _forks() -> Forks:
    """Start the process that they are forks of, which ends when this one does."""
    forks = Forks("geo-scaffold", "geo_scaffold.cli:main", "geo_scaffold.*")
    atexit.register(forks.close)
    return forks


def geo_scaffold(
    *arguments: str, folder: Path, environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `geo-scaffold` as a user's shell does, and return what it said.

    Args:
        arguments: Of the command line.
        folder: Where it runs.
        environment: All of it.
        stdin: What it is given to read.
    """
    return _forks().run(*arguments, folder=folder, environment=environment, stdin=stdin)


def at_terminal(
    *arguments: str, folder: Path, environment: Mapping[str, str], rows: int, columns: int
) -> tuple[str, int]:
    """Run `geo-scaffold` at a terminal that nobody types at; return what it sent, and its exit code."""
    ours, its = os.openpty()
    try:
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        path = Path(os.ttyname(its))
        process = _forks().start(*arguments, log=path, stdin=path, folder=folder, environment=environment)
    finally:
        os.close(its)
    sent = b""
    with os.fdopen(ours, "rb", 0) as terminal:
        try:
            while read := terminal.read(1 << 16):
                sent += read
        except OSError as error:  # so Linux says that nobody has it open any more
            if error.errno != errno.EIO:
                raise
    return sent.decode(), process.wait()
