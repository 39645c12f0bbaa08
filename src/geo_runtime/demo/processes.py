"""The sites as separate processes, which are restarted when they die."""

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
"""This many deaths in a row, each soon after the start, are not an accident."""
_QUICK_S: Final = 15.0


class Service:
    """One process, with what is needed to restart it.

    Args:
        name: Its name.
        command: The command that starts it.
        log: The file for its messages.
        environment: Its environment.

    Attributes:
        starts: How often it was started.
        exit_codes: Its exit code for each death before a restart; negative for a signal.
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
        """Return the id of the process, or None if it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process; it ends with this one, because its standard input closes then."""
        self._close_input()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, env=self._environment, stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C goes to the demonstration, which then stops them; see `_end_group`
            )  # fmt: skip
        self.starts += 1
        self._started_at = time.monotonic()

    def kill(self) -> None:
        """Kill the process, as in a power cut, with everything it has started."""
        if self.pid is not None:
            self._end_group()

    def stop(self) -> None:
        """Stop the process; kill it if it does not end, and kill whatever it leaves behind."""
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
        """Restart the process if it died; return whether it had.

        Raises:
            DemoError: It has died immediately too often.
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
        """Return its last error of two lines, else the last line of its messages."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        errors = [line for line in lines[-2:] if line.startswith("error: ")]
        return [*lines, *errors][-1][:300] if lines else "it said nothing"

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _end_group(self) -> None:
        """Kill the process group: git would otherwise keep writing in folders that others use or remove."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS names zombies so
                os.killpg(self._process.pid, signal.SIGKILL)


class Services:
    """All processes; a thread restarts those that die. Used in `with`.

    Args:
        folder: The folder for settings and messages.

    Attributes:
        settings: The settings of each process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem: DemoError | None = None
        self.settings: dict[str, Mapping[str, Any]] = {}
        self._services: dict[str, Service] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, name: str, command: str, settings: Mapping[str, Any]) -> Service:
        """Start `geo-runtime` with settings that only this user may read, because they contain database passwords.

        Args:
            name: The name of the process and of its files.
            command: Its command: `serve` or `worker`.
            settings: The settings of the site.
        """
        self.write(name, settings)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        # The child must find the same modules as this process, even if nothing is installed.
        environment["PYTHONPATH"] = os.pathsep.join(folder for folder in sys.path if folder)
        program = [sys.executable, "-m", "geo_runtime.command", command, "--settings", str(self.settings_file(name))]
        service = Service(name, program, self.folder / f"{name}.log", environment)
        service.start()
        self._services[name] = service
        return service

    def settings_file(self, name: str) -> Path:
        """Return the settings file of a process."""
        return self.folder / f"{name}.toml"

    def write(self, name: str, settings: Mapping[str, Any]) -> None:
        """Write the settings for the next start of a process.

        Args:
            name: The name of the process.
            settings: The tables of its settings file, each a mapping.
        """
        path = self.settings_file(name)
        path.touch(mode=0o600)
        path.write_text(configuration.written(settings))
        self.settings[name] = settings

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def names(self) -> list[str]:
        """Return all names, in the order of the first start."""
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
