"""Templates of a checkout's own in every reading: planned, written, audited, undone and released with them."""

import os
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from checkouts import CHECKOUT_16, CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.commit.private import CACHE_VARIABLE
from geo_scaffold.edition import sources, templates_root
from geo_scaffold.errors import ConfinementError, GeoScaffoldError, OverrideError
from geo_scaffold.git import changes_since
from geo_scaffold.verbs.checklist import Item, Report, Request, State, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.release import plan_release
from geo_scaffold.verbs.undo import Fate, plan_undo
from sizes import in_turns, sized

from .conftest import NOW, commit_all, git, make_checkout, new, picture, plan, undo
from .test_report_cache import is_found

FOLDER = ".geo-scaffold/templates"
FINDER = "ee/app/finders/geo/cool_widget_registry_finder.rb"
REPLICATOR = "ee/app/replicators/geo/cool_widget_replicator.rb"
TEMPLATE = "gitlab-18/create/finder.rb.j2"
OTHERWISE = (
    '{% filter replace("    include", "    extend Mine\\n    include") %}{% include "original/PATH" %}{% endfilter %}'
)
GIVEN: dict[str, Any] = {
    "kind": "blob",
    "owner": "project",
    "milestone": "18.9",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}
EVERYTHING = Request(everything=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", CHECKOUT_18)


def override(folder: Path, path: str = TEMPLATE, text: str = OTHERWISE) -> Path:
    file = folder / FOLDER / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace("PATH", path))
    return file


def item(report: Report, id_: str) -> Item:
    return next(each for each in report.types[0].items if each.id == id_)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file except overrides."""
    return {path: content for path, content in picture(folder).items() if content is not None and FOLDER not in path}


def make_folder(root: Path) -> None:
    """Create the folder of overrides, so that all receipts have the same folders."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    (root / FOLDER / ".gitkeep").touch()


def test_every_reading_uses_it(root: Path) -> None:
    override(root)
    before = picture(root)
    previewed = plan(root, **GIVEN)
    assert picture(root) == before
    new(root, **GIVEN)
    assert "    extend Mine\n    include" in (root / FINDER).read_text()
    assert {change.path: change.after for change in previewed.tree.changes()}[FINDER] == (root / FINDER).read_bytes()
    assert any(f"{FOLDER}/{TEMPLATE} overrides a template; " in note for note in previewed.notes)
    again = plan(root)
    assert again.tree.changes() == ()
    report = check(EVERYTHING, root)
    assert item(report, "finder").state is State.DONE
    assert any(TEMPLATE in note for note in report.notes)
    (root / FINDER).write_text((root / FINDER).read_text().replace("    extend Mine\n", ""))
    report = check(EVERYTHING, root)
    assert (item(report, "finder").state, "Mine" in item(report, "finder").message) == (State.DIFFERS, True)
    (root / FINDER).unlink()
    new(root)
    undone = undo(root)
    assert undone.with_fate(Fate.KEPT) == []
    assert any(TEMPLATE in note for note in undone.notes)
    assert picture(root) == before


def test_an_undo_takes_out_the_entry_that_it_made(root: Path) -> None:
    override(root, "gitlab-18/ensure/replicator-classes.rb.j2", "::Geo::MyOwnReplicator\n")
    before = picture(root)
    new(root, **GIVEN)
    assert "::Geo::MyOwnReplicator" in (root / "ee/lib/gitlab/geo.rb").read_text()
    assert item(check(EVERYTHING, root), "replicator-classes").state is State.DONE
    assert undo(root).with_fate(Fate.KEPT) == []
    assert picture(root) == before


def test_a_release_uses_it(root: Path) -> None:
    new(root, **GIVEN)
    override(root, "gitlab-18/ensure/release-data-types.md.j2", '{% include "original/PATH" %}')
    override(root, "gitlab-18/ensure/release-flag.yml.j2", "{{ nope }}")
    with pytest.raises(OverrideError, match="'nope' is undefined"):
        plan_release(Answers(model="CoolWidget"), root, now=NOW, selection=Selection())


