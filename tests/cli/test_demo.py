"""`geo-scaffold demo`, as a user's shell sees it; what it starts, in `runtime/test_demo.py`, has its own tests."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from geo_scaffold.errors import ConflictError, MissingExtraError, UsageError
from geo_scaffold.kinds import KINDS, demonstrated
from geo_scaffold.verbs.demo import check_extra, install_command, make_type
from needs import need_packages
from sizes import sized
from waiting import DEMONSTRATION_S, PATIENCE_S

need_packages("sqlalchemy", "uvicorn")
TIMESTAMP = "20230101000000"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(cwd)}
    return subprocess.run(
        [sys.executable, "-m", "geo_scaffold", "demo", *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=DEMONSTRATION_S,
    )  # fmt: skip


def test_help_has_examples(tmp_path: Path) -> None:
    assert "geo-scaffold demo --once --json" in run("--help", cwd=tmp_path).stdout


def test_without_the_extra_it_says_what_to_install() -> None:
    check_extra("runtime", "queue")  # this is a development environment
    with pytest.raises(MissingExtraError) as raised:
        check_extra("runtime", is_installed=lambda name: name not in ("sqlalchemy", "uvicorn", "redis"))
    assert raised.value.message == "the reference runtime needs sqlalchemy, uvicorn"
    origin = metadata.distribution("geo-scaffold").read_text("direct_url.json")
    assert raised.value.remedy == install_command(origin, ["runtime"])
    assert raised.value.exit_code == 4
    with pytest.raises(MissingExtraError, match="redis"):
        check_extra("runtime", "queue", is_installed=lambda name: name != "redis")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "pip install 'geo-scaffold[runtime,queue]'"),
        ({"url": "https://example.com/x.whl", "archive_info": {}}, "pip install 'geo-scaffold[runtime,queue]'"),
        ({"url": "file:///gone/clone", "dir_info": {"editable": True}}, "pip install 'geo-scaffold[runtime,queue]'"),
        ({"url": "file://{}", "dir_info": {"editable": True}}, "pip install -e '{}[runtime,queue]'"),
        ({"url": "file://{}", "dir_info": {}}, "pip install '{}[runtime,queue]'"),
    ],
)
def test_what_to_install_is_what_was_installed(origin: dict[str, Any] | None, expected: str, tmp_path: Path) -> None:
    clone = tmp_path / "my clone"
    clone.mkdir()
    if origin:
        origin["url"] = origin["url"].format(quote(str(clone)))
    found = install_command(json.dumps(origin) if origin else None, ["runtime", "queue"])
    assert found == expected.format(clone)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(ConflictError, match="the folder is not empty"):
        make_type("blob", tmp_path, now=TIMESTAMP)
    done = run(str(tmp_path), "--once", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "conflict")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_checkout_is_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("18.9.0-pre\n")
    (tmp_path / "ee/lib/gitlab").mkdir(parents=True)
    (tmp_path / "ee/lib/gitlab/geo.rb").touch()
    with pytest.raises(UsageError, match="is in a GitLab checkout"):
        make_type("blob", tmp_path / "sites", now=TIMESTAMP)
    assert not (tmp_path / "sites").exists()


@pytest.mark.parametrize("name", ["file/sites", "/dev/null/sites"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    done = run(name, "--once", "--json", cwd=tmp_path)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["path"]) == (4, "write", name)
    assert error["message"] == "the folder cannot be made: Not a directory"


BEGINS = """\
import sys


class Tells:
    def find_spec(self, name, path, target=None):
        if name == "geo_scaffold.cli.app":
            print("begun", flush=True)


sys.meta_path.insert(0, Tells())
from geo_scaffold.cli import main

main()
"""
"""Says when the program has begun; before, while Python starts, nobody can answer yet."""


@pytest.mark.parametrize("after_s", sized([0, 0.4, 1.0], [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4]))
def test_an_early_interruption_leaves_nothing(tmp_path: Path, after_s: float) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", BEGINS, "demo", "--once", "--count", "1"]
    demo = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    assert demo.stdout.readline() == "begun\n"
    time.sleep(after_s)
    demo.send_signal(signal.SIGINT)
    _, messages = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 130, messages
    assert "Traceback" not in messages
    assert [path for path in tmp_path.iterdir() if path.name.startswith("geo-demo-")] == []


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--kind", "container"], ["--port", "70000"]])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", demonstrated())
def test_each_kind_has_a_type_to_show(tmp_path: Path, kind: str) -> None:
    made = make_type(kind, tmp_path / "shown", now=TIMESTAMP)
    package = made.path / made.module
    assert f"geo_runtime.{KINDS[kind].runtime.replicator}" in (package / "replicator.py").read_text()  # type: ignore[union-attr]
    assert ("ReadOnlyModel" in (package / "model.py").read_text()) is not KINDS[kind].is_writable


@pytest.mark.parametrize(
    "arguments",
    [
        ["--database", "postgresql://me:s3cret@host/db"],
        ["--database", "postgresql://h/d?user=me&password=s3cret"],
        ["--queue", "redis://:s3cret@h"],
    ],
)
def test_a_password_in_an_argument_is_refused(arguments: list[str], tmp_path: Path) -> None:
    done = run("made", *arguments, cwd=tmp_path)
    assert (done.returncode, "env:NAME" in done.stderr) == (2, True)
    assert "s3cret" not in done.stderr + done.stdout
    assert not (tmp_path / "made").exists()
