"""`geo-scaffold checklist`, its formats and its examples for CI, as a user's shell and GitLab see them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pexpect
import pytest
from ruamel.yaml import YAML

from geo_scaffold.cli.formats import render
from geo_scaffold.edition import Level
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist.items import Item, Report, State, TypeReport
from verbs.conftest import commit_all, make_checkout, new
from waiting import PATIENCE_S

from .conftest import EXAMPLES, FINDER, QUIET, shell
from .forks import geo_scaffold

HOSTILE = "ee/app/graphql/resolvers/geo/cool_widget_registries_resolver.rb"


def run(*arguments: str | Path, stdin: str = "", env: Mapping[str, str] = QUIET) -> subprocess.CompletedProcess[str]:
    return geo_scaffold("checklist", *map(str, arguments), folder=Path.cwd(), environment=env, stdin=stdin)


def make(folder: Path, **options: Any) -> Path:
    root = make_checkout(folder)
    given = {"owner": "project", "milestone": "16.3", "merge_request": "https://gitlab.com/g/p/-/merge_requests/1"}
    new(root, **{**given, **options})
    return root


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("complete") / "gitlab")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make(tmp_path_factory.mktemp("damaged") / "gitlab", kind="blob")
    (root / FINDER).unlink()
    hostile = root / HOSTILE
    hostile.write_text(hostile.read_text().replace("BaseResolver", "B") + "\n")
    return root


def test_complete_is_0_open_is_1_and_strict_counts_decisions(complete: Path, damaged: Path) -> None:
    done = run("--into", complete)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "CoolWidget (repository, not released)"
    assert done.stdout.endswith("Nothing is open.\n")
    assert run("--into", complete, "--strict").returncode == 1
    assert run("--into", damaged).returncode == 1


def test_the_table_fits_80_columns_and_shows_what_is_open(damaged: Path) -> None:
    done = run("--into", damaged)
    assert "\x1b" not in done.stdout
    long = [line for line in done.stdout.splitlines() if len(line) > 80 and "> " not in line and "ee/" not in line]
    assert long == []
    assert "missing    finder (breaking)" in done.stdout
    assert FINDER in done.stdout
    assert "> geo-scaffold new CoolWidget --only finder" in done.stdout
    assert "inherits from B instead of BaseResolver" in " ".join(done.stdout.split())
    assert "registry-migration" not in done.stdout
    assert "done       registry-migration" in run("--into", damaged, "-v").stdout


def test_a_remedy_is_above_where_it_is_said_to_be() -> None:
    """What is done has its command too, and is listed without it."""

    def item(artifact: str, state: State) -> Item:
        return Item(artifact, f"Do `{artifact}`.", Phase.SCHEMA, Level.TEST, state, remedy="geo-scaffold new Steam")

    items = (item("a", State.DONE), item("b", State.MISSING), item("c", State.MISSING))
    report = TypeReport("Steam", "steam", "Steam", "blob", is_released=False, items=items)
    told = render(Report("18", (report,)), "table", strict=False, verbose=True, colour=False)
    assert told.count("> geo-scaffold new Steam") == 1
    assert told.index("> geo-scaffold new Steam") < told.index("> as above")


def test_a_terminal_gets_colour(damaged: Path) -> None:
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "geo_scaffold", "checklist", "--into", str(damaged)],
        encoding="utf-8",
        dimensions=(100, 100),
        env=QUIET | {"TERM": "xterm-256color"},
        timeout=PATIENCE_S,
    )
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 1
    assert "\x1b[31mmissing" in shown


def test_json_is_the_contract(damaged: Path) -> None:
    done = run("--into", damaged, "--json")
    assert (done.returncode, done.stderr) == (1, "")
    document = json.loads(done.stdout)
    assert set(document) == {"schema", "edition", "types", "summary"}
    assert (document["schema"], document["edition"]) == (1, "16")
    [found] = document["types"]
    assert {key: found[key] for key in ("model", "name", "kind", "released")} == {
        "model": "CoolWidget",
        "name": "cool_widget",
        "kind": "blob",
        "released": False,
    }
    keys = {"id", "title", "phase", "level", "status", "path", "line", "message", "remedy", "before"}
    assert all(set(item) == keys for item in found["items"])
    assert sum(document["summary"].values()) == len(found["items"])
    assert document["summary"]["missing"] == document["summary"]["differs"] == 1
    assert done.stdout == run("--into", damaged, "--format", "json").stdout


def test_junit_as_gitlab_parses_it(damaged: Path) -> None:
    text = run("--into", damaged, "--format", "junit").stdout
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    [suite] = root
    cases = list(suite)
    assert {case.tag for case in cases} == {"testcase"}
    assert all(case.get("name") and case.get("classname") for case in cases)
    failed = {case.get("name"): case for case in cases if case.find("failure") is not None}
    assert set(failed) == {"finder", "resolver"}
    assert failed["finder"].get("file") == FINDER
    assert suite.get("failures") == "2"
    assert int(suite.get("skipped", "")) == len([case for case in cases if case.find("skipped") is not None])
    strict = ElementTree.fromstring(run("--into", damaged, "--format", "junit", "--strict").stdout)
    assert int(strict[0].get("failures", "")) > 2


def test_code_quality_as_gitlab_validates_it(damaged: Path) -> None:
    entries = json.loads(run("--into", damaged, "--format", "codequality").stdout)
    assert len(entries) == 2
    for entry in entries:
        assert all(isinstance(entry[key], str) and entry[key] for key in ("description", "fingerprint", "severity"))
        assert entry["severity"] in {"blocker", "critical", "major", "minor", "info", "unknown"}
        assert isinstance(entry["location"]["path"], str)
        assert isinstance(entry["location"]["lines"]["begin"], int)
    strict = json.loads(run("--into", damaged, "--format", "codequality", "--strict").stdout)
    prints = [entry["fingerprint"] for entry in strict]
    assert len(set(prints)) == len(prints) > 2
    assert {entry["fingerprint"] for entry in entries} <= set(prints)


def test_fingerprints_stay_while_lines_move(tmp_path: Path) -> None:
    root = make(tmp_path / "gitlab")
    geo = root / "ee/lib/gitlab/geo.rb"
    geo.write_text(re.sub(r",\n +::Geo::CoolWidgetReplicator", "", geo.read_text()))
    before = json.loads(run("--into", root, "--format", "codequality").stdout)
    geo.write_text(f"# one more line\n{geo.read_text()}")
    after = json.loads(run("--into", root, "--format", "codequality").stdout)
    assert after[0]["fingerprint"] == before[0]["fingerprint"]
    assert after[0]["location"]["lines"]["begin"] == before[0]["location"]["lines"]["begin"] + 1


def test_severity_is_by_level_and_each_place_is_that_of_the_entry(tmp_path: Path) -> None:
    root = make(tmp_path / "gitlab", kind="blob")
    damages = {
        "replicator-classes": ("ee/lib/gitlab/geo.rb", r",\n +::Geo::CoolWidgetReplicator", "critical"),
        "graphql-field-spec": (
            "ee/spec/graphql/types/geo/geo_node_type_spec.rb",
            r" cool_widget_registries\b",
            "major",
        ),
        "metrics-docs": (
            "doc/administration/monitoring/prometheus/gitlab_metrics.md",
            r"(?m)(?:^\| `geo_cool_widgets.*\n)+",
            "minor",
        ),
    }
    expected = {}
    for id_, (path, pattern, severity) in damages.items():
        text = (root / path).read_text()
        found = re.search(pattern, text)
        assert found is not None, id_
        (root / path).write_text(text[: found.start()] + text[found.end() :])
        expected[id_] = (severity, path, text.count("\n", 0, found.start()) + 1)
    entries = json.loads(run("--into", root, "--format", "codequality").stdout)
    found_now = {
        entry["check_name"].removeprefix("geo-scaffold/"): (
            entry["severity"],
            entry["location"]["path"],
            entry["location"]["lines"]["begin"],
        )
        for entry in entries
    }
    assert found_now == expected
    again = json.loads(run("--into", root, "--format", "codequality").stdout)
    assert [entry["fingerprint"] for entry in again] == [entry["fingerprint"] for entry in entries]
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_fingerprints_tell_types_apart(tmp_path: Path) -> None:
    root = make(tmp_path / "gitlab", kind="blob")
    new(root, model="FineGadget", kind="blob", owner="project", milestone="16.3")
    done = run("--into", root, "--strict", "CoolWidget", "FineGadget", "--format", "codequality")
    entries = json.loads(done.stdout)
    names = [entry["check_name"] for entry in entries]
    assert len(names) > len(set(names)) > 5
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


@pytest.fixture(scope="module")
def touched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branch that breaks one thing of a type in which another one is already missing."""
    root = make(tmp_path_factory.mktemp("touched") / "gitlab", kind="blob")
    (root / FINDER).unlink()
    commit_all(root)
    resolver = root / HOSTILE
    resolver.write_text(resolver.read_text().replace("BaseResolver", "B"))
    return root


