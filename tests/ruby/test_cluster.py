"""The tests' own PostgreSQL server ends with the process that started it."""

import os
import subprocess
import sys
from pathlib import Path

from waiting import wait_until

from .conftest import unavailable
from .postgres import bin_folder

TESTS = Path(__file__).parents[1]
PROGRAM = """
import sys
from ruby.postgres import bin_folder, running_cluster
with running_cluster(bin_folder()) as cluster:
    print(cluster.socket, flush=True)
    sys.stdin.read()
"""


def test_a_server_ends_with_a_process_that_is_killed() -> None:
    """Also where that has no time to clean up: by SIGKILL, or by SIGTERM, which pytest does not handle."""
    if bin_folder() is None:
        unavailable("initdb is not installed (Debian package postgresql)")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    folder = Path(process.stdout.readline().strip())
    server = int((folder / "data/postmaster.pid").read_text().split()[0])
    process.kill()
    process.communicate()
    wait_until(lambda: not folder.exists())
    wait_until(lambda: not runs(server))


def runs(pid: int) -> bool:
    """Tell whether a process runs: it may have ended, and wait for nobody to ask how."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False
