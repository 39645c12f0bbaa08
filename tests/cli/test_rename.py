"""`geo-scaffold rename`, as a user's shell sees it."""

import json
import os
import subprocess
from pathlib import Path

from verbs.conftest import make_checkout, new, picture

from .forks import geo_scaffold

NEW = ".geo-scaffold/nice_widget.json"


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return geo_scaffold("rename", *arguments, folder=root / "ee", environment=os.environ)


def test_a_type_is_renamed_by_one_command(tmp_path: Path) -> None:
    """Shown first, then done; a second time there is nothing to do."""
    root = make_checkout(tmp_path / "gitlab")
    new(root)
    before = picture(root)
    shown = run(root, "CoolWidget", "NiceWidget", "--diff")
    assert shown.returncode == 0
    assert "ee/app/finders/geo/nice_widget_registry_finder.rb" in shown.stdout
    assert run(root, "CoolWidget", "NiceWidget", "--dry-run").stdout.endswith("Nothing was written.\n")
    assert picture(root) == before
    done = run(root, "CoolWidget", "NiceWidget", "--json", "--yes")
    document = json.loads(done.stdout)
    assert (done.returncode, document["written"], document["model"]) == (0, True, "NiceWidget")
    assert {"id", "op", "path", "status", "message", "snippet"} == set(document["operations"][0])
    assert (root / NEW).is_file()
    again = run(root, "cool_widget", "NiceWidget", "--yes")
    assert (again.returncode, again.stderr) == (0, f"{NEW} is of NiceWidget as nice_widget already\n")
    assert again.stdout.endswith("is up to date; nothing was written.\n")
    shown = run(root, "nice_widget", "NiceWidget", "--dry-run")
    assert shown.stdout.endswith(": nothing to do.\nNothing was written.\n")


def test_an_unknown_type_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    new(root)
    done = run(root, "CoolWidgte", "NiceWidget")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "  Perhaps cool_widget is meant; else give the model" in done.stderr


def test_the_remedy_for_a_taken_name_is_the_argument_that_gives_one(tmp_path: Path) -> None:
    """It has no `--name`."""
    root = make_checkout(tmp_path / "gitlab")
    new(root)
    new(root, model="NiceWidget", kind="repository")
    done = run(root, "CoolWidget", "nice_widget")
    said, remedy = done.stderr.splitlines()
    assert (done.returncode, said) == (3, f"error: {NEW}: the replicable name nice_widget belongs to NiceWidget here")
    assert remedy == "  Give another NEW, or run `geo-scaffold undo NiceWidget` first"


def test_a_clash_is_reported_where_the_file_is_now_with_what_can_be_done(tmp_path: Path) -> None:
    """This verb has no option that decides; whoever makes the change by hand is through."""
    root = make_checkout(tmp_path / "gitlab")
    new(root)
    old = "db/docs/cool_widget_states.yml"
    ours = (root / old).read_text()
    (root / old).write_text(ours.replace("verification states", "states"))
    before = picture(root)
    done = run(root, "CoolWidget", "NiceWidget", "--yes")
    assert (done.returncode, picture(root)) == (3, before)
    said, remedy = done.stderr.splitlines()[-2:]
    assert said.startswith(
        f"error: db/docs/nice_widget_states.yml: edited since, in {old}, where an answer goes: `desc"
    )
    assert remedy == "  Make that change there by hand and run it again; --dry-run shows all"
    theirs = (root / old).read_text()
    (root / old).write_text(theirs.replace("for cool widget states", "for nice widget verification states"))
    assert run(root, "CoolWidget", "NiceWidget", "--yes").returncode == 0
    assert (root / "db/docs/nice_widget_states.yml").read_text() == ours.replace("cool", "nice").replace("Cool", "Nice")
