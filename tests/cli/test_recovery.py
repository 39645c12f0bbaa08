"""What interrupted runs, and others, have left: every verb reports it, and only verbs that write recover their own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commit.harness import picture
from verbs.conftest import commit_all, make_checkout

from .test_new import at_terminal, ended, run

STRANGER = 4242
READING = (
    ("names", "CoolWidget"),
    ("facts", "CoolWidget"),
    ("checklist", "--all"),
    ("new", "CoolWidget", "--dry-run"),
    ("new", "CoolWidget", "--diff"),
    ("undo", "CoolWidget", "--dry-run"),
    ("undo", "CoolWidget", "--diff"),
    ("release", "CoolWidget", "--diff", "--kind", "blob"),
)
WRITING = (("new", "CoolWidget", "--yes"), ("undo", "CoolWidget", "--yes"), ("release", "CoolWidget", "--yes"))
TEXT, THEIRS = b"gem 'rails'\n", b"gem 'theirs'\n"
DIES = """
import os, sys
from geo_scaffold.commit import effects
rename = effects.rename
def die(source, target, folder=None):
    if target.name == {name!r}:
        os._exit(9)
    rename(source, target, folder)
effects.rename = die
sys.argv[0] = "geo-scaffold"
from geo_scaffold.cli import main
main()
"""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")


def die_at(folder: Path, name: str, *arguments: str) -> None:
    """Run a verb that dies just before it renames something to this name."""
    ran = subprocess.run([sys.executable, "-c", DIES.format(name=name), *arguments], cwd=folder, check=False)
    assert ran.returncode == 9


def plant(root: Path, place: str = ".geo-scaffold/tmp") -> Path:
    """What somebody can put into a repository: a journal, and their text as what was there before."""
    sums = [hashlib.sha256(text).hexdigest() for text in (THEIRS, TEXT)]
    journal = {
        "format": 1,
        "root": ".",
        "token": "0123456789abcdef",
        "durable": False,
        "entries": [["Gemfile", *sums]],
        "directories": [],
        "remove_empty": [],
    }
    (root / place).mkdir(parents=True)
    (root / "Gemfile").write_bytes(TEXT)
    (root / ".geo-scaffold-0123456789abcdef-0.old").write_bytes(THEIRS)
    (root / place / "journal.json").write_text(json.dumps(journal))
    return root / place / "journal.json"


@pytest.mark.parametrize("is_committed", [True, False])
def test_no_verb_obeys_a_journal_that_the_checkout_brings(tmp_path: Path, *, is_committed: bool) -> None:
    root = make_checkout(tmp_path / "gitlab")
    path = plant(root, ".geo-scaffold/tmp" if is_committed else ".git/geo-scaffold")
    (root / ".gitignore").write_text("")
    commit_all(root)
    before = picture(root)
    for words in READING:
        ran = run(root, *words)
        assert str(path) in ran.stderr, words
        assert (ran.returncode == 4) == (words[0] == "checklist"), (words, ran.stderr)
        assert picture(root) == before, words
    for words in WRITING:
        ran = run(root, *words)
        assert ran.returncode == 4
        assert str(path) in ran.stderr
        assert "--recover" in ran.stderr
        assert "nothing was touched" in ran.stderr
        assert picture(root) == before, words


def test_what_the_user_wants_to_recover_is_shown_and_asked(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    plant(root, ".git/geo-scaffold")
    before = picture(root)
    refused = run(root, "new", "CoolWidget", "--recover")
    assert refused.returncode == 3
    assert "put back Gemfile" in refused.stderr
    assert "--yes" in refused.stderr
    shown = run(root, "new", "CoolWidget", "--recover", "--dry-run")
    assert "put back Gemfile" in shown.stderr
    terminal = at_terminal(root, "undo", "CoolWidget", "--recover")
    terminal.expect("put back Gemfile")
    terminal.expect("Do this")
    terminal.sendline("n")
    assert ended(terminal) == 3
    assert picture(root) == before
    done = run(root, "undo", "CoolWidget", "--recover", "--yes")
    assert "an interrupted run was taken back (1 file)" in done.stderr
    assert "there is no receipt" in done.stderr
    assert (root / "Gemfile").read_bytes() == THEIRS
    assert not (root / ".git/geo-scaffold").exists()


def test_a_killed_run_is_reported_by_reading_verbs_and_recovered_by_writing_ones(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab")
    clean = picture(root)
    die_at(root, "done.json", "new", "CoolWidget", "--yes")
    killed = picture(root)
    for words in READING:
        ran = run(root, *words)
        assert "unfinished" in ran.stderr, words
        assert (ran.returncode == 4) == (words[0] == "checklist"), (words, ran.stderr)
        assert picture(root) == killed
    ran = run(root, "checklist", "--json")
    assert json.loads(ran.stdout)["error"]["code"] == "recovery"
    ran = run(root, "undo", "CoolWidget", "--yes")
    assert "an interrupted run was taken back" in ran.stderr
    assert picture(root) == clean


def test_a_killed_undo_is_found_where_its_folder_was(tmp_path: Path) -> None:
    """Wherever it was pointed to: the folder itself is away by then."""
    assert run(tmp_path, "new", "CoolWidget").returncode == 0
    for into in (".", "cool_widget"):
        undo = ("undo", "CoolWidget", "--yes", "--into", into)
        [gone] = ["-gone-"]
        die = DIES.format(name="x").replace("target.name == 'x'", f"{gone!r} in target.name")
        assert subprocess.run([sys.executable, "-c", die, *undo], cwd=tmp_path, check=False).returncode == 9
        assert not (tmp_path / "cool_widget").exists()
        looked = run(tmp_path, "checklist")
        assert looked.returncode == 4
        assert "the removal of cool_widget was interrupted" in looked.stderr
        put_back = run(tmp_path, *undo, "--dry-run")
        assert "unfinished" in put_back.stderr
        done = run(tmp_path, *undo)
        assert "cool_widget was put back" in done.stderr
        assert done.returncode == 0, done.stderr
        assert picture(tmp_path) == {}
        assert run(tmp_path, "new", "CoolWidget").returncode == 0


def test_a_folder_of_our_names_that_no_run_left_stays(tmp_path: Path) -> None:
    for kind in ("new", "old", "gone"):
        (tmp_path / f".theirs.geo-scaffold-{kind}-1-0123456789abcdef01234567").mkdir()
    before = picture(tmp_path)
    ran = run(tmp_path, "new", "CoolWidget")
    assert ran.returncode == 0
    assert ran.stderr.count("not known to be yours") == 3
    assert {path: seen for path, seen in picture(tmp_path).items() if not path.startswith("cool_widget")} == before


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that everybody may write to, with one of a victim in it."""
    folder = tmp_path / "shared"
    (folder / "victim").mkdir(parents=True)
    folder.chmod(0o1777)
    (folder / "victim/notes.txt").write_text("mine")
    return folder


