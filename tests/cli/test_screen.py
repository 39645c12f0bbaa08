"""What people see at a terminal: what needs them first, the rest as counts, and next steps that run unchanged."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from checkouts import CHECKOUT_18
from cli.test_new import FINDER, TIME, files_of, run
from verbs.conftest import make_checkout, new
from waiting import PATIENCE_S

from .forks import at_terminal

ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def shown(folder: Path, *arguments: str, columns: int = 80, **environment: str) -> tuple[list[str], int | None, str]:
    """Run it at a terminal; return the lines that are seen, the exit code, and all that was sent."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    told = {**kept, "TERM": "xterm-256color", "GEO_SCAFFOLD_CACHE": "", **environment}
    if "PYTHONUNBUFFERED" in environment:  # which Python itself reads
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "geo_scaffold", *arguments],
            cwd=str(folder),
            encoding="utf-8",
            dimensions=(60, columns),
            env=told,
            timeout=PATIENCE_S,
        )
        sent = str(terminal.read())
        terminal.close()
        code = terminal.exitstatus
    else:
        sent, code = at_terminal(*arguments, folder=folder, environment=told, rows=60, columns=columns)
    return ESCAPES.sub("", sent).replace("\r", "").splitlines(), code, sent


def commands(lines: list[str]) -> list[str]:
    """Return the commands of the next steps, in their order."""
    return [line.strip() for line in lines[lines.index("  Next") :] if line.startswith(" " * 9)]


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = command.replace("geo-scaffold", f"{sys.executable} -m geo_scaffold", 1)
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("columns", [80, 120])
def test_what_needs_a_person_comes_first_and_the_rest_is_counted(tmp_path: Path, columns: int) -> None:
    lines, code, sent = shown(tmp_path, "new", "CoolWidget", "--yes", *TIME, columns=columns)
    assert code == 0
    assert "\x1b[33mopen" in sent
    piped = run(tmp_path / "cool_widget", "new", "CoolWidget", "--dry-run").stdout.splitlines()
    is_open = [line.split("\t")[2] for line in piped if line.startswith("open\t")]
    [first] = [line for line in lines if "the file is not in this tree" in line]
    assert first.split() == ["open", str(len(is_open)), *["entries:", "the", "file", "is", "not", "in", "this", "tree"]]
    told = " ".join(lines[lines.index(first) + 1 : lines.index("", lines.index(first))])
    assert [part.strip() for part in told.split(",")] == is_open
    counts = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if re.match(r"  [A-Z]\w+  ", line)}
    assert list(counts) == ["Schema", "Implementation", "Runtime", "Checklist"]
    assert lines.index(first) < next(i for i, line in enumerate(lines) if line.startswith("  Schema"))
    written = sum(int(found) for count in counts.values() for found in re.findall(r"(\d+) written", count))
    assert f"{written + 1} files written in cool_widget." in lines  # and the receipt
    assert not any(FINDER in line for line in lines)
    begin = next(number for number, line in enumerate(lines) if line.startswith("CoolWidget ("))  # below the notes
    assert max(len(line) for line in lines[begin:] if line.strip() not in commands(lines)) <= columns


def test_the_next_steps_run_as_they_stand(tmp_path: Path) -> None:
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--dry-run")
    assert list(tmp_path.iterdir()) == []
    [write] = commands(lines)
    assert in_shell(write, tmp_path).returncode == 0
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--yes")
    fill, decide, test = commands(lines)
    assert " ".join(lines).count("XXXXX") == " ".join(lines).count("XX.Y") == 1
    assert in_shell(fill.replace("NUMBER", "12").replace("MAJOR.MINOR", "16.3"), tmp_path).returncode == 0
    texts = b"".join(files_of(tmp_path / "cool_widget/gitlab").values())
    assert b"XXXXX" not in texts
    assert b"XX.Y" not in texts
    assert "batch-destroy (" in in_shell(decide, tmp_path).stdout
    assert test == "cd cool_widget/runtime && python -m pytest"
    assert (tmp_path / "cool_widget/runtime").is_dir()
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--yes")
    assert commands(lines) == [decide, test]


