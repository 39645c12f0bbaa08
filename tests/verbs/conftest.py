"""Small checkouts, pictures of folders, and the verbs with the arguments that tests do not care about."""

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_16
from geo_scaffold.answers import PHASED, Answers
from geo_scaffold.verbs.new import EVERYTHING, Selection, leave_unresolved, plan_new
from geo_scaffold.verbs.plan import Choice, Decide, Decision, Plan, write
from geo_scaffold.verbs.undo import UndoPlan, plan_undo, write_undo

NOW = "20230101000000"
OTHER_TIME = "20300101000000"
STATES_DICTIONARY = "db/docs/cool_widget_states.yml"
UNSHARDED = "spec/lib/gitlab/organizations/sharding_key_spec.rb"


def picture(folder: Path) -> dict[str, bytes | None]:
    """Return the bytes of every file below a folder, None for a folder; `.git` is left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if ".git" not in path.relative_to(folder).parts
    }


def plan(
    into: Path,
    *,
    model: str = "CoolWidget",
    now: str = NOW,
    decide: Decide = leave_unresolved,
    selection: Selection = EVERYTHING,
    answered_for: Iterable[str] | None = None,
    **answers: Any,
) -> Plan:
    phased = {key: answers.pop(key) for key in PHASED if key in answers}
    given = Answers(model=model, **answers).in_phases(answered_for or selection.phases, **phased)
    return plan_new(given, into, now=now, selection=selection, decide=decide)


def new(into: Path, **options: Any) -> Plan:
    made = plan(into, **options)
    write(made, durable=False)
    return made


def undo(into: Path, model: str = "CoolWidget") -> UndoPlan:
    made = plan_undo(model, into)
    write_undo(made, durable=False)
    return made


def always(choice: Choice, content: bytes | None = None) -> Decide:
    return lambda _step, _tree: Decision(choice, content)


def make_checkout(folder: Path, files: Mapping[str, str] = CHECKOUT_16, *, git: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if git:
        subprocess.run(
            ["git", "init", "-q", str(folder)], check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
        )
    return folder


def git(root: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular; return what it says."""
    return subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
    ).stdout.strip()


def commit_all(root: Path) -> str:
    """Commit everything; return the id of the commit."""
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab")


Make = Callable[[Path], Path]


def decide_sharding(root: Path) -> None:
    """Decide on the sharding key of a generated type: an issue, and an exemption."""
    with (root / STATES_DICTIONARY).open("a") as file:
        file.write("sharding_key_issue_url: https://gitlab.com/gitlab-org/gitlab/-/work_items/1\n")
    (root / UNSHARDED).parent.mkdir(parents=True, exist_ok=True)
    (root / UNSHARDED).write_text("let(:allowed_to_be_missing_sharding_key) { ['cool_widget_states'] }\n")