@pytest.mark.parametrize(
    ("edition", "kind", "layout"),
    sized(
        [("18", "blob", "checkout")],
        [*product(("16", "18"), ("repository", "blob"), ("checkout", "standalone"))],
    ),
)
def test_all_overridden_by_what_extends_its_original_is_none_overridden(
    tmp_path: Path, edition: str, kind: str, layout: str
) -> None:
    """Ours are rendered in the sandbox then, to the same bytes."""
    made = []
    for name in ("plain", "overridden"):
        folder = tmp_path / name / "gitlab"
        make_folder(folder)
        if layout == "checkout":
            make_checkout(folder, CHECKOUT_18 if edition == "18" else CHECKOUT_16, git=False)
        if name == "overridden":
            for path in templates_root().rglob("*.j2"):
                override(folder, path.relative_to(templates_root()).as_posix(), '{% extends "original/PATH" %}')
        new(folder, kind=kind, owner="group", gitlab=f"{edition}.3", runtime=True)
        made.append(files_of(folder))
    assert len(made[0]) >= 40
    assert made[0] == made[1]


@pytest.mark.parametrize("place", [".", "cool_widget"])
def test_outside_a_checkout_it_is_beside_the_folder_or_in_it(tmp_path: Path, place: str) -> None:
    path = "gitlab-16/create/finder.rb.j2"
    file = override(tmp_path / place, path)
    before = picture(tmp_path)
    new(tmp_path)
    finder = tmp_path / "cool_widget/gitlab" / FINDER
    assert "extend Mine" in finder.read_text()
    for into in (tmp_path, tmp_path / "cool_widget", tmp_path / "cool_widget/gitlab"):
        assert plan(into).tree.changes() == ()
    assert item(check(Request(), tmp_path), "finder").state is State.DONE
    assert item(check(Request(), tmp_path / "cool_widget"), "finder").state is State.DONE
    finder.write_text(finder.read_text().replace("extend Mine", ""))
    assert item(check(Request(), tmp_path), "finder").state is State.DIFFERS
    shutil.copy(file, file.with_name(".kept"))
    override(tmp_path / place, path, "{{ nope }}")
    for reading in (lambda: plan(tmp_path), lambda: check(Request(), tmp_path)):
        with pytest.raises(OverrideError):
            reading()
    shutil.move(file.with_name(".kept"), file)
    finder.unlink()
    new(tmp_path)
    undo(tmp_path)
    assert picture(tmp_path) == before


def test_of_two_places_the_nearer_one_counts(tmp_path: Path) -> None:
    override(tmp_path, "gitlab-16/create/finder.rb.j2", "# beside\n")
    override(tmp_path / "cool_widget", "gitlab-16/create/finder.rb.j2", "# inside\n")
    new(tmp_path)
    assert (tmp_path / "cool_widget/gitlab" / FINDER).read_text() == "# inside\n"


Change = Callable[[Path, str, str, pytest.MonkeyPatch], None]


def by_override(root: Path, path: str, text: str, _patch: pytest.MonkeyPatch) -> None:
    make_folder(root)
    override(root, path, text)


def by_program(root: Path, path: str, text: str, patch: pytest.MonkeyPatch) -> None:
    """Give another version of the program another template."""
    make_folder(root)
    package = root.parent / "package"
    if not package.exists():
        shutil.copytree(templates_root(), package / "templates")
        patch.setattr(sources, "_PACKAGE", package)
    (package / "templates" / path).write_text(text)


VERSIONS = [
    ("gitlab-16/create/finder.rb.j2", FINDER, "# one\n", "# two\n"),
    (
        "gitlab-16/ensure/replicator-classes.rb.j2",
        "ee/lib/gitlab/geo.rb",
        "{{ replicator_class }}\n",
        "::{{ replicator_class }}\n",
    ),
    (
        "gitlab-16/ensure/metrics-docs.md.j2",
        "doc/administration/monitoring/prometheus/gitlab_metrics.md",
        "| `geo_{{ plural }}` | Gauge | 16.3 | One | `url` |\n",
        "| `geo_{{ plural }}` | Gauge | 16.3 | Two | `url` |\n",
    ),
]
"""Templates, the files that they make, and the texts of two versions."""


