"""Processes of `geo-runtime` that need not import all that they are made of.

What a start from nothing needs is seen where a demonstration, or a machine of its own, starts them.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, Final
from unittest.mock import patch

from forks import Fork, Forks
from geo_runtime.demo import __main__ as demo
from geo_runtime.demo import processes

DEMONSTRATION: Final = "runtime.forks:demonstrate"
"""What a fork calls that is a demonstration."""
FORKED: Final = "forked"


def geo_runtime() -> Forks:
    """Start what they are forks of."""
    return Forks(
        "geo-runtime",
        "geo_runtime.command:main",
        *("geo_runtime.command.app", "geo_runtime.command.processes", "runtime.widgets", "runtime.forks"),
        *("geo_runtime.running.celery_worker", "geo_runtime.running.process"),
    )


def demonstrate() -> int:
    """Run a demonstration, whose sites are forks of another process if the first argument says so."""
    arguments = sys.argv[1:]
    with ExitStack() as stack:
        if arguments[0] == FORKED:
            arguments.pop(0)
            stack.enter_context(forked_services(stack.enter_context(geo_runtime())))
        return demo.main(arguments)


@contextmanager
def forked_services(forks: Forks) -> Iterator[None]:
    """Have the sites of a demonstration in this process be forks."""

    def popen(command: Sequence[str], *, env: Mapping[str, str], stdin: int, stdout: IO[bytes], **alike: Any) -> Fork:
        assert command[:3] == [sys.executable, "-m", "geo_runtime.command"]
        return forks.start(*command[3:], log=Path(stdout.name), stdin=stdin, environment=env)

    with patch.object(processes, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": popen})):
        yield


if __name__ == "__main__":
    sys.exit(demonstrate())
