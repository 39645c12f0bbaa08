"""The demonstration: its script on real processes, and what it does when something goes wrong."""

import errno
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import IO, Any
from unittest.mock import Mock

import httpx
import pexpect
import psycopg
import pytest
from redis import Redis
from sqlalchemy.exc import DBAPIError

from forks import Forks
from geo_runtime.demo import __main__ as demo
from geo_runtime.demo import processes
from geo_runtime.demo.browser import Browser
from geo_runtime.demo.network import Cable
from geo_runtime.demo.options import Options
from geo_runtime.demo.ports import Reservation
from geo_runtime.demo.processes import Service, Services
from geo_runtime.demo.script import Script
from geo_runtime.demo.stage import Stage
from geo_runtime.demo.steps import Result, Step, perform
from geo_runtime.replication.registry import RegistryState
from geo_runtime.testing.databases import Databases
from geo_runtime.testing.errors import DemoError, StepError
from geo_scaffold.kinds import demonstrated
from geo_scaffold.verbs.demo import make_type
from ruby.conftest import unavailable
from ruby.postgres import bin_folder, running_cluster
from sizes import FULL, sized
from waiting import DEMONSTRATION_S, PATIENCE_S, wait_until

from .forks import DEMONSTRATION, FORKED, forked_services
from .servers import running_redis
from .test_postgresql import url_of
from .widgets import WidgetRegistry
from .world import World

TESTS = Path(__file__).parent.parent
STEPS = ["start", "create", "change", "damage", "network", "lag", "kill", "delete", "complete"]
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]), "TERM": "xterm-256color"}


def command(folder: Path, *arguments: str, kind: str = "WIDGET") -> list[str]:
    own = ["--type", f"runtime.widgets:{kind}", "--folder", str(folder), "--count", "3"]
    return [sys.executable, "-m", "geo_runtime.demo", *own, *arguments]


def refusal_of(forks: Forks, folder: Path, *arguments: str) -> dict[str, str]:
    """Return what a demonstration says that cannot be."""
    given = [*command(folder, "--once", "--json")[3:], *arguments]
    done = forks.run(*given, folder=folder, environment=ENVIRONMENT, target=DEMONSTRATION)
    assert done.returncode == 4, done.stderr
    error: dict[str, str] = json.loads(done.stdout)["error"]
    return error


