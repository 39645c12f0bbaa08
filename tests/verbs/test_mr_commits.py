"""`mr --commit` with real repositories: the files of a phase, and no other, with the user's hooks and configuration."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.errors import BlockedError, GeoScaffoldError, ReadError, UsageError, WriteError
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.mr import work_on
from geo_scaffold.verbs.mr.commits import CommitPlan, plan_commit, write
from geo_scaffold.verbs.mr.message import mistakes_in
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import write as write_plan
from geo_scaffold.verbs.release import plan_release

from .conftest import NOW, commit_all, git, make_checkout, new, picture

LIST: Final = "ee/lib/gitlab/geo.rb"
STRUCTURE: Final = "db/structure.sql"
MIGRATION: Final = "db/migrate/20230101000000_create_cool_widget_states.rb"
EXCUSE: Final = "rubocop:disable Migration/EnsureFactoryForTable"
RECEIPT: Final = ".geo-scaffold/cool_widget.json"
SCHEMA: Final = {
    RECEIPT,
    "db/docs/cool_widget_states.yml",
    MIGRATION,
    "db/schema_migrations/20230101000000",
    STRUCTURE,
    "ee/db/geo/docs/cool_widget_registry.yml",
    "ee/db/geo/migrate/20230101000000_create_cool_widget_registry.rb",
    "ee/db/geo/schema_migrations/20230101000000",
    "ee/db/geo/structure.sql",
}
PERSON: Final = {"user.name": "A", "user.email": "a@example.org"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_checkout(tmp_path_factory.mktemp("mr") / "gitlab", CHECKOUTS["18"])
    commit_all(root)
    git(root, "branch", "-M", "widget")
    for key, value in PERSON.items():
        git(root, "config", key, value)
    new(root, owner="project", kind="blob", merge_request="!12", feature_issue="#3")
    return root


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(generated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(generated, tmp_path / "gitlab"))


def planned(root: Path, phase: str = "schema", *, branch: str | None = None, model: str = "CoolWidget") -> CommitPlan:
    return plan_commit(work_on(model, Phase(phase), root), branch=branch)


def committed(root: Path, phase: str = "schema", **options: str) -> set[str]:
    """Commit a phase, and return the files of the commit."""
    plan = planned(root, phase, **options)
    id_ = write(plan)
    assert git(root, "rev-parse", "HEAD") == id_
    assert git(root, "log", "-1", "--format=%B") == plan.message.text().rstrip("\n")
    return set(git(root, "show", "--name-only", "--format=", "--no-renames", id_).splitlines())


def status(root: Path) -> str:
    return git(root, "status", "--porcelain", "--untracked-files=all")


def refused(root: Path, error: type[GeoScaffoldError], *words: str, branch: str | None = None) -> None:
    """See that nothing at all is changed by a refusal that says some words."""
    before = picture(root), (root / ".git/index").read_bytes() if (root / ".git/index").is_file() else None
    with pytest.raises(error) as raised:
        write(planned(root, branch=branch))
    said = f"{raised.value.message} {raised.value.remedy}"
    for word in words:
        assert word in said
    assert (picture(root), (root / ".git/index").read_bytes() if before[1] is not None else None) == before


def test_a_phase_is_committed_and_nothing_else(root: Path) -> None:
    before, was = picture(root), git(root, "rev-parse", "HEAD")
    assert committed(root) == SCHEMA
    assert git(root, "rev-parse", "HEAD^") == was
    assert picture(root) == before
    trailers = git(root, "log", "-1", "--format=%(trailers:only,unfold)")
    assert trailers == "Changelog: added"
    assert LIST in status(root)
    # Of the receipt, too, only what the phase has: else a checklist would miss the rest in the merge request.
    assert json.loads(git(root, "show", f"HEAD:{RECEIPT}"))["phases"] == ["schema"]
    assert json.loads((root / RECEIPT).read_text())["phases"] == ["schema", "implementation"]
    files = committed(root, "implementation")
    assert LIST in files
    assert files & SCHEMA == {RECEIPT, MIGRATION}
    assert status(root) == ""
    assert git(root, "show", f"HEAD:{RECEIPT}") == (root / RECEIPT).read_text().rstrip("\n")
    assert git(root, "log", "-1", "--format=%(trailers:only,unfold)") == ""


def test_a_second_time_there_is_nothing_to_commit(root: Path) -> None:
    committed(root)
    assert planned(root).paths == []
    committed(root, "implementation")
    assert planned(root).paths == []
    assert planned(root, "implementation").paths == []


def test_what_is_changed_in_review_is_another_commit(root: Path) -> None:
    committed(root)
    (root / MIGRATION).write_text((root / MIGRATION).read_text() + "# reviewed\n")
    first = git(root, "log", "-1", "--format=%s")
    assert committed(root) == {MIGRATION}
    assert EXCUSE in git(root, "show", f"HEAD:{MIGRATION}")
    message = git(root, "log", "-1", "--format=%B")
    assert message.splitlines()[0] != first
    assert "Changelog" not in message  # the changelog has an entry for each trailer
    assert list(mistakes_in(planned(root).message)) == []


@pytest.mark.parametrize("edit", ["", "# mine\n"])
def test_a_migration_excuses_that_its_factory_comes_later(root: Path, edit: str) -> None:
    """RuboCop's `Migration/EnsureFactoryForTable` reads the tree of each merge request alone."""
    (root / MIGRATION).write_text((root / MIGRATION).read_text() + edit)
    mine = (root / MIGRATION).read_text()
    assert EXCUSE not in mine
    plan = planned(root)
    assert f"{MIGRATION} is committed with the comment" in plan.notes[0]
    write(plan)
    schema = git(root, "rev-parse", "HEAD")
    excused = git(root, "show", f"HEAD:{MIGRATION}") + "\n"
    assert EXCUSE in excused
    assert "".join(line for line in excused.splitlines(True) if "rubocop:" not in line) == mine
    assert (root / MIGRATION).read_text() == mine
    # What is generated on that branch alone is what was committed.
    git(root, "worktree", "add", "-q", "--detach", "../other", schema)
    before = picture(root.parent / "other")
    new(root.parent / "other", selection=Selection(phases=(Phase.SCHEMA,)))
    assert picture(root.parent / "other") == before
    assert MIGRATION in committed(root, "implementation")
    assert (git(root, "show", f"HEAD:{MIGRATION}") + "\n", status(root)) == (mine, "")


