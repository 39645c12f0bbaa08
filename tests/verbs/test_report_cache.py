"""Cached reports: reused while everything is unchanged, made again as soon as anything is not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.checkout.fingerprint import Fingerprint
from geo_scaffold.checkout.inflections import INITIALIZER
from geo_scaffold.commit import Cache, digest
from geo_scaffold.commit.private import CACHE_VARIABLE
from geo_scaffold.git import changes_since
from geo_scaffold.tree import listing
from geo_scaffold.verbs.checklist import Report, Request, State, audits, check
from geo_scaffold.verbs.checklist.report_cache import cache, program
from sizes import some

from .conftest import commit_all, new

GIVEN: dict[str, Any] = {"milestone": "16.3", "merge_request": "https://gitlab.com/g/p/-/merge_requests/1"}
EVERYTHING = Request(everything=True)
OPENED = """
import os, sys
from pathlib import Path
found = set()
root = os.path.realpath(sys.argv[1])
def hook(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.realpath(os.fspath(arguments[0]))
        if path.startswith(root + "/"):
            found.add(os.path.relpath(path, root))
sys.addaudithook(hook)
from geo_scaffold.verbs.checklist import Request, check
check(Request(everything=True), Path(root))
print("\\n".join(sorted(found)))
"""
"""Prints what an audit opens, as the interpreter itself sees it."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "checklist"


@pytest.fixture
def generated(checkout: Path, folder: Path) -> Path:
    new(checkout, **GIVEN)
    return checkout


def is_found(root: Path, request: Request = EVERYTHING) -> bool:
    """Tell whether an audit is spared."""
    made: list[Report] = []

    def audit(*arguments: Any, **options: Any) -> Report:
        made.append(audit_all(*arguments, **options))
        return made[-1]

    audit_all = audits.audit_all
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audits, "audit_all", audit)
        check(request, root)
    return not made


def test_a_cached_report_is_the_same(generated: Path) -> None:
    first = check(EVERYTHING, generated)
    assert is_found(generated)
    assert check(EVERYTHING, generated) == first


