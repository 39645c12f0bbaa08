"""Processes of `geo-runtime` that need not import all that they are made of: each is a fork of one that has.

What a start from nothing needs is seen where a demonstration, or a machine of its own, starts them.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from waiting import wait_until

TESTS: Final = Path(__file__).parent.parent
ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
_PROGRAM: Final = """
import contextlib, gc, json, os, signal, sys
gc.disable()
import geo_runtime.command.app, geo_runtime.command.processes, runtime.widgets
import geo_runtime.running.celery_worker, geo_runtime.running.process
from geo_runtime.command import main

gc.freeze()
children = set()
for line in sys.stdin:
    arguments, log, environment, ended = json.loads(line)
    if ended:
        pid, status = os.waitpid(ended, os.WNOHANG)
        children.discard(pid)
        print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
        continue
    child = os.fork()
    if child == 0:
        os.setsid()
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for mine, its in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(mine, its)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[:] = ["geo-runtime", *arguments]
        main()
    children.add(child)
    print(json.dumps(child), flush=True)
for child in children:  # whoever asked for them is gone
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
"""


class Fork:
    """One of them, to be ended and waited for as a process of `subprocess`."""

    def __init__(self, forks: "Forks", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._forks = forks

    def poll(self) -> int | None:
        """Return its exit code if it has ended."""
        if self.returncode is None:
            self.returncode = self._forks.ask([], "", {}, self.pid)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end, and return its exit code."""
        wait_until(lambda: self.poll() is not None, lambda: f"process {self.pid} does not end")
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it; what it has started stays."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """What they are forks of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Start it, and end it after a block."""
        command = [sys.executable, "-c", _PROGRAM]
        with subprocess.Popen(
            command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield cls(process)

    def start(self, *arguments: str, log: Path, environment: Mapping[str, str] = ENVIRONMENT) -> Fork:
        """Start a process, in a session of its own, whose messages go to the end of a file.

        Args:
            arguments: Of `geo-runtime`.
            log: The file.
            environment: All of it.
        """
        pid = self.ask([*arguments], str(log), environment)
        assert pid is not None
        return Fork(self, pid)

    def ask(self, arguments: list[str], log: str, environment: Mapping[str, str], ended: int = 0) -> int | None:
        """Have a process started, and return its id; or ask how one has ended, None if it has not."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([arguments, log, dict(environment), ended]) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer
