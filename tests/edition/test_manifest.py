"""The manifests: complete, in order, and at one with their templates; of each edition what makes it one.

What a manifest may say at all is the schema's (`test_mistakes.py`). No test counts:
a new artifact changes none.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from editions import NEWEST, OLDEST
from geo_scaffold.answers import PHASED, Answers
from geo_scaffold.edition import (
    Artifact,
    Op,
    Surroundings,
    available_editions,
    context_for,
    load_manifest,
    load_steps,
)
from geo_scaffold.edition.sharding import KeyColumn, ParentTable
from geo_scaffold.edition.sources import find_original, lineage_of, read_manifest, templates_root
from geo_scaffold.kinds import of_models
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase

BUILT = [edition for edition in available_editions() if len(lineage_of(edition)) > 1]
"""The editions that build on another one."""
SHARED = {"derive/schema-migration.txt.j2"}
"""Templates of more than one target, whose name is that of no artifact."""
every_edition = pytest.mark.parametrize("edition", available_editions())
every_kind = pytest.mark.parametrize("kind", of_models())
both_models = pytest.mark.parametrize("model", ["CoolWidget", "Packages::Cargo::Crate"])


def values(model: str, kind: str = "blob", **answers: Any) -> dict[str, Any]:
    phased = {key: answers.pop(key) for key in PHASED if key in answers}
    given = Answers(model=model, kind=kind, timestamp="20230101000000", **answers).in_phases(Phase, **phased)
    columns = {"project_id": KeyColumn("projects", reference="hard")}
    around = Surroundings(parent=ParentTable(columns=columns))
    return dict(context_for(given, given.names(Inflector.gitlab()), surroundings=around))


def by_id(edition: str) -> dict[str, Artifact]:
    return {artifact.id: artifact for artifact in load_manifest(edition)}


def asked_only_by(kind: str, edition: str) -> set[str]:
    others = [model for model in of_models() if model != kind]
    return {
        artifact.id
        for artifact in load_manifest(edition)
        if artifact.asked_of(kind) and not any(map(artifact.asked_of, others))
    }


@every_edition
def test_boxes_are_counted_in_the_order_of_the_artifacts(edition: str) -> None:
    boxes = [box for artifact in load_manifest(edition) for box in artifact.boxes]
    assert boxes == list(range(1, len(boxes) + 1))
    for artifact in load_manifest(edition):
        assert artifact.commands.keys() | artifact.nested <= artifact.boxes.keys()


@every_edition
def test_phases_and_steps_stay_together(edition: str) -> None:
    artifacts, phases = load_manifest(edition), list(Phase)
    positions = [phases.index(artifact.phase) for artifact in artifacts]
    assert positions == sorted(positions)
    assert list(dict.fromkeys(artifact.step for artifact in artifacts)) == list(load_steps(edition))
    steps = [artifact.step for artifact in artifacts]
    assert len(set(steps)) == 1 + sum(one != other for one, other in pairwise(steps))


@every_edition
def test_a_template_lies_in_the_folder_of_its_op_and_has_the_id_of_an_artifact(edition: str) -> None:
    ids = by_id(edition).keys()
    for artifact in load_manifest(edition):
        templates = [target.template for target in artifact.targets] + [artifact.example] * bool(artifact.example)
        for template in filter(None, templates):
            folder, name = template.split("/")
            assert folder == artifact.op
            assert template in SHARED or any(name.startswith(id_) for id_ in ids), template


@every_edition
@every_kind
@both_models
def test_texts_fill_completely(edition: str, model: str, kind: str) -> None:
    known = values(model, kind, milestone="18.9")
    for artifact in load_manifest(edition):
        places = [target.place for target in artifact.targets if target.place]
        for text in (*artifact.boxes.values(), *places, *artifact.commands.values(), artifact.note or ""):
            filled = artifact.fill(text, known)
            assert not set("{}\n") & set(filled), text
            assert model == "CoolWidget" or "cool" not in filled.lower(), text
        for text in (*artifact.boxes.values(), *filter(None, [artifact.note])):
            assert text[0].isupper(), text
            assert text.endswith((".", ":")), text


@every_edition
@every_kind
@both_models
def test_what_is_created_has_a_path_of_its_own(edition: str, model: str, kind: str) -> None:
    asked = [artifact for artifact in load_manifest(edition) if artifact.asked_of(kind) and artifact.op is Op.CREATE]
    created = [
        path for artifact in asked for path in artifact.paths_for(values(model, kind, sharding_keys=("project_id",)))
    ]
    assert len(set(created)) == len(created) >= len(asked)
    assert not [path for path in created if "{" in path or ".." in path or path.startswith("/")]


@every_edition
def test_an_artifact_has_either_a_box_or_a_note(edition: str) -> None:
    assert all(bool(artifact.note) != bool(artifact.boxes) for artifact in load_manifest(edition))


@pytest.mark.parametrize("edition", BUILT)
def test_an_edition_keeps_the_order_of_its_base_and_says_nothing_twice(edition: str) -> None:
    base = lineage_of(edition)[1]
    before, now = by_id(base), by_id(edition)
    assert before.keys() - now.keys() == set(read_manifest(edition).get("without", ()))
    assert [id_ for id_ in now if id_ in before] == [id_ for id_ in before if id_ in now]
    said = {entry["id"]: entry for entry in read_manifest(base)["artifact"]}
    for entry in read_manifest(edition)["artifact"]:
        same = said.get(entry["id"], {})
        assert not [key for key, value in entry.items() if key != "id" and same.get(key) == value], entry["id"]


@pytest.mark.parametrize("edition", BUILT)
def test_a_template_of_an_edition_differs_from_that_of_its_base(edition: str) -> None:
    own = templates_root() / f"gitlab-{edition}"
    for path in own.rglob("*.j2"):
        base = find_original(f"gitlab-{lineage_of(edition)[1]}/{path.relative_to(own).as_posix()}")
        assert base is None or base.read_bytes() != path.read_bytes(), path


@every_edition
def test_what_only_repositories_and_what_only_files_ask_for(edition: str) -> None:
    assert {"push-events", "removal-events", "git-access"} <= asked_only_by("repository", edition)
    assert {"object-storage"} <= asked_only_by("blob", edition)


@every_edition
def test_what_a_model_does_not_need(edition: str) -> None:
    def unneeded(**answers: Any) -> set[str]:
        known = values("Packages::Cargo::Crate", **answers)
        return {artifact.id for artifact in load_manifest(edition) if not artifact.needed_for(known)}

    assert "factory-name" in unneeded()
    assert "factory-name" not in unneeded(factory="cargo_crate")
    without = unneeded(spellings={"state_factory": ""}) - unneeded()
    assert "state-factory" in without
    assert ("factories-spec-skip" in without) == ("factories-spec-skip" in by_id(edition))


def test_a_table_that_does_not_say_where_files_are_needs_no_word_about_it() -> None:
    known = values("CoolWidget")
    without = {**known, "store_column": ""}
    assert {
        id_
        for id_, artifact in by_id(OLDEST).items()
        if artifact.needed_for(known) and not artifact.needed_for(without)
    } == {"object-storage"}


def test_a_class_of_ee_needs_no_line_that_loads_its_mixin() -> None:
    known = values("CoolWidget")
    own = {**known, "model_file": known["ee_model_file"]}
    assert {
        id_ for id_, artifact in by_id(OLDEST).items() if artifact.needed_for(known) and not artifact.needed_for(own)
    } == {"prepend-mod"}


def test_what_settles_a_decision_is_an_answer_or_an_artifact() -> None:
    settled = {artifact.id: artifact.settled_by for artifact in load_manifest(OLDEST) if artifact.settled_by}
    assert settled == {
        "registry-column-order": ("registry-migration",),
        "states-column-order": ("states-migration",),
        "selective-sync": ("owner",),
        "selective-sync-spec": ("owner",),
        "model-factory-project": ("model-factory",),
    }


def test_the_paths_of_a_namespaced_model() -> None:
    known = values("Packages::Cargo::Crate")
    of = {id_: artifact.paths_for(known) for id_, artifact in by_id(OLDEST).items()}
    assert of["model"] == ("ee/app/models/ee/packages/cargo/crate.rb",)
    assert of["model-factory"] == ("ee/spec/factories/packages/cargo/crates.rb",)
    assert of["registry-migration"] == ("ee/db/geo/migrate/20230101000000_create_packages_cargo_crate_registry.rb",)


def test_the_commands_that_only_a_booted_gitlab_answers() -> None:
    """Whatever a Rails command derives is written by us, but for the references that it makes of all code."""
    commands = {id_: [*artifact.commands.values()] for id_, artifact in by_id(NEWEST).items() if artifact.commands}
    assert {"registry-structure", "states-structure", "gettext", "usage-metrics", "possible-types"} <= commands.keys()
    derived = {id_ for id_, artifact in by_id(NEWEST).items() if artifact.op is Op.DERIVE}
    assert derived <= commands.keys()
    assert {"graphql-reference", "openapi", "release-graphql-reference"} <= commands.keys()


def test_both_flags_are_of_operations_and_released_together() -> None:
    known = values("Packages::Cargo::Crate")
    flags = [
        path for artifact in by_id(NEWEST).values() if artifact.op is Op.CREATE for path in artifact.paths_for(known)
    ]
    names = [Path(path).name for path in flags if "/feature_flags/ops/" in path]
    assert names == [
        "geo_packages_cargo_crate_replication.yml",
        "geo_packages_cargo_crate_force_primary_checksumming.yml",
    ]
    released = by_id(NEWEST)["release-flag"]
    assert [Path(path).name for path in released.paths_for(known)] == names
    assert released.phase is Phase.RELEASE
