"""The table of kinds."""

import pytest

from geo_scaffold.edition import available_editions, load_manifest, load_runtime
from geo_scaffold.kinds import DEFAULT, KINDS, PROPERTIES, demonstrated, generated


def test_a_kind_has_its_own_name_and_the_default_is_one_that_new_makes() -> None:
    assert [name for name, kind in KINDS.items() if kind.name != name] == []
    assert DEFAULT in generated()
    assert set(demonstrated()) <= set(generated()) < set(KINDS)


def test_a_kind_meets_what_it_has() -> None:
    for kind in KINDS.values():
        had = [each for each in PROPERTIES if kind.values()[each]]
        assert kind.meets(had)
        assert [each for each in PROPERTIES if each not in had and kind.meets([*had, each])] == []


def test_what_a_model_mounts_is_a_file() -> None:
    assert all(kind.has_file for kind in KINDS.values() if kind.mounts_uploader)


@pytest.mark.parametrize("edition", available_editions())
def test_what_an_artifact_needs_is_a_property(edition: str) -> None:
    for artifact in (*load_manifest(edition), *load_runtime()):
        assert set(artifact.needs) <= set(PROPERTIES), artifact.id
