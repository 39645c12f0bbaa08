"""The kind `upload`: the type of one partition of `uploads`, in a small checkout shaped like one of GitLab 19."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.edition import Op, load_manifest
from geo_scaffold.errors import GeoScaffoldError, InvalidNameError, RefusedError, UndecidedError, UsageError
from geo_scaffold.names import Inflector
from geo_scaffold.operations import FileOperation, Status
from geo_scaffold.outline.broken import breakage_of
from geo_scaffold.phases import NEW_PHASES, Phase
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.mr import describe, message_for, work_on
from geo_scaffold.verbs.new.selection import EVERYTHING, Selection
from geo_scaffold.verbs.plan import Plan
from geo_scaffold.verbs.release import plan_release

from .conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

CONCERN: Final = "ee/app/models/concerns/geo/partition_upload_registry.rb"
MR: Final = "https://gitlab.com/g/p/-/merge_requests/1"
PARTITIONS: Final[Mapping[str, tuple[str, str, str]]] = {
    # table: the values that it holds, its sharding key, its schema
    "badge_uploads": ("'Honours::Badge'", "namespace_id: namespaces", "gitlab_main_org"),
    "sheet_uploads": ("'Sheet'", "project_id: projects\n  namespace_id: namespaces", "gitlab_main_org"),
    "album_page_uploads": ("'Album::Page'", "organization_id: organizations", "gitlab_main_org"),
    "album_cover_uploads": ("'Album::Page', 'Album::Cover'", "organization_id: organizations", "gitlab_main_org"),
    "report_uploads": ("'Report'", "uploaded_by_user_id: users", "gitlab_main_user"),
    "look_uploads": ("'Look'", "", "gitlab_main_cell_setting"),
    "project_uploads": ("'Project'", "project_id: projects", "gitlab_main_org"),
}


def _class(name: str) -> str:
    outer, _, inner = name.rpartition("::")
    text = f"class {inner} < ApplicationRecord\nend\n"
    return f"module {outer}\n{text}end\n" if outer else text


def _files() -> dict[str, str]:
    structure = CHECKOUTS["19"]["db/structure.sql"]
    files = {
        "app/models/upload.rb": "class Upload < ApplicationRecord\nend\n",
        CONCERN: "module Geo\n  module PartitionUploadRegistry\n  end\nend\n",
        "spec/factories/badges.rb": "FactoryBot.define do\n  factory :badge, class: 'Honours::Badge' do\n"
        "    namespace\n  end\nend\n",
        "app/models/honours/badge.rb": _class("Honours::Badge"),
        "app/models/album/page.rb": _class("Album::Page"),
        "app/models/project.rb": _class("Project"),
        "spec/factories/projects.rb": "FactoryBot.define do\n  factory :project\nend\n",
        "db/docs/projects.yml": "---\ntable_name: projects\nclasses:\n- Project\ngitlab_schema: gitlab_main_org\n",
        **{f"app/models/{each.lower()}.rb": _class(each) for each in ("Sheet", "Report", "Look")},
    }
    for table, (values, keys, schema) in PARTITIONS.items():
        structure += (
            f"\nCREATE TABLE {table} (\n    id bigint NOT NULL,\n    model_type text NOT NULL\n);\n\n"
            f"ALTER TABLE ONLY {table}\n    ADD CONSTRAINT {table}_pkey PRIMARY KEY (id, model_type);\n\n"
            f"ALTER TABLE ONLY uploads_9ba88c4165 ATTACH PARTITION {table} FOR VALUES IN ({values});\n"
        )
        sharding = f"sharding_key:\n  {keys}\n" if keys else ""
        listed = f"---\ntable_name: {table}\nclasses:\n- Upload\n"
        files[f"db/docs/{table}.yml"] = f"{listed}gitlab_schema: {schema}\n{sharding}"
    return {**CHECKOUTS["19"], **files, "db/structure.sql": structure}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "gitlab", _files())


def created(made: Plan) -> dict[str, str]:
    return {
        step.operation.path: step.operation.content.decode()
        for step in made.steps
        if isinstance(step.operation, FileOperation)
    }


def answers_for(model: str, **more: Any) -> dict[str, Any]:
    return {"model": model, "kind": "upload", "milestone": "19.4", "merge_request": MR, **more}


def test_its_registry_is_expected_where_the_legacy_replicator_is_disabled(checkout: Path) -> None:
    """Nowhere else are there registries of partitions."""
    spec = checkout / "ee/spec/workers/geo/secondary/registry_consistency_worker_spec.rb"
    ordinary, _, partitions = spec.read_text().partition("when the legacy Upload replicator is disabled")
    new(checkout, **answers_for("Honours::Badge"))
    first, _, second = spec.read_text().partition("when the legacy Upload replicator is disabled")
    assert first == ordinary
    expected = "        expect(Geo::BadgeUploadRegistry.where(badge_upload_id: badge_upload.id).count).to eq({})\n"
    assert "        badge_upload = create(:geo_badge_upload)\n" in second
    above, _, below = second.partition("        subject.perform\n")
    assert expected.format(0) in above
    assert expected.format(1) in below
    (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
    states = {item.id: item.state for item in report.items}
    assert states["consistency-worker-spec"] is State.DONE
    spec.write_text(f"{ordinary}when the legacy Upload replicator is disabled{partitions}")
    (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
    open_ = {item.id for item in report.items if item.state in {State.MISSING, State.DIFFERS}}
    assert "consistency-worker-spec" in open_


def test_it_is_generated_found_done_and_taken_back(checkout: Path) -> None:
    before = picture(checkout)
    made = new(checkout, **answers_for("Honours::Badge"))
    assert (made.answers.model, made.names["table"]) == ("Geo::BadgeUpload", "badge_uploads")
    assert {step.outcome.status for step in made.steps} <= {Status.PLANNED, Status.OPEN}
    after = picture(checkout)
    for model in ("Honours::Badge", "Geo::BadgeUpload"):
        again = new(checkout, **answers_for(model), now=OTHER_TIME)
        assert {step.outcome.status for step in again.steps} <= {Status.UNCHANGED, Status.OPEN}
    assert picture(checkout) == after
    (checkout / ".geo-scaffold/badge_upload.json").rename(checkout / "receipt.json")
    for is_generated in (False, True):
        if is_generated:
            (checkout / "receipt.json").rename(checkout / ".geo-scaffold/badge_upload.json")
        (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
        assert (report.kind, report.name) == ("upload", "badge_upload")
        open_ = {item.id for item in report.items if item.state in {State.MISSING, State.DIFFERS}}
        assert not {each for each in open_ if each.startswith(("partition", "registry-model", "state", "replicator"))}
    undo(checkout, "Geo::BadgeUpload")
    assert picture(checkout) == before


def test_its_runtime_comes_along_where_it_is_asked_for(checkout: Path) -> None:
    before = picture(checkout)
    assert not [each for each in created(plan(checkout, **answers_for("Sheet"))) if each.startswith("runtime/")]
    made = new(checkout, **answers_for("Sheet", runtime=True))
    assert not [note for note in made.notes if "reference runtime" in note]
    package = checkout / "runtime" / made.names["runtime_package"]
    model = (package / "model.py").read_text()
    assert "class SheetUpload(SheetUploadReplication, geo_runtime.ReadOnlyModel, geo_runtime.MainBase):" in model
    assert "selection.by_any(replicables, project_id=cls.project_id, group_id=cls.namespace_id)" in model
    assert "writer = SheetUploadRow" in (package / "replicator.py").read_text()
    undo(checkout, "Sheet")
    assert picture(checkout) == before


def test_its_merge_request_says_what_a_partition_needs(checkout: Path) -> None:
    new(checkout, **answers_for("Honours::Badge"))
    work = work_on("Geo::BadgeUpload", Phase.SCHEMA, checkout)
    text = describe(work, message_for(work), checklist="").text
    assert "unique index on `id` in the partition `badge_uploads`, which `badge_upload_states` references.\n" in text
    assert text.count("| `main` |") == len(list((checkout / "db/migrate").glob("*_badge_upload*")))
    assert "idx" not in text
    work = work_on("badge_upload", Phase.IMPLEMENTATION, checkout)
    text = describe(work, message_for(work), checklist="").text
    assert '"badge_uploads"."namespace_id" IN (\n    WITH RECURSIVE "base_and_descendants"' in text


@pytest.mark.parametrize(
    ("artifact", "path", "old", "changed"),
    [
        ("partition-model", "ee/app/models/geo/badge_upload.rb", "< ::Upload", "< ApplicationRecord"),
        ("partition-model", "ee/app/models/geo/badge_upload.rb", "    self.primary_key = :id\n", ""),
        (
            *("registry-model", "ee/app/models/geo/badge_upload_registry.rb"),
            *("    include ::Geo::PartitionUploadRegistry\n", ""),
        ),
        ("partition-structure", "db/structure.sql", "CREATE UNIQUE INDEX idx_badge_uploads_on_id", "CREATE INDEX i"),
        (
            *("replicator", "ee/app/replicators/geo/badge_upload_replicator.rb"),
            *("    include ::Geo::Concerns::UploadReplicatorBehavior\n", ""),
        ),
    ],
)
def test_what_is_wrong_is_noticed(checkout: Path, artifact: str, path: str, old: str, changed: str) -> None:
    new(checkout, **answers_for("Honours::Badge"))
    text = (checkout / path).read_text()
    assert old in text
    (checkout / path).write_text(text.replace(old, changed))
    (report,) = check(Request(models=("badge_upload",)), checkout).types
    assert artifact in {item.id for item in report.items if item.state in {State.MISSING, State.DIFFERS}}


@pytest.mark.parametrize(
    ("model", "table", "model_says", "spec_says"),
    [
        (
            *("Honours::Badge", None),
            ["scope :namespace_id_in", "replicables.namespace_id_in(namespace_ids)"],
            ["parent_model: create(:badge, namespace: group_1))"],
        ),
        (
            *("Sheet", None),
            [
                "            .project_id_in(project_ids)\n",
                "            .or(replicables.namespace_id_in(namespace_ids))\n",
            ],
            ["parent_model: create(:sheet, project: project_1", "parent_model: create(:sheet, group: nested_group_1"],
        ),
        (
            *("Album::Page", "album_page_uploads"),
            ["replicables.organization_id_in(organization_ids)"],
            ["parent_model: create(:album_page, organization: organization_1"],
        ),
        (
            *("Report", None),
            ["::Organizations::OrganizationUser.in_organization(", "scope :uploaded_by_user_id_in"],
            ["parent_model: create(:report, uploaded_by_user: user_1", "group_1.add_developer(user_1)"],
        ),
        (
            *("Look", None),
            ["def selective_sync_scope(_node, **params)", "every selection includes all of them"],
            ["it 'has every record, whatever is selected'"],
        ),
        ("Project", None, ["replicables.project_id_in(project_ids)"], ["parent_model: project_1)"]),
    ],
)
def test_its_records_are_those_of_its_keys(
    checkout: Path, model: str, table: str | None, model_says: list[str], spec_says: list[str]
) -> None:
    made = plan(checkout, **answers_for(model), table=table)
    files = created(made)
    name = made.names["name"]
    assert [path for path, text in files.items() if breakage_of(text, path)] == []
    for path, texts in (
        (f"ee/app/models/geo/{name}.rb", model_says),
        (f"ee/spec/models/geo/{name}_spec.rb", spec_says),
    ):
        for text in texts:
            assert text in files[path], files[path]
    index, states, *_ = sorted(file for file in files if file.startswith("db/migrate/"))
    assert index.endswith(f"_add_unique_index_on_{made.names['table']}_id.rb")
    assert states.endswith(f"_create_{name}_states.rb")
    assert "foreign_key" in files[states]
    everything = "\n".join(files.values())
    for unwanted in ("prepend_mod", "mount_uploader", "carrierwave_uploader", "module EE", "STORE_COLUMN"):
        assert unwanted not in everything, unwanted


def test_the_partition_of_a_class_with_another_name(checkout: Path) -> None:
    made = plan(checkout, **answers_for("Geo::PersonalNoteUpload"), table="badge_uploads")
    assert (made.names["name"], made.names["table"], made.names["factory"]) == (
        *("personal_note_upload", "badge_uploads"),
        "geo_personal_note_upload",
    )
    by_name = plan(checkout, **answers_for("Honours::Badge"), name="honour_upload")
    assert by_name.names["model"] == "Geo::HonourUpload"


@pytest.mark.parametrize(
    ("table", "listed", "name"),
    [
        ("badge_uploads", "Honours::Badge", "badge_upload"),  # one of its names without the namespace
        ("honour_badge_uploads", "Honours::Badge", "honour_badge_upload"),  # the namespace is a plural
        ("honour_category_uploads", "Honours::Category", "honour_category_upload"),
        ("deal_part_uploads", "Deals::Deal::Part", "deal_part_upload"),
        ("band_uploads", "Crew", "crew_upload"),
        ("note_uploads", "StickyNote", "sticky_note_upload"),  # no namespace is left out, but a part of a name
        ("signal_lamp_picture_uploads", "Signal::Picture", "signal_picture_upload"),
        ("list_export_upload_uploads", "Lists::ExportUpload", "list_export_upload_upload"),
        ("badge_uploads", "Geo::BadgeUpload\n- Honours::Badge", "badge_upload"),
        ("band_uploads", "Crew\n- Band", "band_upload"),  # of two nobody knows which
    ],
)
def test_its_name_is_of_the_table_or_of_the_class_that_the_dictionary_lists(
    checkout: Path, table: str, listed: str, name: str
) -> None:
    parent = listed.rsplit("\n- ", maxsplit=1)[-1]
    structure = checkout / "db/structure.sql"
    structure.write_text(
        structure.read_text().replace("badge_uploads", table).replace("'Honours::Badge'", f"'{parent}'")
    )
    (checkout / "db/docs/badge_uploads.yml").unlink()
    keys = "gitlab_schema: gitlab_main_org\nsharding_key:\n  namespace_id: namespaces\n"
    (checkout / f"db/docs/{table}.yml").write_text(f"---\ntable_name: {table}\nclasses:\n- {listed}\n- Upload\n{keys}")
    path = checkout / f"app/models/{Inflector.gitlab().underscore(parent)}.rb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_class(parent))
    made = plan(checkout, **answers_for(parent))
    assert (made.names["name"], made.names["table"]) == (name, table)
    again = plan(checkout, **answers_for(made.names["model"]))  # the class finds its partition, whatever that is called
    assert (again.names["name"], again.names["table"]) == (name, table)


@pytest.mark.parametrize(
    ("model", "more", "error", "message"),
    [
        ("Album::Page", {}, UndecidedError, "album_page_uploads"),
        ("Album::Page", {"table": "badge_uploads"}, RefusedError, "no partition badge_uploads of uploads"),
        ("Upload", {}, RefusedError, "Upload has no partition of uploads"),
        ("Bagde", {}, InvalidNameError, "Bagde has no partition of uploads"),
        ("Geo::NothingUpload", {}, UndecidedError, "nothing says which partition of uploads Geo::NothingUpload reads"),
    ],
)
def test_what_has_no_partition_is_refused(
    checkout: Path, model: str, more: dict[str, Any], error: type[GeoScaffoldError], message: str
) -> None:
    before = picture(checkout)
    with pytest.raises(error, match=message) as caught:
        plan(checkout, **answers_for(model), **more)
    assert caught.value.remedy
    assert picture(checkout) == before


def test_a_type_that_is_there_is_named(checkout: Path) -> None:
    new(checkout, **answers_for("Honours::Badge"))
    (checkout / ".geo-scaffold/badge_upload.json").unlink()
    for model in ("Honours::Badge", "Geo::BadgeUpload"):
        with pytest.raises(RefusedError, match="Geo::BadgeUpload is replicated already, by Geo::BadgeUploadReplicator"):
            plan(checkout, **answers_for(model))


def test_it_needs_a_checkout_that_knows_such_types(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(UsageError, match="only be generated in a GitLab checkout"):
        plan(tmp_path / "elsewhere", **answers_for("Honours::Badge"), gitlab="19")
    (checkout / CONCERN).unlink()
    with pytest.raises(RefusedError, match=f"it has no {CONCERN}") as caught:
        plan(checkout, **answers_for("Honours::Badge"))
    assert caught.value.exit_code == 3


def test_verbs_take_the_class_whose_files_it_has(checkout: Path) -> None:
    with pytest.raises(RefusedError, match="has neither a file nor") as hinted:
        plan(checkout, model="Honours::Badge")
    assert hinted.value.remedy == "Give --kind upload for the type of its partition of uploads, badge_uploads"
    with pytest.raises(RefusedError) as of_two:
        plan(checkout, model="Album::Page")
    assert "--table album_page_uploads or --table album_cover_uploads" in str(of_two.value.remedy)
    before = picture(checkout)
    new(checkout, **answers_for("Honours::Badge"))
    with pytest.raises(RefusedError) as is_there:
        plan(checkout, model="Honours::Badge")
    assert str(is_there.value.remedy).startswith("The files are those of Geo::BadgeUpload")
    report = check(Request(models=("Honours::Badge",)), checkout)
    assert [type_report.model for type_report in report.types] == ["Geo::BadgeUpload"]
    assert [note for note in report.notes if "Geo::BadgeUpload reads" in note]
    released = plan_release(Answers("Honours::Badge"), checkout, now=OTHER_TIME, selection=EVERYTHING)
    assert released.answers.model == "Geo::BadgeUpload"
    undo(checkout, "Honours::Badge")
    assert picture(checkout) == before
    with pytest.raises(UsageError, match="there is no receipt of 'Honours::Badge'"):
        undo(checkout, "Honours::Badge")


def test_of_two_types_one_has_to_be_named(checkout: Path) -> None:
    new(checkout, **answers_for("Album::Page", table="album_page_uploads"))
    new(checkout, **answers_for("Album::Page", table="album_cover_uploads"))
    for verb in (lambda: undo(checkout, "Album::Page"), lambda: check(Request(models=("Album::Page",)), checkout)):
        with pytest.raises(UndecidedError, match="Geo::AlbumPageUpload and Geo::AlbumCoverUpload") as several:
            verb()
        assert several.value.remedy == "Name one of them instead"


def test_a_spec_by_another_hand_is_done(checkout: Path) -> None:
    """GitLab's own specs have the same examples below another heading, and no own method."""
    made = new(checkout, **answers_for("Honours::Badge"))
    path = checkout / "ee/spec/models/geo/badge_upload_spec.rb"
    text = path.read_text()
    assert "def " not in text
    head, body = text.removesuffix("end\n").split("  describe 'associations' do\n")
    nested = "".join(
        f"  {line}" if line.strip() else line for line in ("  describe 'associations' do\n" + body).splitlines(True)
    )
    path.write_text(f"{head}  describe 'Geo replication' do\n{nested}  end\nend\n")
    (checkout / made.receipt).unlink()
    (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
    assert [item.state for item in report.items if item.id == "partition-model-spec"] == [State.DONE]


def test_an_index_of_another_migration_is_done(checkout: Path) -> None:
    """As in the migrations of states of some of GitLab's; the schema then has the index under whatever name."""
    made = new(checkout, **answers_for("Honours::Badge"))
    (checkout / made.receipt).unlink()
    (index,) = (checkout / "db/migrate").glob("*_add_unique_index_on_badge_uploads_id.rb")
    index.unlink()
    (checkout / "db/schema_migrations" / index.name.partition("_")[0]).unlink()
    structure = checkout / "db/structure.sql"
    text = structure.read_text()
    structure.write_text(text.replace("idx_badge_uploads_on_id", "idx_bdg_on_id"))

    def state() -> list[State]:
        (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
        return [item.state for item in report.items if item.id in {"partition-index", "partition-structure"}]

    assert state() == [State.DONE] * 2
    structure.write_text(re.sub(r"CREATE UNIQUE INDEX idx_badge_uploads_on_id .*\n", "", text))
    assert State.DONE not in state()


def test_a_version_that_is_no_time_is_one_all_the_same(checkout: Path) -> None:
    """GitLab has such migrations (db/migrate/20251118165189_*.rb)."""
    made = new(checkout, **answers_for("Honours::Badge"))
    (checkout / made.receipt).unlink()
    (states,) = (checkout / "db/migrate").glob("*_create_badge_upload_states.rb")
    states.rename(states.with_name("20230101000089_create_badge_upload_states.rb"))
    (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
    assert [item.state for item in report.items if item.id == "states-migration"] == [State.DONE]


OF_19: Final = tuple(
    artifact.id
    for artifact in load_manifest("19")
    if artifact.asked_of("upload")
    and artifact.phase in NEW_PHASES
    and artifact.op is not Op.CONFIRM
    and artifact not in load_manifest("18")
    and all(artifact.targets != each.targets for each in load_manifest("18") if each.id == artifact.id)
)
"""What edition 19 asks for and edition 18 does not, or elsewhere."""


@pytest.mark.parametrize("artifact", OF_19)
def test_each_artifact_comes_and_goes_alone(checkout: Path, artifact: str) -> None:
    before = picture(checkout)
    alone = new(checkout, **answers_for("Honours::Badge"), selection=Selection(only=frozenset({artifact})))
    assert {step.operation.id for step in alone.steps if step.outcome.status is Status.PLANNED} <= {artifact}
    rest = new(checkout, **answers_for("Honours::Badge"), selection=Selection(skip=frozenset({artifact})))
    assert artifact not in {step.operation.id for step in rest.steps if step.outcome.status is Status.PLANNED}
    undo(checkout, "Honours::Badge")
    assert picture(checkout) == before


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_without_a_document_of_openapi_nothing_is_open_in_it(checkout: Path, version: str) -> None:
    gone = f"doc/api/openapi/openapi_{version}.yaml"
    (checkout / gone).unlink()
    made = new(checkout, **answers_for("Honours::Badge"))
    paths = {step.operation.path for step in made.steps if step.operation.id == "openapi"}
    assert paths == {"doc/api/openapi/openapi_v2.yaml", "doc/api/openapi/openapi_v3.yaml"} - {gone}
    (report,) = check(Request(models=("Geo::BadgeUpload",)), checkout).types
    said = [(item.path, item.message) for item in report.items if item.id == "openapi"]
    assert gone not in str(said)
    undo(checkout, "Honours::Badge")
