"""Templates of a checkout's own, as a shell and a program see them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from verbs.conftest import make_checkout

from .conftest import shell
from .test_new import NO_CHECKOUT, TIME, run

FILE = ".geo-scaffold/templates/gitlab-16/create/finder.rb.j2"
GUIDE = Path(__file__).resolve().parents[2] / "docs/guide.md"
FINDER = "cool_widget/gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb"
IMPORTED = """
import sys
from pathlib import Path
from geo_scaffold.answers import Answers
from geo_scaffold.verbs.checklist import Request, check
from geo_scaffold.verbs.new import plan_new
from geo_scaffold.verbs.plan import write
write(plan_new(Answers(model="CoolWidget"), Path(sys.argv[1]), now="20230101000000"), durable=False)
check(Request(), Path(sys.argv[1]))
print("jinja2" in sys.modules, "jinja2.sandbox" in sys.modules)
"""


@pytest.fixture
def override(tmp_path: Path) -> Path:
    file = tmp_path / FILE
    file.parent.mkdir(parents=True)
    file.write_text(
        '{# original: sha256 000000000000 #}\n# mine\n{% include "original/gitlab-16/create/finder.rb.j2" %}\n'
    )
    return file


def test_the_warning_is_on_standard_error_and_its_line_ends_it(tmp_path: Path, override: Path) -> None:
    done = run(tmp_path, "new", "CoolWidget", *TIME, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["written"]
    told, warning = done.stderr.splitlines()
    assert told == NO_CHECKOUT
    assert warning.startswith(f"warning: {FILE} overrides a template that has changed since")
    line = warning[warning.index("{#") :]
    override.write_text("\n".join([line, *override.read_text().splitlines()[1:]]) + "\n")
    for verb in (("new", "CoolWidget"), ("checklist",)):
        assert run(tmp_path, *verb).stderr == f"{FILE} overrides a template\n"
    assert (tmp_path / FINDER).read_text().startswith("# mine\n# frozen_string_literal: true\n")
    assert run(tmp_path, "undo", "CoolWidget").returncode == 0
    assert not (tmp_path / "cool_widget").exists()


def test_an_undo_names_it_too(tmp_path: Path, override: Path) -> None:
    make_checkout(tmp_path, git=False)
    assert run(tmp_path, "new", "CoolWidget").returncode == 0
    done = run(tmp_path, "undo", "CoolWidget")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert done.stderr.startswith(f"warning: {FILE} overrides a template")


@pytest.mark.parametrize(
    "verb", [("new", "CoolWidget"), ("new", "CoolWidget", "--dry-run"), ("new", "CoolWidget", "--diff")]
)
def test_a_bad_one_is_two_lines_and_3(tmp_path: Path, override: Path, verb: tuple[str, ...]) -> None:
    override.write_text("one\n{{ nope }}\n")
    done = run(tmp_path, *verb)
    assert (done.returncode, done.stdout) == (3, "")
    assert (
        done.stderr.splitlines()[1:]
        == [
            f"error: {FILE}: line 2: 'nope' is undefined",
            "  Fix it, or remove it; the original is original/gitlab-16/create/finder.rb.j2",
        ]
        or len(done.stderr.splitlines()) == 2
    )
    assert not (tmp_path / "cool_widget").exists()
    error = json.loads(run(tmp_path, *verb, "--json").stdout)["error"]
    assert (error["code"], error["path"]) == ("override", FILE)


def test_a_typing_error_in_a_path_is_reported(tmp_path: Path, override: Path) -> None:
    override.rename(override.with_name("findr.rb.j2"))
    done = run(tmp_path, "new", "CoolWidget")
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "error: .geo-scaffold/templates: there is no template 'gitlab-16/create/findr.rb.j2' to override",
        "  Use the path of one below it, such as gitlab-16/create/finder.rb.j2, or move it away",
    ]


def test_the_example_of_the_readme_is_current(tmp_path: Path) -> None:
    section = GUIDE.read_text().partition("## Templates of your own\n")[2]
    folder = tmp_path / "here"
    folder.mkdir()
    done = shell(section.partition("```shell\n")[2].partition("```")[0].splitlines(), folder)
    assert (done.returncode, done.stderr) == (0, f"{NO_CHECKOUT}\n{FILE} overrides a template\n")
    assert "+    # For the admin pages.\n+    include FrameworkRegistryFinder\n" in done.stdout


@pytest.mark.parametrize("with_override", [False, True])
def test_the_sandbox_is_imported_for_overrides_only(tmp_path: Path, override: Path, *, with_override: bool) -> None:
    if not with_override:
        override.unlink()
    ran = subprocess.run([sys.executable, "-c", IMPORTED, tmp_path], check=True, capture_output=True, text=True)
    assert ran.stdout == f"True {with_override}\n"
