"""Every remedy is a command to run, or lines to paste under a heading that says where they go."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_16, CHECKOUT_18
from geo_scaffold.outline import breakage_of
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Item, Request, State, check
from geo_scaffold.verbs.new import Selection
from sizes import sized

from .conftest import make_checkout, new

CHECKOUTS = {"16": CHECKOUT_16, "18": CHECKOUT_18}
COMMANDS = {
    *("geo-scaffold new", "geo-scaffold release", "bundle exec", "bin/rake", "scripts/decomposition/generate-loose"),
    *("ruby -c", "ruby -ryaml", "python3 -m", "grep -HnE", "sed -n", "git log", "ls -ld"),
}
RED = {State.MISSING, State.DIFFERS}
HEADING = re.compile(r"(?:In \S+(?:, .+)?|Create \S+|Add to \S+|For example):")
GIVEN: dict[str, Any] = {"milestone": "16.3", "merge_request": "https://gitlab.com/g/p/-/merge_requests/1"}
BROKEN = [b"", b"\x00\x01binary", b"class A\n  def b(\n", b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"]


def items_of(root: Path, **request: Any) -> list[Item]:
    return [item for report in check(Request(**request), root).types for item in report.items]


def is_command(line: str) -> bool:
    try:
        return any(f"{line} ".startswith(f"{command} ") for command in COMMANDS) and bool(shlex.split(line))
    except ValueError:  # quotes that do not close
        return False


def is_remedy(text: str) -> bool:
    """Tell whether a text is commands, one for each file that needs one, or lines below headings that say where."""
    first, _, rest = text.partition("\n")
    if HEADING.fullmatch(first):
        return bool(rest.strip())
    return is_command(first) and (not rest or (rest.startswith("\n") and is_remedy(rest[1:])))


@pytest.mark.parametrize(
    "text", ["Mend a.rb:3", "In a.rb:", "geo-scaffold newer", "ruby -c 'a.rb", "Look\nruby -c a.rb"]
)
def test_what_is_no_remedy_is_told_apart(text: str) -> None:
    assert not is_remedy(text)


@pytest.mark.parametrize("kind", ["repository", "blob"])
@pytest.mark.parametrize("edition", CHECKOUTS)
def test_each_file_that_is_gone_or_broken(tmp_path: Path, edition: str, kind: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition], git=False)
    plan = new(root, kind=kind, owner="project", **GIVEN)
    before = {step.operation.path: (root / step.operation.path).read_bytes() for step in plan.steps}
    ids = {step.operation.id for step in plan.steps}
    red: set[str] = set()
    for content in (None, *BROKEN):
        for path in before:
            if path == "ee/lib/gitlab/geo.rb":
                continue  # without it this is not a checkout
            (root / path).unlink() if content is None else (root / path).write_bytes(content)
        for item in items_of(root, models=("CoolWidget",)):
            if item.state in {State.MISSING, State.DIFFERS}:
                red.add(item.id)
                assert is_remedy(item.remedy), (item.id, item.message, item.remedy)
            assert not item.remedy or is_remedy(item.remedy), (item.id, item.remedy)
        for path, text in before.items():
            (root / path).write_bytes(text)
    assert len(red & ids) >= len(ids) - 3  # the list of types, and what it represents


@pytest.mark.parametrize("edition", CHECKOUTS)
def test_types_written_by_hand(edition: str, tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition], git=False)
    new(root, kind="blob")
    shutil.rmtree(root / ".geo-scaffold")
    by_id = items_of(root, everything=True)
    with_remedy = [item for item in by_id if item.remedy]
    assert len(with_remedy) > 20
    assert [(item.id, item.remedy) for item in with_remedy if not is_remedy(item.remedy)] == []
    assert [item.id for item in by_id if item.state in {State.MISSING, State.DIFFERS} and not item.remedy] == []
    told = {item.id: item for item in by_id if item.message.endswith("still to be filled in")}
    lines = (root / told["registry-dictionary"].path).read_text().splitlines()
    line = told["registry-dictionary"].line or 0
    assert told["registry-dictionary"].remedy.splitlines()[1] == lines[line - 1].replace("XXXXX", "NUMBER")


def test_the_command_for_an_open_answer_closes_it(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", git=False)
    new(root)
    found = {item.id: item for item in items_of(root, models=("CoolWidget",))}["registry-dictionary"]
    url = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/NUMBER"
    given = ["--phase", "schema", "--mr", "!NUMBER"]  # the implementation may have another merge request
    assert shlex.split(found.remedy) == ["geo-scaffold", "new", "CoolWidget", *given]
    new(root, selection=Selection((Phase.SCHEMA,)), merge_request=url.replace("NUMBER", "1"))
    assert {item.id: item.state for item in items_of(root, models=("CoolWidget",))}[found.id] is State.DONE


@pytest.mark.parametrize("edition", sized(list(CHECKOUTS)[-1:], list(CHECKOUTS)))
def test_the_command_for_a_piece_that_is_lost_puts_it_back(tmp_path: Path, edition: str) -> None:
    before = CHECKOUTS[edition]
    root = make_checkout(tmp_path / "gitlab", before, git=False)
    made = new(root, kind="blob", owner="project", **GIVEN)
    commands = 0
    for path in dict.fromkeys(step.operation.path for step in made.steps if step.is_entry):
        after = (root / path).read_text()
        lines = after.splitlines(keepends=True)
        own = [at for at, line in enumerate(lines) if line not in before[path] and "cool_widget" in line.lower()]
        for lost in own[:: max(1, len(own) // 2)]:
            (root / path).write_text("".join([*lines[:lost], *lines[lost + 1 :]]))
            found = [item for item in items_of(root, models=("CoolWidget",)) if item.state in RED and item.path == path]
            for item in found:
                if item.remedy.startswith("geo-scaffold new"):
                    commands += 1
                    assert shlex.split(item.remedy) == ["geo-scaffold", "new", "CoolWidget", "--only", item.id]
                    new(root, selection=Selection(only=frozenset({item.id})))
                    now = {each.id: each for each in items_of(root, models=("CoolWidget",))}
                    assert now[item.id].state is State.DONE, (item, lines[lost])
            (root / path).write_text(after)
    assert commands > 10


@pytest.mark.parametrize("edition", CHECKOUTS)
def test_the_method_that_is_still_to_be_written(tmp_path: Path, edition: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition], git=False)
    new(root, kind="blob", **GIVEN)
    found = {item.id: item for item in items_of(root, models=("CoolWidget",))}["selective-sync"]
    heading, _, method = found.remedy.partition("\n")
    assert heading == f"In {found.path}, instead of the method on line {found.line}, here for records of projects:"
    model = root / found.path
    lines = model.read_text().splitlines(keepends=True)
    start = (found.line or 0) - 1
    assert lines[start].lstrip().startswith(("def selective_sync_scope", "def replicables_for_current_secondary"))
    indentation = lines[start][: -len(lines[start].lstrip())]
    end = lines.index(f"{indentation}end\n", start)
    indented = [f"{indentation}{line}" if line.strip() else line for line in method.splitlines(keepends=True)]
    model.write_text("".join([*lines[:start], *indented, "\n", *lines[end + 1 :]]))
    assert breakage_of(model.read_text(), found.path) is None
    now = {item.id: item for item in items_of(root, models=("CoolWidget",))}
    assert now["selective-sync"].state is State.DONE
    assert now["model"].state is State.DONE


@pytest.mark.parametrize(
    ("path", "content", "program"),
    [
        ("a b.rb", "def a(\n", "ruby"),
        ("a.json", "{", "python3"),
        ("a.yml", "a: [\n", "ruby"),
        ("a.md", "<<<<<<< HEAD\n=======\n>>>>>>> other\n", "grep"),
    ],
)
def test_the_command_for_a_broken_file_shows_what_is_broken(
    tmp_path: Path, path: str, content: str, program: str
) -> None:
    file = tmp_path / path
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    file.write_text("")
    subprocess.run(["git", "-C", str(tmp_path), "add", "."], check=True)
    file.write_text(content)
    broken = breakage_of(content, path)
    assert broken is not None
    command = broken.command(path)
    assert shlex.split(command)[0] == program
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (program == "grep")  # which finds something
    assert re.search(r"line \d|:\d+:", done.stdout + done.stderr)
    assert file.read_text() == content