def processes_of(folder: Path) -> list[int]:
    """The processes whose command line names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@contextmanager
def on_servers(folder: Path, *services: str) -> Iterator[list[str]]:
    """Give the arguments for databases and a queue on servers, and hold the demonstration to leaving nothing there."""
    with ExitStack() as stack:
        arguments = []
        if "postgresql" in services:
            programs = bin_folder()
            if programs is None:
                unavailable("initdb is not installed (Debian package postgresql)")
            cluster = stack.enter_context(running_cluster(programs))
            arguments += ["--database", url_of(cluster, "postgres").replace("postgresql+psycopg", "postgresql")]
        if "celery" in services:
            url = stack.enter_context(running_redis(folder))
            server = stack.enter_context(Redis.from_url(url))
            server.set("of somebody else", 1)
            arguments += ["--queue", url]
        yield arguments
        if "postgresql" in services:
            databases = cluster.psql("postgres", "SELECT datname FROM pg_database").split()
            assert [name for name in databases if name.startswith("geo_demo")] == []
        if "celery" in services:
            left = {key.decode() for key in server.keys("*")}
            assert "of somebody else" in left
            assert [key for key in left if "geo-primary" in key or "geo-secondary" in key] == []


GENERATED = demonstrated()
"""The kinds that `geo-scaffold demo` makes a type of; the others are types of the tests."""
RUNS = sized(
    [("upload", "postgresql", "celery")],
    [
        *product(("WIDGET", "WIDGET_FILE"), ("sqlite", "postgresql"), ("in_process", "celery")),
        *((kind, "sqlite", "in_process") for kind in GENERATED),
        ("upload", "postgresql", "celery"),
    ],
)
"""In the small size the sites are forks; a repository's on SQLite, within the processes and started from nothing, are
what `test_it_serves_until_interrupted` has in both sizes."""
TIMESTAMP = "20230101000000"


AT_ONCE = 2
"""How many demonstrations run beside each other, and beside the other tests here: most of their time they wait."""


class Demonstration:
    """A run that was started, whose outcome is needed later.

    Args:
        folder: An empty folder for it.
        run: Its kind, database and queue.
    """

    def __init__(self, folder: Path, run: tuple[str, str, str]) -> None:
        kind, *services = run
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self._output = [folder / "stdout", folder / "stderr"]
        self._stack = ExitStack()
        arguments = ["--once", "--json", *self._stack.enter_context(on_servers(folder, *services))]
        made = self.scratch / "made"
        if kind not in GENERATED:
            program = command(made / "sites", "--scratch", str(made), *arguments, kind=kind)
        elif FULL:
            program = [sys.executable, "-m", "geo_scaffold", "demo", "--count", "3", "--kind", kind, *arguments]
        else:  # what the program above becomes, but for how its sites start
            type_ = make_type(kind, made, now=TIMESTAMP)
            given = ["--type", f"{type_.module}:TYPE", "--path", str(type_.path), "--folder", str(made / "sites")]
            own = [*given, "--scratch", str(made), "--count", "3"]
            program = [sys.executable, "-m", "runtime.forks", FORKED, *own, *arguments]
        with ExitStack() as files:
            stdout, stderr = (files.enter_context(path.open("wb")) for path in self._output)
            environment = ENVIRONMENT | {"TMPDIR": str(self.scratch)}
            self._process = subprocess.Popen(program, env=environment, stdout=stdout, stderr=stderr)

    def outcome(self) -> tuple[int, dict[str, Any], str]:
        """Wait for its end; nothing may be left of it elsewhere."""
        code = self._process.wait(timeout=DEMONSTRATION_S)
        document, messages = (path.read_text() for path in self._output)
        self._stack.close()
        return code, json.loads(document or "{}"), messages

    def end(self) -> None:
        """End it, if nobody waited for it."""
        self._process.terminate()
        self._process.wait()
        with suppress(AssertionError):  # of one that was ended in the middle something may be left
            self._stack.close()


class Demonstrations:
    """The requested ones, in order: while waiting for one, the next is already running.

    Args:
        folder: An empty folder for all of them.
        runs: Their kinds, databases and queues.
    """

    def __init__(self, folder: Path, runs: list[tuple[str, str, str]]) -> None:
        self._folder = folder
        self._runs = runs
        self.started: dict[tuple[str, str, str], Demonstration | BaseException] = {}
        self._start(AT_ONCE)

    def outcome_of(self, run: tuple[str, str, str]) -> tuple[tuple[int, dict[str, Any], str], Path]:
        """Return what one came to, and where it worked."""
        self._start(self._runs.index(run) + 1)
        found = self.started[run]
        if not isinstance(found, Demonstration):
            raise found
        outcome = found.outcome()
        self._start(self._runs.index(run) + AT_ONCE + 1)
        return outcome, found.scratch

    def _start(self, most: int) -> None:
        for run in self._runs[len(self.started) : most]:
            folder = self._folder / "-".join(run)
            folder.mkdir()
            try:
                self.started[run] = Demonstration(folder, run)
            except BaseException as error:  # it tells which test to skip
                self.started[run] = error


@pytest.fixture(scope="module", autouse=True)
def demonstrations(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demonstrations]:
    """Start them before the other tests here, which run meanwhile."""
    items = (item for item in request.session.items if item.name.startswith(f"{test_every_step_is_verified.__name__}["))
    runs = [item.callspec.params for item in items]  # type: ignore[attr-defined]
    chosen = [(params["kind"], params["database"], params["queue"]) for params in runs]
    all_of_them = Demonstrations(tmp_path_factory.mktemp("demonstrations"), chosen)
    yield all_of_them
    for demonstration in all_of_them.started.values():
        if isinstance(demonstration, Demonstration):
            demonstration.end()


@pytest.mark.slow
def test_it_serves_until_interrupted(tmp_path: Path) -> None:
    command = ["-m", "geo_scaffold", "demo", str(tmp_path / "shown"), "--kind", "repository", "--count", "3"]
    child = pexpect.spawn(sys.executable, command, env=ENVIRONMENT, timeout=DEMONSTRATION_S, dimensions=(50, 160))
    addresses, shown = [], bytearray()
    for name in (rb"Watch", rb"Page"):
        child.expect(name + rb" +(http://\S+)")
        found: Any = child.match
        addresses.append(found[1].decode())
        assert isinstance(child.before, bytes)
        shown += child.before
    watched, page = addresses
    verified = re.findall(r"✓ (.+?)  ", _ESCAPES.sub("", shown.decode()))
    assert set(verified) <= {"Two sites start, each as a process with its own databases"}  # nothing else happened yet
    key = watched.rpartition("key=")[2]

    def progress() -> dict[str, str]:
        with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {key}"}) as client:
            steps = client.get(watched.partition("?")[0] + "api/state").json()["story"]["steps"]
        return {step["name"]: step["status"] for step in steps}

    assert progress()["start"] == "verified"
    child.expect("Ctrl-C ends both sites")
    assert progress() == dict.fromkeys(STEPS, "verified")
    with httpx.Client(trust_env=False) as client:
        assert client.get(page).status_code == 200
        assert "Geo sites" in client.get(page.partition("/users")[0] + "/admin/geo/sites").text
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert processes_of(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [*sized([], [(signal.SIGINT, 130)]), (signal.SIGTERM, 130), (signal.SIGKILL, -9)],
)
def test_no_process_outlives_it(tmp_path: Path, number: signal.Signals, code: int) -> None:
    demo = subprocess.Popen(
        command(tmp_path), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: (tmp_path / "secondary.log").exists() and len(processes_of(tmp_path)) >= 3)
    demo.send_signal(number)
    _, messages = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == code
    assert (f"interrupted; what was made stays in {tmp_path}" in messages) is (code == 130)
    wait_until(lambda: processes_of(tmp_path) == [])


def test_an_interruption_while_text_is_executed_has_the_same_code(tmp_path: Path) -> None:
    """As when dataclasses are made: `python -m` would end by SIGINT."""
    (tmp_path / "interrupted.py").write_text("exec('raise KeyboardInterrupt')\n")
    options = ["--type", "interrupted:TYPE", "--path", str(tmp_path), "--folder", str(tmp_path / "sites")]
    command = [sys.executable, "-m", "geo_runtime.demo", *options]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:12]) == (130, "interrupted;")


def test_what_is_impossible_is_reported_in_two_lines(forks: Forks, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal_of(forks, tmp_path, "--port", str(port))["message"] == f"port {port} is taken"
    error = refusal_of(forks, tmp_path, "--database", "postgresql://nobody@127.0.0.1:1/postgres")
    assert error["message"][:20] == "PostgreSQL refused: "
    assert error["remedy"]


@pytest.mark.parametrize(
    ("url", "message"),
    [("mysql://localhost/x", "not a PostgreSQL server: mysql://"), ("nonsense", "not a database URL: nonsense")],
)
def test_a_database_that_is_not_one(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DemoError, match=message):
        Databases(tmp_path, url)


@pytest.mark.parametrize(
    ("url", "message"), [("redis://127.0.0.1:1/0", "Redis refused: "), ("nonsense", "not a Redis URL: nonsense")]
)
def test_a_queue_that_is_not_one(forks: Forks, tmp_path: Path, url: str, message: str) -> None:
    error = refusal_of(forks, tmp_path, "--queue", url)
    assert error["message"].startswith(message)
    assert error["remedy"]
    assert not list(tmp_path.glob("*.sqlite3"))


def fails(stage: Stage, say: Callable[[str], None]) -> Mapping[str, Any]:
    raise StepError("it rained")


def breaks(stage: Stage, say: Callable[[str], None]) -> Mapping[str, Any]:
    raise ZeroDivisionError("a bug")


class Listener:
    def __init__(self) -> None:
        self.results: list[Result] = []

    def begin(self, step: Step) -> None: ...

    def say(self, text: str) -> None: ...

    def end(self, result: Result) -> None:
        self.results.append(result)


@pytest.mark.parametrize(("act", "message"), [(fails, "it rained"), (breaks, "ZeroDivisionError: a bug")])
def test_after_a_step_that_fails_the_rest_is_left_out(tmp_path: Path, act: Any, message: str) -> None:
    steps = [Step("a", "A", lambda stage, say: {"x": 1}), Step("b", "B", act), Step("c", "C", breaks)]
    heard = Listener()
    stage: Any = Mock(options=Mock(folder=tmp_path))
    results = perform(stage, steps, heard)
    assert heard.results == results
    assert [(result.status, result.message) for result in results] == [
        ("verified", None), ("failed", message), ("skipped", "a step before it failed")
    ]  # fmt: skip
    assert results[0].as_json()["seen"] == {"x": 1}


def full_sqlite() -> None:
    """Make SQLite find no room for another page."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE a (b)")
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("INSERT INTO a VALUES (zeroblob(100000))")


