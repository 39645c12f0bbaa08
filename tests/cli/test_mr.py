"""`geo-scaffold mr`, as a user's shell sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from verbs.conftest import make_checkout, new, picture

MR = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(checkout, owner="project", merge_request=MR, feature_issue="#3")
    return checkout


def run(tree: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "geo_scaffold", "mr", *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", **variables},
    )


def test_the_description_is_printed_or_written(tree: Path, tmp_path: Path) -> None:
    before = picture(tree)
    done = run(tree, "CoolWidget", "--phase", "schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("## What does this MR do and why?\n")
    written = run(tree / "ee", "::CoolWidget", "--phase", "schema", "--output", str(tmp_path / "description.md"))
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "description.md").read_text() == done.stdout
    assert picture(tree) == before


def test_json_as_the_contract_has_it(tree: Path) -> None:
    done = run(tree, "CoolWidget", "--phase", "release", "--json")
    document = json.loads(done.stdout)
    assert list(document) == ["schema", "model", "phase", "branch", "commits", "description", "rollout"]
    assert (document["schema"], document["model"], document["phase"]) == (1, "CoolWidget", "release")
    assert document["description"] == run(tree, "CoolWidget", "--phase", "release").stdout
    (commit,) = document["commits"]
    assert list(commit) == ["subject", "body", "trailers", "files"]
    assert commit["trailers"] == ["Changelog: added", "EE: true"]


def test_what_is_missing_or_wrong_is_said(tree: Path) -> None:
    done = run(tree, "CoolWidget")
    assert done.returncode == 2
    assert "--phase" in done.stderr
    done = run(tree, "CoolWidget", "--phase", "begin")
    assert done.returncode == 2
    done = run(tree, "cool widget", "--phase", "schema")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
