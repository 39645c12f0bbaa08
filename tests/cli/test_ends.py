"""How a run ends if something cannot be read, asked or shown: the message and the exit code."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from commit.harness import in_child
from geo_scaffold import cli
from geo_scaffold.cli.checklist import below_in
from geo_scaffold.cli.formats import render
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.new import EVERYTHING
from sizes import in_turns
from verbs.conftest import commit_all, git, make_checkout, new, plan

from .conftest import FINDER, QUIET

COMMAND = (sys.executable, "-m", "geo_scaffold")
GIVEN: dict[str, Any] = {
    "kind": "blob",
    "owner": "none",
    "milestone": "16.3",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}
NOBODY = 65534


def run(folder: Path, *arguments: str, options: tuple[str, ...] = (), **environment: str) -> Any:
    return subprocess.run(
        [COMMAND[0], *options, *COMMAND[1:], *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**QUIET, "GIT_CONFIG_GLOBAL": "/dev/null", **environment},
    )


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder where another user gets in."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody(*arguments: str) -> tuple[int, str, str]:
    """Run the command line in the current folder, as a user who may read only what all may.

    Everything that is imported late was imported before: this user may not read Python's own files. Nor may it make
    any where the tests do, so its output goes to files that are open already.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:

        def answer() -> tuple[int, str, str]:
            sys.argv = ["geo-scaffold", *arguments]
            sys.stdout, sys.stderr = out, err
            with pytest.raises(SystemExit) as caught:
                cli.main()
            texts = []
            for stream, file in ((sys.stdout, out), (sys.stderr, err)):
                stream.flush()
                file.seek(0)
                texts.append(file.read())
            return int(str(caught.value.code)), texts[0], texts[1]

        _, found = in_child(answer, NOBODY if os.geteuid() == 0 else None)
    assert isinstance(found, tuple)
    return found


def warm(root: Path) -> None:
    """Import what the verbs import late."""
    import geo_scaffold.cli.report
    import geo_scaffold.verbs.undo  # noqa: F401
    from geo_scaffold.cli.app import command_line

    command_line(())
    check(Request(models=("CoolWidget",)), root)
    plan(root, selection=EVERYTHING, **GIVEN)


def lines_of(error: str) -> list[str]:
    lines = error.splitlines()
    assert len(lines) == 2, error
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("  ")
    assert "bug" not in error
    assert "output" not in error
    return lines


# Folders and files that may not be read.