def test_the_next_steps_point_to_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a place").mkdir()
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--yes", "--into", "a place", "--phase", "schema")
    fill, *_ = commands(lines)
    assert fill.startswith("geo-scaffold new CoolWidget --into 'a place' --phase schema --mr ")
    done = in_shell(fill.replace("NUMBER", "12").replace("MAJOR.MINOR", "16.3"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_in_a_checkout_the_merge_request_comes_next(tmp_path: Path) -> None:
    make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    given = ("--kind", "blob", "--owner", "project", "--mr", "!1", "--phase", "schema", "--name", "cool_widget")
    lines, code, _ = shown(tmp_path, "new", "CoolWidget", "--into", "gitlab", "--yes", *given)
    assert code == 0
    for command in commands(lines):
        assert in_shell(command, tmp_path).returncode in (0, 1), command
    assert commands(lines)[-1] == "geo-scaffold mr CoolWidget --into gitlab --phase schema"


def test_v_shows_each_step(tmp_path: Path) -> None:
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--yes", "-v")
    piped = run(tmp_path, "new", "CoolWidget", "--dry-run").stdout.splitlines()
    rows = {tuple(line.split("\t")[1:3]) for line in piped if line.count("\t") > 1}
    assert rows
    assert rows <= {tuple(line.split()[1:]) for line in lines}


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_people_should_know_comes_before_the_result(tmp_path: Path, unbuffered: str) -> None:
    lines, _, _ = shown(tmp_path, "new", "CoolWidget", "--yes", PYTHONUNBUFFERED=unbuffered)
    assert lines[0].startswith("There is no GitLab checkout here")
    assert lines[1].startswith("CoolWidget (")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_nothing_steers_the_terminal(tmp_path: Path, environment: dict[str, Any]) -> None:
    for verb in ("new", "undo"):
        _, code, sent = shown(tmp_path, verb, "CoolWidget", "--yes", **environment)
        assert code == 0
        assert "\x1b" not in sent


def test_what_is_blocked_comes_before_what_is_open(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    (root / "ee/lib/gitlab/geo.rb").write_text("REPLICATOR_CLASSES = []\nREPLICATOR_CLASSES = []\n")
    (root / "ee/db/geo/structure.sql").unlink()
    lines, code, _ = shown(root, "new", "CoolWidget", "--kind", "blob", "--dry-run")
    assert code == 3
    rows = [line.split() for line in lines if re.match(r"    (blocked|open|planned) ", line)]
    assert rows[0] == ["blocked", "ee/lib/gitlab/geo.rb", "replicator-classes"]
    assert ["open", "ee/db/geo/structure.sql", "registry-structure"] in rows
    assert "  Next" not in lines  # it could not be written


def test_what_an_undo_keeps_comes_first(tmp_path: Path) -> None:
    run(tmp_path, "new", "CoolWidget")
    finder = tmp_path / "cool_widget" / FINDER
    finder.write_text("mine\n")
    lines, code, _ = shown(tmp_path, "undo", "CoolWidget", "--yes")
    assert code == 1
    assert next(line.split() for line in lines if FINDER in line) == ["kept", FINDER, "finder"]
    assert re.search(r"^\d+ files removed; what is kept stays in the receipt\.$", "\n".join(lines), re.MULTILINE)
    rows = [line.split(maxsplit=1)[0] for line in lines if re.match(r"  [A-Z]\w+ +\d+ file", line)]
    assert rows == ["Schema", "Implementation", "Runtime", "Checklist"]
    [again] = commands(lines)
    finder.unlink()
    assert in_shell(again, tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def two_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_checkout(tmp_path_factory.mktemp("screen") / "gitlab", CHECKOUT_18)
    for model in ("CoolWidget", "FineGadget"):
        new(root, model=model, kind="blob", owner="project", milestone="18.9", merge_request="!1")
    (root / "ee/app/finders/geo/cool_widget_registry_finder.rb").unlink()
    return root


def test_several_types_are_a_screenful(two_types: Path) -> None:
    lines, code, _ = shown(two_types, "checklist")
    assert code == 1
    [head] = [line for line in lines if line.startswith("CoolWidget (blob, not released): ")]
    assert lines[lines.index(head) + 1].split()[0] in ("breaking", "test", "doc")
    assert any("finder" in line.split() or "finder," in line.split() for line in lines)
    one, page = commands(lines)
    of_one = in_shell(one, two_types)
    assert of_one.returncode == 1
    assert of_one.stdout.startswith("CoolWidget (")
    assert in_shell(page.replace("geo.html", "../geo.html"), two_types).returncode == 1
    assert "FineGadget" in (two_types.parent / "geo.html").read_text()
    # A type that was named, -v, or a pipe: the table.
    for arguments in (("CoolWidget",), ("-v",)):
        lines, _, _ = shown(two_types, "checklist", *arguments)
        assert "  Implementation" in lines
    assert "  Implementation" in run(two_types, "checklist").stdout.splitlines()


def test_what_takes_long_says_how_far_it_is(two_types: Path) -> None:
    _, _, sent = shown(two_types, "checklist", "--all")
    assert re.search(r"Auditing types .*\d+/\d+", ESCAPES.sub("", sent))
    assert "Auditing" not in run(two_types, "checklist", "--all", GEO_SCAFFOLD_CACHE="").stderr
    for verb, what in (("facts", "Reading classes"), ("drift", "Comparing")):
        arguments = ("--all",) if verb == "facts" else ()
        _, _, sent = shown(two_types, verb, *arguments)
        assert what in sent
        _, _, sent = shown(two_types, verb, *arguments, "--json")
        assert what not in sent
