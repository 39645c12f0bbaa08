"""The manifest of edition 16: complete, in order, and at one with its templates."""

from collections import Counter

import pytest

from geo_scaffold.edition import Op, Phase, load_manifest, templates_root
from geo_scaffold.inflector import Inflector
from geo_scaffold.names import build_names

MANIFEST = load_manifest("16")


def values(model: str) -> dict[str, str]:
    return {**build_names(model, inflector=Inflector.gitlab()), "timestamp": "20230101000000"}


def test_every_box_of_the_issue_template_is_answered_once_and_in_order() -> None:
    assert [box for artifact in MANIFEST for box in artifact.boxes] == list(range(1, 65))


def test_ids_are_unique_and_phases_in_order() -> None:
    assert [id_ for id_, count in Counter(artifact.id for artifact in MANIFEST).items() if count > 1] == []
    phases = list(Phase)
    positions = [phases.index(artifact.phase) for artifact in MANIFEST]
    assert positions == sorted(positions)


def test_every_template_belongs_to_one_created_file() -> None:
    edition = templates_root() / "gitlab-16"
    used = [artifact.template for artifact in MANIFEST if artifact.template]
    assert sorted(used) == sorted(str(path.relative_to(edition)) for path in edition.rglob("*.j2"))
    assert all((artifact.op is Op.CREATE) == (artifact.template is not None) for artifact in MANIFEST)


def test_what_is_not_a_decision_has_a_place() -> None:
    assert [a.id for a in MANIFEST if (a.op is Op.CONFIRM) == bool(a.paths)] == []


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
