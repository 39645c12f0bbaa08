"""The manifest of edition 18: what it takes from edition 16, what it has otherwise, and what is new."""

from itertools import pairwise
from pathlib import Path

import pytest

from geo_scaffold.edition import Op, Phase, load_manifest, load_steps, templates_root
from geo_scaffold.edition.editing import KINDS
from geo_scaffold.edition.sources import read_manifest
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector

from .test_manifest import LAYOUT

MANIFEST = load_manifest("18")
BASE = load_manifest("16")
BY_ID = {artifact.id: artifact for artifact in MANIFEST}
OWN = templates_root() / "gitlab-18"
NEW = {
    "sharding-key",
    "stub-object-storage",
    "uploader-guard",
    "repository-updated-event",
    "repository-wiring-spec",
    "checksumming-flag",
    "batcher-spec",
    "state-spec",
    "gettext",
    "site-status-docs",
    "site-status-schema",
    "status-params",
    "registrable-type",
    "possible-types",
    "registry-class-enum-spec",
    "registries-shared-context",
    "openapi",
    "data-management-docs",
    "sync-troubleshooting-docs",
}


def values(model: str) -> dict[str, str]:
    names = build_names(model, inflector=Inflector.gitlab())
    return {**names, "timestamp": "20230101000000", "data_type": "Blob", "milestone": "18.9"}


def test_what_is_gone_and_what_is_new() -> None:
    before, now = {artifact.id for artifact in BASE}, {artifact.id for artifact in MANIFEST}
    assert before - now == {"factories-spec-skip", "no-repo-message"}
    assert now - before == NEW
    assert len(now) == len(MANIFEST)


def test_the_order_is_that_of_the_base_and_phases_and_steps_stay_together() -> None:
    ids = [artifact.id for artifact in BASE if artifact.id in BY_ID]
    assert [artifact.id for artifact in MANIFEST if artifact.id not in NEW] == ids
    phases = list(Phase)
    positions = [phases.index(artifact.phase) for artifact in MANIFEST]
    assert positions == sorted(positions)
    assert list(dict.fromkeys(artifact.step for artifact in MANIFEST)) == list(load_steps("18"))
    steps = [artifact.step for artifact in MANIFEST]
    assert len(set(steps)) == 1 + sum(one != other for one, other in pairwise(steps))


def test_boxes_are_numbered_in_order() -> None:
    boxes = [box for artifact in MANIFEST for box in artifact.boxes]
    assert boxes == list(range(1, len(boxes) + 1))
    assert all(artifact.commands.keys() | artifact.nested <= artifact.boxes.keys() for artifact in MANIFEST)
    assert [artifact.id for artifact in MANIFEST if artifact.commands] == [
        "registry-structure",
        "states-structure",
        "gettext",
        "usage-metrics",
        "possible-types",
        "graphql-reference",
        "openapi",
        "release-graphql-reference",
    ]
    assert all(bool(artifact.note) != bool(artifact.boxes) for artifact in MANIFEST)


def test_an_entry_that_says_what_the_base_says_is_not_there() -> None:
    base = {entry["id"]: entry for entry in read_manifest("16")["artifact"]}
    for entry in read_manifest("18")["artifact"]:
        same = base.get(entry["id"], {})
        assert not [key for key, value in entry.items() if key != "id" and same.get(key) == value], entry["id"]


def test_every_template_of_its_own_is_used_and_those_of_the_base_are_there() -> None:
    used = {target.template for artifact in MANIFEST for target in artifact.targets if target.template}
    used |= {each.template or "" for artifact in MANIFEST for target in artifact.targets for each in target.existing}
    used |= {artifact.example for artifact in MANIFEST if artifact.example}
    used |= {each.template or "" for artifact in MANIFEST for target in artifact.targets for each in target.alter}
    used.add(LAYOUT)
    own = {str(path.relative_to(OWN)) for path in OWN.rglob("*.j2")}
    assert own <= used
    assert {template for template in used if not (OWN / template).is_file()} <= {
        str(path.relative_to(OWN.parent / "gitlab-16")) for path in (OWN.parent / "gitlab-16").rglob("*.j2")
    }


def test_a_template_lies_in_the_folder_of_its_op() -> None:
    for artifact in MANIFEST:
        templates = [target.template for target in artifact.targets] + [artifact.example] * bool(artifact.example)
        assert {(template or "").split("/")[0] for template in templates} <= {artifact.op.value}


def test_a_template_of_its_own_differs_from_that_of_the_base() -> None:
    for path in OWN.rglob("*.j2"):
        base = OWN.parent / "gitlab-16" / path.relative_to(OWN)
        assert not base.is_file() or base.read_bytes() != path.read_bytes(), path


def test_every_entry_has_an_editor_and_every_created_file_is_whole() -> None:
    for artifact in MANIFEST:
        for target in artifact.targets:
            assert target.template
            assert target.whole or (target.editor and target.editor["kind"] in KINDS and target.place), artifact.id
        assert bool(artifact.targets) == (artifact.op is not Op.CONFIRM)


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


@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_a_model_gets_23_created_files(kind: str) -> None:
    asked = [artifact for artifact in MANIFEST if artifact.asked_of(kind)]
    created = [p for each in asked if each.op is Op.CREATE for p in each.paths_for(values("Packages::Cargo::Crate"))]
    assert len(set(created)) == 23
    assert [Path(path).name for path in created if "/feature_flags/ops/" in path] == [
        "geo_packages_cargo_crate_replication.yml",
        "geo_packages_cargo_crate_force_primary_checksumming.yml",
    ]


def test_what_only_one_kind_asks_for() -> None:
    git = {"push-events", "removal-events", "git-access", "repository-updated-event", "repository-wiring-spec"}
    assert {a.id for a in MANIFEST if a.asked_of("repository") and not a.asked_of("blob")} == git
    blob = {"object-storage", "stub-object-storage", "uploader-guard"}
    assert {a.id for a in MANIFEST if a.asked_of("blob") and not a.asked_of("repository")} == blob


def test_the_release() -> None:
    assert [artifact.id for artifact in MANIFEST if artifact.phase is Phase.RELEASE and artifact.targets] == [
        "release-flag",
        "release-graphql",
        "release-data-types",
        "release-limitations",
        "data-management-docs",
        "sync-troubleshooting-docs",
    ]
    assert BY_ID["release-flag"].paths_for(values("CoolWidget")) == (
        "ee/config/feature_flags/ops/geo_cool_widget_replication.yml",
        "ee/config/feature_flags/ops/geo_cool_widget_force_primary_checksumming.yml",
    )
