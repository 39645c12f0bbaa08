"""What is read of models that say it in unusual ways; the lines are counted in the files themselves."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from geo_scaffold.checkout import Checkout, Sources, refusal_of
from geo_scaffold.checkout.structure import Structure
from geo_scaffold.names.inflector import Inflector

from .invented import FILES


class Folder:
    """Files that are on no disk."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files[path].encode() if path in self._files else None

    def names(self, folder: str) -> tuple[str, ...]:
        start = f"{folder}/" if folder else ""
        return tuple(sorted({path[len(start) :].partition("/")[0] for path in self._files if path.startswith(start)}))


def checkout(**changed: str) -> Checkout:
    return Checkout(Sources(Folder({**FILES, **changed}), ""), Inflector.gitlab())


def line_of(path: str, text: str) -> str:
    """Return `path:line` of the only place of a text in a file."""
    lines = [number for number, line in enumerate(FILES[path].splitlines(), 1) if text in line]
    assert len(lines) == 1, (path, text, lines)
    return f"{path}:{lines[0]}"


PART = {
    "attribute": "file",
    "uploader": "Gadgets::PartUploader",
    "store_column": "file_store",
    "records_uploads": False,
}
GADGET = {"uploader": "GadgetUploader", "records_uploads": False}

FACTS: list[tuple[str, str, Any, str | None]] = [
    ("Gadgets::Concerned", "table", "gadgets_concerneds", "db/docs/gadgets_concerneds.yml:3"),
    ("Gadgets::Concerned", "kind", "blob", "app/models/concerns/gadgets/mounted.rb:10"),
    ("Gadgets::Concerned", "mounts", [PART], "app/models/concerns/gadgets/mounted.rb:10"),
    ("Gadgets::Concerned", "factory", "gadget_thing", "spec/factories/odd_place.rb:2"),
    ("Gadgets::Concerned", "sharding_keys", {"project_id": "projects"}, "db/docs/gadgets_concerneds.yml:7"),
    ("Gadgets::Concerned", "owners", ["project"], "db/docs/gadgets_concerneds.yml:7"),
    ("Gadgets::Concerned", "foreign_keys", {"project_id": "hard"}, line_of("db/structure.sql", "CONSTRAINT fk_1")),
    ("Gadgets::Concerned", "ee_only", False, "app/models/gadgets/concerned.rb:2"),
    ("Gadgets::Concerned", "updated_at", True, None),
    (
        "Gadgets::KeptEntry",
        "mounts",
        [{"attribute": "blueprint", "store_column": None, **GADGET}],
        "ee/app/models/gadgets/entry.rb:5",
    ),
    ("Gadgets::KeptEntry", "primary_key", ["group_id", "iid"], None),
    ("Gadgets::KeptEntry", "file", "ee/app/models/gadgets/kept_entry.rb", "ee/app/models/gadgets/kept_entry.rb:2"),
    ("Gadgets::KeptEntry", "base_class", "::ApplicationRecord", "ee/app/models/gadgets/entry.rb:2"),
    ("Gadgets::KeptEntry", "updated_at", False, None),
    ("Gizmo", "mounts", [], None),
    ("Gizmo", "table", "gizmos", "db/docs/gizmos.yml:3"),
    ("Gizmos::Special", "table", "gizmos", "db/docs/gizmos.yml:3"),
    (
        "Gizmos::Special",
        "mounts",
        [{"attribute": "photo", "store_column": "photo_store", **GADGET}],
        "app/models/gizmos/special.rb:3",
    ),
    ("NestedOwner::Part", "table", "nested_owner_parts", "app/models/nested_owner.rb:2"),
    ("Renamed", "table", "gadgets_renamed_ones", "db/docs/gadgets_renamed_ones.yml:3"),
    ("Composite", "partitioned", True, line_of("db/structure.sql", "CREATE TABLE composites")),
    ("Composite", "primary_key", ["id", "part"], None),
    ("Composite", "model_primary_key", ["id"], "app/models/composite.rb:4"),
    ("Prefixed", "table", "new_prefixeds", "app/models/prefixed.rb:4"),
    ("Prefixed", "model_primary_key", ["number"], "app/models/concerns/numbered.rb:3"),
    ("Keyed", "primary_key", ["project_id"], None),
    ("Keyed", "model_primary_key", None, None),
    ("Secured", "gitlab_schema", "gitlab_sec", "db/docs/secureds.yml:6"),
    ("Secured", "base_class", "::SecApplicationRecord", "ee/app/models/secured.rb:1"),
    ("Secured", "foreign_keys", {"project_id": "loose"}, "config/gitlab_loose_foreign_keys.yml:4"),
    ("Secured", "ee_only", True, "ee/app/models/secured.rb:1"),
    (
        "Secured",
        "mounts",
        [{"attribute": "report", "store_column": "report_store", **GADGET}],
        "ee/app/models/secured.rb:2",
    ),
    ("Secured", "factory", "a_secured_one", "ee/spec/factories/deep/er/secureds.rb:2"),
    ("SharedByTwo", "owners", ["project", "group"], "db/docs/shared_by_twos.yml:7"),
    ("SharedByTwo", "foreign_keys", {"project_id": "none", "group_id": "none"}, None),
    ("Recorded", "table", "recordeds", "db/docs/recordeds.yml:3"),
    ("Recorded", "kind", "upload", "app/models/recorded.rb:2"),
    ("Recorded", "replicated_by", "Upload", "app/uploaders/recorded_uploader.rb:2"),
    ("Versioned", "kind", "repository", "app/models/versioned.rb:2"),
    ("Versioned", "repository", "include HasRepository", "app/models/versioned.rb:2"),
    ("Reaching", "repository", None, None),
    ("Reaching", "kind", None, None),
    ("Singular", "repository", None, None),
    ("Singular", "table", "one_singulars", "app/models/singular.rb:5"),
    ("Typed", "repository", "def repository", "app/models/typed.rb:2"),
    ("Typed", "factory", "typed_one", "spec/factories/others.rb:3"),
    ("Gizmos::Special", "factory", "one_with_path", "spec/factories/others.rb:2"),
    ("PlainRuby", "table", None, None),
    (
        "Extended",
        "mounts",
        [{"attribute": "file", "store_column": "file_store", **GADGET}],
        "ee/app/models/ee/extended.rb:6",
    ),
    ("Replicated", "replicated_by", "Geo::ReplicatedReplicator", "ee/app/models/ee/replicated.rb:6"),
    ("Replicated", "kind", "blob", "ee/app/replicators/geo/replicated_replicator.rb:3"),
    ("NotThere", "file", None, None),
    ("NotThere", "kind", None, None),
]