NO_ROOM = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    full_sqlite,
    DBAPIError.instance("INSERT", {}, psycopg.errors.DiskFull("could not extend file"), psycopg.Error),
]


@pytest.mark.parametrize("problem", NO_ROOM)
@pytest.mark.parametrize("depth", [0, 1])
def test_a_full_disk_is_no_step_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: Any, depth: int
) -> None:
    def act(stage: Stage, say: Callable[[str], None]) -> Mapping[str, Any]:
        try:
            if callable(problem):
                problem()
            raise problem
        except Exception as error:
            if depth:
                raise StepError("the record could not be made") from error
            raise

    def run_steps(options: Options) -> int:
        stage: Any = Mock(options=options)
        perform(stage, [Step("a", "A", act)], Listener())
        return 0

    monkeypatch.setattr(demo, "_run", run_steps)
    monkeypatch.setattr(os, "umask", lambda mask: mask)
    assert demo.main(["--type", "m:T", "--folder", str(tmp_path)]) == 4
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: the disk is full: ")
    assert second.startswith("  ")


def test_a_step_that_fails_for_lack_of_space_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that can write nothing copies nothing, and all that is seen of it here is that it does not."""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Mock(free=1000))
    stage: Any = Mock(options=Mock(folder=tmp_path))
    with pytest.raises(DemoError, match="the disk is full: it rained"):
        perform(stage, [Step("a", "A", fails)], Listener())


def test_a_wait_says_what_was_seen(tmp_path: Path) -> None:
    stage = Stage.__new__(Stage)
    stage.options = Options("runtime.widgets:WIDGET", None, tmp_path)
    stage.services = Services(tmp_path)
    stage.counts = lambda: None  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(StepError, match="the sun shines: not within 0 s; it rains"):
        stage.wait("the sun shines", lambda: False, lambda: "it rains", deadline_s=0.3)
    stage.services.problem = DemoError("broken", "mend it")
    with pytest.raises(DemoError, match="broken"):
        stage.wait("the sun shines", lambda: False, lambda: "it rains")


def test_a_site_that_does_not_answer_is_the_failure_of_a_step(world: World) -> None:
    with Reservation() as nobody, Browser(world.secondary, f"http://127.0.0.1:{nobody.port}") as browser:
        assert not browser.is_answered()
        for ask in (browser.sites, browser.metrics, lambda: browser.press("1", "REVERIFY")):
            with pytest.raises(StepError, match="does not answer"):
                ask()


def test_a_failure_is_told_as_it_was_seen() -> None:
    """Another attempt may begin as soon as somebody has looked, and clears what the last one said."""
    failed = WidgetRegistry(state=RegistryState.FAILED, last_sync_failure="no route", retry_count=1)
    seen = [None, failed, WidgetRegistry(state=RegistryState.PENDING)]
    stage: Any = Mock(registry=lambda record: seen.pop(0), wait_until_verified=lambda record: 0.5)
    stage.wait = lambda what, is_so, described: any(is_so() for _ in iter(lambda: len(seen), 0))
    told = Script(1, changes=False).network(stage, lambda text: None)
    assert (told["failure"], told["retry_count"]) == ("no route", 1)
    stage.cable.mend.assert_called_once()


def test_a_service_that_does_not_stay_alive(forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_QUICK_S", float("inf"))  # on a busy machine a process may not start in time
    with forked_services(forks), Services(tmp_path) as services:
        urls = {name: f"sqlite:///{tmp_path}/{name}.sqlite3" for name in ("main_url", "store_url")}
        services.add("broken", "serve", {"node_name": "primary", "types": ["nowhere:TYPE"], **urls})
        wait_until(lambda: services.problem is not None)
        assert services["broken"].exit_codes == [4, 4, 4]
    assert services.problem
    assert services.problem.message == (
        "broken does not stay alive: error: types: there is no nowhere:TYPE: No module named 'nowhere'"
    )
    assert (tmp_path / "broken.toml").stat().st_mode & 0o077 == 0


HOLDER = """\
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(3600)
"""
STARTER = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"


@pytest.mark.parametrize("end", [Service.kill, Service.stop])
def test_what_a_service_has_started_ends_with_it(tmp_path: Path, end: Callable[[Service], None]) -> None:
    """Git would go on writing where the folder is being removed, or where the site is at work again."""
    log, lock = tmp_path / "log", tmp_path / "lock"
    service = Service("starter", [sys.executable, "-c", STARTER, HOLDER, str(lock)], log, os.environ)
    service.start()
    wait_until(lambda: log.read_text() == "held\n", log.read_text)
    with lock.open() as file:
        assert not is_free(file)
        end(service)
        wait_until(lambda: is_free(file))
    service.stop()


def is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_a_cable_carries_breaks_off_and_carries_again() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=echo, args=(listener,), daemon=True).start()
        with Cable(listener.getsockname()[1]) as cable:
            assert answer_to(cable.port, b"one") == b"one"
            open_before = socket.create_connection(("127.0.0.1", cable.port), timeout=PATIENCE_S)
            open_before.sendall(b"x")
            assert open_before.recv(1) == b"x"
            cable.cut()
            with pytest.raises(ConnectionRefusedError):
                answer_to(cable.port, b"two")
            assert broke_off(open_before)
            cable.mend()
            assert answer_to(cable.port, b"three") == b"three"


def echo(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo_one, args=(connection,), daemon=True).start()


def echo_one(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(100):
            connection.sendall(data)


def answer_to(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(100), b""))


def broke_off(connection: socket.socket) -> bool:
    with connection:
        try:
            return connection.recv(1) == b""
        except ConnectionResetError:
            return True


def test_the_clock_of_a_duration() -> None:
    from datetime import timedelta

    from geo_runtime.ground.timing import ScaledTiming, SystemTiming

    assert ScaledTiming(datetime.now(UTC), 60).machine_seconds(timedelta(minutes=1)) == 1
    assert SystemTiming().machine_seconds(timedelta(minutes=1)) == 60


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "database", "queue"), RUNS)
@pytest.mark.point(124, 126, 127, 128)
def test_every_step_is_verified(demonstrations: Demonstrations, kind: str, database: str, queue: str) -> None:
    (code, document, messages), scratch = demonstrations.outcome_of((kind, database, queue))
    assert (code, messages) == (0, ""), document
    what = {"WIDGET": "repository", "WIDGET_FILE": "blob"}.get(kind, kind)
    expected = STEPS if what == "repository" else [step for step in STEPS if step != "change"]
    assert [(step["name"], step["status"]) for step in document["steps"]] == [(name, "verified") for name in expected]
    assert document["schema"] == 1
    assert document["kind"] == what
    if kind in GENERATED:
        assert document["type"] == ("cool_widget_upload" if kind == "upload" else "cool_widget")
    assert (document["database"], document["queue"]) == (database, queue)
    assert document["summary"] == {"verified": len(expected), "failed": 0, "skipped": 0}
    seen = {step["name"]: step["seen"] for step in document["steps"]}
    assert seen["create"] == {"records": 3, "synced": 3, "verified": 3}
    assert seen["damage"]["button"] == "Registry entry enqueued to be reverified"
    assert seen["network"]["failure"].startswith(("Error syncing repository", "Error downloading file"))
    assert seen["lag"]["reported_lag_s"] >= 60
    for name in ("primary", "secondary"):
        assert seen["kill"][name]["killed"] != seen["kill"][name]["started"]
    assert [path for path in scratch.iterdir() if path.name.startswith(("made", "geo-demo-"))] == []
    assert processes_of(scratch) == []
