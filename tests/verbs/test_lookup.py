"""What a checkout says of a model and its name does not."""

from pathlib import Path

import pytest

from checkouts import CHECKOUT_18
from geo_scaffold.answers import Answers
from geo_scaffold.edition import OwnerKey, Surroundings
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.operations import Status
from geo_scaffold.tree import Tree
from geo_scaffold.verbs.lookup import LookedUp, look_up

from .conftest import OTHER_TIME, make_checkout, new, picture, undo

CRATE = "Packages::Cargo::Crate"
FILES = {
    "app/models/packages/cargo/crate.rb": "module Packages\n  module Cargo\n    class Crate < ApplicationRecord\n"
    "      include Sortable\n    end\n  end\nend\n",
    "app/models/packages/cargo.rb": "module Packages\n  module Cargo\n    def self.table_name_prefix\n"
    "      'cargo_'\n    end\n  end\nend\n",
    "app/models/packages.rb": "module Packages\n  def self.table_name_prefix\n    'packages_'\n  end\nend\n",
    "db/docs/cargo_crates.yml": "---\ntable_name: cargo_crates\nclasses:\n- Packages::Cargo::Crate\n"
    "gitlab_schema: gitlab_ci\nsharding_key:\n  container_id: projects\n  namespace_id: namespaces\n",
    "spec/factories/packages/cargo/crate.rb": "FactoryBot.define do\n  factory :other, class: 'Cargo::Other' do\n"
    "    trait(:small)\n  end\n\n  factory :cargo_crate, class: 'Packages::Cargo::Crate' do\n    project\n\n"
    "    trait(:object_storage) do\n      file_store { 2 }\n    end\n  end\nend\n",
}


def looked_up(root: Path, files: dict[str, str], answers: Answers | None = None) -> LookedUp:
    make_checkout(root, files, git=False)
    return look_up(answers or Answers(CRATE), Inflector.gitlab(), Tree(root))


def test_everything_at_once(tmp_path: Path) -> None:
    found = looked_up(tmp_path, FILES)
    assert found.answers.given() == {
        "kind": "repository",
        "table": "cargo_crates",
        "factory": "cargo_crate",
        "spellings": {"model_path_plural": "packages/cargo/crate"},
    }
    assert found.names["table"] == "cargo_crates"
    assert found.names["model_path_plural"] == "packages/cargo/crate"
    assert found.surroundings == Surroundings(
        factory_exists=True,
        factory_traits=frozenset({"small", "object_storage"}),
        gitlab_schema="gitlab_ci",
        owner_keys=(OwnerKey("container_id", "projects"), OwnerKey("namespace_id", "namespaces")),
    )
    assert found.notes == (
        "the kind is repository, as app/models/packages/cargo/crate.rb mounts no uploader: else give --kind",
        "the table is cargo_crates, by `table_name_prefix` in app/models/packages/cargo.rb",
        "the factory is in spec/factories/packages/cargo/crate.rb",
        "the factory is cargo_crate, by spec/factories/packages/cargo/crate.rb",
        "the schema is gitlab_ci, by db/docs/cargo_crates.yml",
        "cargo_crates belongs to projects, by container_id: perhaps --owner project",
        "cargo_crates belongs to namespaces, by namespace_id: perhaps --owner group",
    )


def test_an_answer_wins(tmp_path: Path) -> None:
    answers = Answers(
        CRATE,
        kind="blob",
        table="crates",
        factory="crate",
        owner="none",
        spellings={"model_path_plural": "crates/many"},
    )
    found = looked_up(tmp_path, FILES, answers)
    assert found.answers == answers
    assert found.surroundings == Surroundings()
    assert found.notes == ("db/docs has nothing about crates: give the table with --table if it is another one",)


def test_what_is_looked_up_is_looked_up_once(tmp_path: Path) -> None:
    first = looked_up(tmp_path, FILES)
    again = look_up(first.answers, Inflector.gitlab(), Tree(tmp_path))
    assert (again.answers, again.names.items()) == (first.answers, first.names.items())


@pytest.mark.parametrize(
    ("declared", "table"),
    [
        ("self.table_name = 'old_crates'", "old_crates"),
        ('self.table_name = "old_crates"', "old_crates"),
        ("# self.table_name = 'old_crates'", "cargo_crates"),
        ("self.table_name = :old_crates", "old_crates"),
        ("self.table_name = TABLE", "cargo_crates"),
        (f"self.table_name = '{'x' * 64}'", "cargo_crates"),
    ],
)
def test_the_table_of_the_class(tmp_path: Path, declared: str, table: str) -> None:
    model = FILES["app/models/packages/cargo/crate.rb"].replace("include Sortable", declared)
    found = looked_up(tmp_path, {**FILES, "app/models/packages/cargo/crate.rb": model})
    assert found.names["table"] == table


def test_what_is_as_usual_is_not_noted(tmp_path: Path) -> None:
    files = {
        "app/models/cool_widget.rb": "class CoolWidget < ApplicationRecord\nend\n",
        "db/docs/cool_widgets.yml": "gitlab_schema: gitlab_main_org\n",
        "spec/factories/cool_widgets.rb": "FactoryBot.define do\n  factory :cool_widget\nend\n",
    }
    found = looked_up(tmp_path, files, Answers("CoolWidget"))
    assert found.answers.given() == {"kind": "repository"}
    assert found.notes[1:] == ("the schema is gitlab_main_org, by db/docs/cool_widgets.yml",)
    assert look_up(Answers("CoolWidget"), Inflector.gitlab(), None).surroundings == Surroundings()


