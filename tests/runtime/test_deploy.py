"""The files of `examples/deploy`: what they say is what the command reads, and what Compose and systemd take."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.main import get_command
from typer.testing import CliRunner

from geo_runtime.command.app import app
from geo_runtime.running import configuration
from geo_runtime.running.configuration import PREFIX, Configuration
from geo_runtime.site.jobs import Queue
from geo_runtime.site.settings import SiteSettings

DEPLOY = Path(__file__).parents[2] / "examples/deploy"
PROJECTS = ("primary", "secondary")
UNITS = ("geo-runtime.service", "geo-runtime-worker@.service")
URLS = {
    "main_url": "postgresql://geo:s3cret@127.0.0.1/main", "tracking_url": "postgresql://geo:s3cret@127.0.0.1/tracking",
    "store_url": "postgresql://geo:s3cret@127.0.0.1/store", "queue_url": "redis://:s3cret@127.0.0.1:6379/0",
}  # fmt: skip


def composed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose" / f"{name}.yaml")
    return document


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(DEPLOY / "systemd" / name)
    return parser


def check_command(words: list[str]) -> None:
    """Have the command line read some arguments of `geo-runtime`, and do nothing."""
    command, context = get_command(app), None
    while hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"{name}: {sorted(command.commands)}"
        command = command.commands[name]
    context = command.make_context("geo-runtime", [word.replace("%i", "sync") for word in words])
    assert set(context.params.get("queue") or ()) <= set(Queue)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_compose_file_is_one(name: str) -> None:
    problems = Draft202012Validator(get_builtin_schema("vendor.compose-spec")).iter_errors(composed(name))
    assert [f"{list(problem.absolute_path)}: {problem.message}" for problem in problems] == []


@pytest.mark.parametrize("name", PROJECTS)
def test_what_a_compose_file_names_is_there(name: str) -> None:
    document = composed(name)
    services = document["services"]
    for service, each in services.items():
        assert set(each.get("secrets", ())) <= set(document["secrets"]), service
        assert set(each.get("depends_on", ())) <= set(services), service
        for needed, how in each.get("depends_on", {}).items():
            assert (how["condition"] == "service_healthy") == ("healthcheck" in services[needed]), (service, needed)
        for volume in each.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in document["volumes"] or source == "./types" or (DEPLOY / "compose" / source).exists(), (
                volume
            )
        if each["image"] == "geo-runtime":
            check_command(list(each["command"]))
    assert {secret for each in services.values() for secret in each.get("secrets", ())} == set(document["secrets"])


@pytest.mark.parametrize("name", PROJECTS)
def test_all_queues_have_a_worker(name: str) -> None:
    workers = [
        list(service["command"])
        for service in composed(name)["services"].values()
        if "worker" in service.get("command", ())
    ]
    of_each = [set(words[2::2]) if len(words) > 1 else set(Queue) for words in workers]
    assert set.union(*of_each) == set(Queue)
    text = (DEPLOY / "systemd/geo-runtime.target").read_text()
    assert set(re.findall(r"geo-runtime-worker@([a-z]+)\.service", text)) == set(Queue)


@pytest.mark.parametrize("name", PROJECTS)
def test_settings_are_read(name: str, tmp_path: Path) -> None:
    """Both ways to give them come to the same site; only where it serves, and from where it is called, differ."""
    for secret, url in URLS.items():
        (tmp_path / secret).write_text(url)
    text = (DEPLOY / f"{name}.toml").read_text()
    pem, key = (tmp_path / each for each in ("tls.pem", "tls.key"))
    if "tls" in text:
        from .test_configuration import certificate

        pem, key = certificate(tmp_path)
    settings = tmp_path / f"{name}.toml"
    settings.write_text(
        text.replace("/etc/geo-runtime/tls.pem", str(pem)).replace("/etc/geo-runtime/tls.key", str(key))
    )
    by_file = configuration.read(settings, {variable.upper(): url for variable, url in URLS.items()})
    given = composed(name)["services"]["serve"]["environment"]
    assert all(variable.startswith(PREFIX) for variable in given)
    environ = {variable: value.replace("/run/secrets", str(tmp_path)) for variable, value in given.items()}
    by_environment = configuration.read(None, environ)
    assert settings_of(by_file) == settings_of(by_environment)
    assert (by_file.site.tracking_url is not None) == (name == "secondary") == by_file.site.main_read_only


def settings_of(found: Configuration) -> tuple[object, ...]:
    site = found.site
    urls = (site.main_url, site.tracking_url, site.store_url, found.queue)
    return (*urls, site.node_name, found.types, found.path, site.storages, site.uploads, site.hosts, found.threads)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_the_command(name: str) -> None:
    service = unit(name)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/geo-runtime")
    check_command(words)
    assert service["KillMode"] == "mixed"  # git's parent stops it
    assert float(service["TimeoutStopSec"]) > configuration.SETTINGS["grace"].default
    folders = service["ReadWritePaths"].split()
    for project in PROJECTS:
        for path in re.findall(r'(?:default|uploads) = "([^"]+)"', (DEPLOY / f"{project}.toml").read_text()):
            assert any(Path(path).is_relative_to(folder) for folder in folders), path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """All but where the command lies, which systemd looks for."""
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/opt/geo/venv/bin/geo-runtime", sys.executable)
        (tmp_path / path.name.replace("@.", "@sync.")).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *sorted(str(path) for path in tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_of_the_page_are_ours() -> None:
    text = (DEPLOY / "README.md").read_text()
    blocks = "\n".join(re.findall(r"```shell\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    lines = [line.split(" #")[0] for line in blocks.splitlines()]
    ours = [line[4:] for line in lines if line.startswith("geo ")]
    ours += [line.partition("--rm serve ")[2] for line in lines if "--rm serve " in line]
    assert len(ours) >= 10
    for line in ours:
        check_command(shlex.split(line))
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (DEPLOY / link).exists(), link


def default_of(name: str, setting: configuration.Setting) -> str:
    """Return the page's text about the default of a setting; empty if there is none."""
    if setting.is_needed:
        return "; must be set"
    value = getattr(SiteSettings, name, None) if setting.default is None else setting.default
    if isinstance(value, Mapping):
        value = [f"{key} {each}" for key, each in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = ", ".join(value)
    return "" if value is None or value is False or value == "" else f"; by default {value}"


def test_the_page_has_every_setting() -> None:
    """Written from the program; what it should be is what the failure shows."""
    rows = [
        f"| `{name}` | {setting.about}{default_of(name, setting)} | {setting.reader.must} |"
        for name, setting in configuration.SETTINGS.items()
    ]
    table = "\n".join(["| setting | what for | what it is |", "|---|---|---|", *rows])
    assert table in (DEPLOY / "README.md").read_text(), table


def test_the_pair_on_one_machine_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page says is done, with a type of the tests; nothing is served."""
    text = (DEPLOY / "README.md").read_text().partition("## On one machine")[2].partition("\n## ")[0]
    for old, new in {
        "/tmp/geo": str(tmp_path), "cool_widgets:TYPE": "runtime.widgets:WIDGET_FILE",
        '"cool_widget/runtime"': f'"{Path(__file__).parents[1]}"', "cool_widget": "widget_file",
    }.items():  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    blocks = dict.fromkeys(("shell", "toml"), "")
    for language, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        blocks[language] += block
        if language == "toml":
            (tmp_path / block.split()[1]).write_text(block)
    monkeypatch.chdir(tmp_path)
    for line in blocks["shell"].splitlines():
        program, *words = shlex.split(line, comments=True)
        if program == "mkdir":
            for folder in words[1:]:
                Path(folder).mkdir(parents=True)
        elif program == "geo-runtime" and words[0] in ("serve", "check"):
            check_command(words)
        elif program == "geo-runtime":
            done = CliRunner().invoke(app, words)
            assert (done.exit_code, done.exception) == (0, None), done.output
    assert len([path for path in (tmp_path / "berlin/uploads").rglob("*") if path.is_file()]) == 3
    assert configuration.read(Path("paris.toml")).site.main_read_only


@pytest.mark.parametrize("path", [*DEPLOY.glob("*/*.sh")], ids=lambda path: path.name)
def test_scripts_are_of_the_shell(path: Path) -> None:
    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.stat().st_mode & 0o111


def test_the_schema_refuses() -> None:
    """The basis of the first test: a key that Compose does not know is detected."""
    wrong = composed("primary")
    wrong["services"]["serve"]["healthchek"] = {}
    assert list(Draft202012Validator(get_builtin_schema("vendor.compose-spec")).iter_errors(wrong))