def test_who_takes_the_excuse_out_of_a_migration_is_right(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    commit_all(root)
    for key, value in PERSON.items():
        git(root, "config", key, value)
    new(root, owner="project", selection=Selection(phases=(Phase.SCHEMA,)))
    mine = "".join(line for line in (root / MIGRATION).read_text().splitlines(True) if "rubocop:" not in line)
    (root / MIGRATION).write_text(mine)
    committed(root, branch="tables")
    assert git(root, "show", f"HEAD:{MIGRATION}") + "\n" == mine


def test_a_merged_migration_keeps_its_excuse(root: Path) -> None:
    committed(root)
    git(root, "branch", "master")
    plan = planned(root, "implementation")
    assert MIGRATION not in plan.paths
    assert plan.notes == (f"{MIGRATION} is merged with a comment that may stay: git restore {MIGRATION}",)


def test_the_release_is_a_commit_of_its_own(root: Path) -> None:
    committed(root)
    committed(root, "implementation")
    answers = Answers(model="CoolWidget").in_phases(["release"], milestone="18.11", merge_request="!99")
    write_plan(plan_release(answers, root, now=NOW, selection=Selection()), durable=False)
    files = committed(root, "release")
    assert "ee/config/feature_flags/ops/geo_cool_widget_replication.yml" in files
    assert status(root) == ""
    assert git(root, "log", "-1", "--format=%(trailers:only,unfold)") == "Changelog: added\nEE: true"


def test_of_a_file_of_two_phases_each_commit_has_its_part(root: Path) -> None:
    answers = Answers(model="CoolWidget").in_phases(["release"], milestone="18.11", merge_request="!99")
    write_plan(plan_release(answers, root, now=NOW, selection=Selection()), durable=False)
    flag = "ee/config/feature_flags/ops/geo_cool_widget_replication.yml"
    committed(root)
    committed(root, "implementation")
    assert "default_enabled: false" in git(root, "show", f"HEAD:{flag}")
    assert "default_enabled: true" in (root / flag).read_text()
    assert flag in committed(root, "release")
    assert "default_enabled: true" in git(root, "show", f"HEAD:{flag}")
    assert status(root) == ""


def test_a_branch_is_made_first(root: Path) -> None:
    was = git(root, "rev-parse", "widget")
    committed(root, branch="geo/tables")
    assert git(root, "symbolic-ref", "--short", "HEAD") == "geo/tables"
    assert git(root, "rev-parse", "widget") == was
    committed(root, "implementation", branch="geo/tables")  # the one that it is on already


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "", "refs/heads/../x", "a\x1b"])
def test_what_is_no_name_of_a_branch_is_refused(root: Path, name: str) -> None:
    refused(root, UsageError, "name of a branch", branch=name)


