"""An entry that is removed from a hash, and restored as it was."""

import pytest

from geo_scaffold.editors import Remembering
from geo_scaffold.editors.ruby import NoHashEntry
from geo_scaffold.editors.ruby.syntax import parse
from geo_scaffold.errors import LocatorError

from ..laws import layouts  # noqa: TID252 - `tests` is no package

EDITOR = NoHashEntry(key="B", hash="X")
SAMPLES = [
    ("X = {\n  A => 1,\n  B => 2,\n  C => 3\n}\n", "X = {\n  A => 1,\n  C => 3\n}\n"),
    ("X = {\n  A => 1,\n  B => 2\n}.freeze\n", "X = {\n  A => 1\n}.freeze\n"),
    ("X = {\n  B => 2,\n  'C' => 3\n}\n", "X = {\n  'C' => 3\n}\n"),
    ("X = {\n  ::B => 2,\n  C => 3,\n}\n", "X = {\n  C => 3,\n}\n"),
    ('X = {\n  B => "one " \\\n       "two",\n  C => 3\n}\n', "X = {\n  C => 3\n}\n"),
    ("X = {\n  B => [ # why\n    1\n  ],\n  C => 3\n}\n", "X = {\n  C => 3\n}\n"),
    ("# X = { B => 1 }\nX = { A => 1, B => 2, C => 3 }\n", "# X = { B => 1 }\nX = { A => 1, C => 3 }\n"),
]


@pytest.mark.parametrize(("before", "after"), SAMPLES)
def test_it_goes_and_comes_back(before: str, after: str) -> None:
    editor = EDITOR if "::B" not in before else NoHashEntry(key="::B", hash="X")
    assert isinstance(editor, Remembering)
    for one, other in zip(layouts(before), layouts(after), strict=True):
        assert not editor.contains(one)
        assert editor.insert(one) == other
        assert editor.contains(other)
        assert editor.insert(other) == other
        known = editor.knowing(editor.to_remember(one))
        assert known.remove(other) == one
        assert known.remove(one) == one
        assert not parse(other).root.has_error


@pytest.mark.parametrize("text", ["X = {}\n", "X = { A => B }\n", "X = { 'B' => 1, b: 2, B::B => 3 }\n"])
def test_what_is_not_there_need_not_go(text: str) -> None:
    assert EDITOR.contains(text)
    assert EDITOR.insert(text) == text
    assert EDITOR.remove(text) == text
    assert EDITOR.to_remember(text) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Y = { B => 1 }\n", "the hash `X` exactly once, found none"),
        ("X = { B => 1 }\nX = { B => 1 }\n", "the hash `X` exactly once, found 2"),
        ("X = { B => 1, B => 2 }\n", "the key `B` exactly once, found 2"),
    ],
)
def test_what_cannot_go(text: str, message: str) -> None:
    with pytest.raises(LocatorError, match=message):
        EDITOR.insert(text)


def test_it_comes_back_only_to_its_place() -> None:
    known = EDITOR.knowing(EDITOR.to_remember("X = {\n  B => 2,\n  C => 3\n}\n"))
    assert known.remove("X = {\n  A => 1,\n  C => 4\n}\n") == "X = {\n  A => 1,\n  B => 2,\n  C => 4\n}\n"
    with pytest.raises(LocatorError, match="the key `C` exactly once, found none"):
        known.remove("X = {\n  A => 1\n}\n")
