"""Processes that need not import all that they are made of: each is a fork of one that has.

What a start from nothing does, and what its environment says to Python itself, has tests with processes of their own.
"""

import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, NoReturn, Self

from waiting import wait_until

TESTS: Final = Path(__file__).parent
ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
_LOOK_S: Final = 0.05
_FLAGS: Final = (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2)


class Fork:
    """One of them, to be ended and waited for as a process of `subprocess`.

    Args:
        forks: What it is a fork of.
        pid: Its id; its group has the same.
        stdin: What it reads, if it is open here.
    """

    def __init__(self, forks: "Forks", pid: int, stdin: IO[bytes] | None = None) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin = stdin
        self._forks = forks
        self._lock = threading.RLock()  # whoever finds that it has ended is the only one who can

    def poll(self) -> int | None:
        """Return its exit code if it has ended."""
        with self._lock:
            if self.returncode is None:
                self.returncode = self._forks.ask({"ended": self.pid, "options": os.WNOHANG})
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its exit code.

        Raises:
            subprocess.TimeoutExpired: It does not end in time.
        """
        if timeout is None:
            wait_until(lambda: self.poll() is not None, lambda: f"process {self.pid} does not end")
        else:
            deadline = time.monotonic() + timeout
            while self.poll() is None:
                if time.monotonic() > deadline:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout)
                time.sleep(_LOOK_S)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        with self._lock:
            if self.poll() is None:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it; what it has started stays."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """What they are forks of: a process that has imported some modules; used by `with`.

    Args:
        program: What it is called.
        target: What each fork calls, as `MODULE:FUNCTION`; what it returns or exits with is the exit code.
        modules: What else is imported before; `PACKAGE.*` is all of a package.
        environment: That of the process, all of it.
    """

    def __init__(self, program: str, target: str, *modules: str, environment: Mapping[str, str] = ENVIRONMENT) -> None:
        command = [sys.executable, __file__, program, target, *modules]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = threading.Lock()

    def close(self) -> None:
        """End it, and all forks that are left."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(
        self,
        *arguments: str,
        log: Path,
        errors: Path | None = None,
        stdin: Path | int = subprocess.DEVNULL,
        folder: Path | None = None,
        environment: Mapping[str, str] = ENVIRONMENT,
        target: str | None = None,
    ) -> Fork:
        """Start a process, in a separate group.

        Args:
            arguments: After the name of the program.
            log: The file at whose end what it says goes.
            errors: That of its errors, if that is another one.
            stdin: What it reads: a file, nothing, or what is written to its attribute.
            folder: Where it runs, if not where this process was started.
            environment: All of it.
            target: What it calls, if something else than others.
        """
        request: dict[str, Any] = {
            "target": target,
            "arguments": arguments,
            "folder": os.fspath(folder or Path.cwd()),
            "environment": dict(environment),
            "files": [os.devnull if stdin == subprocess.DEVNULL else str(stdin), str(log), str(errors or log)],
        }
        if stdin != subprocess.PIPE:
            return Fork(self, self._started(request))
        with tempfile.TemporaryDirectory() as name:
            request["files"][0] = path = f"{name}/stdin"
            os.mkfifo(path)
            written = os.open(path, os.O_RDWR)  # which waits for no reader, as `O_WRONLY` does
            return Fork(self, self._started(request), os.fdopen(written, "wb", 0))

    def run(
        self,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        stdin: str = "",
        target: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a process to its end as a user's shell does, and return what it said."""
        with tempfile.TemporaryDirectory() as name:
            given, said, errors = (Path(name) / each for each in ("stdin", "stdout", "stderr"))
            given.write_text(stdin)
            pid = self.start(
                *arguments, log=said, errors=errors, stdin=given, folder=folder, environment=environment, target=target
            ).pid
            code = self.ask({"ended": pid, "options": 0})
            assert code is not None
            return subprocess.CompletedProcess(arguments, code, said.read_text(), errors.read_text())

    def ask(self, request: Mapping[str, Any]) -> int | None:
        """Request a process, and return its id; or return how one has ended, None if it has not."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer: int | None = json.loads(self._process.stdout.readline())
        return answer

    def _started(self, request: Mapping[str, Any]) -> int:
        pid = self.ask(request)
        assert pid is not None
        return pid


def _be(request: Mapping[str, Any], files: Sequence[int], main: Callable[[], object]) -> NoReturn:
    """Become the requested process, and exit."""
    code: object = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it stays
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=os.isatty(1))
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        sys.argv[1:] = request["arguments"]
        told = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:0] = [each for each in told if each and each not in sys.path]
        code = (_called(request["target"]) if request["target"] else main)()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else code is not None)


def _called(target: str) -> Callable[[], object]:
    module, _, function = target.partition(":")
    found: Callable[[], object] = getattr(importlib.import_module(module), function)
    return found


def _serve(program: str, target: str, *modules: str) -> None:
    """Import some modules, and fork whenever standard input asks for it."""
    gc.disable()
    for name in modules:
        package = importlib.import_module(name.removesuffix(".*"))
        if name.endswith(".*"):
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not found.name.endswith("__main__"):
                    importlib.import_module(found.name)
    main = _called(target)
    sys.argv[:] = [program]
    gc.freeze()
    gc.enable()
    children = set()
    for line in sys.stdin:
        request = json.loads(line)
        if ended := request.get("ended"):
            pid, status = os.waitpid(ended, request["options"])
            children.discard(pid)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
            continue
        files = [os.open(path, flag) for path, flag in zip(request["files"], _FLAGS, strict=True)]
        child = os.fork()
        if child == 0:
            with suppress(PermissionError):
                os.setpgid(0, 0)
            _be(request, files, main)
        for file in files:
            os.close(file)
        with suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # also here: the requester may end its group at once
        children.add(child)
        print(child, flush=True)
    for child in children:  # the requester no longer exists
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