def test_a_branch_that_is_there_is_refused(root: Path) -> None:
    git(root, "branch", "tables")
    refused(root, BlockedError, "'tables' already", branch="tables")


def test_what_a_person_edited_is_committed_as_it_is(root: Path) -> None:
    (root / MIGRATION).write_text((root / MIGRATION).read_text() + "# mine\n")
    committed(root)
    assert git(root, "show", f"HEAD:{MIGRATION}").endswith("# mine")


def test_a_file_that_moved_is_committed_where_it_is(root: Path) -> None:
    moved = MIGRATION.replace("20230101000000", "20230101000009")
    (root / MIGRATION).rename(root / moved)
    assert committed(root) == {*SCHEMA, moved} - {MIGRATION}
    again = MIGRATION.replace("20230101000000", "20230101000010")
    (root / moved).rename(root / again)
    (root / RECEIPT).write_text((root / RECEIPT).read_text().replace(MIGRATION, moved))
    assert committed(root) >= {moved, again}


def test_a_file_that_was_followed_is_committed_and_gone_where_it_was(root: Path) -> None:
    old, there = (
        "ee/spec/finders/geo/cool_widget_registry_finder_spec.rb",
        "ee/spec/finders/geo/deep/cool_widget_spec.rb",
    )
    committed(root)
    assert old in committed(root, "implementation")
    (root / there).parent.mkdir()
    (root / old).rename(root / there)
    (root / there).write_text((root / there).read_text() + "# mine\n")
    new(root)
    assert committed(root, "implementation") == {RECEIPT, old, there}
    assert status(root) == ""


def test_what_else_is_staged_is_refused(root: Path) -> None:
    (root / "other.rb").write_text("x\n")
    git(root, "add", "other.rb")
    refused(root, BlockedError, "something else is staged: other.rb", "git restore --staged")


def test_what_is_staged_of_the_phase_is_committed_as_it_is_staged(root: Path) -> None:
    git(root, "add", MIGRATION)
    whole = (root / MIGRATION).read_text()
    (root / MIGRATION).write_text(whole + "# later\n")
    assert MIGRATION in committed(root)
    assert git(root, "show", f"HEAD:{MIGRATION}") == whole.rstrip("\n")


def test_other_changes_of_a_shared_file_are_refused_until_somebody_chooses(root: Path) -> None:
    text = (root / STRUCTURE).read_text()
    (root / STRUCTURE).write_text(text + "\nCREATE TABLE gears (\n    id bigint NOT NULL\n);\n")
    refused(root, BlockedError, f"other changes too in {STRUCTURE}", f"git add --patch {STRUCTURE}")
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob(root, text)},{STRUCTURE}")
    assert STRUCTURE in committed(root)
    assert git(root, "show", f"HEAD:{STRUCTURE}") == text.rstrip("\n")
    assert "gears" in (root / STRUCTURE).read_text()


