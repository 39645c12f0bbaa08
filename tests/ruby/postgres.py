"""Our own PostgreSQL cluster: its data and socket are in a temporary folder, which is removed at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from waiting import PATIENCE_S

USER = "geo"
_SERVER_PROGRAMS = Path("/usr/lib/postgresql")
_REMOVE = """
read -r _
folder=$1 && shift
if [ -e "$folder/data/postmaster.pid" ]; then "$@" >/dev/null; fi
code=$?
rm -rf "$folder"
exit $code
"""


def bin_folder() -> Path | None:
    """Return the folder with the server's programs, which Debian keeps off the PATH; the newest one."""
    folders = sorted(
        (path.parent for path in _SERVER_PROGRAMS.glob("*/bin/initdb")), key=lambda path: float(path.parent.name)
    )
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        socket: The folder of its socket.
        programs: The folder of PostgreSQL's programs.
        start: Starts it again after it was killed.
    """

    socket: Path
    programs: Path
    start: Callable[[], None]

    def kill(self) -> None:
        """Kill every process of it at once, as a power cut does."""
        server = (self.socket / "data/postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for each in (server, *children):
            with suppress(ProcessLookupError):
                os.kill(int(each), signal.SIGKILL)
        while any(Path(f"/proc/{each}").exists() for each in (server, *children)):  # their memory is in the way
            time.sleep(0.02)

    def psql(self, database: str, sql: str, *, seconds: int = PATIENCE_S) -> str:
        done = subprocess.run(
            [self.programs / "psql", "-h", self.socket, "-U", USER, "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", database],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """Make a cluster, start it, and remove it afterwards."""
    # Not pytest's folders: they are closed to the server's user, and their paths are longer than a socket's may be.
    folder = Path(tempfile.mkdtemp(prefix="geo-pg-"))
    as_server: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        as_server = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    stop = [
        *as_server,
        str(programs / "pg_ctl"),
        "-D",
        str(data),
        "-w",
        "-t",
        str(PATIENCE_S),
        "-m",
        "immediate",
        "stop",
    ]
    # Its input ends when this process does, however that ends; in a session of its own no signal to ours reaches it.
    remover = subprocess.Popen(
        ["sh", "-c", _REMOVE, "sh", str(folder), *stop], cwd="/", stdin=subprocess.PIPE, start_new_session=True
    )

    def run(program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [*as_server, programs / program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * PATIENCE_S,
        )
        detail = log.read_text() if log.exists() else ""
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}{detail}"

    try:
        run("initdb", "-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
            " -c full_page_writes=off -c autovacuum=off -c shared_buffers=32MB -c timezone=UTC"
        )

        def start() -> None:
            run("pg_ctl", "-D", data, "-l", log, "-w", "-t", str(PATIENCE_S), "-o", settings, "start")

        start()
        yield Cluster(folder, programs, start)
    finally:
        remover.communicate()
        assert remover.returncode == 0
