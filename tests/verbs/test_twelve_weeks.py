"""Twelve weeks of one type, from the first run to the release, with what happens in between; each step is looked at."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.outline.broken import breakage_of
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, check
from geo_scaffold.verbs.checklist.items import OPEN
from geo_scaffold.verbs.new import EVERYTHING, Selection
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.release import plan_release
from ruby.static import complaints_of_rubocop
from sizes import sized
from verbs.conftest import NOW, OTHER_TIME, commit_all, git, make_checkout, new, picture, plan

EDITIONS = ("18", "19")
SCHEMA = Selection(phases=(Phase.SCHEMA,))
IMPLEMENTATION = Selection(phases=(Phase.IMPLEMENTATION,))
LATER = "20230303030303"
URL = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests"
DICTIONARY = "db/docs/cool_widget_states.yml"
FACTORY = "ee/spec/factories/geo/cool_widget_registry.rb"
MOVED = "ee/spec/factories/geo/registries/cool_widget_registry.rb"
LEFT = {"selective-sync", "sharding-key", "graphql-reference", "openapi", "gettext"}
"""What is of a person, or of a command that boots Rails."""


def verify(root: Path, phases: Iterable[Phase], *, selection: Selection = EVERYTHING) -> None:
    """All that is there can be read, another run changes nothing, and nothing of the phases is open but `LEFT`."""
    for path, content in picture(root).items():
        if content is not None and not path.startswith(".geo-scaffold"):
            assert breakage_of(content.decode("utf-8", "surrogateescape"), path) is None, path
    assert plan(root, now=OTHER_TIME, selection=selection).tree.changes() == ()
    (report,) = check(Request(models=("CoolWidget",)), root).types
    found = {item.id: item.message for item in report.items if item.phase in phases and item.state in OPEN}
    assert {id_: message for id_, message in found.items() if id_ not in LEFT} == {}


def please_the_cops(root: Path, base: str, edition: str) -> None:
    """RuboCop has nothing against the Ruby that is new since a commit; `tests/ruby` says where it is missing."""
    if edition == EDITIONS[-1] and shutil.which("rubocop"):  # one edition says enough
        paths = git(root, "diff", "--name-only", "--no-renames", "--diff-filter=A", base, "--", "*.rb").splitlines()
        complaints = complaints_of_rubocop([root / path for path in paths], root)
        shutil.rmtree(root / "cache")
        assert paths
        assert {path: found for path, found in complaints.items() if found} == {}


def merge(root: Path, branch: str) -> None:
    git(root, "checkout", "-q", "master")
    git(root, "merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)


@pytest.mark.parametrize("edition", sized(EDITIONS[-1:], EDITIONS))
def test_a_type_from_the_first_run_to_the_release(tmp_path: Path, edition: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition])
    git(root, "checkout", "-q", "-b", "master")
    major = (root / "VERSION").read_text().partition(".")[0]
    base = commit_all(root)

    # Week 1: the merge request of the schema.
    git(root, "checkout", "-q", "-b", "schema")
    new(root, kind="blob", owner="project", now=OTHER_TIME, timestamp=NOW, selection=SCHEMA, merge_request="!1")
    commit_all(root)
    verify(root, [Phase.SCHEMA], selection=SCHEMA)

    # Week 2: a reviewer has the description reworded, and the URL was of another merge request.
    text = (root / DICTIONARY).read_text()
    (root / DICTIONARY).write_text(text.replace("description: ", "description: Reworded. ", 1))
    new(root, now=OTHER_TIME, selection=SCHEMA, merge_request=f"{URL}/11/diffs#note_1")
    assert f"introduced_by_url: {URL}/11\n" in (root / DICTIONARY).read_text()
    assert "Reworded." in (root / DICTIONARY).read_text()
    verify(root, [Phase.SCHEMA], selection=SCHEMA)

    # Week 6: it slips by two milestones, and its migrations get another version.
    milestone = f"{major}.99"
    (root / "VERSION").write_text(f"{milestone}.0-pre\n")
    (report,) = check(Request(models=("CoolWidget",)), root).types
    told = next(item for item in report.items if item.id == "states-migration")
    assert told.remedy == f"geo-scaffold new CoolWidget --phase schema --milestone {milestone}"
    new(root, now=OTHER_TIME, selection=SCHEMA, milestone=milestone)
    new(root, now=OTHER_TIME, selection=SCHEMA, timestamp=LATER)
    assert f"milestone '{milestone}'" in (root / f"db/migrate/{LATER}_create_cool_widget_states.rb").read_text()
    assert [path for path in picture(root) if NOW in path] == []
    verify(root, [Phase.SCHEMA], selection=SCHEMA)
    commit_all(root)
    please_the_cops(root, base, edition)
    merge(root, "schema")
    merged = {path: content for path, content in picture(root).items() if "/migrate/" in path or "/docs/" in path}

    # Week 7: the implementation; meanwhile a colleague's type is merged, and the lists conflict.
    git(root, "checkout", "-q", "-b", "implementation")
    issues = {"feature_issue": "#3", "rollout_issue": "#4"}
    new(root, now=OTHER_TIME, selection=IMPLEMENTATION, merge_request="!2", milestone=milestone, **issues)
    commit_all(root)
    verify(root, [Phase.SCHEMA, Phase.IMPLEMENTATION])
    git(root, "checkout", "-q", "master")
    new(root, model="CoolThing", kind="blob", owner="project", now=OTHER_TIME, merge_request="!3", **issues)
    commit_all(root)
    git(root, "checkout", "-q", "implementation")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "master")
    files = git(root, "diff", "--name-only", "--diff-filter=U").splitlines()
    git(root, "checkout", "--theirs", "--", *files)
    new(root, now=OTHER_TIME)
    commit_all(root)
    verify(root, [Phase.SCHEMA, Phase.IMPLEMENTATION])
    assert plan(root, model="CoolThing", now=OTHER_TIME).tree.changes() == ()

    # Week 9: a factory is moved, a title and a URL are corrected.
    (root / MOVED).parent.mkdir()
    git(root, "mv", FACTORY, MOVED)
    new(root, now=OTHER_TIME, selection=IMPLEMENTATION, title="Kool Widget", merge_request="!22")
    assert not (root / FACTORY).exists()
    (flag,) = (root / "ee/config/feature_flags").rglob("geo_cool_widget_replication.yml")
    assert f"introduced_by_url: {URL}/22\n" in flag.read_text()
    assert "Kool Widget" in (root / "ee/app/replicators/geo/cool_widget_replicator.rb").read_text()
    verify(root, [Phase.SCHEMA, Phase.IMPLEMENTATION])
    commit_all(root)
    merge(root, "implementation")
    assert merged.items() <= picture(root).items()

    # Week 12: the release.
    git(root, "checkout", "-q", "-b", "release")
    answers = Answers("CoolWidget").in_phases(["release"], merge_request="!5", milestone=milestone)
    write(plan_release(answers, root, now=OTHER_TIME, selection=EVERYTHING), durable=False)
    assert "default_enabled: true\n" in flag.read_text()
    slipped = answers.in_phases(["release"], milestone=f"{milestone}9")
    write(plan_release(slipped, root, now=OTHER_TIME, selection=EVERYTHING), durable=False)
    assert f"({milestone}9)" in (root / "doc/administration/geo/replication/datatypes.md").read_text()
    assert merged.items() <= picture(root).items()
    verify(root, Phase)
    commit_all(root)
    please_the_cops(root, base, edition)