def test_of_two_types_that_were_generated_each_has_its_own_commits(root: Path) -> None:
    new(root, model="Gear", owner="project", kind="blob")
    before = picture(root)
    assert committed(root) == SCHEMA
    assert "gear" not in git(root, "show", f"HEAD:{STRUCTURE}")
    assert "::Geo::GearReplicator" not in git(root, "show", f"HEAD:{LIST}")
    for model, phase in (("Gear", "schema"), ("Gear", "implementation"), ("CoolWidget", "implementation")):
        write(planned(root, phase, model=model))
    assert status(root) == ""
    assert picture(root) == before


def test_a_hook_that_says_no_leaves_the_index_as_it_was(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hook(root, "pre-commit", "echo not today; git add other.rb; exit 1")
    (root / "other.rb").write_text("x\n")
    git(root, "add", "-N", "other.rb")
    before = (root / ".git/index").read_bytes()
    refused(root, WriteError, "the index is as it was")
    assert (root / ".git/index").read_bytes() == before
    assert "not today" in capfd.readouterr().err


def test_a_hook_that_says_no_leaves_the_branch_to_try_again_on(root: Path) -> None:
    hook(root, "pre-commit", "exit 1")
    with pytest.raises(WriteError, match="the index is as it was, on the new branch"):
        committed(root, branch="tables")
    assert git(root, "diff", "--cached", "--name-only") == ""
    (root / ".git/hooks/pre-commit").unlink()
    assert committed(root, branch="tables") == SCHEMA


def test_the_hooks_of_the_user_run(root: Path) -> None:
    hook(root, "pre-commit", "git diff --cached --name-only > .git/seen")
    hook(root, "commit-msg", 'echo "Signed-off-by: A <a@example.org>" >> "$1"')
    write(planned(root))
    assert set((root / ".git/seen").read_text().splitlines()) == SCHEMA
    assert git(root, "log", "-1", "--format=%(trailers:only,unfold)").splitlines() == [
        "Changelog: added",
        "Signed-off-by: A <a@example.org>",
    ]


def test_a_commit_is_signed_where_the_user_has_it_so(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "echo '-----BEGIN PGP SIGNATURE-----'\necho '-----END PGP SIGNATURE-----'\n"
    )
    program.chmod(0o755)
    git(root, "config", "commit.gpgsign", "true")
    git(root, "config", "gpg.program", str(program))
    write(planned(root))
    assert "BEGIN PGP SIGNATURE" in git(root, "cat-file", "commit", "HEAD")


def test_without_an_identity_git_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "config", "--unset", "user.email")
    git(root, "config", "user.useConfigOnly", "true")
    monkeypatch.delenv("EMAIL", raising=False)
    refused(root, WriteError, "git made no commit")


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(checkout, owner="project")
    refused(checkout, BlockedError, "nothing is committed here yet")


def test_where_there_is_no_git_it_is_refused(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"], git=False)
    new(checkout, owner="project")
    refused(checkout, ReadError, "not in a work tree of git")


def test_a_folder_of_its_own_and_a_type_without_a_receipt_are_refused(tmp_path: Path, root: Path) -> None:
    new(tmp_path, model="Gear", owner="project")
    with pytest.raises(UsageError, match="in a standalone folder") as raised:
        planned(tmp_path, model="Gear")
    assert "geo-scaffold new Gear" in str(raised.value.remedy)
    (root / RECEIPT).unlink()
    refused(root, UsageError, "there is no receipt", "geo-scaffold new CoolWidget")


def test_a_phase_that_was_not_generated_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="nothing was generated for") as raised:
        planned(root, "release")
    assert raised.value.remedy == "Run `geo-scaffold release CoolWidget` first"


def test_no_branch_is_refused_unless_one_is_made(root: Path) -> None:
    git(root, "checkout", "-q", "--detach")
    refused(root, BlockedError, "HEAD is not on a branch", "--branch NAME")
    assert committed(root, branch="tables") == SCHEMA


