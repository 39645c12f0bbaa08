"""All types of a real GitLab checkout, which GITLAB_CHECKOUT names: what works in production is found to be there."""

import os
import re
import shutil
from pathlib import Path

import pytest

from geo_scaffold.edition import Level, Op, load_manifest
from geo_scaffold.git import changes_since
from geo_scaffold.verbs.checklist import Report, Request, State, audits, check
from geo_scaffold.verbs.checklist.audits import audit_all
from geo_scaffold.verbs.checklist.selection import TypeSelection

from .conftest import commit_all, make_checkout

CHECKOUT = os.environ.get("GITLAB_CHECKOUT", "")
RED = {State.MISSING, State.DIFFERS}

pytestmark = [
    pytest.mark.real_tree,
    pytest.mark.slow,
    pytest.mark.skipif(not CHECKOUT, reason="GITLAB_CHECKOUT names no checkout"),
]


SHARED = (
    *("VERSION", "ee/lib/gitlab/geo.rb", "config/initializers_before_autoloader/000_inflections.rb"),
    *("db/init_structure.sql", "db/structure.sql", "ee/db/geo/structure.sql"),
    *("ee/spec/support/helpers/ee/geo_helpers.rb", "spec/factories/packages/nuget/symbols.rb"),
)
FOLDERS = ("ee/spec/factories/geo", "ee/db/geo/schema_migrations", "db/schema_migrations")


def models(model: str) -> set[str]:
    path = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.replace("::", "/")).lower()
    return {f"{folder}/{path}.rb" for folder in ("app/models", "ee/app/models")}


@pytest.fixture(scope="module")
def report() -> Report:
    return check(Request(everything=True), Path(CHECKOUT))


def test_every_type_is_seen_with_its_kind(report: Report) -> None:
    array = (
        (Path(CHECKOUT) / "ee/lib/gitlab/geo.rb").read_text().partition("REPLICATOR_CLASSES = [")[2].partition("]")[0]
    )
    listed = re.findall(r"::Geo::(\w+)Replicator", array)
    assert len(report.types) == len(listed) > 10
    folder = Path(CHECKOUT) / "ee/app/replicators/geo"
    for type_report in report.types:
        text = (folder / f"{type_report.name}_replicator.rb").read_text()
        strategy = re.search(r"include ::Geo::(Blob|Repository)ReplicatorStrategy", text)
        assert type_report.kind == (strategy[1].lower() if strategy else "container")
        assert re.search(rf"^\s+(?:::)?{type_report.model}$", text, re.MULTILINE), type_report.model


def test_nothing_that_breaks_is_said_to_be_missing_of_what_is_released(report: Report) -> None:
    found = [
        (type_report.name, item.id, item.message)
        for type_report in report.types
        for item in type_report.items
        if type_report.is_released and item.level is Level.BREAKING and item.state in RED
    ]
    assert found == []


def test_what_a_table_is_said_to_lack_is_not_there(report: Report) -> None:
    """Each alarm about a table is proven by another look at the schema: no limit of a text, or no unique index."""
    count = 0
    for type_report in report.types:
        for item in type_report.items:
            if item.state not in RED or not item.id.endswith("-structure"):
                continue
            schema = (Path(CHECKOUT) / item.path).read_text()
            for piece in item.message.removeprefix("lacks ").split(", "):
                count += 1
                table = re.search(r"`(\w+)`(?: on|$)", piece)
                assert table, piece
                body = schema.partition(f"CREATE TABLE {table[1]} (")[2].partition(";")[0]
                if column := re.search(r"char_length\((\w+)\)", piece):
                    assert re.search(rf"^    {column[1]} (?:text|character varying),?$", body, re.MULTILINE), piece
                    assert f"char_length({column[1]})" not in body, piece
                else:
                    on = re.fullmatch(r"a unique index of `\w+` on (\w+)", piece)
                    assert on, piece
                    assert f"CREATE INDEX index_{table[1]}" in schema
                    assert not re.search(rf"UNIQUE INDEX \w+ ON {table[1]} USING btree \({on[1]}", schema), piece
    assert count > 5


def test_every_finding_has_a_place_and_says_what(report: Report) -> None:
    for type_report in report.types:
        for item in type_report.items:
            if item.state in RED:
                assert (bool(item.path), bool(item.line), bool(item.message), bool(item.remedy)) == (True,) * 4, item
                assert "can be parsed" not in item.message, item
                assert not item.message.startswith("expected"), item


