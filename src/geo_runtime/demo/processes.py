"""The sites as processes of their own, which are started again when they die."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from geo_runtime.running import configuration
from geo_runtime.testing.errors import DemoError

_WATCH_S: Final = 0.3
_STOP_S: Final = 10
_QUICK_DEATHS: Final = 3
"""So many deaths one after the other, each soon after its start, are no accident."""
_QUICK_S: Final = 15.0


class Service:
    """One process, with what it needs to be started again.

    Args:
        name: What it is called.
        command: What starts it.
        log: Where its messages go.
        environment: Its environment.

    Attributes:
        starts: How often it was started.
        exit_codes: What it exited with each time that it died and was started again; a signal counts as negative.
    """

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self.exit_codes: list[int] = []
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._quick_deaths = 0

    @property
    def pid(self) -> int | None:
        """Return the id of the process; None if it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process; it ends when this one does, because its standard input ends then."""
        self._close_input()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, env=self._environment, stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for the demonstration, which then stops them; and see `_end_group`
            )  # fmt: skip
        self.starts += 1
        self._started_at = time.monotonic()

    def kill(self) -> None:
        """End the process as a power cut does, with all that it has started."""
        if self.pid is not None:
            self._end_group()

    def stop(self) -> None:
        """End the process in order; one that does not end is killed, and so is what it leaves behind."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._end_group()
        self._close_input()

    def revive(self) -> bool:
        """Start the process again if it died; return whether it had.

        Raises:
            DemoError: It has died at once too often.
        """
        if self._process is None or self._process.poll() is None:
            return False
        self._end_group()
        self.exit_codes.append(self._process.returncode)
        is_quick = time.monotonic() - self._started_at < _QUICK_S
        self._quick_deaths = self._quick_deaths + 1 if is_quick else 0
        if self._quick_deaths >= _QUICK_DEATHS:
            raise DemoError(f"{self.name} does not stay alive: {self.last_words()}", f"Its messages are in {self.log}")
        self.start()
        return True

    def last_words(self) -> str:
        """Return the last error that it said in two lines, else the last line of its messages."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        errors = [line for line in lines[-2:] if line.startswith("error: ")]
        return [*lines, *errors][-1][:300] if lines else "it said nothing"

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _end_group(self) -> None:
        """Kill what is in the session of the process: git would go on writing in folders that others use or remove."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS names zombies so
                os.killpg(self._process.pid, signal.SIGKILL)


class Services:
    """All processes; a thread starts again what dies. Used by `with`.

    Args:
        folder: Where settings and messages are written.

    Attributes:
        settings: Those of each process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem: DemoError | None = None
        self.settings: dict[str, Mapping[str, Any]] = {}
        self._services: dict[str, Service] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, name: str, command: str, settings: Mapping[str, Any]) -> Service:
        """Start `geo-runtime` on settings, which only this user may read: they hold passwords of databases.

        Args:
            name: What the process is called, and what its files are.
            command: What it does: `serve` or `worker`.
            settings: Those of the site.
        """
        self.write(name, settings)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        # The child must find what this one has found, also where nothing is installed.
        environment["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
        program = [sys.executable, "-m", "geo_runtime.command", command, "--settings", str(self.settings_file(name))]
        service = Service(name, program, self.folder / f"{name}.log", environment)
        service.start()
        self._services[name] = service
        return service

    def settings_file(self, name: str) -> Path:
        """Return where the settings of a process are."""
        return self.folder / f"{name}.toml"

    def write(self, name: str, settings: Mapping[str, Any]) -> None:
        """Write down the settings that a process has when it is started the next time."""
        path = self.settings_file(name)
        path.touch(mode=0o600)
        path.write_text(configuration.written(settings))
        self.settings[name] = settings

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def names(self) -> list[str]:
        """Return what all are called, in the order of their first start."""
        return list(self._services)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join()
        for service in reversed(self._services.values()):
            service.stop()

    def _watch(self) -> None:
        while not self._stopped.wait(_WATCH_S):
            for service in list(self._services.values()):
                try:
                    service.revive()
                except DemoError as error:
                    self.problem = error
                    return
