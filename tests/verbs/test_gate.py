"""`checklist --changed` in repositories that are not as one expects: it is right, or it says that it cannot know."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.checkout.inflections import INITIALIZER
from geo_scaffold.errors import GeoScaffoldError, ReadError, UsageError
from geo_scaffold.git import changes_since
from geo_scaffold.verbs.checklist import Report, Request, State, check
from geo_scaffold.verbs.checklist.selection import TypeSelection
from geo_scaffold.verbs.undo import plan_undo
from sizes import in_turns, some

from .conftest import commit_all, git, make_checkout, new, picture, plan

GIVEN: dict[str, Any] = {
    "kind": "blob",
    "owner": "none",
    "milestone": "18.9",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"
REPLICATOR = "ee/app/replicators/geo/cool_widget_replicator.rb"
LIST = "ee/lib/gitlab/geo.rb"
API = "ee/lib/ee/api/geo.rb"
SCHEMA = "db/structure.sql"
USAGE = "ee/config/metrics/object_schemas/geo_node_usage.json"


def made(folder: Path) -> Path:
    root = make_checkout(folder, CHECKOUT_18)
    new(root, **GIVEN)
    commit_all(root)
    return root


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("gate") / "gitlab")


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A checkout with a complete type, committed."""
    shutil.copytree(template, tmp_path / "gitlab")
    return tmp_path / "gitlab"


def since(root: Path, reference: str = "HEAD") -> Report:
    return check(Request(changes=lambda folder: changes_since(folder, reference)), root)


def failing(report: Report) -> dict[str, set[str]]:
    """Return what fails by type."""
    return {
        each.name: found
        for each in report.types
        if (
            found := {
                item.id for item in each.items if item.state in {State.MISSING, State.DIFFERS} and not item.before
            }
        )
    }


def edit(root: Path, path: str, old: str, new_: str = "") -> None:
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new_, 1))


def repeat_end(text: str) -> str:
    return text.rstrip().removesuffix("end") + "\n"


# Where the checkout is.


def test_a_checkout_in_a_folder_of_its_repository(tmp_path: Path, template: Path) -> None:
    mono = tmp_path / "mono"
    shutil.copytree(template, mono / "a b/gitlab", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path, "init", "-q", str(mono))
    commit_all(mono)
    root = mono / "a b/gitlab"
    assert failing(since(root)) == {}
    (root / FINDER).unlink()
    assert failing(since(root)) == {"cool_widget": {"finder"}}
    commit_all(mono)
    assert failing(since(root, "HEAD~")) == {"cool_widget": {"finder"}}
    edit(root, REPLICATOR, "module Geo", "# a comment\nmodule Geo")
    report = since(root)
    assert [item.id for each in report.types for item in each.items if item.before] == ["finder"]