@pytest.mark.parametrize(("model", "fact", "value", "source"), FACTS)
def test_fact(model: str, fact: str, value: Any, source: str | None) -> None:
    found = checkout().facts(model)
    assert found[fact] == value
    if source:
        assert found.source(fact) == source


def test_no_fact_is_without_a_source_and_every_source_is_a_line_of_a_file() -> None:
    reader = checkout()
    for model in reader.dictionary.classes():
        for name, fact in reader.facts(model).values.items():
            if fact.value not in (None, False, [], {}):
                path, _, line = (fact.source or "").rpartition(":")
                assert path in FILES, (model, name, fact)
                assert 1 <= int(line) <= FILES[path].count("\n"), (model, name, fact)


REFUSED = [
    ("Replicated", "replicated already, by Geo::ReplicatedReplicator", "ee/app/models/ee/replicated.rb:6"),
    ("Recorded", "replicated already, as Upload: RecordedChildUploader", "app/uploaders/recorded_uploader.rb:2"),
    ("PlainRuby", "not an Active Record class", "app/models/plain_ruby.rb:1"),
    ("Structured", "not an Active Record class", "app/models/structured.rb:1"),
    ("Failing", "not an Active Record class", "app/models/failing.rb:1"),
    ("Gadgets::Entry", "is abstract", "ee/app/models/gadgets/entry.rb:2"),
    ("Geo::Tracked", "the tracking database", "ee/app/models/geo/tracking_base.rb:2"),
    ("Gizmo", "neither a file nor a repository", "app/models/gizmo.rb:3"),
    ("Reaching", "neither a file nor a repository", "app/models/reaching.rb:1"),
    ("Composite", "composites is partitioned", line_of("db/structure.sql", "CREATE TABLE composites")),
    ("Gadgets::KeptEntry", r"\(group_id, iid\)", line_of("db/structure.sql", "gadgets_kept_entries_pkey")),
    (
        "UnwantedFile",
        "We don't want to replicate these files",
        line_of("ee/spec/uploaders/every_gitlab_uploader_spec.rb", "Gadgets::PartUploader"),
    ),
]


