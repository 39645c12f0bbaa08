"""The manifest of edition 16: complete, in order, and at one with its templates."""

from collections import Counter

import pytest

from geo_scaffold.edition import Op, Phase, load_manifest, load_steps, templates_root
from geo_scaffold.edition.checklist import TEMPLATE as CHECKLIST
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector

MANIFEST = load_manifest("16")
LAYOUT = "alter/migration.rb.j2"
"""What the migrations of a table that is there extend."""


def values(model: str) -> dict[str, str]:
    return {**build_names(model, inflector=Inflector.gitlab()), "timestamp": "20230101000000"}


def test_every_box_of_the_issue_template_is_answered_once_and_in_order() -> None:
    assert [box for artifact in MANIFEST for box in artifact.boxes] == list(range(1, 65))


def test_ids_are_unique_and_phases_in_order() -> None:
    assert [id_ for id_, count in Counter(artifact.id for artifact in MANIFEST).items() if count > 1] == []
    phases = list(Phase)
    positions = [phases.index(artifact.phase) for artifact in MANIFEST]
    assert positions == sorted(positions)


def test_every_template_is_used_once() -> None:
    edition = templates_root() / "gitlab-16"
    used = Counter(target.template for artifact in MANIFEST for target in artifact.targets if target.template)
    used.update(artifact.example for artifact in MANIFEST if artifact.example)
    # What goes into an existing file may be all that the new one would hold.
    used.update(
        each.template
        for artifact in MANIFEST
        for target in artifact.targets
        for each in target.existing
        if each.template and each.template != target.template
    )
    used[CHECKLIST] += 1
    altering = [each.template for artifact in MANIFEST for target in artifact.targets for each in target.alter]
    assert set(Counter(altering).values()) == {2}  # for the tables of both databases
    used.update({*filter(None, altering), LAYOUT})
    assert sorted(used) == sorted(str(path.relative_to(edition)) for path in edition.rglob("*.j2"))
    assert {template: count for template, count in used.items() if count > 1} == {"derive/schema-migration.txt.j2": 2}


def test_a_template_lies_in_the_folder_of_its_op_and_has_the_id_of_its_artifact() -> None:
    for artifact in MANIFEST:
        templates = [target.template for target in artifact.targets] + [artifact.example] * bool(artifact.example)
        for template in templates:
            assert template is not None
            folder, name = template.split("/")
            assert folder == artifact.op
            assert name.startswith(artifact.id) or name == "schema-migration.txt.j2"


def test_what_is_not_a_decision_has_a_place() -> None:
    assert [a.id for a in MANIFEST if (a.op is Op.CONFIRM) == bool(a.targets)] == []
    assert [a.id for a in MANIFEST if a.example and a.op is not Op.CONFIRM] == []
    partial = [target for artifact in MANIFEST for target in artifact.targets if not target.whole]
    assert all(target.place and target.template for target in partial)
    assert all(target.whole for artifact in MANIFEST if artifact.op is Op.CREATE for target in artifact.targets)
    whole = [target.path for artifact in MANIFEST if artifact.op is not Op.CREATE for target in artifact.targets]
    assert [path for path in whole if "schema_migrations" in path] == [
        "ee/db/geo/schema_migrations/{timestamp}",
        "db/schema_migrations/{timestamp}",
    ]


def test_what_settles_a_decision_is_an_answer_or_an_artifact() -> None:
    ids = {artifact.id for artifact in MANIFEST}
    settled = {artifact.id: artifact.settled_by for artifact in MANIFEST if artifact.settled_by}
    assert settled == {
        "registry-column-order": ("registry-migration",),
        "states-column-order": ("states-migration",),
        "selective-sync": ("owner",),
        "selective-sync-spec": ("owner",),
        "model-factory-project": ("model-factory",),
    }
    assert {id_ for by in settled.values() for id_ in by} <= ids | {"owner"}


