"""`geo-scaffold drift`, as its users see it."""

import json
import re
from pathlib import Path

import pytest
import typer

from checkouts import CHECKOUTS
from geo_scaffold.cli.drift import drift
from verbs.conftest import make_checkout

FILES = CHECKOUTS["18"]
LIST = "ee/lib/gitlab/geo.rb"


def run(root: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> tuple[int, str]:
    with pytest.raises(typer.Exit) as ended:
        drift(root, as_json=as_json)
    return ended.value.exit_code, capsys.readouterr().out


def test_nothing_moved_is_one_line_and_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(make_checkout(tmp_path / "gitlab", FILES), capsys)
    assert code == 0
    assert out.startswith("Not moved: GitLab 18.9")
    assert out.count("\n") == 1


def test_what_moved_is_a_line_each_or_json_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = {LIST: FILES[LIST].replace("REPLICATOR_CLASSES", "REPLICATORS")}
    checkout = make_checkout(tmp_path / "gitlab", {**FILES, **moved})
    code, out = run(checkout, capsys)
    assert code == 1
    assert out.startswith(f"gone\treplicator-classes\t{LIST}\t")
    code, out = run(checkout, capsys, as_json=True)
    assert code == 1
    document = json.loads(out)
    assert list(document) == ["schema", "edition", "checked_with", "version", "findings"]
    assert (document["schema"], document["edition"], document["checked_with"]) == (1, "18", "18.9")
    finding = next(each for each in document["findings"] if each["id"] == "replicator-classes")
    assert list(finding) == ["id", "sort", "path", "line", "message"]
    assert (finding["sort"], finding["path"]) == ("gone", LIST)


def test_a_terminal_gets_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = {LIST: FILES[LIST].replace("REPLICATOR_CLASSES", "REPLICATORS")}
    checkout = make_checkout(tmp_path / "gitlab", {**FILES, **moved})
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    code, out = run(checkout, capsys)
    assert code == 1
    out = re.sub(r"\x1b\[[\d;]*m", "", out)
    assert out.split()[:4] == ["Sort", "Artifact", "Where", "What"]
    assert "replicator-classes" in out