@pytest.mark.parametrize(("model", "reason", "source"), REFUSED)
def test_model_that_gets_no_type(model: str, reason: str, source: str) -> None:
    found = refusal_of(checkout().facts(model))
    assert found is not None
    assert re.search(reason, found.reason), found.reason
    assert found.source == source


@pytest.mark.parametrize("model", ["Secured", "SharedByTwo", "Storeless", "Versioned", "Extended", "Keyed", "NotThere"])
def test_model_that_may_get_one(model: str) -> None:
    assert refusal_of(checkout().facts(model)) is None


@pytest.mark.parametrize(("model", "kind"), [("UnwantedFile", "blob"), ("Gizmo", "blob"), ("Reaching", "repository")])
def test_a_person_may_know_better(model: str, kind: str) -> None:
    assert refusal_of(checkout().facts(model), kind=kind) is None


@pytest.mark.parametrize(("model", "kind"), [("Replicated", "blob"), ("Recorded", "blob"), ("Composite", "blob")])
def test_but_not_of_what_would_do_harm(model: str, kind: str) -> None:
    assert refusal_of(checkout().facts(model), kind=kind) is not None


def test_what_a_factory_takes() -> None:
    reader = checkout()
    assert {"project", "group"} <= reader.facts("Gadgets::Concerned").takes  # the class's own, and a transient one
    secured = reader.facts("Secured")
    assert {"project", "organization", "size"} <= secured.takes
    assert secured.factory
    assert reader.factories.traits(secured.factory) == {"remote", "checked"}
    assert "group" not in reader.facts("Secured").takes


def test_a_class_in_several_entries_has_the_table_that_is_its_own() -> None:
    reader = checkout(**{"db/docs/other_gizmos.yml": "table_name: other_gizmos\nclasses: [Gizmo]\n"})
    assert reader.facts("Gizmo")["table"] == "gizmos"


def test_the_rows_of_a_partition_with_a_type_of_its_own() -> None:
    reader = checkout(
        **{
            "ee/app/models/geo/recorded_upload.rb": (
                "module Geo\n  class RecordedUpload < ::Upload\n    self.table_name = 'recorded_uploads'\n  end\nend\n"
            ),
            "ee/app/replicators/geo/recorded_upload_replicator.rb": (
                "module Geo\n  class RecordedUploadReplicator < Gitlab::Geo::Replicator\n"
                "    def self.model\n      ::Geo::RecordedUpload\n    end\n  end\nend\n"
            ),
        }
    )
    fact = reader.facts("Recorded").values["replicated_by"]
    assert fact == ("Geo::RecordedUploadReplicator", line_of("db/structure.sql", "ATTACH PARTITION"))


@pytest.mark.parametrize(
    "text",
    [
        "table_name: gizmos\nclasses: [Gizmo, 'Gizmos::Special']\n"
        "sharding_key: {project_id: projects}\ngitlab_schema: x\n",
        'classes:\n  - Gizmo\n  - "Gizmos::Special" # two\n'
        "sharding_key:\n  # why\n  project_id: projects\ngitlab_schema: 'x'\n",
        "---\nclasses:\n- ::Gizmo\n- Gizmos::Special\n\n"
        "gitlab_schema: x # y\nsharding_key:\n    project_id: 'projects'\n",
    ],
)
def test_dictionary_in_other_styles(text: str) -> None:
    entry = checkout(**{"db/docs/gizmos.yml": text}).dictionary.entry("gizmos")
    assert entry is not None
    assert (entry.classes, entry.sharding_keys, entry.gitlab_schema) == (
        ("Gizmo", "Gizmos::Special"),
        {"project_id": "projects"},
        "x",
    )


def test_a_table_is_found_alike_by_its_name_and_among_all() -> None:
    text = FILES["db/structure.sql"]
    few, many = Structure(text), Structure(text)
    names = re.findall(r"^CREATE TABLE (?:public\.)?(\w+)", text, re.MULTILINE)
    assert len(names) > 1
    many.partitions_for("nothing")  # reads all statements
    for name in names:
        assert few.table(name) == many.table(name)
        assert few.partition(name) == many.partition(name)
        few = Structure(text)  # for which each is the first
