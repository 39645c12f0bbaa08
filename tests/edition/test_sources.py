"""An edition that builds on another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo_scaffold.edition import Renderer, load_manifest, load_steps
from geo_scaffold.edition.sources import entries_of, folders_of, forget
from geo_scaffold.errors import ManifestError

BASE = """
from = "0"
[steps]
one = "One"
[[artifact]]
id = "first"
phase = "schema"
step = "one"
level = "doc"
op = "confirm"
[artifact.boxes]
1 = "The first."
[[artifact]]
id = "second"
phase = "schema"
step = "one"
level = "doc"
op = "confirm"
nested = [3]
[artifact.commands]
2 = "run"
[artifact.boxes]
2 = "The second."
3 = "Its part."
[[artifact]]
id = "third"
phase = "schema"
step = "one"
level = "doc"
op = "create"
targets = [{ path = "a", template = "a.j2" }]
[artifact.boxes]
4 = "The third."
"""
OTHER = """
from = "2"
base = "1"
without = ["first"]
[steps]
two = "Two"
[[artifact]]
id = "new"
after = "second"
phase = "schema"
step = "two"
level = "test"
op = "confirm"
[artifact.boxes]
1 = "The new one."
2 = "And more."
[[artifact]]
id = "newer"
after = "new"
phase = "schema"
step = "two"
level = "test"
op = "confirm"
note = "Without a box."
[[artifact]]
id = "third"
targets = [{ path = "b", template = "b.j2" }]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    files = {
        "gitlab-1/manifest.toml": BASE,
        "gitlab-1/a.j2": "{% block a %}a{% endblock %} of {{ x }}\n",
        "gitlab-1/b.j2": "b of 1\n",
        "gitlab-2/manifest.toml": OTHER,
        "gitlab-2/a.j2": '{% extends "gitlab-1/a.j2" %}{% block a %}b{% endblock %}',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr("geo_scaffold.edition.sources.templates_root", lambda: tmp_path)
    monkeypatch.setattr("geo_scaffold.edition.templates.templates_root", lambda: tmp_path)
    forget()
    yield tmp_path
    forget()


def test_entries_come_go_and_change(root: Path) -> None:
    assert [artifact.id for artifact in load_manifest("1")] == ["first", "second", "third"]
    found = {artifact.id: artifact for artifact in load_manifest("2")}
    assert list(found) == ["second", "new", "newer", "third"]
    assert [target.path for target in found["third"].targets] == ["b"]
    assert found["third"].level == "doc"
    assert load_steps("2") == {"one": "One", "two": "Two"}
    assert folders_of("2") == (root / "gitlab-2", root / "gitlab-1")


def test_boxes_are_numbered_in_their_order_and_what_hangs_on_them_follows(root: Path) -> None:
    found = {artifact.id: artifact for artifact in load_manifest("2")}
    assert [box for artifact in found.values() for box in artifact.boxes] == [1, 2, 3, 4, 5]
    assert found["second"].commands == {1: "run"}
    assert found["second"].nested == {2}
    assert found["third"].boxes == {5: "The third."}
    assert [box for artifact in load_manifest("1") for box in artifact.boxes] == [1, 2, 3, 4]


def test_a_template_is_the_editions_own_or_its_bases(root: Path) -> None:
    renderer = Renderer("2")
    assert renderer.render("a.j2", {"x": "2"}) == "b of 2\n"
    assert renderer.render("b.j2", {}) == "b of 1\n"
    assert Renderer("1").render("a.j2", {"x": "1"}) == "a of 1\n"


@pytest.mark.parametrize("broken", ['without = ["firsst"]', 'without = ["second"]'])
def test_what_an_edition_builds_on_must_be_there(root: Path, broken: str) -> None:
    (root / "gitlab-2/manifest.toml").write_text(OTHER.replace('without = ["first"]', broken))
    with pytest.raises(ManifestError, match=r"edition 2: `without` names 'firsst'|edition 2, artifact `new`: `after`"):
        entries_of("2")
