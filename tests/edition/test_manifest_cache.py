"""What is kept of manifests between runs: only what this program made from the very same texts is used again."""

from pathlib import Path

import pytest

from editions import NEWEST, change, copied_templates
from geo_scaffold.edition import load_manifest, load_steps
from geo_scaffold.edition import sources as reading
from geo_scaffold.edition.manifest_cache import cached
from geo_scaffold.edition.sources import forget, head_of
from geo_scaffold.errors import ManifestError
from geo_scaffold.kinds import KINDS


def refuse_to_make() -> None:
    raise AssertionError("it was made again")


def test_a_manifest_is_parsed_and_checked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with copied_templates(tmp_path):
        first = load_manifest(NEWEST), load_steps(NEWEST), head_of(NEWEST)
        monkeypatch.setattr(reading, "_parsed", refuse_to_make)
        monkeypatch.setattr(reading, "_head", refuse_to_make)
        forget()
        load_manifest.cache_clear()
        assert (load_manifest(NEWEST), load_steps(NEWEST), head_of(NEWEST)) == first


def test_an_edited_manifest_is_checked_again(tmp_path: Path) -> None:
    with copied_templates(tmp_path) as root:
        load_manifest(NEWEST)
        change(root / f"gitlab-{NEWEST}/manifest.toml", "[[artifact]]", "[[artifact]]\nphrase = 1")
        forget()
        load_manifest.cache_clear()
        with pytest.raises(ManifestError, match="phrase"):
            load_manifest(NEWEST)


def test_a_mistake_is_found_in_every_run(tmp_path: Path) -> None:
    with copied_templates(tmp_path) as root:
        change(root / f"gitlab-{NEWEST}/manifest.toml", "[[artifact]]", "[[artifact]]\nphrase = 1")
        for _ in range(2):
            forget()
            with pytest.raises(ManifestError, match="phrase"):
                load_manifest(NEWEST)


def test_other_texts_other_kinds_and_other_sorts_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cached("one", ["a", "b"], lambda: 1) == 1
    assert cached("one", ["a", "b"], lambda: 2) == 1
    assert cached("one", ["ab"], lambda: 3) == 3
    assert cached("two", ["a", "b"], lambda: 4) == 4
    monkeypatch.setitem(KINDS, "other", KINDS["blob"]._replace(name="other"))
    assert cached("one", ["a", "b"], lambda: 5) == 5


def test_nothing_is_kept_where_nothing_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_SCAFFOLD_CACHE", "")
    assert [cached("none", ["a"], make) for make in (lambda: 1, lambda: 2)] == [1, 2]


def test_what_json_does_not_hold_is_not_kept() -> None:
    assert [cached("odd", ["a"], make) for make in (lambda: {1}, lambda: {2})] == [{1}, {2}]