def test_commands_and_nested_boxes_belong_to_boxes_of_their_artifact() -> None:
    assert all(artifact.commands.keys() | artifact.nested <= artifact.boxes.keys() for artifact in MANIFEST)
    assert {box for artifact in MANIFEST for box in artifact.commands} == {5, 12, 41, 51, 62}
    assert {box for artifact in MANIFEST for box in artifact.nested} == {57, 58, 59}


def test_steps_are_titled_and_in_order() -> None:
    steps = load_steps("16")
    assert list(dict.fromkeys(artifact.step for artifact in MANIFEST)) == list(steps)
    assert all(steps.values())


def test_an_artifact_without_a_box_has_a_note_instead() -> None:
    assert [artifact.id for artifact in MANIFEST if not artifact.boxes] == ["prepend-mod", "object-storage"]
    assert all(bool(artifact.note) != bool(artifact.boxes) for artifact in MANIFEST)


@pytest.mark.parametrize("kind", ["repository", "blob"])
@pytest.mark.parametrize("model", ["CoolWidget", "Packages::Cargo::Crate"])
def test_texts_fill_completely(model: str, kind: str) -> None:
    known = values(model) | {"kind": kind}
    for artifact in MANIFEST:
        places = [target.place for target in artifact.targets if target.place]
        for text in (*artifact.boxes.values(), *places, *artifact.commands.values(), artifact.note or ""):
            filled = text.format_map(known)
            assert not set("{}\n") & set(filled), text
            assert model == "CoolWidget" or "cool" not in filled.lower(), text
        for text in (*artifact.boxes.values(), *filter(None, [artifact.note])):
            assert text[0].isupper(), text
            assert text.endswith((".", ":")), text


def test_what_a_model_does_not_need() -> None:
    def unneeded(**options: object) -> set[str]:
        names = build_names("Packages::Cargo::Crate", inflector=Inflector.gitlab(), **options)  # type: ignore[arg-type]
        return {artifact.id for artifact in MANIFEST if not artifact.needed_for(names)}

    assert unneeded() == {"factory-name"}
    assert unneeded(factory="cargo_crate") == set()
    assert unneeded(factory="cargo_crate", ee_only=True) == {"prepend-mod"}
    assert unneeded(overrides={"state_factory": ""}) == {"factory-name", "state-factory", "factories-spec-skip"}


@pytest.mark.parametrize("kind", ["repository", "blob"])
@pytest.mark.parametrize("model", ["CoolWidget", "Packages::Cargo::Crate"])
def test_a_model_gets_21_created_files_and_two_schema_migrations(model: str, kind: str) -> None:
    asked = [artifact for artifact in MANIFEST if artifact.asked_of(kind)]
    created = [path for artifact in asked if artifact.op is Op.CREATE for path in artifact.paths_for(values(model))]
    migrations = [p for a in asked for p in a.paths_for(values(model)) if "/schema_migrations/" in p]
    assert len(set(created)) == 21
    assert len(migrations) == 2
    assert not [path for path in created if "{" in path or ".." in path or path.startswith("/")]


def test_the_paths_of_a_namespaced_model() -> None:
    of = {artifact.id: artifact.paths_for(values("Packages::Cargo::Crate")) for artifact in MANIFEST}
    assert of["model"] == ("ee/app/models/ee/packages/cargo/crate.rb",)
    assert of["model-factory"] == ("ee/spec/factories/packages/cargo/crates.rb",)
    assert of["registry-migration"] == ("ee/db/geo/migrate/20230101000000_create_packages_cargo_crate_registry.rb",)


def test_only_repositories_ask_for_git_and_only_blobs_for_object_storage() -> None:
    git = {"push-events", "removal-events", "git-access", "no-repo-message"}
    assert {a.id for a in MANIFEST if a.asked_of("repository") and not a.asked_of("blob")} == git
    assert {a.id for a in MANIFEST if a.asked_of("blob") and not a.asked_of("repository")} == {"object-storage"}
