"""`geo-scaffold names` and what every command shares, as a user's shell sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from geo_scaffold import __version__
from geo_scaffold.cli.app import VERBS, command_line
from waiting import PATIENCE_S

from .forks import geo_scaffold


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return geo_scaffold(*arguments, folder=Path.cwd(), environment=os.environ)


def test_the_spellings_of_a_namespaced_model_as_json() -> None:
    done = run("names", "Packages::Nuget::Symbol", "--title", "NuGet Symbol", "--factory", "nuget_symbol", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert document["model"] == "Packages::Nuget::Symbol"
    names = document["names"]
    assert names["name"] == "packages_nuget_symbol"
    assert names["state_class"] == "Geo::PackagesNugetSymbolState"
    assert names["title_plural"] == "NuGet Symbols"
    assert names["factory"] == "nuget_symbol"


INTERRUPTED = """
import sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "geo_scaffold.cli.app":
            exec("raise KeyboardInterrupt")
sys.meta_path.insert(0, Finder())
"""


def test_an_interruption_while_text_is_executed_has_the_same_code(tmp_path: Path) -> None:
    """As when dataclasses are made: `python -m` would end by SIGINT."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "-m", "geo_scaffold", "names", "CoolWidget"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_pipe_gets_tabs_and_no_colour() -> None:
    done = run("names", "CoolWidget")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert dict(line.split("\t") for line in done.stdout.splitlines())["registry_table"] == "cool_widget_registry"


def test_a_terminal_gets_groups_and_what_was_given() -> None:
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "geo_scaffold", "names", "Upload", "--set", "registry_table=file_registry"],
        encoding="utf-8",
        dimensions=(100, 140),
        env=os.environ | {"TERM": "xterm-256color"},
        timeout=PATIENCE_S,
    )
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    assert "Registry" in shown
    assert [line for line in shown.splitlines() if "file_registry" in line and "(given)" in line]


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        (["DNSRecord"], "DNSRecord", "--acronym DNS"),
        (["cool_widget"], "cool_widget", "CoolWidget"),
        (["CoolWidget", "--set", "oops"], "KEY=VALUE", "--set registry_table="),
        (["CoolWidget", "--set", "name=a", "--set", "name=b"], "twice", "once"),
        (["CoolWidget", "--title", "Cool `Widget`"], "title", ""),
    ],
)
def test_a_name_that_cannot_be_used_is_two_lines_and_exit_2(arguments: list[str], message: str, remedy: str) -> None:
    done = run("names", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr.splitlines()[0]
    assert remedy in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_an_error_as_json_is_on_standard_output_alone() -> None:
    done = run("names", "DNSRecord", "--json")
    assert (done.returncode, done.stderr) == (2, "")
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    assert document["error"]["code"] == "name"
    assert document["error"]["remedy"]


def test_version_and_help() -> None:
    assert run("--version").stdout == f"geo-scaffold {__version__}\n"
    shown = run("names", "--help").stdout
    assert "geo-scaffold names Packages::Nuget::Symbol" in shown
    assert "  geo-scaffold names Upload --set registry_table=file_registry --json\n" in shown
    assert "--set KEY=VALUE" in shown


def test_the_list_of_verbs_is_the_same_where_their_options_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    listed = []
    for arguments in ((), ("--help",), ("--", *VERBS)):
        command_line(arguments)(["--help"], prog_name="geo-scaffold", standalone_mode=False)
        listed.append(capsys.readouterr().out)
    assert set(listed[1:]) == {listed[0]}
    assert all(f"  {verb} " in listed[0] for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_is_asked_for_has_its_options(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for arguments, completes in (((verb,), False), (("--", verb), False), ((), True)):
        command_line(arguments, completes=completes)([verb, "--help"], prog_name="geo-scaffold", standalone_mode=False)
        shown.append(capsys.readouterr().out)
    assert set(shown) == {shown[0]}
    assert f"geo-scaffold {verb} " in shown[0]
    assert shown[0].count("  --") > 1


def test_shell_completion_knows_the_commands() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("geo-scaffold")],  # the variable is named after the program that is started
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {"_GEO_SCAFFOLD_COMPLETE": "complete_bash", "COMP_WORDS": "geo-scaffold na", "COMP_CWORD": "1"},
    )
    assert done.stdout.split() == ["names"]


def test_help_and_an_error_in_usage_load_nothing_heavy() -> None:
    code = (
        "import sys\nfrom geo_scaffold.cli.app import command_line\ncommand_line((), completes=True)\n"
        "heavy = {'inflect', 'jinja2', 'rich', 'pydantic', 'ruamel', 'black'} & set(sys.modules)\n"
        "heavy |= {'geo_scaffold.checkout', 'geo_scaffold.commit', 'geo_scaffold.edition'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("arguments", [("names", "CoolWidget"), ("new", "CoolWidget", "--dry-run", "--json")])
def test_without_a_checkout_nothing_loads_the_ruby_parser(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom geo_scaffold.cli import main\n"
        "try:\n    main()\nfinally:\n    print('tree_sitter' in sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout
    assert done.stderr.splitlines()[-1] == "False"


def test_ctrl_c_while_starting_is_exit_130_without_a_traceback() -> None:
    code = (
        "import builtins, sys\nfrom geo_scaffold.cli import main\n"
        "def interrupted(name, *rest, original=builtins.__import__):\n"
        "    if name == 'typer': raise KeyboardInterrupt\n"
        "    return original(name, *rest)\n"
        "builtins.__import__ = interrupted\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