def test_what_was_open_before_is_shown_apart_and_fails_nothing(touched: Path) -> None:
    changed = ("--into", touched, "--changed", "HEAD")
    failed = run(*changed)
    assert (failed.returncode, failed.stderr) == (1, "")
    assert failed.stdout.endswith("Something is open.\n")
    shown, before = failed.stdout.split("\n  Open before this branch (-v shows what to do)\n")
    assert "differs    resolver" in shown
    assert "finder" not in shown
    assert before.startswith("    missing    finder (breaking)\n\n")
    assert FINDER not in before
    assert FINDER in run(*changed, "-v").stdout.partition("Open before this branch\n")[2]
    document = json.loads(run(*changed, "--json").stdout)
    items = {item["id"]: item for item in document["types"][0]["items"]}
    assert {id_: item["status"] for id_, item in items.items() if item["before"]} == {"finder": "missing"}
    assert document["summary"]["missing"] == 1
    resolver = touched / HOSTILE
    broken = resolver.read_text()
    resolver.write_text(f"{broken.replace('< B', '< BaseResolver')}# a comment\n")
    done = run(*changed)
    resolver.write_text(broken)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing is open but what was before this branch.\n")
    assert run("--into", touched).returncode == 1


def test_what_was_open_before_in_the_reports_of_ci(touched: Path) -> None:
    changed = ("--into", touched, "--changed", "HEAD")
    entries = json.loads(run(*changed, "--format", "codequality").stdout)
    found = {entry["check_name"].removeprefix("geo-scaffold/"): entry for entry in entries}
    assert {id_: entry["severity"] for id_, entry in found.items()} == {"finder": "info", "resolver": "critical"}
    assert "is missing (open before this branch): " in found["finder"]["description"]
    [suite] = ElementTree.fromstring(run(*changed, "--format", "junit").stdout)
    cases = {case.get("name"): case for case in suite}
    [skipped] = cases["finder"]
    assert (skipped.tag, skipped.get("message")) == ("skipped", "open before this branch")
    assert skipped.text == "missing: the file is not there"
    assert cases["resolver"].find("failure") is not None
    assert suite.get("failures") == "1"
    assert int(suite.get("skipped", "")) == len([case for case in suite if case.find("skipped") is not None])