def test_an_ee_only_model(tmp_path: Path) -> None:
    found = looked_up(tmp_path, {"ee/app/models/cool_widget.rb": "class CoolWidget\nend\n"}, Answers("CoolWidget"))
    assert found.names["model_file"] == found.names["ee_model_file"] == "ee/app/models/cool_widget.rb"
    assert "ee/app/models/cool_widget.rb only" in found.notes[1]


@pytest.mark.parametrize(
    ("line", "kind", "mounted"),
    [
        ("mount_file_store_uploader CrateUploader", "blob", "file"),
        ("mount_file_store_uploader CrateUploader, file_field: :signed_file", "blob", "signed_file"),
        ("mount_uploader :archive, CrateUploader", "blob", "archive"),
        ("mount_uploader(:archive, CrateUploader)", "blob", "archive"),
        ("# mount_uploader :archive, CrateUploader", "repository", None),
    ],
)
def test_the_kind_and_the_file_by_what_the_class_mounts(
    tmp_path: Path, line: str, kind: str, mounted: str | None
) -> None:
    model = FILES["app/models/packages/cargo/crate.rb"].replace("include Sortable", line)
    found = looked_up(tmp_path, {**FILES, "app/models/packages/cargo/crate.rb": model})
    assert (found.answers.kind, found.surroundings.mounted) == (kind, mounted)
    assert f"the kind is {kind}, as app/models/packages/cargo/crate.rb mounts" in found.notes[0]


def test_a_file_that_is_mounted_under_another_name(tmp_path: Path) -> None:
    model = FILES["app/models/packages/cargo/crate.rb"].replace(
        "include Sortable", "mount_uploader :archive, CrateUploader\n      mount_uploader :icon, IconUploader"
    )
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, **FILES, "app/models/packages/cargo/crate.rb": model})
    made = new(root, model=CRATE, owner="project")
    assert "mounts `icon` as well" in made.notes[1]
    assert "model_record.archive" in (root / "ee/app/replicators/geo/packages_cargo_crate_replicator.rb").read_text()
    assert "STORE_COLUMN = :archive_store" in (root / "app/models/packages/cargo/crate.rb").read_text()


def test_a_class_that_is_not_there(tmp_path: Path) -> None:
    found = looked_up(tmp_path, FILES, Answers("Packages::Cargo::Crat"))
    assert found.notes[0].startswith(
        "there is no app/models/packages/cargo/crat.rb: perhaps Packages::Cargo::Crate is meant"
    )
    assert found.answers.kind == "repository"
    [note] = looked_up(tmp_path / "empty", {}, Answers("CoolWidget")).notes
    assert note.startswith("there is no app/models/cool_widget.rb; if the name is right")


@pytest.mark.parametrize(
    ("model", "file"),
    [
        (CRATE, "packages/cargo/all_of_them"),
        ("CoolWidget", "many_widget_things"),
    ],
)
def test_a_factory_whose_file_has_another_name(tmp_path: Path, model: str, file: str) -> None:
    files = {
        "spec/factories/packages/cargo/binary.rb": "",
        f"spec/factories/{file}.rb": f"FactoryBot.define do\n  factory :thing, class: '{model}' do\n  end\nend\n",
    }
    found = looked_up(tmp_path, files, Answers(model))
    assert (found.names["factory"], found.names["model_path_plural"]) == ("thing", file)
    assert found.surroundings.factory_exists


def test_the_factory_of_an_ee_only_model(tmp_path: Path) -> None:
    files = {
        "ee/app/models/cool_widget.rb": "class CoolWidget\nend\n",
        "ee/spec/factories/cool_widgets.rb": "FactoryBot.define do\n  factory :widget, class: 'CoolWidget'\nend\n",
    }
    found = looked_up(tmp_path, files, Answers("CoolWidget"))
    assert found.names["factory"] == "widget"


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_what_was_looked_up_is_used_recorded_and_undone(tmp_path: Path, kind: str) -> None:
    root = make_checkout(tmp_path / "gitlab", {**CHECKOUT_18, **FILES})
    before = picture(root)
    made = new(root, model=CRATE, kind=kind, owner="project")
    assert made.notes[0].startswith("the table is cargo_crates")
    assert {step.verdict.status for step in made.steps} <= {Status.PLANNED, Status.UNCHANGED}
    text = (root / "ee/app/models/ee/packages/cargo/crate.rb").read_text()
    assert "replicables.where(container_id: ::Project.selective_sync_scope(node).pluck_primary_key)" in text
    assert "REFERENCES cargo_crates(id)" in (root / "db/structure.sql").read_text()
    assert (
        "'Packages::Cargo::Crate' => :cargo_crate" in (root / "ee/spec/support/helpers/ee/geo_helpers.rb").read_text()
    )
    assert "FactoryBot.modify" in (root / "ee/spec/factories/packages/cargo/crate.rb").read_text()
    after = picture(root)
    again = new(root, model=CRATE, now=OTHER_TIME)
    assert {step.verdict.status for step in again.steps} == {Status.UNCHANGED}
    assert picture(root) == after
    undo(root, CRATE)
    assert picture(root) == before