def test_what_is_taken_away_from_a_type_is_found_and_nothing_else(report: Report, tmp_path: Path) -> None:
    """A part of the checkout with one type: each own file is removed in turn, and only items about it turn red."""
    created = {artifact.id for artifact in load_manifest(report.edition) if artifact.op is Op.CREATE}
    for name in ("upload", "group_wiki_repository", "packages_nuget_symbol"):
        [each] = [type_report for type_report in report.types if type_report.name == name]
        root = tmp_path / name
        more = {*SHARED, f"ee/app/models/geo/{name}_registry.rb", *models(each.model)}
        more |= {f"{FOLDERS[0]}/{file.name}" for file in (Path(CHECKOUT) / FOLDERS[0]).iterdir()}
        versions = {item.path.rpartition("/")[2][:14] for item in each.items if "/migrate/" in item.path}
        more |= {f"{folder}/{version}" for folder in FOLDERS[1:] for version in versions}
        for path in more | {item.path for item in each.items if item.path}:
            if (Path(CHECKOUT) / path).is_file():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(CHECKOUT) / path, root / path)
        before = {item.id: item.state for item in check(Request(models=(each.model,)), root).types[0].items}
        assert {id_: state for id_, state in before.items() if state in RED} == {
            item.id: item.state for item in each.items if item.state in RED
        }
        count = 0
        for item in each.items:
            if item.id not in created or item.state is not State.DONE or item.path in more or "migrate" in item.path:
                continue
            count += 1
            (root / item.path).rename(tmp_path / "away")
            after = check(Request(models=(each.model,)), root).types[0].items
            (tmp_path / "away").rename(root / item.path)
            red = {other for other in after if other.state in RED and before[other.id] not in RED}
            # An entry in the file is removed with it, and the replicator has the title that identifies the messages.
            with_it = {other.id for other in red if other.path == item.path}
            with_it |= {"gettext"} if item.id == "replicator" else set()
            assert item.id in {other.id for other in red} <= {item.id, *with_it}, (name, item.id)
        assert count > 8, name


def test_a_comment_in_each_replicator_fails_nothing(report: Report, tmp_path: Path) -> None:
    """A checkout of what an audit looks at, with a branch that touches every type: only what it breaks is open."""
    selection = TypeSelection(Path(CHECKOUT))
    audit_all(Request(everything=True), selection, None)
    seen = selection.fingerprint()
    assert seen is not None
    root = make_checkout(
        tmp_path / "gitlab",
        {
            f"{folder}/{name}": ""
            for folder, names in seen.folders.items()
            for name in names
            if not (Path(CHECKOUT) / folder / name).is_dir()
        },
    )
    for path in (path for path, digest in seen.files.items() if digest):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(CHECKOUT) / path, root / path)
    commit_all(root)
    for type_report in report.types:
        replicator = root / f"ee/app/replicators/geo/{type_report.name}_replicator.rb"
        replicator.write_text(f"# a comment\n{replicator.read_text()}")
    request = Request(changes=lambda folder: changes_since(folder, "HEAD"))
    after = check(request, root)
    old = {
        (type_report.name, item.id) for type_report in report.types for item in type_report.items if item.state in RED
    }
    assert len(old) > 20
    assert {
        (type_.name, item.id) for type_ in after.types for item in type_.items if item.before and item.state in RED
    } == old
    assert (after.is_open(strict=False), after.notes) == (False, report.notes)
    confirm = [(type_, item) for type_ in after.types for item in type_.items if item.state is State.CONFIRM]
    assert all(item.before == type_report.is_released for type_report, item in confirm)
    assert {type_report.is_released for type_report, _ in confirm} == {True, False}
    (root / "ee/app/finders/geo/upload_registry_finder.rb").unlink()
    after = check(request, root)
    assert after.is_open(strict=False)
    new = {
        (type_.name, item.id) for type_ in after.types for item in type_.items if item.state in RED and not item.before
    }
    assert new == {("upload", "finder")}


def test_several_processes_report_what_one_does(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for processes in (1, 3):
        monkeypatch.setattr(audits, "processes_for", lambda _, processes=processes: processes)
        selection = TypeSelection(Path(CHECKOUT))
        found.append((audit_all(Request(everything=True), selection, None), selection.fingerprint()))
    assert found[0] == found[1]
    assert found[0][0].types == report.types
