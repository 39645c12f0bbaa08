"""Passwords: not in arguments, not in messages; and the folder of a demonstration, which is its owner's."""

import os
import stat
from pathlib import Path

import pytest

from geo_runtime.demo import __main__ as demo
from geo_runtime.demo.options import parse
from geo_runtime.demo.queues import Queues
from geo_runtime.ground.secrets import given, masked
from geo_runtime.testing.databases import Databases
from geo_runtime.testing.errors import DemoError

URLS = [
    "postgresql://me:s3cr:et@host/db", "redis://:s3cr:et@host:1/0", "mysql://u:s3cr:et@h/x",
    "postgresql://host/db?user=me&password=s3cr:et", "u:s3cr:et@nonsense", "postgresql://me:s3cr:et@h@host:x/db",
    "redis://host/0?password=s3cr:et&x=1",
]  # fmt: skip
COMMAND = ["--type", "m:T", "--folder", "f"]


@pytest.mark.parametrize("url", URLS)
def test_a_password_in_an_argument_is_refused_and_not_repeated(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--database", "--queue"):
        with pytest.raises(SystemExit) as caught:
            parse([*COMMAND, option, url])
        assert caught.value.code == 2
        said = capsys.readouterr().err
        assert "env:NAME" in said
        assert "s3cr" not in said


@pytest.mark.parametrize("url", URLS)
def test_it_comes_from_the_environment_or_a_file(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_MINE", url)
    file = tmp_path / "secret"
    file.write_text(f"{url}\n")
    assert parse([*COMMAND, "--database", "env:OF_MINE"]).database == url
    assert parse([*COMMAND, "--queue", f"file:{file}"]).queue == url


@pytest.mark.parametrize("text", ["env:NOBODY_SET_THIS", "env:", "file:/no/such/file", "file:"])
def test_what_is_not_there_is_reported(text: str) -> None:
    with pytest.raises(ValueError, match=r"no variable|cannot be read"):
        given(text)


@pytest.mark.parametrize(
    "url", ["postgresql://me@host/db", "redis://localhost:6379/0", "nonsense", "postgresql:///x?host=/tmp/a"]
)
def test_what_holds_no_password_is_as_it_is(url: str) -> None:
    assert given(url) == masked(url) == url


@pytest.mark.parametrize("url", URLS)
def test_no_message_holds_it(url: str, tmp_path: Path) -> None:
    assert "s3cr" not in masked(url)
    assert "et@" not in masked(url)
    for opened in (lambda: Databases(tmp_path, url.replace("postgresql", "oracle")), Queues(f"x{url}").__enter__):
        with pytest.raises(DemoError) as caught:
            opened()
        assert "s3cr" not in caught.value.message + caught.value.remedy


def test_nobody_else_may_read_a_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sites"

    def run(options: object) -> int:
        (folder / "keys").mkdir()
        (folder / "keys" / "of-a-site").write_text("secret")
        return 0

    monkeypatch.setattr(demo, "_run", run)
    usual = os.umask(0o022)
    try:
        assert demo.main(["--type", "m:T", "--folder", str(folder)]) == 0
    finally:
        os.umask(usual)
    found = [folder, *folder.rglob("*")]
    assert folder / "keys" / "of-a-site" in found
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
