"""Two machines on this one: a network between them that can be cut, and on each PostgreSQL and Redis with passwords.

Each is a network namespace where this user may make some, so that what is cut off hears nothing at all, not even that.
Elsewhere both are this machine, and what passes from one to the other passes a proxy, which breaks off when it is cut.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from geo_runtime.demo.network import Cable
from geo_runtime.demo.ports import Reservation
from ruby.conftest import unavailable
from ruby.postgres import bin_folder
from waiting import PATIENCE_S

PASSWORD: Final = "s3cret-0f-the-servers"
"""Of every server; nobody may find it in an argument or a message."""
DEPLOY: Final = Path(__file__).parents[2] / "examples/deploy"
_PROBE: Final = """\
import http.client, sys, time
host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
deadline = time.monotonic() + seconds
while True:
    try:
        connection = http.client.HTTPConnection(host, port, timeout=20)
        connection.request("GET", "/-/readiness")
        answer = connection.getresponse()
        print(answer.status, answer.read())
        if answer.status == 200:
            break
    except OSError as error:
        print(error)
    if time.monotonic() > deadline:
        sys.exit(1)
    time.sleep(0.1)
"""
"""Asks on a machine whether a site is ready, until it is, or for some seconds."""


class Machine:
    """One of the two.

    Args:
        name: What it is called.
        address: Its own.
        enter: What a command begins with that runs there.

    Attributes:
        as_seen: How the other machine reaches a port of this one: address and port.
    """

    def __init__(self, name: str, address: str, enter: Sequence[str] = ()) -> None:
        self.name, self.address = name, address
        self._enter = list(enter)

    def command(self, *arguments: str | Path, as_server: bool = False) -> list[str]:
        """Return the prefix that runs a command there; PostgreSQL refuses to run as root, so it has a separate user."""
        become = ["runuser", "-u", "postgres", "--"] if as_server and os.geteuid() == 0 else []
        return [*self._enter, *become, *map(str, arguments)]

    def run(self, *arguments: str | Path, as_server: bool = False, **environment: str) -> str:
        """Run a command there and return what it prints."""
        done = subprocess.run(
            self.command(*arguments, as_server=as_server), cwd="/", env={**os.environ, **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=2 * PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}"
        return done.stdout

    def wait_until_ready(self, port: int, seconds: float = PATIENCE_S) -> None:
        """Wait until the site at a port says that it can do its work."""
        self.run(sys.executable, "-c", _PROBE, self.address, str(port), str(seconds))


class Machines:
    """Both, made of this one: what passes between them passes proxies. Used by `with`."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.primary, self.secondary = Machine("primary", "127.0.0.1"), Machine("secondary", "127.0.0.1")
        self._cables: list[Cable] = []

    def port(self) -> int:
        """Return a port that a server may have."""
        return self.stack.enter_context(Reservation()).port

    def seen(self, port: int) -> tuple[str, int]:
        """Return address and port by which the secondary reaches a port of the primary."""
        self._cables.append(self.stack.enter_context(Cable(port)))
        return "127.0.0.1", self._cables[-1].port

    def cut(self) -> None:
        """Cut the network."""
        for cable in self._cables:
            cable.cut()

    def mend(self) -> None:
        """Mend it."""
        for cable in self._cables:
            cable.mend()

    def __enter__(self) -> "Machines":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stack.close()


