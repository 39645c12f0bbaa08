"""`undo`: everything that is ours, nothing that is a person's."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkouts import CHECKOUT_18, CHECKOUTS
from commit.harness import in_child
from geo_scaffold.edition import available_editions
from geo_scaffold.errors import ConfinementError, UsageError
from geo_scaffold.operations import Status
from geo_scaffold.outline.broken import breakage_of
from geo_scaffold.verbs.checklist import Request, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.rename import plan_rename
from geo_scaffold.verbs.undo import Fate
from sizes import sized

from .conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

NOBODY = 65534
RECEIPT = "cool_widget/.geo-scaffold/cool_widget.json"
FINDER = "cool_widget/gitlab/ee/app/finders/geo/cool_widget_registry_finder.rb"


def test_what_was_edited_since_is_kept_with_the_receipt(tmp_path: Path) -> None:
    new(tmp_path)
    (tmp_path / FINDER).write_text("# mine\n")
    undone = undo(tmp_path)
    assert [step.operation.id for step in undone.with_fate(Fate.KEPT)] == ["finder"]
    files = {path for path, content in picture(tmp_path).items() if content is not None}
    assert files == {FINDER, RECEIPT}
    assert [record["id"] for record in json.loads((tmp_path / RECEIPT).read_text())["operations"]] == ["finder"]
    (tmp_path / FINDER).unlink()
    undo(tmp_path)
    assert picture(tmp_path) == {}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/models/cool_widget.rb", "  include ObjectStorable\n"),
        ("doc/administration/monitoring/prometheus/gitlab_metrics.md", "| `geo_cool_widgets_registry` "),
        ("doc/api/geo_sites.md", '    "cool_widgets_count": 5,\n'),
        ("ee/lib/ee/api/geo.rb", "optional :cool_widgets_verification_failed_count"),
        ("ee/spec/fixtures/api/schemas/public_api/v4/geo_site_status.json", '    "cool_widgets_count",\n'),
        (
            "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb",
            "      cool_widget = create(:cool_widget)\n",
        ),
    ],
)
def test_what_was_lost_and_put_back_goes_with_the_rest(tmp_path: Path, path: str, line: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    before = picture(root)
    new(root, kind="blob", owner="project")
    after = picture(root)
    lines = (root / path).read_text().splitlines(keepends=True)
    lost = next(at for at, each in enumerate(lines) if line in each)
    (root / path).write_text("".join([*lines[:lost], *lines[lost + 1 :]]))
    new(root)
    assert picture(root) == after
    undo(root)
    assert picture(root) == before


def test_a_receipt_of_an_edition_that_is_not_there_is_refused_by_every_verb(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUT_18)
    new(root, kind="blob", owner="project")
    receipt = root / ".geo-scaffold/cool_widget.json"
    receipt.write_text(receipt.read_text().replace('"edition": "18"', '"edition": "99"'))
    before = picture(root)
    for verb in (lambda: new(root), lambda: undo(root), lambda: check(Request(("CoolWidget",)), root)):
        with pytest.raises(UsageError, match=r"needs edition 99, which this version .* does not have") as caught:
            verb()
        assert f"It has {', '.join(available_editions())}" in str(caught.value.remedy)
    assert picture(root) == before


def test_files_and_folders_of_the_user_stay(tmp_path: Path) -> None:
    new(tmp_path)
    (tmp_path / "cool_widget/notes.txt").write_text("mine")
    (tmp_path / "cool_widget/gitlab/ee/empty").mkdir()
    undo(tmp_path)
    assert picture(tmp_path) == {
        "cool_widget": None,
        "cool_widget/notes.txt": b"mine",
        "cool_widget/gitlab": None,
        "cool_widget/gitlab/ee": None,
        "cool_widget/gitlab/ee/empty": None,
    }


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "cool_widget").mkdir()
    new(tmp_path)
    undo(tmp_path)
    assert picture(tmp_path) == {"cool_widget": None}


def test_what_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    new(tmp_path)
    (tmp_path / FINDER).unlink()
    undone = undo(tmp_path)
    assert [s.operation.id for s in undone.with_fate(Fate.GONE)] == ["finder"]
    assert picture(tmp_path) == {}


def test_without_a_receipt_there_is_nothing_to_undo(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no receipt of 'CoolWidget'"):
        undo(tmp_path)
    new(tmp_path)
    with pytest.raises(UsageError, match="there is no receipt of 'Cool::Widget'"):
        undo(tmp_path, "Cool::Widget")


def test_a_model_that_was_generated_twice(tmp_path: Path) -> None:
    new(tmp_path, name="cool_widget")
    new(tmp_path, name="cool_gadget")
    with pytest.raises(UsageError, match=r"more than once: \S+/cool_gadget, \S+/cool_widget"):
        undo(tmp_path)


def test_a_copy_is_not_in_the_way(tmp_path: Path) -> None:
    new(tmp_path)
    shutil.copytree(tmp_path / "cool_widget", tmp_path / "backup")
    assert plan(tmp_path).tree.changes() == ()
    undo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    undo(tmp_path / "backup")
    assert picture(tmp_path) == {}


def test_a_folder_that_cannot_be_cleared_is_left_as_it_is() -> None:
    with tempfile.TemporaryDirectory() as name:  # where another user gets in
        folder = Path(name)
        folder.chmod(0o777)
        user = NOBODY if os.geteuid() == 0 else None
        assert in_child(lambda: bool(new(folder)), user) == (0, True)
        closed = folder / "cool_widget/gitlab/ee/app/models"
        closed.chmod(0o500)
        before = picture(folder)
        code, result = in_child(lambda: undo(folder), user)
        closed.chmod(0o755)
        assert code == 0
        assert result[0] == "WriteError"
        assert "permission denied" in result[1]
        assert picture(folder) == before


@pytest.mark.parametrize("path", ["../victim.txt", "/etc/hostname", ".git/config", "a/../../victim.txt", "gitlab\\x"])
def test_a_receipt_reaches_nothing_outside(tmp_path: Path, path: str) -> None:
    new(tmp_path)
    (tmp_path / "victim.txt").write_text("mine")
    receipt = json.loads((tmp_path / RECEIPT).read_text())
    receipt["operations"][0]["path"] = path
    (tmp_path / RECEIPT).write_text(json.dumps(receipt))
    before = picture(tmp_path)
    with pytest.raises(ConfinementError):
        undo(tmp_path)
    assert picture(tmp_path) == before


@pytest.mark.parametrize("folder", ["../victim", "/tmp", ".git"])
def test_a_receipt_removes_no_folder_outside(checkout: Path, folder: str) -> None:
    new(checkout)
    (checkout.parent / "victim").mkdir()
    path = checkout / ".geo-scaffold/cool_widget.json"
    receipt = json.loads(path.read_text())
    receipt["directories"].append(folder)
    path.write_text(json.dumps(receipt))
    before = picture(checkout.parent)
    with pytest.raises(ConfinementError):
        undo(checkout)
    assert picture(checkout.parent) == before


@pytest.mark.parametrize("git", [True, False])
def test_a_checkout_is_byte_for_byte_what_it_was(tmp_path: Path, git: bool) -> None:
    checkout = make_checkout(tmp_path / "gitlab", git=git)
    (checkout / "db/docs").mkdir(parents=True)
    before = picture(checkout)
    new(checkout, kind="blob")
    new(checkout, milestone="16.3")
    undo(checkout)
    assert picture(checkout) == before


EDITS = {
    "ee/app/graphql/types/geo/geo_node_type.rb": ("Find Cool Widget registries", "Find all Cool Widget registries"),
    "ee/spec/requests/api/graphql/geo/registries_spec.rb": ("geo_cool_widget_registry", "geo_my_registry"),
    "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb": (
        "create(:shiny_widget)",
        "create(:shiny_widget, :mine)",
    ),
    "doc/administration/monitoring/prometheus/gitlab_metrics.md": (
        "Number of Cool Widgets in the registry",
        "Number of them",
    ),
    "doc/api/geo_nodes.md": ('"cool_widgets_failed_count": 0', '"cool_widgets_failed_count": 7'),
    "ee/config/metrics/object_schemas/geo_node_usage.json": ("Cool widgets failed count", "Failures"),
    "ee/db/geo/structure.sql": ("    retry_at timestamp with time zone,\n", "    mine integer,\n"),
    "ee/spec/support/helpers/ee/geo_helpers.rb": (":shiny_widget", ":dull_widget"),
}
"""What a person may do to an entry."""


@pytest.mark.parametrize("path", EDITS)
def test_an_entry_that_was_edited_is_kept_whole(checkout: Path, path: str) -> None:
    new(checkout, factory="shiny_widget")
    file, (old, mine) = checkout / path, EDITS[path]
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, mine, 1))
    edited = file.read_bytes()
    again = plan(checkout)
    assert again.with_status(Status.BLOCKED, Status.CONFLICT) == []
    undone = undo(checkout)
    (kept,) = undone.with_fate(Fate.KEPT)
    assert kept.operation.path == path
    assert file.read_bytes() == edited
    assert json.loads((checkout / ".geo-scaffold/cool_widget.json").read_text())["operations"][0]["path"] == path
    file.write_text(text)
    undo(checkout)
    assert "cool_widget" not in file.read_text()
    assert not (checkout / ".geo-scaffold").exists()


LIST = re.compile(r"(\[|\{)([^\[\]{}#]*\n[^\[\]{}#]*)(?=[\]}])")


def on_one_line(found: re.Match[str]) -> str:
    """Lay a list out on one line, with what was last in its middle."""
    inner = " ".join(found[2].split()).removesuffix(",")
    first, comma, rest = inner.partition(", ")
    others, _, last = rest.rpartition(", ")
    moved = f"{first}, {last}, {others}" if comma and others and ":" not in inner.replace("::", "") else inner
    return found[1] + (moved if "ool" in inner and "do" not in inner.split() else found[2])


@pytest.mark.parametrize("edition", CHECKOUTS)
def test_an_entry_of_a_list_that_was_laid_out_differently_goes_too(tmp_path: Path, edition: str) -> None:
    root = make_checkout(tmp_path / "gitlab", CHECKOUTS[edition])
    before = picture(root)
    new(root, kind="blob", owner="project")
    changed = []
    for path, content in picture(root).items():
        if path.endswith((".rb", ".json")) and content and before.get(path, content) != content:
            text = content.decode()
            (root / path).write_text(LIST.sub(on_one_line, text))
            changed += [path] if LIST.sub(on_one_line, text) != text else []
    assert len(changed) > 6
    assert plan(root).with_status(Status.PLANNED, Status.BLOCKED) == []
    assert plan_rename("CoolWidget", "NeatWidget", root, now=OTHER_TIME).with_status(Status.BLOCKED) == []
    assert undo(root).with_fate(Fate.KEPT) == []
    for path in changed:
        assert "ool_widget" not in (root / path).read_text(), path
        assert breakage_of((root / path).read_text(), path) is None


models = st.sampled_from(
    [
        "CoolWidget",
        "S3Bucket",
        "Metadata",
        "Packages::Cargo::Crate",
        "Ci::SecureWidget",
        "X509Thing",
        "L" + "o" * 49 + "ng",
    ]
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["repository", "blob"]),
        "owner": st.sampled_from(["project", "group", "organization", "none"]),
        "milestone": st.sampled_from(["16.0", "15.11"]),
        "merge_request": st.just("https://gitlab.com/gitlab-org/gitlab/-/merge_requests/1"),
        "title": st.sampled_from(["Thing", "C.O.O.L. & (co)"]),
        "group": st.sampled_from(["group::geo", "group::cargo cult"]),
    },
)


@settings(max_examples=sized(3, 25), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    model=models, answers=ANSWERS, parts=st.lists(st.sampled_from(["finder", "model", "states-structure"]), max_size=2)
)
def test_twice_is_once_and_undo_is_identity(
    tmp_path_factory: pytest.TempPathFactory, model: str, answers: dict[str, Any], parts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    if parts:
        new(folder, model=model, selection=Selection(only=frozenset(parts)), kind=answers.get("kind"))
    new(folder, model=model, **answers)
    once = picture(folder)
    assert plan(folder, model=model, now="20400101000000", **answers).tree.changes() == ()
    assert plan(folder, model=model).tree.changes() == ()
    assert picture(folder) == once
    undo(folder, model)
    assert picture(folder) == {}
