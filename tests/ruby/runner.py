"""Runs trees through the Ruby layers: `standins/run.rb` with a pair of databases for each worker."""

import json
import re
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, Literal, Self

from .postgres import USER, Cluster

Layer = Literal["migrate", "alter", "dictionary", "load", "factories", "specs"]

_STANDINS: Final = Path(__file__).parent / "standins"
_SIDES: Final = ("main", "geo")
_WORKERS: Final = 2


class MissingLibraryError(Exception):
    """Ruby does not find a library."""


@dataclass(frozen=True)
class Job:
    """What to do with one tree.

    Attributes:
        tree: Its folder.
        last: The layer after which to stop.
        brief: Whether the migrations are known to be good, and one failure says enough.
    """

    tree: Path
    last: Layer = "specs"
    brief: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one tree.

    Attributes:
        failed: The layer that failed; None: all passed.
        message: What it said.
        dumps: The schema by database, in the form of `structure.sql`.
        examples: The number of passed examples by spec file.
    """

    failed: str | None
    message: str
    dumps: dict[str, str]
    examples: dict[str, int]


class Runner:
    """Runs trees on a cluster, all in one process of Ruby; used by `with`."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @cached_property
    def _ruby(self) -> tuple[subprocess.Popen[str], IO[str]]:
        """The process, which has loaded the libraries, and what it says besides its answers."""
        said = self._stack.enter_context(TemporaryFile("w+"))  # noqa: SIM115 - it is one
        ruby = subprocess.Popen(
            ["ruby", "-W0", "run.rb"],
            cwd=_STANDINS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
        self._stack.enter_context(ruby)
        return ruby, said

    def create_databases(self) -> None:
        for number in range(_WORKERS):
            for side in _SIDES:
                self.cluster.psql("postgres", f"CREATE DATABASE {side}_{number}")

    def run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run each job up to its last layer, or up to the first one that fails."""
        request = {
            "server": {
                "host": str(self.cluster.socket),
                "user": USER,
                "pg_dump": str(self.cluster.programs / "pg_dump"),
            },
            "databases": [{side: f"{side}_{number}" for side in _SIDES} for number in range(_WORKERS)],
            "jobs": [{"tree": str(job.tree), "last": job.last, "brief": job.brief} for job in jobs],
        }
        ruby, said = self._ruby
        assert ruby.stdin
        assert ruby.stdout
        with suppress(BrokenPipeError):
            ruby.stdin.write(json.dumps(request) + "\n")
            ruby.stdin.flush()
        answers = ruby.stdout.readline()
        if not answers:
            ruby.wait()
            said.seek(0)
            message = said.read()
            if "LoadError" in message:
                raise MissingLibraryError(message.splitlines()[0])
            raise AssertionError(message)
        return [
            Outcome(
                answer["failed"],
                answer["message"] or "",
                {side: structure_sql(dump) for side, dump in answer.get("dumps", {}).items()},
                answer.get("examples", {}),
            )
            for answer in json.loads(answers)
        ]


def structure_sql(dump: str) -> str:
    """Return a dump in the form of GitLab's `structure.sql`: no comments, no settings, no schema `public`."""
    text = re.sub(r"^(?:--|SET |SELECT pg_catalog\.set_config|\\(?:un)?restrict).*\n", "", dump, flags=re.MULTILINE)
    text = text.replace("public.", "")
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
