"""From facts to answers, names and what templates know: an answer wins, and what nobody answered is taken and said."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.checkout import Checkout, LookedUp, Sources, look_up
from geo_scaffold.edition import OwnerKey, Surroundings
from geo_scaffold.edition.sharding import KeyColumn, ParentTable
from geo_scaffold.errors import RefusedError, UndecidedError
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.release import plan_release
from verbs.conftest import OTHER_TIME, make_checkout, new, picture, plan, undo

from .invented import FILES as INVENTED
from .invented import dictionary, table
from .test_facts import Folder

CRATE = "Packages::Cargo::Crate"
MODEL = "app/models/packages/cargo/crate.rb"
FILES = {
    MODEL: "module Packages\n  module Cargo\n    class Crate < ApplicationRecord\n"
    "      include HasRepository\n    end\n  end\nend\n",
    "app/models/packages/cargo.rb": "module Packages\n  module Cargo\n    def self.table_name_prefix\n"
    "      'cargo_'\n    end\n  end\nend\n",
    "app/models/packages.rb": "module Packages\n  def self.table_name_prefix\n    'packages_'\n  end\nend\n",
    "db/docs/cargo_crates.yml": "---\ntable_name: cargo_crates\nclasses:\n- Packages::Cargo::Crate\n"
    "gitlab_schema: gitlab_ci\nsharding_key:\n  container_id: projects\n  namespace_id: namespaces\n",
    "spec/factories/packages/cargo/crate.rb": "FactoryBot.define do\n  factory :other, class: 'Cargo::Other' do\n"
    "    trait(:big)\n  end\n\n  factory :cargo_crate, class: 'Packages::Cargo::Crate' do\n    project\n\n"
    "    trait(:object_storage) do\n      file_store { 2 }\n    end\n  end\nend\n",
}


def looked_up(files: Mapping[str, str], answers: Answers | None = None) -> LookedUp:
    inflector = Inflector.gitlab()
    return look_up(answers or Answers(CRATE), inflector, Checkout(Sources(Folder(files), ""), inflector))


def test_everything_at_once() -> None:
    found = looked_up(FILES)
    assert found.answers.given() == {
        "kind": "repository",
        "owner": ["project", "group"],
        "sharding_keys": ["container_id", "namespace_id"],
        "table": "cargo_crates",
        "factory": "cargo_crate",
        "spellings": {"model_path_plural": "packages/cargo/crate"},
    }
    assert found.names["model_path_plural"] == "packages/cargo/crate"
    assert found.surroundings == Surroundings(
        factory_exists=True,
        factory_traits=frozenset({"object_storage"}),
        factory_takes=frozenset({"project", "file_store"}),
        gitlab_schema="gitlab_ci",
        owner_keys=(OwnerKey("container_id", "projects"), OwnerKey("namespace_id", "namespaces")),
        base_class="ApplicationRecord",
        is_main_database=False,
        parent=ParentTable(
            columns={"container_id": KeyColumn("projects"), "namespace_id": KeyColumn("namespaces")},
            sharding_keys=("container_id", "namespace_id"),
        ),
    )
    assert found.notes == (
        f"the kind is repository, as {MODEL}:4 says; if it is another, give --kind",
        "the owners are project and group, as db/docs/cargo_crates.yml:6 says"
        " container_id: projects and namespace_id: namespaces",
        "the table is cargo_crates, by db/docs/cargo_crates.yml:3",
        "the factory is cargo_crate, by spec/factories/packages/cargo/crate.rb:6",
        "the table of states copies container_id and namespace_id (db/docs/cargo_crates.yml:6)",
        "the schema is gitlab_ci, by db/docs/cargo_crates.yml:5",
        "db/structure.sql has no table cargo_crates: the generated files refer to it",
    )


def test_an_answer_wins_and_what_it_contradicts_is_reported() -> None:
    answers = Answers(
        CRATE,
        kind="blob",
        table="crates",
        factory="crate",
        owner="organization",
        spellings={"model_path_plural": "crates/many"},
    )
    found = looked_up(FILES, answers)
    assert found.answers == answers
    assert found.surroundings.owner_keys == ()
    assert found.notes[:4] == (
        f"--kind blob is used, though {MODEL}:4 says repository",
        "--table crates is used, though db/docs/cargo_crates.yml:3 says cargo_crates",
        "--factory crate is used, though spec/factories/packages/cargo/crate.rb:6 says cargo_crate",
        "--owner organization is used, though db/docs/cargo_crates.yml:6 says project and group",
    )


def test_the_schema_is_that_of_the_table_that_was_given() -> None:
    files = {**FILES, "db/docs/crates.yml": dictionary("crates", ["Crate"], project_id="projects")}
    notes = looked_up(files, Answers(CRATE, table="crates")).notes
    (said,) = (note for note in notes if note.startswith("the schema is "))
    assert said == "the schema is gitlab_main_org, by db/docs/crates.yml:6"
    assert not any("has no entry" in note for note in notes)


@pytest.mark.parametrize(("column", "stored"), [("file_store smallint", "file_store"), ("name text", None)])
def test_a_class_that_mounts_nothing_yet_gets_a_note_on_what_is_taken_for_its_file(
    column: str, stored: str | None
) -> None:
    files = {
        "app/models/crate.rb": "class Crate < ApplicationRecord\nend\n",
        "db/docs/crates.yml": dictionary("crates", ["Crate"], project_id="projects"),
        "db/structure.sql": table("crates", "id bigint NOT NULL", column),
    }
    found = looked_up(files, Answers("Crate", kind="blob"))
    assert found.notes[0] == (
        "--kind blob is used, though nothing in app/models/crate.rb mounts an uploader yet:"
        " `file`, with the uploader CrateUploader, is taken for it"
    )
    assert (found.surroundings.mounted, found.surroundings.store_column) == (None, stored)
    found = looked_up(files, Answers("Crate", kind="repository"))
    assert found.notes[0] == (
        "--kind repository is used, though nothing in app/models/crate.rb says that it has a repository yet"
    )


@pytest.mark.parametrize("is_stored", [True, False])
def test_no_constant_names_a_column_that_the_table_lacks(tmp_path: Path, is_stored: bool) -> None:
    columns = ("id bigint NOT NULL", *(["file_store smallint"] if is_stored else ()))
    root = make_checkout(
        tmp_path,
        {
            **CHECKOUT_18,
            "app/models/crate.rb": "class Crate < ApplicationRecord\nend\nCrate.prepend_mod\n",
            "db/docs/crates.yml": dictionary("crates", ["Crate"], project_id="projects"),
            "db/structure.sql": table("crates", *columns) + CHECKOUT_18["db/structure.sql"],
        },
    )
    new(root, model="Crate", kind="blob")
    assert ("STORE_COLUMN" in (root / "app/models/crate.rb").read_text()) is is_stored


def test_what_is_looked_up_is_looked_up_once() -> None:
    first = looked_up(FILES)
    again = looked_up(FILES, first.answers)
    assert (again.answers, again.names.items()) == (first.answers, first.names.items())


@pytest.mark.parametrize(
    ("declared", "table"),
    [
        ("self.table_name = 'old_crates'", "old_crates"),
        ('self.table_name = "old_crates"', "old_crates"),
        ("# self.table_name = 'old_crates'", "cargo_crates"),
        ("self.table_name = :old_crates", "old_crates"),
        ("self.table_name = TABLE", None),
    ],
)
def test_the_table_of_a_class_that_no_dictionary_names(declared: str, table: str | None) -> None:
    files = {path: text for path, text in FILES.items() if not path.startswith("db/docs")}
    found = looked_up({**files, MODEL: FILES[MODEL].replace("include HasRepository", declared)})
    assert found.facts
    assert found.facts["table"] == table


def test_the_owner_is_that_of_the_one_sharding_key() -> None:
    dictionary = FILES["db/docs/cargo_crates.yml"].replace("  namespace_id: namespaces\n", "")
    found = looked_up({**FILES, "db/docs/cargo_crates.yml": dictionary})
    assert found.answers.owner == "project"
    assert "the owner is project, as db/docs/cargo_crates.yml:6 says container_id: projects" in found.notes


def test_a_class_that_is_not_there() -> None:
    found = looked_up(FILES, Answers("Packages::Cargo::Crat"))
    assert found.notes[0].startswith(
        "there is no app/models/packages/cargo/crat.rb: perhaps Packages::Cargo::Crate is meant"
    )
    assert found.answers.kind is None
    [note] = looked_up({}, Answers("CoolWidget")).notes
    assert note.startswith("there is no app/models/cool_widget.rb; if the name is right")
    assert look_up(Answers("CoolWidget"), Inflector.gitlab(), None).answers.kind == "repository"


def test_an_ee_only_model() -> None:
    found = looked_up({"ee/app/models/cool_widget.rb": "class CoolWidget\nend\n"}, Answers("CoolWidget"))
    assert found.names["model_file"] == found.names["ee_model_file"] == "ee/app/models/cool_widget.rb"
    assert any("ee/app/models/cool_widget.rb only" in note for note in found.notes)


def test_the_databases_of_the_tree() -> None:
    connection = "name: {}\ngitlab_schemas:\n  - gitlab_shared\n  - {}\nklass: {}\n"
    files = {
        **INVENTED,
        "db/database_connections/main.yaml": connection.format("main", "gitlab_main_org", "ActiveRecord::Base"),
        "db/database_connections/far.yaml": connection.format("far", "gitlab_sec", "Far::ApplicationRecord"),
    }
    assert not looked_up(files, Answers("Secured")).surroundings.is_main_database
    assert looked_up(files, Answers("Storeless")).surroundings.is_main_database
    absent = looked_up(
        {**files, "db/docs/far_ones.yml": "classes:\n- FarOne\ngitlab_schema: gitlab_sec\n"}, Answers("FarOne")
    )
    assert absent.surroundings.base_class == "Far::ApplicationRecord"


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_what_was_looked_up_is_used_recorded_and_undone(tmp_path: Path, kind: str) -> None:
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, **FILES})
    before = picture(root)
    made = new(root, model=CRATE, kind=kind, owner="project")
    assert {step.outcome.status for step in made.steps} <= {Status.PLANNED, Status.UNCHANGED}
    text = (root / "ee/app/models/ee/packages/cargo/crate.rb").read_text()
    assert "replicables.where(container_id: ::Project.selective_sync_scope(node).pluck_primary_key)" in text
    assert "REFERENCES cargo_crates(id)" in (root / "db/structure.sql").read_text()
    assert (
        "'Packages::Cargo::Crate' => :cargo_crate" in (root / "ee/spec/support/helpers/ee/geo_helpers.rb").read_text()
    )
    assert "FactoryBot.modify" in (root / "ee/spec/factories/packages/cargo/crate.rb").read_text()
    after = picture(root)
    again = new(root, model=CRATE, now=OTHER_TIME)
    assert {step.outcome.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(root) == after
    undo(root, CRATE)
    assert picture(root) == before


@pytest.fixture
def invented(tmp_path: Path) -> Path:
    """A checkout in which the invented models are."""
    structure = CHECKOUT_18["db/structure.sql"] + INVENTED["db/structure.sql"]
    guard = "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
    return make_checkout(
        tmp_path / "gitlab",
        {**CHECKOUT_18, **INVENTED, "db/structure.sql": structure, guard: CHECKOUT_18[guard]},
    )


@pytest.mark.parametrize(
    ("model", "path", "text"),
    [
        # The base class and the database of the model.
        ("Secured", "ee/app/models/geo/secured_state.rb", "class SecuredState < SecApplicationRecord"),
        (
            "Secured",
            "ee/app/models/secured.rb",
            "where(project_id: ::Project.selective_sync_scope(node).pluck_primary_key)",
        ),
        ("Secured", "db/docs/secured_states.yml", "gitlab_schema: gitlab_sec"),
        # The attribute, the uploader and the column that are there.
        ("Secured", "ee/app/models/secured.rb", "STORE_COLUMN = :report_store"),
        ("Secured", "spec/support/helpers/stub_object_storage.rb", "uploader: ::GadgetUploader,"),
        ("Gadgets::Concerned", "spec/support/helpers/stub_object_storage.rb", "uploader: ::Gadgets::PartUploader,"),
        ("Gadgets::Concerned", "ee/spec/models/ee/gadgets/concerned_spec.rb", "project: project_1)"),
        # Every sharding key of the model.
        ("SharedByTwo", "db/docs/shared_by_two_states.yml", "  project_id: projects"),
        ("SharedByTwo", "db/docs/shared_by_two_states.yml", "  group_id: namespaces"),
    ],
)
def test_what_is_generated_uses_the_facts(invented: Path, model: str, path: str, text: str) -> None:
    new(invented, model=model)
    assert text in (invented / path).read_text()
    assert {step.outcome.status for step in new(invented, model=model, now=OTHER_TIME).steps} == {Status.UNCHANGED}


def test_a_column_that_the_table_lacks_is_not_named(invented: Path) -> None:
    made = new(invented, model="Storeless", owner="none")
    assert "object-storage" not in {step.operation.id for step in made.steps}
    written = "".join(text.decode() for text in picture(invented).values() if text and b"Storeless" in text)
    assert "drawing_store" not in written
    assert "model_record.drawing" in written


def test_a_shared_uploader_leaves_the_list_with_the_last_of_its_models(invented: Path) -> None:
    guard = invented / "ee/spec/uploaders/every_gitlab_uploader_spec.rb"
    guard.write_text(guard.read_text().replace("CoolWidgetUploader =>", "Gadgets::PartUploader =>"))
    (invented / "app/models/gadgets/another.rb").write_text(
        "module Gadgets\n  class Another < ApplicationRecord\n    include Mounted\n  end\nend\n"
    )
    (invented / "app/models/unwanted_file.rb").unlink()
    new(invented, model="Gadgets::Concerned")
    assert "Gadgets::PartUploader =>" in guard.read_text()
    new(invented, model="Gadgets::Another", owner="none")
    assert "Gadgets::PartUploader =>" not in guard.read_text()
    assert "TankUploader =>" in guard.read_text()
    undo(invented, "Gadgets::Another")
    assert "Gadgets::PartUploader =>" in guard.read_text()


def test_a_spec_gives_a_factory_only_what_it_takes(invented: Path) -> None:
    path = invented / "app/models/gadgets/concerned.rb"
    path.write_text(path.read_text().replace("    belongs_to :project\n", ""))
    new(invented, model="Gadgets::Concerned")
    assert "project_id: project_1.id)" in (invented / "ee/spec/models/ee/gadgets/concerned_spec.rb").read_text()


@pytest.mark.parametrize("model", ["Replicated", "Recorded", "PlainRuby", "Gizmo", "Composite", "Gadgets::KeptEntry"])
def test_a_refused_model_changes_nothing(invented: Path, model: str) -> None:
    before = picture(invented)
    with pytest.raises(RefusedError) as caught:
        plan(invented, model=model)
    assert caught.value.exit_code == 3
    assert (invented / str(caught.value.path)).is_file()
    assert "nothing was written" in caught.value.message
    assert caught.value.remedy
    assert picture(invented) == before


def test_a_part_of_a_type_that_is_there_may_be_made_again(invented: Path) -> None:
    assert plan(invented, model="Replicated", kind="blob", selection=Selection(only=frozenset({"finder"}))).steps


def test_a_type_that_is_there_keeps_its_names(invented: Path) -> None:
    replicator = invented / "ee/app/replicators/geo/replicated_replicator.rb"
    text = replicator.read_text().replace("ReplicatedReplicator", "OlderNameReplicator")
    (invented / "ee/app/replicators/geo/older_name_replicator.rb").write_text(text)
    replicator.unlink()
    mixin = invented / "ee/app/models/ee/replicated.rb"
    mixin.write_text(mixin.read_text().replace("ReplicatedReplicator", "OlderNameReplicator"))
    release = Selection(phases=(Phase.RELEASE,))
    names = plan_release(Answers("Replicated"), invented, now=OTHER_TIME, selection=release).names
    assert (names["name"], names["replication_flag"]) == ("older_name", "geo_older_name_replication")
    with pytest.raises(RefusedError, match="replicated already, by Geo::OlderNameReplicator"):
        plan(invented, model="Replicated")
    with pytest.raises(RefusedError, match="there is already a type older_name, of Replicated"):
        plan(invented, model="Storeless", name="older_name", owner="none")


def test_nothing_is_guessed_of_a_class_that_is_not_there(invented: Path) -> None:
    with pytest.raises(
        UndecidedError, match=r"it is not known what a record of CoolGadget has: there is no app/models/"
    ):
        plan(invented, model="CoolGadget")
    assert plan(invented, model="CoolGadget", kind="blob").steps


def test_nothing_is_guessed_of_a_table_that_only_ruby_can_tell(invented: Path) -> None:
    (invented / "app/models/odd_one.rb").write_text(
        "class OddOne < ApplicationRecord\n  include HasRepository\n\n  self.table_name = TABLE\nend\n"
    )
    with pytest.raises(UndecidedError, match="the table of OddOne is unknown") as caught:
        plan(invented, model="OddOne")
    assert caught.value.remedy == "Give it with --table"
    assert plan(invented, model="OddOne", table="odd_ones").names["table"] == "odd_ones"
