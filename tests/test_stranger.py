"""Somebody adds two artifacts to the newest edition: entries, templates, a file of the small checkout, and no number.

It is really done here, in a copy of the project.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from editions import NEWEST
from sizes import sized

PROJECT = Path(__file__).parent.parent
PAGE = "doc/administration/geo/stranger.md"
FILES = {
    "create/stranger-spec.rb.j2": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe {{ registry_class }}, feature_category: :geo_replication do
  it { is_expected.to be_a(described_class) }
end
""",
    "ensure/stranger-docs.md.j2": "- `{{ name }}`\n",
}
ENTRIES = f"""
[[artifact]]
id = "stranger-spec"
after = "state-model"
phase = "implementation"
step = "replication"
level = "test"
op = "create"
targets = [{{ path = "ee/spec/lib/geo/{{name}}_stranger_spec.rb", template = "create/stranger-spec.rb.j2" }}]
[artifact.boxes]
1 = "Test what is strange in `ee/spec/lib/geo/{{name}}_stranger_spec.rb`."

[[artifact]]
id = "stranger-docs"
after = "status-docs"
phase = "implementation"
step = "metrics"
level = "doc"
op = "ensure"
note = "List {{title_plural}} in `{PAGE}`."
[[artifact.targets]]
path = "{PAGE}"
template = "ensure/stranger-docs.md.j2"
place = "in the list under `Types`, by name"
editor = {{ kind = "bullets", heading = "## Types", order = "sorted" }}
"""
ALL = ("tests/edition", "tests/test_checkouts.py", "tests/test_data.py", "tests/verbs/test_every_edition.py")
OTHERS = [
    f"tests/edition/{path.name}"
    for path in (PROJECT / "tests/edition").glob("test_created_files*.py")
    if not path.stem.endswith(f"_{NEWEST}")
]
MECHANISMS = [
    f"tests/edition/test_{name}.py" for name in ("box", "manifest_cache", "overrides", "sections", "templates")
]
"""Tests of how editions work, most of which make their own."""
SNAPSHOTS = (*ALL, "-k", "created_files or entries", "--snapshot-update")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the tests of an edition need, in which somebody has added the artifact."""
    root = tmp_path / "project"
    for folder in ("src/geo_scaffold", "templates", "tests", "benchmarks"):
        # With what is compiled already, which holds for files of the same time; but for what is being written just now.
        shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("*.pyc.*"))
    shutil.copy(PROJECT / "pyproject.toml", root)
    edition = root / f"templates/gitlab-{NEWEST}"
    for path, text in FILES.items():
        (edition / path).parent.mkdir(exist_ok=True)
        (edition / path).write_text(text)
    with (edition / "manifest.toml").open("a") as manifest:
        manifest.write(ENTRIES)
    return root


def pytest_in(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What needs Ruby, or a whole edition that is broken on purpose, says nothing of the artifact; how editions work,
    # and what is created for other ones, little.
    away = ["tests/edition/test_mistakes.py", *sized([*MECHANISMS, *OTHERS], [])]
    options = ("-q", "-p", "no:cacheprovider", "-m", "not ruby and not slow", *(f"--ignore={each}" for each in away))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHONPATH": str(root / "src")},
    )


@pytest.mark.slow
def test_an_artifact_is_added_without_a_number(project: Path) -> None:
    first = pytest_in(project, "tests/test_checkouts.py")
    assert first.returncode == 1
    assert f"first of all, add tests/checkouts/gitlab-{NEWEST}/{PAGE}" in first.stdout
    page = project / f"tests/checkouts/gitlab-{NEWEST}/{PAGE}"
    page.write_text("# Strange\n\n## Types\n\n- `ant`\n- `zoo`\n")
    updated = pytest_in(project, *SNAPSHOTS)
    assert "created" in updated.stdout
    assert "stranger-spec.rb" in updated.stdout
    done = pytest_in(project, *ALL)
    assert done.returncode == 0, done.stdout