def test_below_and_beside_folders_that_may_not_be_searched(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_checkout(place / "warm", git=False)
    new(root, **GIVEN)
    warm(root)
    home = place / "home"
    (home / "work").mkdir(parents=True)
    (home / "work").chmod(0o777)
    (home / "work/closed").mkdir(0o700)
    monkeypatch.chdir(home / "work")
    home.chmod(0)
    try:
        code, out, err = as_nobody("names", "CoolWidget")
        assert (code, err) == (0, "")
        assert "name\tcool_widget" in out
        for arguments in (["checklist"], ["undo", "CoolWidget"], ["new", "CoolWidget", "--dry-run", "--kind", "blob"]):
            code, _, err = as_nobody(*arguments)
            assert (code, f"cannot look at {home / 'work'}: Permission denied" in lines_of(err)[0]) == (4, True)
        home.chmod(0o711)  # it may be traversed but not listed; a neighbour may not
        code, _, err = as_nobody("checklist")
        assert (code, "nothing has been generated" in lines_of(err)[0]) == (2, True)
        code, _, err = as_nobody("undo", "CoolWidget")
        assert (code, "there is no receipt" in lines_of(err)[0]) == (2, True)
        code, out, err = as_nobody("new", "CoolWidget", "--dry-run", "--kind", "blob")
        assert (code, "finder" in out) == (0, True), err
    finally:
        home.chmod(0o755)


@pytest.mark.parametrize(
    ("closed", "code", "named"),
    [
        ("VERSION", 4, "VERSION"),
        ("ee", 4, "ee/lib/gitlab/geo.rb"),
        (".geo-scaffold", 4, ".geo-scaffold"),
        (".geo-scaffold/cool_widget.json", 4, ".geo-scaffold/cool_widget.json"),
        ("ee/app/replicators", 1, "cannot be read: Permission denied"),
        ("ee/app/replicators/geo", 1, "cannot be read: Permission denied"),
        ("ee/app/finders", 1, "cannot be read: Permission denied"),
        (FINDER, 1, "cannot be read: Permission denied"),
        ("ee/lib/gitlab/geo.rb", 1, "cannot be read: Permission denied"),
        ("config", 4, "config/"),
    ],
)
def test_what_may_not_be_read_is_reported_as_such(
    place: Path, monkeypatch: pytest.MonkeyPatch, closed: str, code: int, named: str
) -> None:
    root = make_checkout(place / "gitlab", git=False)
    new(root, **GIVEN)
    (root / "config/initializers_before_autoloader").mkdir(parents=True, exist_ok=True)
    (root / "config/initializers_before_autoloader/000_inflections.rb").write_text("")
    warm(root)
    monkeypatch.chdir(root)
    mode = (root / closed).stat().st_mode
    (root / closed).chmod(0)
    try:
        for arguments in (["--all"], ["CoolWidget"], []):
            found, out, err = as_nobody("checklist", *arguments)
            assert found == code, (arguments, out, err)
            assert named in out + err, (arguments, out, err)
            assert arguments == ["--all"] or "the file is not there" not in out
        found, _, err = as_nobody("undo", "CoolWidget", "--yes")
        if closed.startswith(".geo-scaffold"):
            assert (found, "Permission denied" in err) == (4, True)
    finally:
        (root / closed).chmod(mode)


def test_a_folder_of_replicators_that_may_not_be_read_hides_no_type(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is empty, so no type has a finding, but that does not mean that nothing is open."""
    root = make_checkout(place / "gitlab", git=False)
    folder = root / "ee/app/replicators/geo"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "ee/lib/gitlab/geo.rb").write_text(
        "module Gitlab\n  module Geo\n    REPLICATOR_CLASSES = [].freeze\n  end\nend\n"
    )
    check(Request(everything=True), root)
    warm_up = make_checkout(place / "other", git=False)
    new(warm_up, **GIVEN)
    warm(warm_up)
    monkeypatch.chdir(root)
    folder.chmod(0)
    try:
        code, _, err = as_nobody("checklist", "--all")
        assert (code, "ee/app/replicators/geo cannot be read: Permission denied" in lines_of(err)[0]) == (4, True)
    finally:
        folder.chmod(0o755)


# What git says.


def test_what_git_says_first_and_what_it_advises(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    commit_all(root)
    done = run(root, "checklist", "--changed", "HEAD", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert done.returncode == 4
    said, remedy = lines_of(done.stderr)
    assert "detected dubious ownership in repository at" in said
    assert f"git config --global --add safe.directory {root}" in remedy


def test_no_git_and_one_that_cannot_be_run(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    commit_all(root)
    (tmp_path / "bin").mkdir()
    done = run(root, "checklist", "--changed", "HEAD", PATH=str(tmp_path / "bin"))
    assert (done.returncode, "git is not installed" in lines_of(done.stderr)[0]) == (4, True)
    (tmp_path / "bin/git").write_text("no program")
    (tmp_path / "bin/git").chmod(0o755)
    done = run(root, "checklist", "--changed", "HEAD", PATH=str(tmp_path / "bin"))
    assert (done.returncode, "git cannot be started" in lines_of(done.stderr)[0]) == (4, True)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_checkout(tmp_path_factory.mktemp("ends") / "gitlab")
    new(root, **GIVEN)
    commit_all(root)
    (root / FINDER).unlink()
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        ("checklist", "--changed", "HEAD"),
        ("names", "CoolWidget"),
        ("new", "CoolWidget", "--dry-run"),
        ("undo", "CoolWidget", "--dry-run"),
    ],
)
def test_every_text_has_its_encoding(generated: Path, arguments: tuple[str, ...]) -> None:
    options = ("-X", "warn_default_encoding", "-W", "error")
    done = run(generated, *arguments, options=options, GEO_SCAFFOLD_CACHE="")
    usual = run(generated, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (usual.returncode, usual.stdout, usual.stderr)


# Reports for a repository that has more than the checkout.


def test_reports_for_ci_have_paths_of_the_repository(generated: Path, tmp_path: Path) -> None:
    mono = tmp_path / "mono"
    shutil.copytree(generated, mono / "apps/gitlab", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path, "init", "-q", str(mono))
    commit_all(mono)
    for options in ((), ("--changed", "HEAD")):
        if options:
            (mono / "apps/gitlab/ee/app/models/geo/cool_widget_registry.rb").unlink()
        entries = json.loads(run(mono / "apps/gitlab", "checklist", "--format", "codequality", *options).stdout)
        assert f"apps/gitlab/{FINDER}" in {entry["location"]["path"] for entry in entries}
        suites = ElementTree.fromstring(run(mono / "apps/gitlab", "checklist", "--format", "junit", *options).stdout)
        [case] = [case for case in suites.iter("testcase") if case.get("name") == "finder"]
        assert case.get("file") == f"apps/gitlab/{FINDER}"
        items = json.loads(run(mono / "apps/gitlab", "checklist", "--json", *options).stdout)["types"][0]["items"]
        assert FINDER in {item["path"] for item in items}


@pytest.mark.parametrize("into", ["widgets", "widgets/cool_widget"])
def test_reports_for_ci_of_a_folder_of_its_own_have_them_too(tmp_path: Path, into: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "widgets").mkdir()
    new(tmp_path / "widgets", **GIVEN)
    folder = "widgets/cool_widget"
    (tmp_path / folder / "gitlab" / FINDER).unlink()
    report = check(Request(), tmp_path / into)
    below = below_in(tmp_path / into)
    entries = json.loads(render(report, "codequality", strict=True, below=below))
    paths = {entry["check_name"]: entry["location"]["path"] for entry in entries}
    assert paths["geo-scaffold/finder"] == f"{folder}/gitlab/{FINDER}"
    about_no_file = [item.id for item in report.types[0].items if item.state is State.CONFIRM and not item.path]
    assert {paths[f"geo-scaffold/{id_}"] for id_ in about_no_file} == {f"{folder}/CHECKLIST.md"}
    assert (tmp_path / folder / "CHECKLIST.md").is_file()
    suites = ElementTree.fromstring(render(report, "junit", strict=True, below=below))
    [case] = [case for case in suites.iter("testcase") if case.get("name") == "finder"]
    assert case.get("file") == f"{folder}/gitlab/{FINDER}"


# What cannot be shown, and every other refusal.


@pytest.mark.parametrize(
    ("unbuffered", "command"),
    in_turns(["", "1"], ["names CoolWidget", "checklist", "new CoolWidget --diff", "checklist --json"]),
)
@pytest.mark.parametrize(("where", "code"), [("> /dev/full", 74), ("| true", 141), (">&-", None)])
def test_an_output_that_cannot_be_written(
    generated: Path, command: str, where: str, code: int | None, unbuffered: str
) -> None:
    words = " ".join((*COMMAND, command))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} {where}"],
        cwd=generated,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**QUIET, "PYTHONUNBUFFERED": unbuffered},
    )
    if code is None:
        assert done.returncode == run(generated, *command.split()).returncode
    else:
        assert done.returncode == code
    assert ("the output cannot be written: No space left on device" in done.stderr) == (code == 74)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_messages_that_cannot_be_written_keep_nothing_from_being_done(generated: Path) -> None:
    words = " ".join((*COMMAND, "checklist", "NoSuchModel"))
    done = subprocess.run(
        ["bash", "-c", f"{words} 2> /dev/full"], cwd=generated, capture_output=True, check=False, env=QUIET
    )
    assert done.returncode == run(generated, "checklist", "NoSuchModel").returncode


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("error", "message", "path"),
    [
        (PermissionError(errno.EACCES, "No", "/a/b"), "cannot read or use /a/b: No", "/a/b"),
        (OSError(errno.EIO, "Error", b"/a/b"), "cannot read or use /a/b: Error", "/a/b"),
        (OSError(errno.EMFILE, "Too many"), "the system refused what the command needs: Too many", None),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "the system refused what the command needs: Broken pipe", None),
        (OSError("no number"), "the system refused what the command needs: no number", None),
    ],
)
def test_every_other_refusal_says_what_and_where(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    message: str,
    path: str | None,
    as_json: bool,
) -> None:
    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr("geo_scaffold.cli.app.app", refuse)
    monkeypatch.setattr(sys, "argv", ["geo-scaffold", "names", "CoolWidget", *(["--json"] if as_json else [])])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 4
    shown = capsys.readouterr()
    if as_json:
        document = json.loads(shown.out)["error"]
        assert (document["code"], document["message"], document["path"]) == ("system", message, path)
        assert document["remedy"]
    else:
        assert lines_of(shown.err)[0] == f"error: {message}"


@pytest.mark.parametrize("verb", ["new", "undo", "checklist", "names"])
def test_in_a_folder_that_is_gone(tmp_path: Path, verb: str) -> None:
    command = f"mkdir gone && cd gone && rmdir ../gone && {' '.join(COMMAND)} {verb} CoolWidget --json"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env=QUIET
    )
    assert done.returncode == 2
    assert "the current folder is gone" in json.loads(done.stdout)["error"]["message"]