def test_everything_that_an_audit_opens_is_seen(generated: Path, folder: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", OPENED, str(generated)], check=True, capture_output=True, text=True)
    opened = set(ran.stdout.split("\n")) - {""}
    [kept] = [json.loads(path.read_text().partition("\n")[2]) for path in folder.iterdir()]
    seen = {*kept["files"], *kept["folders"]}
    assert len(opened) > 60
    assert {path for path in opened if path.partition("/")[0] != ".git"} <= seen


def test_another_content_of_any_file_is_another_question(generated: Path, folder: Path) -> None:
    check(EVERYTHING, generated)
    [kept] = [json.loads(path.read_text().partition("\n")[2]) for path in folder.iterdir()]
    files = [path for path, digest in kept["files"].items() if digest]
    assert {"VERSION", ".geo-scaffold/cool_widget.json"} <= set(files)
    for path in some(files, 5):
        file = generated / path
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        assert not is_found(generated), path
        file.write_bytes(before)
        check(EVERYTHING, generated)
    assert is_found(generated)


def test_a_file_that_comes_or_goes_is_seen(generated: Path) -> None:
    count = len(check(EVERYTHING, generated).types)
    other = generated / "ee/app/replicators/geo/other_thing_replicator.rb"
    other.write_text("module Geo\n  class OtherThingReplicator < Gitlab::Geo::Replicator\n  end\nend\n")
    assert len(check(EVERYTHING, generated).types) == count + 1
    other.unlink()
    assert len(check(EVERYTHING, generated).types) == count
    (generated / INITIALIZER).parent.mkdir(parents=True, exist_ok=True)
    (generated / INITIALIZER).write_text("inflect.acronym 'XYZ'\n")
    assert not is_found(generated)


def test_another_request_is_another_question(generated: Path) -> None:
    check(EVERYTHING, generated)
    ticks = "- [x] `database-review`: done\n"
    assert not is_found(generated, Request(everything=True, ticks=ticks))
    assert is_found(generated, Request(everything=True, ticks=ticks))
    assert not is_found(generated, Request(models=("CoolWidget",)))
    commit_all(generated)
    with (generated / "ee/app/models/geo/cool_widget_registry.rb").open("a") as file:
        file.write("# a comment\n")
    end = commit_all(generated)
    touched = Request(everything=True, changes=lambda root: changes_since(root, "HEAD~"))
    assert len(check(touched, generated).types) == 1
    assert is_found(generated, touched)
    untouched = Request(everything=True, changes=lambda root: changes_since(root, end))
    assert check(untouched, generated).types == ()


def test_another_commit_to_compare_with_is_another_question(generated: Path) -> None:
    finder = generated / "ee/app/finders/geo/cool_widget_registry_finder.rb"
    complete = commit_all(generated)
    finder.unlink()
    lacking = commit_all(generated)

    def since(base: str) -> Request:
        return Request(changes=lambda root: changes_since(root, base))

    with (generated / "ee/app/models/geo/cool_widget_registry.rb").open("a") as file:
        file.write("# a comment\n")
    assert check(since(complete), generated).is_open(strict=False)
    assert not is_found(generated, since(lacking))
    excused = check(since(lacking), generated)
    assert not excused.is_open(strict=False)
    assert is_found(generated, since(lacking))
    assert check(since(lacking), generated) == excused
    assert check(since(complete), generated).is_open(strict=False)


def test_what_cannot_be_read_is_looked_at_each_time(generated: Path, folder: Path) -> None:
    registry = generated / "ee/app/models/geo/cool_widget_registry.rb"
    registry.rename(registry.with_suffix(".away"))
    registry.mkdir()
    report = check(EVERYTHING, generated)
    assert State.DIFFERS in {item.state for item in report.types[0].items if item.id == "registry-model"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("body", ["", "{", "[]", '{"files": 1, "folders": {}}', '{"files": {}, "folders": {}}', "\xff"])
def test_a_damaged_report_is_made_again(generated: Path, folder: Path, body: str, *, sealed: bool) -> None:
    first = check(EVERYTHING, generated)
    [path] = folder.iterdir()
    before, content = path.read_bytes(), body.encode("latin-1")
    path.write_bytes(f"{digest(content)}\n".encode() + content if sealed else content)
    assert check(EVERYTHING, generated) == first
    assert path.read_bytes() == before


def test_an_altered_report_is_made_again(generated: Path, folder: Path) -> None:
    first = check(EVERYTHING, generated)
    [path] = folder.iterdir()
    for content in (path.read_text().replace('"done"', '"missing"'), "[" * 200_000):
        path.write_text(content)
        assert check(EVERYTHING, generated) == first


def test_a_relative_folder_is_none(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(generated)
    monkeypatch.setenv(CACHE_VARIABLE, "reports")
    check(EVERYTHING, generated)
    assert not (generated / "reports").exists()


def test_another_program_asks_again(generated: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check(EVERYTHING, generated)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "a.rb.j2").write_text("1")
    monkeypatch.setattr(program, "templates_root", lambda: templates)
    program.state_of_program.cache_clear()
    try:
        before = program.state_of_program()
        assert not is_found(generated)
        (templates / "a.rb.j2").write_text("12")
        program.state_of_program.cache_clear()
        assert program.state_of_program() != before
    finally:
        program.state_of_program.cache_clear()


def test_the_user_may_have_none_kept(generated: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent.parent / "xdg"))
    check(EVERYTHING, generated)
    assert not folder.exists()
    assert not (folder.parent.parent / "xdg").exists()
    monkeypatch.delenv(CACHE_VARIABLE)
    check(EVERYTHING, generated)
    [kept] = (folder.parent.parent / "xdg" / "geo-scaffold" / "checklist").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    generated: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert check(EVERYTHING, generated) == check(EVERYTHING, generated)
    assert (tmp_path / "file").read_text() == ""


def test_the_reports_made_first_go_first(generated: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[set[Path]] = []
    for number in range(3):
        monkeypatch.setattr(cache, "_REPORTS", Cache("checklist", most=2))
        check(Request(everything=True, ticks=str(number)), generated)
        kept.append(set(folder.iterdir()))
        for path in kept[-1].difference(*kept[:-1]):  # two of them may be made in one tick of the file system's clock
            os.utime(path, (number, number))
    assert len(kept[0]) == 1
    assert len(kept[1]) == len(kept[2]) == 2
    assert kept[0] <= kept[1]
    assert not kept[0] & kept[2]


def test_an_unreadable_file_is_not_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")

    def refuse(path: Path) -> str:
        raise PermissionError(str(path))

    seen = Fingerprint({"a": None}, {"": listing(tmp_path)})
    assert not seen.is_unchanged(tmp_path)
    monkeypatch.setattr("geo_scaffold.checkout.fingerprint.fingerprint", refuse)
    assert not seen.is_unchanged(tmp_path)