def test_what_was_open_before_in_an_issue_and_on_the_page(touched: Path) -> None:
    changed = ("--into", touched, "--changed", "HEAD")
    text = run(*changed, "--format", "markdown").stdout
    before = text.partition("\n### Open before this branch\n\n")[2]
    assert before.startswith("- [ ] `cool_widget:finder`: ")
    assert before.count("\n") == 1
    assert text.count("`cool_widget:finder`") == 1
    page = run(*changed, "--format", "html").stdout
    assert page.count('<span class="badge before">open before this branch</span>') == 1
    assert page.count('title="CoolWidget: finder is missing, open before this branch"') == 1


def test_several_models(tmp_path: Path) -> None:
    root = make(tmp_path / "gitlab")
    new(root, model="FineGadget", kind="blob", owner="project", milestone="16.3")
    shutil.rmtree(root / ".git")
    document = json.loads(run("--into", root, "--json", "FineGadget", "CoolWidget", "::FineGadget").stdout)
    assert [type_["model"] for type_ in document["types"]] == ["FineGadget", "CoolWidget"]
    done = run("--into", root, "CoolWidget", "Not-A-Model", "FineGadget")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "Not-A-Model" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_one_of_several_models_that_was_not_generated_in_a_folder_of_its_own(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "geo_scaffold", "new", "CoolWidget", "--kind", "blob", "--into", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    done = run("--into", tmp_path, "CoolWidget", "Nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'Nowhere' was not generated here" in done.stderr
    assert "geo-scaffold new Nowhere" in done.stderr.splitlines()[1]
    assert len(done.stderr.splitlines()) == 2


def test_markdown_is_a_task_list_whose_ticks_are_read_again(complete: Path) -> None:
    text = run("--into", complete, "--format", "markdown", "-v").stdout
    assert "- [x] `cool_widget:registry-migration`: " in text
    assert "- [ ] `cool_widget:push-events`: " in text
    assert "- [~] `cool_widget:factory-name`: " in text
    short = run("--into", complete, "--format", "markdown").stdout
    boxes = [line for line in text.splitlines() if line.startswith("- [")]
    assert {line for line in short.splitlines() if line.startswith("- [")} < set(boxes)
    assert re.search(r": \d+ done, \d+ pending, \d+ to confirm, \d+ not needed\.\n", short)
    assert "registry-migration" not in short
    for ticked in (text.replace("- [ ]", "- [x]"), short.replace("- [ ]", "- [x]")):
        done = run("--into", complete, "--strict", "--ticks", "-", stdin=ticked)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_box_that_the_program_ticked_confirms_nothing(tmp_path: Path) -> None:
    root = make(tmp_path / "gitlab")
    text = run("--into", root, "--format", "markdown", "-v").stdout
    assert "- [x] `cool_widget:registry-column-order`: " in text
    [migration] = (root / "ee/db/geo/migrate").glob("*cool_widget*")
    migration.write_text(migration.read_text().replace("t.bigint :cool", "t.boolean :extra\n      t.bigint :cool"))
    report = json.loads(run("--into", root, "--json", "--ticks", "-", stdin=text).stdout)
    states = {item["id"]: item["status"] for item in report["types"][0]["items"]}
    assert states["registry-column-order"] == "confirm"


def test_boxes_that_are_ticked_for_nothing_are_named(damaged: Path) -> None:
    ticks = "- [x] `cool_widget:no-such-thing`\n- [x] `cool_widget:finder`\n- [x] `other:finder`\n"
    done = run("--into", damaged, "CoolWidget", "--ticks", "-", stdin=ticks)
    assert done.stderr.splitlines() == [
        "A box of `cool_widget:no-such-thing` is ticked, but there is no such artifact.",
        "The box of `cool_widget:finder` is ticked, but the files show that it is still open.",
    ]


def test_ticks_come_through_a_pipe_of_the_shell(complete: Path) -> None:
    audit = f'"{sys.executable}" -m geo_scaffold checklist --into "{complete}" --json'
    command = f"{audit} --ticks <(echo '- [x] `push-events`')"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=QUIET)
    states = {item["id"]: item["status"] for item in json.loads(done.stdout)["types"][0]["items"]}
    assert states["push-events"] == "confirmed"


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str | None] = []
        self.items: dict[str | None, str | None] = {}
        self.loaded: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and "td" in self.open:
            self.cells.append(found["href"])
        if tag == "article":
            self.items[found["id"]] = found["data-state"]
        self.loaded += [str(found[key]) for key in ("src", "href") if key in found and tag != "a"]
        if tag not in {"meta", "input", "br", "wbr", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(damaged: Path, tmp_path: Path) -> None:
    target = tmp_path / "geo.html"
    done = run("--into", damaged, "--all", "--format", "html", "--output", target)
    assert (done.returncode, done.stdout) == (1, "")
    text = target.read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.loaded == []
    assert "@@" not in text
    types = json.loads(run("--into", damaged, "--all", "--json").stdout)["types"]
    items = {f"{type_['name']}:{item['id']}": item["status"] for type_ in types for item in type_["items"]}
    assert page.items == items
    assert sorted(map(str, page.cells)) == sorted(f"#{item}" for item in items)


@pytest.mark.parametrize("name", ["table", "markdown", "json", "junit", "codequality", "html"])
def test_what_a_file_says_does_no_harm_in_a_report(tmp_path: Path, name: str) -> None:
    root = make(tmp_path / "gitlab")
    registry = root / "ee/app/models/geo/cool_widget_registry.rb"
    hostile = b"MODEL_FOREIGN_KEY = '</script><script>alert(1)</script>\x07\xff`|]]>'"
    registry.write_bytes(registry.read_bytes().replace(b"MODEL_FOREIGN_KEY = :cool_widget_id", hostile))
    target = tmp_path / "report"
    done = run("--into", root, "--format", name, "--output", target)
    assert (done.returncode, done.stderr) == (1, "")
    text = target.read_text(errors="surrogateescape")
    assert "alert(1)" in text
    if name == "html":
        assert "<script>alert" not in text
    elif name == "junit":
        assert ElementTree.fromstring(text).find(".//failure") is not None
    elif name in {"json", "codequality"}:
        json.loads(text)


def test_a_reader_that_stops_is_no_traceback(complete: Path) -> None:
    command = f'"{sys.executable}" -m geo_scaffold checklist -v --into "{complete}" | head -n 1'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env=QUIET)
    assert "Traceback" not in done.stderr


