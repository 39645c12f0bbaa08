"""A branch that adds a type, and a shell to run in it what runs in CI and in hooks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from verbs.conftest import make_checkout, new

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/ci"
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"
QUIET = {key: value for key, value in os.environ.items() if not key.startswith("CI_")}


def shell(script: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run lines as a runner or a hook does, with `geo-scaffold` in the path, and what is installed beside Python."""
    program = folder.parent / "bin/geo-scaffold"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m geo_scaffold "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**QUIET, **variables, "PATH": path, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )


@pytest.fixture
def branch(tmp_path: Path) -> tuple[Path, str]:
    """A clone of GitLab in which a branch adds a type, and the commit that it left."""
    upstream = make_checkout(tmp_path / "upstream")
    git = "git -c user.name=a -c user.email=a@example.org"
    assert shell([f"git checkout -q -b master && git add -A && {git} commit -qm one"], upstream).returncode == 0
    clone = tmp_path / "clone"
    assert shell([f"git clone -q {upstream} {clone} && git -C {clone} checkout -q -b widget"], upstream).returncode == 0
    url = "https://gitlab.com/g/p/-"
    issues = {"feature_issue": f"{url}/issues/1", "rollout_issue": f"{url}/issues/2"}
    new(clone, owner="project", milestone="16.3", merge_request=f"{url}/merge_requests/1", **issues)
    assert shell([f"git add -A && {git} commit -qm two"], clone).returncode == 0
    return clone, shell(["git rev-parse origin/master"], clone).stdout.strip()