class Namespaces(Machines):
    """Both machines, each with its own network, which disappears with the last process in it."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        with ExitStack() as stack:
            pids = [stack.enter_context(_namespace()) for _ in range(2)]
            enter = [["nsenter", "--target", str(pid), "--net"] for pid in pids]
            self.primary, self.secondary = (
                Machine(name, f"10.9.8.{number}", each)
                for number, (name, each) in enumerate(zip(("primary", "secondary"), enter, strict=True), 1)
            )
            self.primary.run("ip", "link", "add", "cable", "type", "veth", "peer", "cable", "netns", str(pids[1]))
            for machine in (self.primary, self.secondary):
                machine.run("ip", "address", "add", f"{machine.address}/24", "dev", "cable")
                for link in ("lo", "cable"):
                    machine.run("ip", "link", "set", link, "up")
            self.stack = stack.pop_all()
        self._ports = iter(range(4000, 5000))

    def port(self) -> int:
        """Return a port that a server may have."""
        return next(self._ports)

    def seen(self, port: int) -> tuple[str, int]:
        """Return address and port by which the secondary reaches a port of the primary."""
        return self.primary.address, port

    def cut(self) -> None:
        """Cut the network."""
        self.primary.run("ip", "link", "set", "cable", "down")

    def mend(self) -> None:
        """Mend it."""
        self.primary.run("ip", "link", "set", "cable", "up")


@cache
def may_have_namespaces() -> bool:
    """Whether this user may make networks here."""
    if any(shutil.which(name) is None for name in ("unshare", "nsenter", "ip")):
        return False
    try:
        with Namespaces():
            return True
    except AssertionError:
        return False


@contextmanager
def _namespace() -> Iterator[int]:
    """Make a network namespace, and give the id of the process that holds it."""
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_S
        ours = os.readlink("/proc/self/ns/net")  # noqa: PTH115 - no path
        while _network_of(holder.pid) in (None, ours):
            assert holder.poll() is None, "this user may not make networks"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


def _network_of(pid: int) -> str | None:
    with suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/net")  # noqa: PTH115 - no path
    return None


class Postgres:
    """A server of a machine, which asks for a password but on its socket; used by `with`, which ends it.

    Args:
        machine: Where it runs.
        port: Where it serves.
    """

    def __init__(self, machine: Machine, port: int) -> None:
        programs = bin_folder()
        if programs is None:
            unavailable("initdb is not installed (Debian package postgresql)")
        self.machine, self.port, self.programs = machine, port, programs
        # Not pytest's folders: they are closed to the server's user, and their paths are longer than a socket's may be.
        self.folder = Path(tempfile.mkdtemp(prefix="geo-pg-"))
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")

    def make(self) -> None:
        """Make it anew."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync",
                  "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}")  # fmt: skip
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\nhost replication replicator all scram-sha-256\n")

    def take(self, other: "Postgres") -> None:
        """Take over the data of a server that does not run."""
        self._run("cp", "-a", other.data, self.data)

    def follow(self, address: str, port: int) -> None:
        """Copy a server that runs, and follow it from then on."""
        script, password = self.folder / "copy-standby.sh", self.folder / "password"
        shutil.copy(DEPLOY / "postgresql/copy-standby.sh", script)  # where the server's user may read it
        password.write_text(PASSWORD)
        for path in (script, password):
            path.chmod(0o644)
        self.machine.run(
            "sh", script, as_server=True, PGDATA=str(self.data), PRIMARY_HOST=address, PRIMARY_PORT=str(port),
            SLOT="paris", PASSWORD_FILE=str(password), PATH=f"{self.programs}:{os.environ['PATH']}",
        )  # fmt: skip

    def start(self) -> None:
        """Start it."""
        settings = {
            "listen_addresses": self.machine.address, "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "32MB", "timezone": "UTC",
            "wal_receiver_timeout": "5s", "wal_sender_timeout": "5s", "wal_retrieve_retry_interval": "500ms",
        }  # fmt: skip
        text = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run(
            "pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-t", str(PATIENCE_S), "-o", text, "start"
        )

    def url(self, database: str) -> str:
        """Return the URL of a database for who is on the machine, with the password."""
        return f"postgresql://geo:{PASSWORD}@{self.machine.address}:{self.port}/{database}"

    def own_url(self, database: str) -> str:
        """Return the URL of a database for the test, which is on no network of a machine."""
        return f"postgresql+psycopg://geo@/{database}?host={self.folder}&port={self.port}"

    def read(self, script: str) -> None:
        """Have a script of `examples/deploy` carried out, which makes roles and databases."""
        arguments = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-qX", "-v", "ON_ERROR_STOP=1"]
        self.machine.run(
            self.programs / "psql", *arguments, "-f", DEPLOY / "postgresql" / script, GEO_PASSWORD=PASSWORD,
            REPLICATOR_PASSWORD=PASSWORD,
        )  # fmt: skip

    def _run(self, program: str, *arguments: str | Path) -> None:
        found = self.programs / program
        try:
            # A server has what it is started by as its standard output, which nobody must wait for.
            subprocess.run(
                self.machine.command(found if found.exists() else program, *arguments, as_server=True), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, timeout=2 * PATIENCE_S,
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            log = self.folder / "log"
            raise AssertionError(log.read_text() if log.exists() else program) from error

    def __enter__(self) -> "Postgres":
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(AssertionError):
            self._run("pg_ctl", "-D", self.data, "-w", "-t", str(PATIENCE_S), "-m", "immediate", "stop")
        shutil.rmtree(self.folder)


@contextmanager
def running_redis_on(machine: Machine, port: int, folder: Path) -> Iterator[str]:
    """Start a Redis server with a password on a machine, and give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        unavailable("redis-server is not installed (Debian package redis-server)")
    settings = folder / f"{machine.name}-redis.conf"
    settings.write_text(
        f'port {port}\nbind {machine.address}\nsave ""\ndir {folder}\nrequirepass {PASSWORD}\n'
        f"logfile {folder / f'{machine.name}-redis.log'}\n"
    )
    server = subprocess.Popen(machine.command(program, settings), stdout=subprocess.DEVNULL)
    try:
        yield f"redis://:{PASSWORD}@{machine.address}:{port}/0"
    finally:
        server.kill()
        server.wait()


class Program:
    """A process of `geo-runtime` on a machine, with its messages in a file.

    Args:
        machine: Where it runs.
        name: What it is called.
        log: Where its messages go.
        arguments: After the name of the program.
        environment: What it gets besides the test's own.
    """

    def __init__(
        self, machine: Machine, name: str, log: Path, arguments: Sequence[str | Path], environment: dict[str, str]
    ) -> None:
        self.machine, self.name, self.log = machine, name, log
        self._command = machine.command(sys.executable, "-m", "geo_runtime.command", *arguments)
        self.given = environment
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def end(self) -> int:
        """Tell it to end, and return its exit code."""
        assert self._process
        self._process.terminate()
        return self._process.wait(PATIENCE_S)

    def arguments(self) -> bytes:
        """Return what everybody on the machine can see of it."""
        assert self._process
        return Path(f"/proc/{self._process.pid}/cmdline").read_bytes()

    def run(self) -> None:
        """Start it, and wait for its end, which must be a good one."""
        self.start()
        assert self._process
        code = self._process.wait(PATIENCE_S)
        assert code == 0, f"{self.name} ended with {code}: {self.log.read_text()}"

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def together(*acts: Any) -> None:
    """Do some things at once, and wait for all."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(act) for act in acts]:
            future.result()