@pytest.mark.parametrize("what", ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"])
def test_nothing_is_committed_while_git_waits_for_a_person(root: Path, what: str) -> None:
    if what.startswith("rebase"):
        (root / ".git" / what).mkdir()
    else:
        (root / ".git" / what).write_text(git(root, "rev-parse", "HEAD") + "\n")
    refused(root, BlockedError, "is under way", "Finish or abort")


def test_a_file_in_conflict_is_refused(root: Path) -> None:
    id_ = blob(root, "x\n")
    entries = "".join(f"100644 {id_} {stage}\tVERSION\n" for stage in (1, 2, 3))
    git_with(root, f"0 {'0' * 40}\tVERSION\n" + entries, "update-index", "--index-info")
    refused(root, BlockedError, "in conflict")


def test_in_a_hook_it_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / ".git/index"))
    refused(root, UsageError, "GIT_INDEX_FILE")


def test_a_receipt_that_names_another_file_commits_it_not(root: Path) -> None:
    (root / ".env").write_text("TOKEN=x\n")
    receipt = json.loads((root / RECEIPT).read_text())
    receipt["operations"].append({**receipt["operations"][0], "path": ".env"})
    (root / RECEIPT).write_text(json.dumps(receipt, indent=2) + "\n")
    plan = planned(root)
    assert plan.notes[0] == ".env is in the receipt, and is left as it is: the phase has no such file."
    assert committed(root) == SCHEMA


def test_a_receipt_that_git_ignores_stays_here(root: Path) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text(".geo-scaffold/\n")
    assert planned(root).notes[0] == f"{RECEIPT} is not committed, as git ignores it."
    assert committed(root) == SCHEMA - {RECEIPT}


def test_a_file_that_git_ignores_is_refused(root: Path) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text("db/migrate/\n")
    refused(root, BlockedError, f"git ignores {MIGRATION}")


def test_in_a_work_tree_beside_the_first(generated: Path, tmp_path: Path) -> None:
    first = Path(shutil.copytree(generated, tmp_path / "first"))
    git(first, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    new(tmp_path / "other", owner="project", kind="blob", merge_request="!12", feature_issue="#3")
    assert committed(tmp_path / "other") == SCHEMA
    assert git(first, "rev-parse", "HEAD") == git(tmp_path / "other", "rev-parse", "HEAD^")


def test_a_checkout_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for key, value in PERSON.items():
        git(tmp_path, "config", key, value)
    checkout = make_checkout(tmp_path / "vendor/gitlab", CHECKOUTS["18"], git=False)
    commit_all(tmp_path)
    new(checkout, owner="project", kind="blob", merge_request="!12", feature_issue="#3")
    (tmp_path / "above").write_text("x\n")
    git(tmp_path, "add", "above")
    with pytest.raises(BlockedError, match="something else is staged: above"):
        planned(checkout)
    git(tmp_path, "rm", "-q", "--cached", "above")
    assert committed(checkout) == {f"vendor/gitlab/{path}" for path in SCHEMA}


def test_a_sparse_checkout(root: Path) -> None:
    git(root, "sparse-checkout", "set", "--no-cone", "/*", "!/doc/")
    assert not (root / "doc").exists() or (root / "doc").is_dir()
    assert committed(root) == SCHEMA


def test_line_ends_of_the_work_tree_are_none_of_the_commit(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    commit_all(checkout)
    for key, value in {**PERSON, "core.autocrlf": "true"}.items():
        git(checkout, "config", key, value)
    for path in git(checkout, "ls-files").splitlines():
        content = (checkout / path).read_bytes()
        (checkout / path).write_bytes(content.replace(b"\n", b"\r\n"))
    git(checkout, "add", "-A")
    assert git(checkout, "diff", "--cached", "--name-only") == ""
    new(checkout, owner="project", kind="blob", merge_request="!12", feature_issue="#3")
    assert committed(checkout) == SCHEMA
    assert b"\r\n" in (checkout / STRUCTURE).read_bytes()
    assert "\r" not in git(checkout, "show", f"HEAD:{STRUCTURE}")


def hook(root: Path, name: str, script: str) -> None:
    path = root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def blob(root: Path, text: str) -> str:
    return git_with(root, text, "hash-object", "-w", "--stdin")


def git_with(root: Path, given: str, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], input=given.encode(), capture_output=True, check=True, env={**os.environ}
    )
    return done.stdout.decode().strip()
