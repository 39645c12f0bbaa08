"""How the programs of a site end where the machine is wrong."""

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from forks import Forks
from geo_runtime.errors import ConfigurationError, RecordNotFoundError
from geo_runtime.running.ending import run_program

from .test_demo import ENVIRONMENT, full_sqlite


def no_room() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "store.sqlite3")


def no_room_for_a_table() -> None:
    try:
        full_sqlite()
    except sqlite3.Error as error:
        raise OperationalError("CREATE TABLE", {"password": "s3cret"}, error, hide_parameters=True) from error


@pytest.mark.parametrize("fail", [no_room, full_sqlite, no_room_for_a_table])
def test_a_full_disk_is_reported_in_two_lines(fail: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        fail()
        return 0

    assert run_program(main) == 4
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: the disk is full: ")
    assert second.startswith("  ")
    assert "s3cret" not in first


def test_where_nothing_can_be_said_it_ends_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages often go to a file on the disk that is full."""

    def main() -> int:
        no_room()
        return 0

    write = Mock(side_effect=OSError(errno.ENOSPC, "full"))
    monkeypatch.setattr(sys, "stderr", Mock(write=write))
    assert run_program(main) == 4
    write.assert_called_once()


OPEN_WITHOUT_ROOM = """
import resource, sqlite3, sys
from geo_runtime.databases.disk import is_full
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE a (b)")
database.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    sqlite3.connect(sys.argv[1]).execute("SELECT * FROM a")
except sqlite3.OperationalError as error:
    print(error, is_full(error))
"""


def test_a_database_that_cannot_be_opened_for_lack_of_space(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_WITHOUT_ROOM, str(tmp_path / "db")]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == "disk I/O error True\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RecordNotFoundError("no site is named paris"), "no site is named paris"),
        (ConfigurationError([("port is 0", "Set it"), ("types is missing", "Set it")]), "port is 0"),
        (
            OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: geo_nodes")),
            "a database cannot be used: no such table: geo_nodes",
        ),
        (
            ProgrammingError("SELECT", {}, Exception("no postgresql://geo:s3cret@db/main\nhere")),
            "a database cannot be used: no postgresql://geo:***@db/main here",
        ),
    ],
)
def test_what_an_administrator_can_mend_has_a_remedy(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> int:
        raise error

    assert run_program(main) == 4
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert (first, second[:2]) == (f"error: {said}", "  ")


def test_a_bug_stays_one() -> None:
    def main() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_program(main)


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["migrate"], ["check"], ["sign-in"]])
def test_settings_that_are_invalid(forks: Forks, command: list[str], tmp_path: Path) -> None:
    """The programs themselves; each reports what is wrong, and what to do."""
    given = (*command, "--settings", str(tmp_path / "site.toml"))
    done = forks.run(*given, folder=tmp_path, environment=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.splitlines() == [
        f"error: {tmp_path}/site.toml cannot be read: No such file or directory",
        "  Name the settings file of a site",
    ]
    (tmp_path / "site.toml").touch()
    done = forks.run(*given, folder=tmp_path, environment=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (4, "")
    lines = done.stderr.splitlines()
    assert {line[0] for line in lines[::2]} == {"e"}
    assert len(lines) == 2 * 4  # each setting that nothing can do without