@pytest.mark.parametrize(("version", "edited"), in_turns(VERSIONS, [False, True]))
def test_another_override_is_as_another_version_of_the_program(
    tmp_path: Path, version: tuple[str, str, str, str], *, edited: bool
) -> None:
    path, file, first, second = version
    seen = []
    for change in (by_override, by_program):
        root = make_checkout(tmp_path / change.__name__ / "gitlab", CHECKOUT_18)
        with pytest.MonkeyPatch.context() as patch:
            change(root, path, first, patch)
            new(root, **GIVEN)
            if edited:
                (root / file).write_text((root / file).read_text().replace("one", "mine").replace("One", "Mine"))
            generated = files_of(root)
            change(root, path, second, patch)
            again = plan(root)
            write(again, durable=False)
            renewed = files_of(root)
            undone = undo(root)
            outcomes = [(step.operation.id, step.outcome) for step in again.steps]
            fates = [(each.operation.id, each.fate, each.reason) for each in undone.removals]
            seen.append((generated, renewed, files_of(root), outcomes, fates))
            if not edited:
                assert undone.with_fate(Fate.KEPT) == []
                assert (renewed != generated) is (file == FINDER)  # an entry in another form exists
    assert seen[0] == seen[1]


@pytest.mark.parametrize("path", ["gitlab-16/create/finder.rb.j2", "gitlab-16/ensure/metrics-docs.md.j2"])
def test_one_that_changed_before_an_undo_is_as_another_version_of_the_program(tmp_path: Path, path: str) -> None:
    seen = []
    text = (templates_root() / path).read_text()
    for change in (by_override, by_program):
        root = make_checkout(tmp_path / change.__name__ / "gitlab", CHECKOUT_18)
        with pytest.MonkeyPatch.context() as patch:
            change(root, path, text, patch)
            new(root, **GIVEN)
            change(root, path, text.replace("Number", "Count").replace("include", "extend"), patch)
            undone = undo(root)
            seen.append(([(each.operation.id, each.fate, each.reason) for each in undone.removals], files_of(root)))
    assert seen[0] == seen[1]


