"""`geo-scaffold new` and `undo`, as a shell, a pipe, a program and a person at a terminal see them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
import typer

from geo_scaffold.cli.app import VERBS, command_line
from geo_scaffold.edition import available_editions, default_edition
from geo_scaffold.kinds import generated
from geo_scaffold.phases import Phase
from waiting import PATIENCE_S

from .forks import geo_scaffold

COMMAND = [sys.executable, "-m", "geo_scaffold"]
TIME = ("--timestamp", "20230101000000")
FINDER = "gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb"
NO_CHECKOUT = (
    f"There is no GitLab checkout here, so edition {default_edition()} is used;"
    f" --gitlab {available_editions()[-1]} selects the newest"
)
"""What the first run outside a checkout says on standard error, where nobody named a version."""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return geo_scaffold(*arguments, folder=folder, environment={**os.environ, **environment})


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def checkout_in(folder: Path) -> Path:
    (folder / "ee/lib/gitlab").mkdir(parents=True)
    (folder / "VERSION").write_text("16.3.0\n")
    (folder / "ee/lib/gitlab/geo.rb").write_text("REPLICATOR_CLASSES = []\n")
    return folder


def at_terminal(folder: Path, *arguments: str, **environment: str) -> "pexpect.spawn[str]":
    return pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *arguments],
        cwd=str(folder),
        encoding="utf-8",
        dimensions=(60, 160),
        env={**os.environ, "TERM": "xterm-256color", **environment},
        timeout=PATIENCE_S,
    )


def ended(terminal: "pexpect.spawn[str]") -> int | None:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus


def test_in_a_pipe_it_is_plain_lines_and_what_is_left(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "CoolWidget", *TIME)
    assert (done.returncode, done.stderr) == (0, f"{NO_CHECKOUT}\n")
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert f"written\t{FINDER}\tfinder" in lines
    assert "open\tgitlab/ee/lib/gitlab/geo.rb\treplicator-classes\tthe file is not in this tree" in lines
    written = [line for line in lines if line.startswith("written\t")]
    assert f"{len(written) + 1} files written in cool_widget." in lines  # and the receipt
    assert (
        "To run its tests: cd cool_widget/runtime && python -m pytest (with geo-scaffold[runtime] installed)" in lines
    )
    entries = len([line for line in lines if line.startswith("open\t")])
    assert (
        f"{entries} entries of existing files are left to you: cool_widget/CHECKLIST.md has the lines to paste."
        in lines
    )
    assert re.search(r"^XX\.Y is in \d+ files: give --milestone, now or in another run\.$", done.stdout, re.MULTILINE)
    again = run(tmp_path, "new", "CoolWidget")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines()[0] == "cool_widget is up to date; nothing was written."
    undone = run(tmp_path, "undo", "CoolWidget")
    assert undone.returncode == 0
    assert len([line for line in undone.stdout.splitlines() if line.startswith("removed\t")]) == len(written)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "CoolWidget", "--dry-run")
    assert done.returncode == 0
    assert f"planned\t{FINDER}\tfinder" in done.stdout.splitlines()
    counts = [len(re.findall(rf"^{each}\t", done.stdout, re.MULTILINE)) for each in ("planned", "open")]
    assert "cool_widget: {} planned, {} open.".format(*counts) in done.stdout
    assert done.stdout.splitlines()[-1] == "Nothing was written."
    assert list(tmp_path.iterdir()) == []
    run(tmp_path, "new", "CoolWidget")
    before = files_of(tmp_path)
    undone = run(tmp_path, "undo", "CoolWidget", "--dry-run")
    assert undone.returncode == 0
    assert files_of(tmp_path) == before


def test_the_diff_is_what_git_applies(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()

    def apply(diff: str) -> None:
        subprocess.run(["git", "apply"], cwd=there, input=diff, text=True, check=True)

    apply(run(here, "new", "CoolWidget", *TIME, "--diff").stdout)
    assert list(here.iterdir()) == []
    run(here, "new", "CoolWidget", *TIME)
    assert files_of(there) == files_of(here)
    changes = run(here, "new", "CoolWidget", "--milestone", "16.3", "--diff").stdout
    assert "-milestone: 'XX.Y'\n+milestone: '16.3'\n" in changes
    apply(changes)
    run(here, "new", "CoolWidget", "--milestone", "16.3")
    assert files_of(there) == files_of(here)
    apply(run(here, "undo", "CoolWidget", "--diff").stdout)
    assert (files_of(there), files_of(here) != {}) == ({}, True)


def test_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "CoolWidget", "--json")
    assert (done.returncode, done.stderr) == (0, f"{NO_CHECKOUT}\n")
    document = json.loads(done.stdout)
    assert list(document) == ["schema", "model", "edition", "kind", "names", "operations", "written"]
    assert (document["schema"], document["model"], document["edition"], document["kind"], document["written"]) == (
        1,
        "CoolWidget",
        "16",
        "repository",
        True,
    )
    assert document["names"]["registry_table"] == "cool_widget_registry"
    assert {tuple(operation) for operation in document["operations"]} == {
        ("id", "op", "path", "status", "message", "snippet")
    }
    by_id = {operation["id"]: operation for operation in document["operations"]}
    assert by_id["replicator-classes"]["status"] == "open"
    assert by_id["replicator-classes"]["snippet"] == "::Geo::CoolWidgetReplicator\n"
    assert by_id["finder"] == {
        "id": "finder",
        "op": "create",
        "path": FINDER,
        "status": "planned",
        "message": "",
        "snippet": "",
    }
    again = json.loads(run(tmp_path, "new", "CoolWidget", "--json").stdout)
    assert again["written"] is False
    assert {operation["status"] for operation in again["operations"]} == {"unchanged", "open"}
    undone = json.loads(run(tmp_path, "undo", "CoolWidget", "--json").stdout)
    assert {operation["status"] for operation in undone["operations"]} == {"removed"}


def test_the_edition_is_reported_until_somebody_chose_one(tmp_path: Path) -> None:
    assert NO_CHECKOUT in run(tmp_path, "new", "CoolWidget", "--dry-run").stderr.splitlines()
    newest = available_editions()[-1]
    for version in (newest, default_edition()):
        named = run(tmp_path, "new", "CoolWidget", "--gitlab", version, "--dry-run", "--json")
        assert (json.loads(named.stdout)["edition"], named.stderr) == (version, "")


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["new", "cool widget"], 2, "name"),
        (["new", "DNSRecord"], 2, "name"),
        (["new", "CoolWidget", "--kind", "container"], 2, "usage"),
        (["new", "CoolWidget", "--nonsense"], 2, "usage"),
        (["new", "CoolWidget", "--milestone", "soon"], 2, "usage"),
        (["new", "CoolWidget", "--only", "nonsense"], 2, "usage"),
        (["new", "CoolWidget", "--into", "nowhere"], 2, "usage"),
        (["new", "CoolWidget", "--on-conflict", "ask"], 2, "usage"),
        (["new"], 2, "usage"),
        (["undo", "CoolWidget"], 2, "usage"),
        (["names", "CoolWidget", "--set", "nonsense=1"], 2, "usage"),
    ],
)
def test_errors_for_people_and_programs(tmp_path: Path, arguments: list[str], code: int, error: str) -> None:
    for_people = run(tmp_path, *arguments)
    assert for_people.returncode == code
    assert for_people.stdout == ""
    assert "Traceback" not in for_people.stderr
    assert re.search(r"^error: |^Error: ", for_people.stderr, re.MULTILINE | re.IGNORECASE)
    for_programs = run(tmp_path, *arguments, "--json")
    assert for_programs.returncode == code
    assert for_programs.stderr == ""
    document = json.loads(for_programs.stdout)
    assert document["schema"] == 1
    assert list(document["error"]) == ["code", "message", "path", "remedy"]
    assert document["error"]["code"] == error
    assert list(tmp_path.iterdir()) == []


def test_blocked_writes_nothing_unless_partly_is_enough(tmp_path: Path) -> None:
    checkout_in(tmp_path)
    before = files_of(tmp_path)
    assert run(tmp_path, "new", "CoolWidget", "--kind", "repository", "--dry-run").returncode == 3
    refused = run(tmp_path, "new", "CoolWidget", "--kind", "repository")
    assert (refused.returncode, refused.stdout) == (3, "")
    note, error, _ = refused.stderr.splitlines()
    assert note.startswith("there is no app/models/cool_widget.rb; ")
    assert error.startswith("error: ee/lib/gitlab/geo.rb: ")
    assert "--allow-partial" in refused.stderr
    document = json.loads(run(tmp_path, "new", "CoolWidget", "--kind", "repository", "--json").stdout)
    assert document["written"] is False
    assert files_of(tmp_path) == before
    assert run(tmp_path, "new", "CoolWidget", "--kind", "repository", "--allow-partial", "--dry-run").returncode == 0
    partly = run(tmp_path, "new", "CoolWidget", "--kind", "repository", "--allow-partial")
    assert partly.returncode == 1
    assert (tmp_path / "ee/app/finders/geo/cool_widget_registry_finder.rb").is_file()
    assert run(tmp_path, "undo", "CoolWidget").returncode == 0
    assert files_of(tmp_path) == before


def test_a_conflict_and_its_policies(tmp_path: Path) -> None:
    theirs = tmp_path / "cool_widget" / FINDER
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs\n")
    refused = run(tmp_path, "new", "CoolWidget")
    assert refused.returncode == 3
    assert refused.stderr.splitlines() == [
        NO_CHECKOUT,
        f"error: {FINDER}: another file with this name exists; nothing was written",
        "  See it with --diff --on-conflict force, then choose skip or force",
    ]
    assert run(tmp_path, "new", "CoolWidget", "--dry-run").returncode == 3
    assert "-theirs" in run(tmp_path, "new", "CoolWidget", "--diff", "--on-conflict", "force").stdout
    assert run(tmp_path, "new", "CoolWidget", "--on-conflict", "skip").returncode == 0
    assert theirs.read_text() == "theirs\n"
    assert run(tmp_path, "new", "CoolWidget", "--on-conflict", "force").returncode == 0
    assert "FrameworkRegistryFinder" in theirs.read_text()
    assert run(tmp_path, "undo", "CoolWidget").returncode == 0
    assert files_of(tmp_path) == {f"cool_widget/{FINDER}": b"theirs\n"}


def test_contradictions_and_kept_files(tmp_path: Path) -> None:
    run(tmp_path, "new", "CoolWidget")
    refused = run(tmp_path, "new", "CoolWidget", "--kind", "blob", "--json")
    assert refused.returncode == 3
    assert json.loads(refused.stdout)["error"]["code"] == "contradiction"
    (tmp_path / "cool_widget" / FINDER).write_text("mine\n")
    kept = run(tmp_path, "undo", "CoolWidget")
    assert kept.returncode == 1
    assert f"kept\t{FINDER}\tfinder\tedited since, kept" in kept.stdout.splitlines()


def test_a_broken_pipe_is_no_trouble(tmp_path: Path) -> None:
    named = f"new CoolWidget --diff --gitlab {default_edition()}"
    for reader, arguments in (("head -c 10", named), ("true", "names CoolWidget")):
        pipeline = f"set -o pipefail; {' '.join(COMMAND)} {arguments} | {reader}"
        closed = subprocess.run(["bash", "-c", pipeline], cwd=tmp_path, capture_output=True, check=False)
        assert (closed.returncode, closed.stderr) == (141, b"")


def test_at_a_terminal_it_asks_and_shows_what_is_left_first(tmp_path: Path) -> None:
    terminal = at_terminal(tmp_path, "new", "CoolWidget")
    terminal.expect("What does a record have")
    terminal.sendline("wrong")
    terminal.expect("Please answer repository or blob")
    terminal.sendline("b")
    terminal.expect("What does a record belong to")
    terminal.sendline("project, none")
    terminal.expect("Please answer one or more of project, group, organization, user, none, later")
    terminal.sendline("g, proj")
    terminal.expect(r"Write \d+ files \(schema: \d+, implementation: \d+\) to .*cool_widget\?")
    terminal.sendline("y")
    terminal.expect(r"\d+ files written in cool_widget")
    assert "\x1b[33mopen" in str(terminal.before)
    assert ended(terminal) == 0
    receipt = json.loads((tmp_path / "cool_widget/.geo-scaffold/cool_widget.json").read_text())
    assert (receipt["answers"]["kind"], receipt["answers"]["owner"]) == ("blob", ["project", "group"])
    again = at_terminal(tmp_path, "new", "CoolWidget")
    again.expect("cool_widget is up to date")
    assert ended(again) == 0
    undo = at_terminal(tmp_path, "undo", "CoolWidget")
    undo.expect(r"Take back \d+ files in .*cool_widget\?")
    undo.sendline("n")
    undo.expect("declined; nothing was written")
    assert ended(undo) == 3
    undo = at_terminal(tmp_path, "undo", "CoolWidget", "--yes", NO_COLOR="1")
    assert ended(undo) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("answer", "code"), [("n\r", 3), ("\x04", 130), ("\x03", 130)])
def test_no_is_no(tmp_path: Path, answer: str, code: int) -> None:
    terminal = at_terminal(tmp_path, "new", "CoolWidget", "--kind", "repository", "--owner", "none")
    terminal.expect(r"Write \d+ files")
    terminal.send(answer)
    assert ended(terminal) == code
    assert list(tmp_path.iterdir()) == []


def test_the_conflict_menu(tmp_path: Path) -> None:
    target = tmp_path / "cool_widget"
    paths = [target / FINDER, target / "gitlab/ee/app/models/geo/cool_widget_state.rb", target / "CHECKLIST.md"]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs\n")
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\necho "# edited" >> "$1"\n')
    editor.chmod(0o755)
    arguments = ("new", "CoolWidget", "--kind", "repository", "--owner", "none")
    quitting = at_terminal(tmp_path, *arguments)
    quitting.expect(r"Overwrite\? \[y,n,a,d,e,q,\?\]")
    quitting.sendline("?")
    quitting.expect("quit: write nothing at all")
    quitting.sendline("q")
    quitting.expect("quit; nothing was written")
    assert ended(quitting) == 3
    assert len(files_of(target)) == 3
    terminal = at_terminal(tmp_path, *arguments, EDITOR=str(editor), VISUAL="")
    terminal.expect("cool_widget_state.rb: another file with this name exists")
    terminal.expect("Overwrite")
    terminal.sendline("d")
    terminal.expect(r"\x1b\[31m-theirs")
    terminal.expect("Overwrite")
    terminal.sendline("e")
    terminal.expect("Overwrite")
    terminal.sendline("y")
    terminal.expect("cool_widget_registry_finder.rb: another file with this name exists")
    terminal.expect("Overwrite")
    terminal.sendline("n")
    terminal.expect("CHECKLIST.md: another file with this name exists")
    terminal.sendline("a")
    terminal.expect(r"Write \d+ files")
    terminal.sendline("")
    assert ended(terminal) == 0
    assert paths[0].read_text() == "theirs\n"
    assert paths[1].read_text().endswith("end\n# edited\n")
    assert paths[2].read_text().startswith("## Replicate Cool Widgets")
    assert run(tmp_path, "new", "CoolWidget").returncode == 3  # the finder is still somebody else's
    assert run(tmp_path, "undo", "CoolWidget").returncode == 0
    assert set(files_of(target).values()) == {b"theirs\n"}


def test_help_has_examples(tmp_path: Path) -> None:
    for verb in ("new", "undo", "release", "mr"):
        text = run(tmp_path, verb, "--help").stdout
        assert "Examples:" in text
        assert f"  geo-scaffold {verb} CoolWidget" in text


def test_completion_knows_verbs_options_and_values(tmp_path: Path) -> None:
    def completed(words: str) -> set[str]:
        asked = {"_GEO_SCAFFOLD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        script = "import sys; sys.argv = ['geo-scaffold']; from geo_scaffold.cli import main; main()"
        command = [sys.executable, "-c", script]
        environment = {**os.environ, **asked}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return set(done.stdout.split())

    assert completed("geo-scaffold ") == {*VERBS}
    assert "--on-conflict" in completed("geo-scaffold new CoolWidget --on")
    assert completed("geo-scaffold new CoolWidget --kind ") == set(generated())
    assert completed("geo-scaffold mr CoolWidget --phase ") == {*Phase}


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "<&- >/dev/null", "2>&- >/dev/null"])
def test_what_cannot_be_shown_is_done_all_the_same(tmp_path: Path, redirection: str) -> None:
    command = f"{' '.join(COMMAND)} new CoolWidget --json {redirection}"
    done = subprocess.run(command, cwd=tmp_path, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert (tmp_path / "cool_widget/CHECKLIST.md").is_file()
    if "full" in redirection:
        assert done.returncode == 74
        assert done.stderr.splitlines() == [
            NO_CHECKOUT,
            "error: the output cannot be written: No space left on device",
            "  The command itself succeeded; send its output somewhere with free space",
        ]
    else:
        assert done.returncode == 0


def test_somebody_elses_file_does_not_steer_the_terminal(tmp_path: Path) -> None:
    theirs = tmp_path / "cool_widget" / FINDER
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"\x1b]0;owned\x07\n")
    terminal = at_terminal(tmp_path, "new", "CoolWidget", "--diff", "--on-conflict", "force")
    terminal.expect(r"-\\x1b\]0;owned\\x07")
    assert ended(terminal) == 0


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    command = f"cd gone && rmdir ../gone && {' '.join(COMMAND)} new CoolWidget"
    done = subprocess.run(command, cwd=tmp_path, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the current folder is gone")


def test_a_table_of_states_without_a_sharding_key_is_asked_for_by_one_option(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "CoolWidget", "--kind", "blob", "--no-sharding-key", *TIME, "--yes")
    assert (done.returncode, done.stderr) == (0, f"{NO_CHECKOUT}\n")
    receipt = json.loads((tmp_path / "cool_widget/.geo-scaffold/cool_widget.json").read_text())
    assert receipt["answers"]["sharding_keys"] == []
    done = run(tmp_path, "new", "CoolWidget", "--no-sharding-key", "--sharding-key", "project_id")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "error: --no-sharding-key contradicts --sharding-key project_id",
    )


def test_each_option_is_a_word_that_the_command_line_takes() -> None:
    """Typer takes `/--no-it` for the name of one option, slash and all."""
    commands = typer.main.get_command(command_line([], completes=True)).commands  # type: ignore[attr-defined]
    options = {name for command in commands.values() for param in command.params for name in _spelled(param)}
    assert "--no-sharding-key" in options
    assert [option for option in options if not re.fullmatch(r"-[a-z]|--[a-z]+(-[a-z]+)*", option)] == []


def _spelled(parameter: Any) -> list[str]:
    is_option = parameter.param_type_name == "option"
    return [*parameter.opts, *parameter.secondary_opts] if is_option else []