def test_a_linked_work_tree_and_a_checkout_behind_a_link(root: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", str(linked))
    (linked / FINDER).unlink()
    assert failing(since(linked)) == {"cool_widget": {"finder"}}
    assert failing(since(root)) == {}
    (tmp_path / "link").symlink_to(linked)
    assert failing(since(tmp_path / "link")) == {"cool_widget": {"finder"}}


def test_a_submodule_is_a_repository_of_its_own_and_hides_what_is_in_it(root: Path, tmp_path: Path) -> None:
    above = make_checkout(tmp_path / "above", {"README.md": ""})
    git(above, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(root), "gitlab")
    commit_all(above)
    (above / "gitlab" / FINDER).unlink()
    assert failing(since(above / "gitlab")) == {"cool_widget": {"finder"}}
    inner = git(above / "gitlab", "rev-parse", "HEAD")
    git(root, "rm", "-rq", "--cached", "ee/app/finders")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{inner},ee/app/finders")
    git(root, "commit", "-qm", "as a submodule")
    with pytest.raises(ReadError, match="is a submodule"):
        since(root)


def test_no_repository_and_one_without_a_commit(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "plain", git=False)
    with pytest.raises(ReadError, match="not a git repository"):
        since(root)
    make_checkout(root)
    with pytest.raises(GeoScaffoldError, match="git does not know the commit"):
        since(root)
    commit_all(root)
    git(root, "checkout", "-q", "--orphan", "fresh")
    assert failing(since(root, "master" if "master" in git(root, "branch") else "main")) == {}
    git(root, "config", "core.bare", "true")
    with pytest.raises(ReadError):
        since(root)


# What git tells a hook.


def hook_variables(root: Path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    monkeypatch.chdir(root)
    for key, value in variables.items():
        monkeypatch.setenv(key, value)


@pytest.mark.parametrize("git_dir", [None, ".git", "absolute"])
@pytest.mark.parametrize("below", [".", "ee"])
def test_in_a_hook(root: Path, monkeypatch: pytest.MonkeyPatch, git_dir: str | None, below: str) -> None:
    (root / FINDER).unlink()
    variables = {"GIT_INDEX_FILE": ".git/index", "GIT_PREFIX": ""}
    if git_dir:
        variables["GIT_DIR"] = str(root / ".git") if git_dir == "absolute" else git_dir
    hook_variables(root / below, monkeypatch, **variables)
    assert failing(since(root)) == {"cool_widget": {"finder"}}


def test_in_a_hook_of_another_repository(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_checkout(tmp_path / "other", {"README.md": ""})
    commit_all(other)
    (root / FINDER).unlink()
    hook_variables(other, monkeypatch, GIT_DIR=".git", GIT_INDEX_FILE=".git/index", GIT_WORK_TREE=".")
    assert failing(since(root)) == {"cool_widget": {"finder"}}


def test_a_git_dir_that_is_somewhere_else(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / ".git").rename(tmp_path / "away.git")
    (root / FINDER).unlink()
    hook_variables(root, monkeypatch, GIT_DIR=str(tmp_path / "away.git"), GIT_WORK_TREE=str(root))
    assert failing(since(root)) == {"cool_widget": {"finder"}}


def test_a_commit_that_lacks_a_file_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "rm", "-q", "--cached", FINDER)
    edit(root, REPLICATOR, "module Geo", "# a comment\nmodule Geo")
    git(root, "add", REPLICATOR)
    edit(root, REPLICATOR, "# a comment\n")
    edit(root, "ee/app/models/geo/cool_widget_registry.rb", "module Geo", "# another\nmodule Geo")
    [note] = since(root).notes
    assert (note.startswith("1 file is not in the index"), FINDER in note) == (True, True)
    hook_variables(root, monkeypatch, GIT_INDEX_FILE=".git/index")
    [_, note] = since(root).notes
    assert note.startswith("2 files are different in the index")
    assert REPLICATOR in note


def test_a_commit_is_reported_also_where_the_work_tree_is_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(root, "rm", "-q", "--cached", FINDER)
    text = (root / REPLICATOR).read_text()
    (root / REPLICATOR).write_text("")
    git(root, "add", REPLICATOR)
    (root / REPLICATOR).write_text(text)
    hook_variables(root, monkeypatch, GIT_INDEX_FILE=".git/index")
    report = since(root)
    assert report.types == ()
    assert [note.partition(" CoolWidget: ")[2] for note in report.notes] == [f"{FINDER}.", f"{REPLICATOR}."]


@pytest.mark.parametrize("hiding", ["refs/tags/origin/master", "refs/heads/origin/master", "refs/tags/origin"])
def test_a_name_that_means_several_commits_is_refused(root: Path, hiding: str) -> None:
    git(root, "update-ref", "refs/remotes/origin/master", "HEAD")
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/master")
    (root / FINDER).unlink()
    name = hiding.split("/", 2)[2]
    git(root, "update-ref", hiding, "HEAD")
    assert failing(since(root, name)) == {"cool_widget": {"finder"}}
    commit_all(root)
    git(root, "update-ref", hiding, "HEAD")
    for reference in (name, f"{name}^{{commit}}", f"{name}~0"):
        with pytest.raises(UsageError, match="several commits") as caught:
            since(root, reference)
        assert hiding in caught.value.message
    assert failing(since(root, "refs/remotes/origin/master")) == {"cool_widget": {"finder"}}
    git(root, "tag", "--force", "-am", "the same", name, "refs/remotes/origin/master")
    git(root, "update-ref", "-d", "refs/heads/origin/master")
    assert failing(since(root, name)) == {"cool_widget": {"finder"}}


# What a branch may bring: attributes, configuration, names, lines.

CONFIGURATION = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.renames": "copies",
    "diff.relative": "true",
    "diff.ignoreSubmodules": "all",
    "diff.external": "false",
    "core.quotePath": "true",
    "core.abbrev": "4",
    "core.pager": "false",
    "color.ui": "always",
    "log.showSignature": "true",
    "status.showUntrackedFiles": "no",
    "core.trustctime": "false",
    "core.checkStat": "minimal",
    "alias.diff": "!false",
    "alias.ls-files": "!false",
}


@pytest.mark.parametrize(
    "attributes",
    some(["* -diff", "* binary", "* diff=x", "* -text", "* filter=x", "* ident", "* merge=x", "* export-ignore"], 4),
)
def test_no_attribute_and_no_configuration_blinds_it(root: Path, attributes: str) -> None:
    (root / ".gitattributes").write_text(f"{attributes}\n")
    for key, value in {**CONFIGURATION, "diff.x.textconv": "true", "diff.x.command": "true"}.items():
        git(root, "config", key, value)
    edit(root, LIST, "::Geo::CoolWidgetReplicator")
    assert "replicator-classes" in failing(since(root))["cool_widget"]
    commit_all(root)
    assert "replicator-classes" in failing(since(root, "HEAD~"))["cool_widget"]


def test_line_ends_that_git_changes_touch_nothing(root: Path) -> None:
    git(root, "config", "core.autocrlf", "true")
    for path in git(root, "ls-files").splitlines():
        (root / path).write_bytes((root / path).read_bytes().replace(b"\n", b"\r\n"))
    report = since(root)
    assert (report.types, report.notes) == ((), [])
    (root / FINDER).unlink()
    assert failing(since(root)) == {"cool_widget": {"finder"}}


NAMES = (b'a"b.rb', b"a\tb.rb", b"a\nb.rb", b"\xff\xfe.rb", b"a\\b.rb", b" a .rb", b"--- a", b":(exclude)ee", b"-z")


@pytest.mark.parametrize("is_committed", [True, False])
def test_any_file_name_beside(root: Path, is_committed: bool) -> None:
    folder = root / "ee/app/finders/geo"
    for name in NAMES:
        (folder / os.fsdecode(name)).write_bytes(b"one\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "names")
    for name in NAMES:
        (folder / os.fsdecode(name)).write_bytes(b"CoolWidgetReplicator\n")
    (root / FINDER).unlink()
    if is_committed:
        commit_all(root)
    assert failing(since(root, "HEAD~" if is_committed else "HEAD")) == {"cool_widget": {"finder"}}


def test_lines_that_look_like_headers_of_a_diff(root: Path) -> None:
    looks = "# x\n-- a/README.md\n++ b/README.md\ndiff --git a/README.md b/README.md\n@@ -1 +1 @@\n-- /dev/null\n\f\n"
    edit(root, LIST, "module Gitlab", f"=begin\n{looks}=end\nmodule Gitlab")
    assert since(root).types == ()
    commit_all(root)
    edit(root, LIST, looks, "# x\n")
    edit(root, LIST, "::Geo::CoolWidgetReplicator")
    assert "replicator-classes" in failing(since(root))["cool_widget"]


# A branch that breaks a list of all types.

BROKEN: dict[str, tuple[str, Callable[[str], str], str]] = {
    "the last end": (LIST, repeat_end, "replicator-classes"),
    "the bracket": (LIST, lambda text: text.replace("].freeze", ".freeze", 1), "replicator-classes"),
    "the name": (LIST, lambda text: text.replace("REPLICATOR_CLASSES =", "REPLICATORS ="), "replicator-classes"),
    "a comment": (
        LIST,
        lambda text: text.replace("REPLICATOR_CLASSES", "X = 1\n=begin\nREPLICATOR_CLASSES", 1) + "=end\n",
        "replicator-classes",
    ),
    "a conflict": (LIST, lambda text: f"<<<<<<< HEAD\n{text}", "replicator-classes"),
    "an end of the API": (API, repeat_end, "api-status"),
    "a brace of JSON": (USAGE, lambda text: text.rstrip().removesuffix("}"), "usage-metrics"),
    "nothing left": (LIST, lambda text: "", "replicator-classes"),
    "a string of SQL": (SCHEMA, lambda text: f"COMMENT ON TABLE a IS 'b;\n\n{text}", "states-structure"),
    "a comment of SQL": (SCHEMA, lambda text: f"/* a;\n\n{text}", "states-structure"),
    "a function of SQL": (SCHEMA, lambda text: f"{text}\nCREATE FUNCTION a() AS $$\nBEGIN;\n\n", "states-structure"),
    "the last semicolon of SQL": (SCHEMA, lambda text: text.rstrip().removesuffix(";") + "\n", "states-structure"),
}


@pytest.mark.parametrize("damage", some(BROKEN, 4))
def test_a_branch_that_breaks_a_list_breaks_all_types_in_it(root: Path, damage: str) -> None:
    path, broken, _ = BROKEN[damage]
    (root / path).write_text(broken((root / path).read_text()))
    found = failing(since(root))
    assert "cool_widget" in found, found
    commit_all(root)
    assert failing(since(root, "HEAD~")) == found
    assert failing(since(root)) == {}  # on the branch after it, that was before


def test_a_type_without_a_file_of_its_own_is_not_always_touched(root: Path) -> None:
    """The hand-written state of a model in its own namespace has no factory, and its path is not a path."""
    (root / ".geo-scaffold/cool_widget.json").unlink()
    model = root / "ee/app/models/ee/cool_widget.rb"
    text = model.read_text()
    assert "Geo::CoolWidgetState" in text
    model.write_text(text.replace("Geo::CoolWidgetState", "CoolWidgetState"))
    (root / "ee/app/models/geo/cool_widget_state.rb").rename(root / "ee/app/models/cool_widget_state.rb")
    (root / "ee/spec/factories/geo/cool_widget_states.rb").unlink()
    commit_all(root)
    [chosen] = [each for each in TypeSelection(root).everything() if each.subject.names["name"] == "cool_widget"]
    assert chosen.subject.names["state_factory_file"] == ""
    assert since(root).types == ()


def test_a_change_beside_the_types_touches_no_type(root: Path) -> None:
    edit(root, LIST, "module Gitlab", "# a comment\nmodule Gitlab")
    edit(root, LIST, "REPLICATOR_CLASSES = [", "REPLICATOR_CLASSES = [ # of all types")
    assert since(root).types == ()


def test_a_branch_that_takes_the_receipt_away_or_changes_the_inflections(root: Path) -> None:
    receipt = root / ".geo-scaffold/cool_widget.json"
    content = receipt.read_bytes()
    receipt.unlink()
    assert [each.name for each in since(root).types] == ["cool_widget"]
    receipt.write_bytes(content)
    (root / INITIALIZER).parent.mkdir(parents=True, exist_ok=True)
    (root / INITIALIZER).write_text(
        "ActiveSupport::Inflector.inflections do |inflect|\n  inflect.irregular 'widget', 'widgetz'\nend\n"
    )
    assert "cool_widget" in failing(since(root))


# Programs that a repository names.


@pytest.fixture
def sentinel(tmp_path: Path) -> tuple[Path, str]:
    """A program that leaves a mark when it is run, and the mark."""
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >>{mark}\nexit 1\n')
    program.chmod(0o755)
    return mark, str(program)


def state_of_git(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return the content and time of every file of git's own."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in (root / ".git").rglob("*") if path.is_file()
    }


def test_no_program_of_the_repository_is_run_and_nothing_of_gits_is_written(
    root: Path, sentinel: tuple[Path, str]
) -> None:
    mark, program = sentinel
    (root / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    settings = {
        **{f"filter.x.{key}": program for key in ("clean", "smudge", "process")},
        **{f"diff.x.{key}": program for key in ("textconv", "command")},
        "diff.external": program,
        "core.fsmonitor": program,
        "core.hooksPath": str(root / ".git/own-hooks"),
        "core.pager": program,
        "pager.rev-parse": program,
        "pager.ls-files": program,
        "core.sshCommand": program,
        "core.gitProxy": program,
        "core.askPass": program,
        "core.editor": program,
        "core.alternateRefsCommand": program,
        "credential.helper": program,
        "gpg.program": program,
        "alias.rev-parse": f"!{program}",
        "alias.cat-file": f"!{program}",
        "uploadpack.packObjectsHook": program,
    }
    for key, value in settings.items():
        git(root, "config", key, value)
    (root / ".git/own-hooks").mkdir()
    for folder in (root / ".git/own-hooks", root / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
            shutil.copy(program, folder / name)
    edit(root, LIST, "::Geo::CoolWidgetReplicator")
    for path in (root / LIST, root / FINDER):  # git would look at its content again
        os.utime(path, (1, 1))
    mark.unlink(missing_ok=True)
    before = state_of_git(root)
    assert "replicator-classes" in failing(since(root))["cool_widget"]
    plan_undo("CoolWidget", root)
    plan(root, **GIVEN)
    assert not mark.exists(), mark.read_text()
    assert state_of_git(root) == before


@pytest.mark.parametrize(
    ("filter_", "url"), in_turns(["blob:none", "tree:0"], ["file", "ssh", "ext", "git", "https", "vcs"])
)
def test_nothing_is_fetched_into_a_partial_clone(
    root: Path, tmp_path: Path, sentinel: tuple[Path, str], filter_: str, url: str
) -> None:
    mark, program = sentinel
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
    edit(root, LIST, "module Gitlab", "# a comment\nmodule Gitlab")
    commit_all(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", f"--filter={filter_}", f"file://{root}", str(clone))
    urls = {"ssh": "ssh://a@localhost/x", "ext": f"ext::{program} %S", "git": "git://localhost/x"}
    git(clone, "config", "remote.origin.url", urls.get(url, f"https://localhost:1/{url}"))
    if url == "file":
        git(clone, "config", "remote.origin.url", f"file://{root}")
    if url == "vcs":
        git(clone, "config", "remote.origin.vcs", "program")
    for key in ("remote.origin.uploadpack", "core.sshCommand", "core.gitProxy", "credential.helper"):
        git(clone, "config", key, program)
    git(clone, "config", "protocol.allow", "always")
    before = state_of_git(clone)
    with pytest.raises(ReadError, match="git does not have it") as caught:
        since(clone, "HEAD~")
    assert "git cat-file -p" in str(caught.value.remedy)
    assert not mark.exists()
    assert state_of_git(clone) == before
    assert since(clone).types == ()


# What is not there, or cannot be read.


def sparse(root: Path, *patterns: str) -> None:
    git(root, "update-index", "-q", "--refresh")  # the copy has other times, and git leaves what may be edited
    git(root, "sparse-checkout", "set", "--no-cone", *patterns)


def audited(root: Path) -> dict[str, tuple[State, str]]:
    return {item.id: (item.state, item.message) for each in check(Request(), root).types for item in each.items}


def test_what_a_sparse_checkout_leaves_out_is_neither_missing_nor_gone(root: Path) -> None:
    whole = audited(root)
    sparse(root, "/VERSION", "/ee/", "/.geo-scaffold/")
    assert not (root / "db/docs").exists()
    report = check(Request(), root)
    assert audited(root) == whole
    assert report.notes[0].startswith("Left out of this sparse checkout, and looked at as the index has it: ")
    assert since(root).types == ()
    for verb in (lambda: plan_undo("CoolWidget", root), lambda: plan(root, **GIVEN)):
        before = picture(root)
        with pytest.raises(ReadError, match="left out of this sparse checkout") as caught:
            verb()
        assert "git sparse-checkout" in str(caught.value.remedy)
        assert picture(root) == before
    (root / REPLICATOR).unlink()
    assert "replicator" in failing(since(root))["cool_widget"]
    git(root, "checkout", "-q", REPLICATOR)
    git(root, "sparse-checkout", "disable")
    assert audited(root) == whole
    assert plan_undo("CoolWidget", root).removals


def test_what_git_does_not_have_of_it_is_a_finding(root: Path, tmp_path: Path) -> None:
    sparse(root, "/VERSION", "/ee/", "/.geo-scaffold/", "/config/")
    path = "db/docs/cool_widget_states.yml"
    there = git(root, "rev-parse", f"HEAD:{path}")
    (root / ".git/objects" / there[:2] / there[2:]).rename(tmp_path / "away")
    assert audited(root)["states-dictionary"] == (State.DIFFERS, f"{path} is left out of this sparse checkout")
    assert since(root).types == ()


def test_a_change_of_what_a_sparse_checkout_leaves_out_is_seen(root: Path) -> None:
    (root / "db/docs/cool_widget_states.yml").write_text("table_name: other\n")
    commit_all(root)
    sparse(root, "/VERSION", "/ee/", "/.geo-scaffold/")
    assert [each.name for each in since(root, "HEAD~").types] == ["cool_widget"]
    sparse(root, "/VERSION", "/ee/", "/.geo-scaffold/", "/locale/")
    assert since(root).types == ()


@pytest.mark.parametrize("version", ["2", "4"])
def test_every_sort_of_index_says_what_is_left_out(root: Path, version: str) -> None:
    git(root, "update-index", "--index-version", version)
    git(root, "update-index", "--split-index")
    git(root, "update-index", "--skip-worktree", FINDER)
    (root / FINDER).unlink()
    assert audited(root)["finder"][0] is State.DONE
    with pytest.raises(ReadError, match="left out of this sparse checkout"):
        plan_undo("CoolWidget", root)


# Ruby that our grammar cannot read, and entries that are there twice.

UNREAD = "def storage = raise NotImplementedError, 'x'"


def test_valid_ruby_that_the_grammar_cannot_read_keeps_nothing_from_being_made(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    for path, before in ((LIST, "REPLICATOR_CLASSES ="), ("app/models/cool_widget.rb", "end\n")):
        text = (root / path).read_text()
        at = text.index(before) if path == LIST else text.rindex(before)
        (root / path).write_text(f"{text[:at]}{UNREAD}\n\n{text[at:]}")
    said = {
        step.operation.path: step.outcome.message
        for step in new(root, **GIVEN).steps
        if "cannot be parsed by geo-scaffold; `ruby -c` may accept it" in step.outcome.message
    }
    assert {LIST, "app/models/cool_widget.rb"} <= set(said)
    assert "::Geo::CoolWidgetReplicator" in (root / LIST).read_text()
    report = audited(root)
    assert {id_ for id_, (state, _) in report.items() if state is State.MISSING} == set()
    state, message = report["replicator-classes"]
    assert state is State.DIFFERS
    line = (root / LIST).read_text()[: (root / LIST).read_text().index(UNREAD)].count("\n") + 1
    assert message == f"line {line} cannot be parsed by geo-scaffold; `ruby -c` may accept it"


ELEMENT = "::Geo::CoolWidgetReplicator"
TWICE = {
    "an element": (
        LIST,
        "::Geo::CoolWidgetReplicator",
        "::Geo::CoolWidgetReplicator,\n      ::Geo::CoolWidgetReplicator",
    ),
    "a call": ("app/models/cool_widget.rb", "CoolWidget.prepend_mod", "CoolWidget.prepend_mod\nCoolWidget.prepend_mod"),
    "a key": (USAGE, '"cool_widgets_count": {', '"cool_widgets_count": {},\n    "cool_widgets_count": {'),
}


@pytest.mark.parametrize("what", TWICE)
def test_an_entry_that_is_there_twice_is_reported(root: Path, what: str) -> None:
    edit(root, *TWICE[what])
    said = [message for state, message in audited(root).values() if state is State.DIFFERS]
    assert len(said) == 1, said
    assert re.search(r"appears 2 times|more than once", said[0]), said