def test_an_output_file_is_all_or_nothing(damaged: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o600)
    assert run("--into", damaged, "--json", "--output", target).returncode == 1
    assert json.loads(target.read_text())["schema"] == 1
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    failed = run("--into", damaged, "--output", tmp_path / "no/such/folder")
    assert failed.returncode == 4
    assert "cannot write" in failed.stderr
    assert len(failed.stderr.splitlines()) == 2
    assert run("--into", damaged, "--output", "/dev/null").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--all", "--changed", "HEAD"], "exclude each other"),
        (["CoolWidget", "--all"], "exclude each other"),
        (["--json", "--format", "html"], "exclude each other"),
        (["--changed", "nowhere"], "git does not know the commit"),
        (["--ticks", "nowhere.md"], "no such file"),
        (["not-a-model"], "not the name of a Ruby class"),
    ],
)
def test_wrong_usage_is_two_lines_and_exit_2(complete: Path, arguments: list[str], message: str) -> None:
    done = run("--into", complete, *arguments)
    assert (done.returncode, message in done.stderr + done.stdout) == (2, True)
    if "--json" not in arguments:
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 2


def test_an_error_as_json(complete: Path) -> None:
    done = run("--into", complete, "--format", "json", "--changed", "nowhere")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"


def test_ticks_of_a_merge_request_count_unless_gitlab_cut_them_off(complete: Path) -> None:
    description = {"CI_MERGE_REQUEST_DESCRIPTION": "- [x] `push-events`: done"}
    document = json.loads(run("--into", complete, "--json", env={**QUIET, **description}).stdout)
    assert document["summary"]["confirmed"] == 1
    cut = {**QUIET, **description, "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true"}
    done = run("--into", complete, "--json", env=cut)
    assert json.loads(done.stdout)["summary"]["confirmed"] == 0
    assert "cut off" in done.stderr
    again = run(
        "--into", complete, "--json", "--ticks", "-", stdin=description["CI_MERGE_REQUEST_DESCRIPTION"], env=cut
    )
    assert json.loads(again.stdout)["summary"]["confirmed"] == 1


def test_help_has_examples() -> None:
    assert "geo-scaffold checklist --changed origin/master" in run("--help").stdout


# The examples for CI.


def job() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(EXAMPLES / "geo-checklist.gitlab-ci.yml")["geo-checklist"])


def test_the_job_writes_both_reports_and_fails_where_something_is_open(branch: tuple[Path, str]) -> None:
    clone, base = branch
    script = [line for line in [*job()["before_script"], *job()["script"]] if "pip install" not in line]
    assert len(script) == 5
    done = shell(script, clone, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert (done.returncode, done.stderr) == (0, "")
    assert "CoolWidget" in done.stdout
    assert "Boiler" not in done.stdout
    (clone / FINDER).unlink()
    failed = shell(script, clone, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert failed.returncode == 1
    reports = job()["artifacts"]["reports"]
    assert json.loads((clone / reports["codequality"]).read_text())[0]["location"]["path"] == FINDER
    assert ElementTree.parse(clone / reports["junit"]).getroot().find(".//failure") is not None