def test_a_cached_report_goes_when_one_comes_changes_or_goes(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    new(root, **GIVEN)
    check(EVERYTHING, root)
    assert is_found(root)
    file = override(root)
    assert item(check(EVERYTHING, root), "finder").state is State.DIFFERS
    assert is_found(root)
    override(root, text='{% include "original/PATH" %}')
    assert item(check(EVERYTHING, root), "finder").state is State.DONE
    assert is_found(root)
    override(root, "gitlab-16/create/registry-model.rb.j2", '{% extends "original/PATH" %}')
    assert not is_found(root)
    file.unlink()
    assert not is_found(root)
    assert is_found(root)


def test_what_was_open_before_is_decided_by_the_overrides_of_that_time(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "master")
    file = override(root, text="{{ nope }}")
    file.unlink()
    new(root, **GIVEN)
    override(root)

    def of_branch() -> tuple[State, bool]:
        report = check(Request(changes=lambda folder: changes_since(folder, "master")), root)
        judged = item(report, "finder")
        return judged.state, judged.before

    commit_all(root)  # the finder does not have what the override of master has
    git(root, "checkout", "-q", "-b", "branch")
    (root / REPLICATOR).write_text("# a comment\n" + (root / REPLICATOR).read_text())
    assert of_branch() == (State.DIFFERS, True)
    git(root, "checkout", "-q", "master")
    file.unlink()
    commit_all(root)
    git(root, "checkout", "-q", "-B", "branch")
    override(root)  # now the branch brings it
    (root / REPLICATOR).write_text("# another\n" + (root / REPLICATOR).read_text())
    assert of_branch() == (State.DIFFERS, False)


def test_a_bad_one_of_that_time_is_a_note(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "master")
    new(root, **GIVEN)
    (root / FINDER).unlink()
    file = override(root, text="{{ nope }}")
    commit_all(root)
    git(root, "checkout", "-q", "-b", "branch")
    file.unlink()
    (root / REPLICATOR).write_text("# a comment\n" + (root / REPLICATOR).read_text())
    report = check(Request(changes=lambda folder: changes_since(folder, "master")), root)
    assert any("'nope' is undefined" in note for note in report.notes)
    assert (item(report, "finder").state, item(report, "finder").before) == (State.MISSING, False)


@pytest.mark.parametrize("what", ["typo", "syntax", "encoding"])
def test_a_bad_one_ends_every_reading(root: Path, what: str) -> None:
    new(root, **GIVEN)
    before = files_of(root)
    if what == "typo":
        override(root, "gitlab-18/create/findr.rb.j2")
    else:
        override(root).write_bytes(b"{{" if what == "syntax" else b"\xff")
    readings: list[Callable[[], object]] = [
        lambda: new(root),
        lambda: check(EVERYTHING, root),
        lambda: check(Request(), root),
        lambda: check(Request(models=("CoolWidget",)), root),
    ]
    if what != "syntax":  # which undo does not come across: it renders entries only
        readings.append(lambda: undo(root))
    for reading in readings:
        with pytest.raises(OverrideError) as caught:
            reading()
        assert caught.value.exit_code == 3
        assert str(caught.value.path).startswith(FOLDER)
    assert files_of(root) == before


@pytest.mark.parametrize("part", [TEMPLATE, "gitlab-18/create", "gitlab-18", ""])
def test_a_link_out_of_the_checkout_is_not_followed(root: Path, part: str) -> None:
    secret = root.parent / "secret"
    override(secret, text="secret\n")
    override(root)
    link = root / FOLDER / part
    shutil.rmtree(link) if link.is_dir() else link.unlink()
    link.symlink_to(os.path.relpath(secret / FOLDER / part, link.parent))
    with pytest.raises(ConfinementError):
        plan(root, **GIVEN)
    for reading in (lambda: plan(root, **GIVEN), lambda: check(EVERYTHING, new_registered(root))):
        with pytest.raises(GeoScaffoldError, match=r"symbolic link") as caught:
            reading()
        assert "secret\n" not in caught.value.message


def new_registered(root: Path) -> Path:
    """Create a type to audit."""
    file = root / "ee/app/replicators/geo/cool_widget_replicator.rb"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("module Geo\n  class CoolWidgetReplicator < Gitlab::Geo::Replicator\n  end\nend\n")
    return root


NO_ENTRY = ["", "((( end\n", '{% include "original/PATH" %}\n, ]] }\n']
OF_ENTRIES = [
    "gitlab-16/ensure/consistency-worker-spec.rb.j2",
    "gitlab-16/derive/usage-metrics.json.j2",
    "gitlab-18/ensure/graphql-field.rb.j2",
    "gitlab-16/ensure/graphql-field.rb.j2",  # which that of 18 extends
    "gitlab-18/ensure/status-params.rb.j2",
    "gitlab-18/ensure/sync-troubleshooting-docs-model.md.j2",
    "gitlab-18/derive/states-structure.sql.j2",
]


@pytest.mark.parametrize(
    ("path", "text"),
    sized(
        [(path, NO_ENTRY[number % len(NO_ENTRY)]) for number, path in enumerate(OF_ENTRIES)],
        [*product(OF_ENTRIES, NO_ENTRY)],
    ),
)
def test_lines_that_are_no_entry_are_never_a_bug_of_ours(root: Path, path: str, text: str) -> None:
    new(root, **GIVEN)
    override(root, path, text)
    blamed = []
    for reading in (lambda: plan(root), lambda: plan_undo("CoolWidget", root), lambda: check(EVERYTHING, root)):
        try:
            reading()
        except OverrideError as error:
            blamed.append(error.path)
    assert set(blamed) <= {f"{FOLDER}/{path}"}
    assert blamed or "graphql-field" not in path
