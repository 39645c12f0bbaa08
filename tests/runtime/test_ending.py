"""How the programs of a site end where the machine is wrong."""

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from geo_runtime.running import celery_worker, process, sign_in
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
def test_a_full_disk_is_said_in_two_lines(fail: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def main(arguments: list[str]) -> int:
        fail()
        return 0

    assert run_program(main, ["config.json"]) == 4
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: the disk is full: ")
    assert second.startswith("  ")
    assert "s3cret" not in first


def test_a_bug_stays_one() -> None:
    def main(arguments: list[str]) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_program(main, [])


@pytest.mark.parametrize("program", [process, celery_worker, sign_in])
@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), ("{", "is no JSON")])
def test_a_configuration_that_is_none(
    program: Any, content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    if content is not None:
        config.write_text(content)
    assert run_program(program.main, [str(config)]) == 4
    first, _ = capsys.readouterr().err.splitlines()
    assert said in first


def test_the_program_itself_ends_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "geo_runtime.running.process", str(tmp_path / "config.json")]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 2), done.stderr
