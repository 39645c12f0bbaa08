"""A kind that only a test declares is generated, audited and taken back: a row and an edition, and no line of code."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from another_kind import CHECKOUT_99, MODEL, PARTITION, another_kind
from geo_scaffold.checkout.facts import Checkout
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Op, load_manifest
from geo_scaffold.edition.checking import mistakes_in
from geo_scaffold.edition.sharding import seconds_after
from geo_scaffold.errors import InvalidNameError, UsageError
from geo_scaffold.kinds import KINDS
from geo_scaffold.names import Inflector
from geo_scaffold.operations import FileOperation, Status
from geo_scaffold.outline.broken import breakage_of
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.checklist import Item, Request, State, TypeReport, check
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import Plan
from sizes import in_turns, sized

from .conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

MODEL_FILE = "ee/app/models/geo/cool_widget_upload.rb"
REPLICATOR = "ee/app/replicators/geo/cool_widget_upload_replicator.rb"
RED = {State.MISSING, State.DIFFERS}
GIVEN: dict[str, Any] = {
    "model": MODEL,
    "kind": PARTITION.name,
    "owner": "organization",
    "milestone": "99.0",
    "merge_request": "https://gitlab.com/g/p/-/merge_requests/1",
}
NOT_ASKED = {
    *("prepend-mod", "object-storage", "stub-object-storage"),  # no class of GitLab's to extend
    *("uploader-guard", "uploader-data-type"),
    *("model-spec", "model-factory", "model-factory-project", "batch-destroy", "batch-destroy-spec"),  # it only reads
    *("push-events", "removal-events", "git-access", "repository-updated-event", "repository-wiring-spec"),
    "factory-name",
}


@pytest.fixture(autouse=True)
def _declared(tmp_path: Path) -> Iterator[None]:
    with another_kind(tmp_path):
        yield
    assert PARTITION.name not in KINDS


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", CHECKOUT_99)


def audit(root: Path) -> TypeReport:
    (report,) = check(Request(models=(MODEL,)), root).types
    assert report.kind == PARTITION.name
    assert report.name == "cool_widget_upload"
    return report


def red(report: TypeReport) -> dict[str, Item]:
    """Return what is open, but for the sharding key, which a person decides on."""
    return {item.id: item for item in report.items if item.state in RED and item.id != "sharding-key"}


def created(made: Plan) -> dict[str, str]:
    return {
        step.operation.path: step.operation.content.decode()
        for step in made.steps
        if isinstance(step.operation, FileOperation)
    }


def test_it_is_generated_and_taken_back(checkout: Path) -> None:
    before = picture(checkout)
    made = new(checkout, **GIVEN)
    assert {step.outcome.status for step in made.steps} == {Status.PLANNED}
    assert made.edition == "99"
    after = picture(checkout)
    assert not [path for path, content in before.items() if path.startswith("app/models/") and after[path] != content]
    assert not [path for path in after if path.startswith("ee/app/models/ee/") and path not in before]
    again = new(checkout, **GIVEN, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(checkout) == after
    undo(checkout, MODEL)
    assert picture(checkout) == before


def test_the_edition_that_serves_it_is_right_for_it() -> None:
    assert mistakes_in("99") == []


def test_its_names_are_those_of_its_table(checkout: Path) -> None:
    names = plan(checkout, **GIVEN).names
    assert {key: names[key] for key in ("name", "table", "model_file", "ee_model_file", "factory", "state_table")} == {
        "name": "cool_widget_upload",
        "table": "cool_widget_uploads",
        "model_file": MODEL_FILE,
        "ee_model_file": MODEL_FILE,
        "factory": "geo_cool_widget_upload",
        "state_table": "cool_widget_upload_states",
    }
    assert names["registry_class"] == "Geo::CoolWidgetUploadRegistry"
    given = plan(checkout, **{**GIVEN, "model": "Geo::NoteUpload"}, table="snippet_uploads").names
    assert (given["name"], given["table"]) == ("note_upload", "snippet_uploads")


def test_its_files_are_where_and_what_they_have_to_be(checkout: Path) -> None:
    files = created(plan(checkout, **GIVEN))
    assert [path for path, text in files.items() if breakage_of(text, path)] == []
    model = files[MODEL_FILE]
    assert "module Geo\n  class CoolWidgetUpload < ::Upload\n" in model
    assert "    self.table_name = 'cool_widget_uploads'\n    self.primary_key = :id\n" in model
    assert "    with_replicator Geo::CoolWidgetUploadReplicator\n" in model
    replicator = files[REPLICATOR]
    assert (
        "    include ::Geo::BlobReplicatorStrategy\n    include ::Geo::Concerns::PartReplicatorBehavior\n" in replicator
    )
    assert replicator.endswith("    end\n  end\nend\n")
    assert "    ::Geo::CoolWidgetUpload\n" in replicator
    assert "include ::Geo::PartitionUploadRegistry\n" in files["ee/app/models/geo/cool_widget_upload_registry.rb"]
    spec = files["ee/spec/replicators/geo/cool_widget_upload_replicator_spec.rb"]
    assert [line.strip() for line in spec.splitlines() if "include_examples" in line] == [
        f"include_examples '{examples}'" for examples in PARTITION.examples
    ]
    everything = "\n".join(files.values())
    for unwanted in ("ObjectStor", "prepend_mod", "mount_uploader", "carrierwave_uploader", "module EE", "missing_on_"):
        assert unwanted not in everything, unwanted
    [version] = [path[:25] for path in files if path.endswith("_create_cool_widget_upload_states.rb")]
    states = files[f"{version}_create_cool_widget_upload_states.rb"]
    assert "to_table: :cool_widget_uploads" not in states  # which Rails finds by the association's name
    assert "t.references :cool_widget_upload,\n" in states
    assert "VERIFICATION_STARTED_INDEX_NAME" in states
    before = seconds_after(version[-14:], -1)
    assert f"db/post_migrate/{before}_add_unique_index_on_cool_widget_uploads_id.rb" in files


@pytest.mark.parametrize("is_generated", [True, False])
def test_all_of_it_is_found_to_be_done(checkout: Path, *, is_generated: bool) -> None:
    new(checkout, **GIVEN)
    if not is_generated:
        (checkout / ".geo-scaffold/cool_widget_upload.json").unlink()
    of_keys = {"sharding-key-foreign-key", "loose-foreign-key"}  # the key of its table has neither
    report = audit(checkout)
    assert red(report) == {}
    assert {item.id for item in report.items if item.state is State.NOT_APPLICABLE} == NOT_ASKED | of_keys
    assert Checkout(Sources(Tree(checkout), ""), Inflector.gitlab()).facts(MODEL)["kind"] == PARTITION.name


@pytest.mark.parametrize("is_generated", sized([False], [True, False]))
def test_each_file_that_is_gone_is_missed(checkout: Path, *, is_generated: bool) -> None:
    made = new(checkout, **GIVEN)
    if not is_generated:
        (checkout / ".geo-scaffold/cool_widget_upload.json").unlink()
    ids = {
        artifact.id for artifact in load_manifest("99") if artifact.op is Op.CREATE and artifact.asked_of("partition")
    }
    paths = {step.operation.id: step.operation.path for step in made.steps if step.operation.id in ids}
    assert len(paths) > 20
    for id_, path in paths.items():
        content = (checkout / path).read_bytes()
        (checkout / path).unlink()
        # Of a table that people made by a migration of another name, the schema tells.
        is_told = not is_generated and path.startswith(("db/migrate", "ee/db/geo/migrate"))
        assert (id_ in red(audit(checkout))) != is_told, path
        (checkout / path).write_bytes(content)


CHANGES = [
    ("model", MODEL_FILE, "< ::Upload", "< ApplicationRecord"),
    ("model", MODEL_FILE, "    with_replicator Geo::CoolWidgetUploadReplicator\n", ""),
    ("replicator", REPLICATOR, "def self.replicable_title\n", "def self.title\n"),
    (
        "registry-model",
        "ee/app/models/geo/cool_widget_upload_registry.rb",
        "    include ::Geo::PartitionUploadRegistry\n",
        "",
    ),
    ("replicator-classes", "ee/lib/gitlab/geo.rb", "CoolWidgetUpload", "Other"),
]
"""The artifacts that notice, and what is changed where."""


@pytest.mark.parametrize(("change", "is_generated"), in_turns(CHANGES, [True, False]))
def test_a_change_is_noticed(checkout: Path, change: tuple[str, str, str, str], *, is_generated: bool) -> None:
    artifact, path, old, new_ = change
    new(checkout, **GIVEN)
    if not is_generated:
        (checkout / ".geo-scaffold/cool_widget_upload.json").unlink()
    text = (checkout / path).read_text()
    assert old in text
    (checkout / path).write_text(text.replace(old, new_))
    (report,) = check(Request(models=("cool_widget_upload",)), checkout).types
    assert artifact in red(report)


def test_a_folder_of_its_own_has_no_runtime_of_it(tmp_path: Path) -> None:
    made = new(tmp_path, **GIVEN, gitlab="99.1")
    assert not [path for path in picture(made.target.root) if path.startswith("runtime")]
    checklist = (made.target.root / "CHECKLIST.md").read_text()
    assert checklist.startswith("## Replicate Cool Widget Uploads - Partition of uploads\n")
    (tmp_path / "other").mkdir()
    with_runtime = plan(tmp_path / "other", **GIVEN, gitlab="99.1", runtime=True)
    assert "The reference runtime does not support the kind partition, so it is left out" in with_runtime.notes


def test_it_is_refused_where_no_edition_serves_it_and_for_a_class_of_gitlabs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="edition 18 generates no types of the kind partition"):
        plan(tmp_path, **GIVEN, gitlab="18.9")
    with pytest.raises(InvalidNameError, match="CoolWidgetUpload is not below Geo::"):
        plan(tmp_path, **{**GIVEN, "model": "CoolWidgetUpload"}, gitlab="99.1")
    blob = plan(tmp_path, kind="blob", gitlab="99.1", selection=Selection(only=frozenset({"model-spec"})))
    assert [step.operation.id for step in blob.steps if step.outcome.status is Status.PLANNED] == [
        "model-spec",
        "checklist",
    ]


PROGRAM = """
import sys
from geo_scaffold.edition import sources
from geo_scaffold.kinds import KINDS, Kind
package, row, *sys.argv[1:] = sys.argv[1:]
sources._PACKAGE = __import__("pathlib").Path(package)
if row:
    KINDS["partition"] = eval(row)
from geo_scaffold.cli import main
main()
"""


def run(tmp_path: Path, *arguments: str, row: str = repr(PARTITION)) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "package"), row, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )


def test_the_command_line_offers_it(checkout: Path, tmp_path: Path) -> None:
    before = picture(checkout)
    arguments = ["--into", str(checkout)]
    done = run(tmp_path, "new", MODEL, "--kind", "partition", "--owner", "organization", "--yes", *arguments)
    assert done.returncode == 0, done.stderr
    assert (checkout / MODEL_FILE).exists()
    helped = run(tmp_path, "new", "--help").stdout
    assert "<repository|blob|upload|partition>" in " ".join(helped.split())
    assert "rows of a partition of uploads" in " ".join(helped.split())
    named = run(tmp_path, "names", MODEL, "--kind", "partition")
    assert "\nname\tcool_widget_upload\n" in named.stdout, named.stderr
    assert run(tmp_path, "undo", MODEL, "--yes", *arguments).returncode == 0
    assert picture(checkout) == before


def test_without_the_row_it_is_unknown(checkout: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "new", MODEL, "--kind", "partition", "--into", str(checkout), row="")
    assert done.returncode == 2
    assert "'partition' is not one of 'repository', 'blob'" in done.stderr
