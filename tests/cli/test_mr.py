"""`geo-scaffold mr`, as a user's shell sees it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from verbs.conftest import commit_all, git, make_checkout, new, picture

from .forks import geo_scaffold

MR = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(checkout, owner="project", merge_request=MR, feature_issue="#3")
    return checkout


def run(tree: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", **variables}
    return geo_scaffold("mr", *arguments, folder=tree, environment=environment)


def test_the_description_is_printed_or_written(tree: Path, tmp_path: Path) -> None:
    before = picture(tree)
    done = run(tree, "CoolWidget", "--phase", "schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("## What does this MR do and why?\n")
    written = run(tree / "ee", "::CoolWidget", "--phase", "schema", "--output", str(tmp_path / "description.md"))
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "description.md").read_text() == done.stdout
    assert picture(tree) == before


def test_a_type_that_is_not_begun_can_be_described_too(tree: Path) -> None:
    (tree / "app/models/shelves").mkdir()
    code = "module Shelves\n  class SpareWidget < ApplicationRecord\n    include HasRepository\n  end\nend\n"
    (tree / "app/models/shelves/spare_widget.rb").write_text(code)
    done = run(tree, "Shelves::SpareWidget", "--phase", "schema")
    assert done.returncode == 0, done.stderr
    assert "`shelves_spare_widget:registry-migration`" in done.stdout


@pytest.mark.parametrize("model", ["NoSuchWidget", "Shelves::NoSuchWidget"])
def test_what_does_not_exist_is_not_described(tree: Path, model: str) -> None:
    done = run(tree, model, "--phase", "schema")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"error: {model} was not generated here, and no file of this checkout defines it\n" in done.stderr
    assert f"geo-scaffold new {model} --kind KIND" in done.stderr


def test_what_new_refuses_is_not_described(tree: Path) -> None:
    (tree / "app/models/plain_widget.rb").write_text("class PlainWidget < ApplicationRecord\nend\n")
    done = run(tree, "PlainWidget", "--phase", "schema")
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: app/models/plain_widget.rb:1: PlainWidget has neither a file nor a repository" in done.stderr


def test_json_as_the_contract_has_it(tree: Path) -> None:
    done = run(tree, "CoolWidget", "--phase", "release", "--json")
    document = json.loads(done.stdout)
    assert list(document) == ["schema", "model", "phase", "branch", "commits", "description", "rollout"]
    assert (document["schema"], document["model"], document["phase"]) == (1, "CoolWidget", "release")
    assert document["description"] == run(tree, "CoolWidget", "--phase", "release").stdout
    (commit,) = document["commits"]
    assert list(commit) == ["subject", "body", "trailers", "files"]
    assert commit["trailers"] == ["Changelog: added", "EE: true"]


def test_what_is_missing_or_wrong_is_reported(tree: Path) -> None:
    done = run(tree, "CoolWidget")
    assert done.returncode == 2
    assert "--phase" in done.stderr
    done = run(tree, "CoolWidget", "--phase", "begin")
    assert done.returncode == 2
    done = run(tree, "cool widget", "--phase", "schema")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_a_phase_is_committed_and_said(tree: Path) -> None:
    commit_all(tree)  # what is there, the generated files too: of which nothing is left to commit
    done = run(tree, "CoolWidget", "--phase", "schema", "--commit")
    assert (done.returncode, done.stderr) == (0, "Nothing to commit: what was generated for the phase is committed.\n")
    migration = tree / "db/migrate" / next(path.name for path in (tree / "db/migrate").iterdir())
    migration.write_text(migration.read_text() + "# reviewed\n")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git(tree, "config", key, value)
    done = run(tree, "CoolWidget", "--phase", "schema", "--commit", "--branch", "tables", "--json")
    assert done.returncode == 0
    id_ = git(tree, "rev-parse", "HEAD")
    subject = "Add tables to replicate Cool Widgets with Geo"
    assert done.stderr == f"Committed {id_[:11]} to tables: {subject} (1 file)\n"
    document = json.loads(done.stdout)
    assert document["branch"] == "tables"
    (commit,) = document["commits"]
    assert commit["files"] == [migration.relative_to(tree).as_posix()]
    assert (commit["subject"], commit["trailers"]) == (subject, ["Changelog: added"])


def test_a_hook_that_says_no_is_seen_and_ends_with_4(tree: Path) -> None:
    git(tree, "add", "VERSION")
    git(tree, "commit", "-qm", "one")
    hook = tree / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no such thing\nexit 1\n")
    hook.chmod(0o755)
    git(tree, "config", "user.name", "A")
    git(tree, "config", "user.email", "a@example.org")
    done = run(tree, "CoolWidget", "--phase", "schema", "--commit", "--json")
    assert done.returncode == 4
    assert "no such thing\n" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "write"
    assert git(tree, "diff", "--cached", "--name-only") == ""


def test_a_branch_is_only_made_for_a_commit(tree: Path) -> None:
    done = run(tree, "CoolWidget", "--phase", "schema", "--branch", "x")
    assert done.returncode == 2
    assert done.stderr.startswith("error: --branch needs --commit\n")


def test_a_description_needs_its_phase(tree: Path) -> None:
    done = run(tree, "CoolWidget")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: --phase is missing")


def test_the_rollout_issue_is_printed_instead(tree: Path) -> None:
    done = run(tree, "CoolWidget", "--rollout")  # both flags are rolled out for the release
    assert done.stdout == run(tree, "CoolWidget", "--phase", "release", "--rollout").stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert "### Test replication and verification\n" in done.stdout
    document = json.loads(run(tree, "CoolWidget", "--phase", "release", "--rollout", "--json").stdout)
    assert document["rollout"] == done.stdout
    assert document["description"].startswith("## What does this MR do")
    path = tree / ".gitlab/issue_templates/Feature Flag Roll Out.md"
    path.parent.mkdir(parents=True)
    path.write_text("Ask @<gitlab-username-of-dri>\n/close\n")
    assert run(tree, "CoolWidget", "--phase", "release", "--rollout").stderr.splitlines() == [
        "The checkout's template asks GitLab for '/close', which is left out.",
        "Still to be filled in: <gitlab-username-of-dri>.",
    ]