def give_away(*paths: Path) -> None:
    for path in paths:
        for each in [path, *path.rglob("*")]:
            os.chown(each, STRANGER, STRANGER, follow_symlinks=False)


@as_root
def test_a_repository_of_another_user_above_is_left_alone(shared: Path) -> None:
    (shared / ".git").mkdir()
    (shared / ".git/HEAD").write_text("")
    plant(shared, ".git/geo-scaffold")
    give_away(shared / ".git", shared / "Gemfile")
    for path in (shared / ".git").rglob("*"):
        path.chmod(0o777)
    before = picture(shared)
    assert run(shared / "victim", "names", "CoolWidget").returncode == 0
    ran = run(shared / "victim", "new", "CoolWidget", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert {path: seen for path, seen in picture(shared).items() if "cool_widget" not in path} == before


@as_root
def test_a_checkout_of_another_user_above_is_not_looked_into(shared: Path) -> None:
    make_checkout(shared, git=False)
    for path in list(shared.iterdir()):
        if path.name != "victim":
            give_away(path)
    ran = run(shared / "victim", "new", "CoolWidget", "--yes")
    assert (shared / "victim/cool_widget/CHECKLIST.md").exists(), ran.stderr
    assert f"git config --global --add safe.directory {shared}" in ran.stderr
    assert f"({STRANGER})" in ran.stderr


@as_root
def test_templates_of_another_user_are_not_used(shared: Path) -> None:
    folder = shared / ".geo-scaffold/templates/gitlab-16/create"
    folder.mkdir(parents=True)
    (folder / "finder.rb.j2").write_text("# theirs\n")
    give_away(shared / ".geo-scaffold")
    ran = run(shared, "new", "CoolWidget", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "is not read" in ran.stderr
    finder = shared / "cool_widget/gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb"
    assert "theirs" not in finder.read_text()


@pytest.mark.parametrize("output", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/stderr"])
def test_a_report_goes_to_what_is_open(tmp_path: Path, output: str) -> None:
    root = make_checkout(tmp_path / "gitlab")
    ran = run(root, "checklist", "--all", "--json", "--output", output)
    assert json.loads(ran.stderr if output == "/dev/stderr" else ran.stdout)["schema"] == 1, ran.stderr
