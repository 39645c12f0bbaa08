"""Runs of the command line that need not import it."""

import atexit
import subprocess
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
