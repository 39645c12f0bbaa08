"""Members of arrays, hashes and lists of words, in every shape."""

import pytest

from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby import ArrayElement, HashEntry, WordListElement
from geo_scaffold.errors import LocatorError

C = ArrayElement(element="C", array="X")
SORTED_C = ArrayElement(element="::C", array="X", ordered=True)
C_WORD = WordListElement(word="c", words="X")
C_KEY = HashEntry(key="C", value="3", hash="X")
LONG_KEY = HashEntry(key="C" * 60, value="D" * 60, hash="X")


@pytest.mark.parametrize(
    ("editor", "before", "after"),
    [
        # One line.
        (C, "X = []\n", "X = [C]\n"),
        (C, "X = [ ]\n", "X = [ C ]\n"),
        (C, "X = [A]\n", "X = [A, C]\n"),
        (C, "X = [ A, B ].freeze\n", "X = [ A, B, C ].freeze\n"),
        (C, "X = [A,B,]\n", "X = [A,B, C,]\n"),
        (C, "X = [A] # [B]\n", "X = [A, C] # [B]\n"),
        (C, "X = [*OTHERS, 'a,]', [1, 2]]\n", "X = [*OTHERS, 'a,]', [1, 2], C]\n"),
        (C, "X ||= [A]\n", "X ||= [A, C]\n"),
        (C, "X = [A, B].map(&:name).sort.freeze\n", "X = [A, B, C].map(&:name).sort.freeze\n"),
        # Several lines.
        (C, "X = [\n  A,\n  B\n]\n", "X = [\n  A,\n  B,\n  C\n]\n"),
        (C, "X = [\n  A,\n  B,\n]\n", "X = [\n  A,\n  B,\n  C,\n]\n"),
        (C, "X = [\n  A, # one\n  B # two\n]\n", "X = [\n  A, # one\n  B, # two\n  C\n]\n"),
        (C, "X = [\n  A,\n  B, # two\n]\n", "X = [\n  A,\n  B, # two\n  C,\n]\n"),
        (C, "X = [\n  A\n  # more\n]\n", "X = [\n  A,\n  C\n  # more\n]\n"),
        (C, "X = [\n  A\n\n]\n", "X = [\n  A,\n  C\n\n]\n"),
        (C, "X = [\n]\n", "X = [\n  C\n]\n"),
        (C, "  X = [\n    # none yet\n  ]\n", "  X = [\n    # none yet\n    C\n  ]\n"),
        (C, "\tX = [\n\t]\n", "\tX = [\n\t\tC\n\t]\n"),
        (C, "X = [A,\n     B]\n", "X = [A,\n     B, C]\n"),
        (C, "X = [\n  A, B,\n  D, E\n]\n", "X = [\n  A, B,\n  D, E, C\n]\n"),
        (C, "X = [\n  A,\n  B].freeze\n", "X = [\n  A,\n  B, C].freeze\n"),
        (C, "X = [\n  call(\n    1\n  )\n]\n", "X = [\n  call(\n    1\n  ),\n  C\n]\n"),
        (C, "X = [\n  <<~A\n    C,\n  A\n]\n", "X = [\n  <<~A,\n    C,\n  A\n  C\n]\n"),
        (C, "X = [\r\n  A\n]\n", "X = [\r\n  A,\n  C\n]\n"),
        (C, "X = [\n  A\r\n]\n", "X = [\n  A,\r\n  C\r\n]\n"),
        (C, "XX = [A]\nX = 5\nX = [A]\nX.push [B]\nXX [B]\n", "XX = [A]\nX = 5\nX = [A, C]\nX.push [B]\nXX [B]\n"),
        # By the alphabet.
        (SORTED_C, "X = [\n  A,\n  D\n]\n", "X = [\n  A,\n  ::C,\n  D\n]\n"),
        (SORTED_C, "X = [\n  D,\n  E\n]\n", "X = [\n  ::C,\n  D,\n  E\n]\n"),
        (SORTED_C, "X = [\n  # sorted\n  D # dee\n]\n", "X = [\n  # sorted\n  ::C,\n  D # dee\n]\n"),
        (SORTED_C, "X = [\n  A, # a\n  # dee\n  D\n]\n", "X = [\n  A, # a\n  ::C,\n  # dee\n  D\n]\n"),
        (SORTED_C, "X = [A, D]\n", "X = [A, ::C, D]\n"),
        (SORTED_C, "X = [D, E]\n", "X = [::C, D, E]\n"),
        (SORTED_C, "X = [\n  ::A,\n  ::B\n]\n", "X = [\n  ::A,\n  ::B,\n  ::C\n]\n"),
        (SORTED_C, "X = [\n  D,\n  A\n]\n", "X = [\n  D,\n  A,\n  ::C\n]\n"),
        (SORTED_C, "X = [\n  A,\n  A\n]\n", "X = [\n  A,\n  A,\n  ::C\n]\n"),
        (SORTED_C, "X = [\n  B,\n  D,\n  D\n]\n", "X = [\n  B,\n  D,\n  D,\n  ::C\n]\n"),
        (SORTED_C, "X = [\n  <<~A,\n    a\n  A\n  D\n]\n", "X = [\n  <<~A,\n    a\n  A\n  ::C,\n  D\n]\n"),
        (C, "call(X = [A]) do\nend\n", "call(X = [A, C]) do\nend\n"),
        # Words.
        (C_WORD, "X = %w[]\n", "X = %w[c]\n"),
        (C_WORD, "X = %w[ ]\n", "X = %w[ c ]\n"),
        (C_WORD, "X = %w(a b)\n", "X = %w(a b c)\n"),
        (C_WORD, "X = %w[ d e ]\n", "X = %w[ c d e ]\n"),
        (C_WORD, "X = %w[\n  a b\n  d e\n]\n", "X = %w[\n  a b c\n  d e\n]\n"),
        (C_WORD, "X = %w[\n  cc\n  cd\n].freeze\n", "X = %w[\n  c\n  cc\n  cd\n].freeze\n"),
        (C_WORD, "X = %w[\n  d\n  a\n]\n", "X = %w[\n  d\n  a\n  c\n]\n"),
        (C_WORD, "X = %w[\n]\n", "X = %w[\n  c\n]\n"),
        (C_WORD, "X = %w[a\n       b]\n", "X = %w[a\n       b c]\n"),
        # Hashes.
        (LONG_KEY, "X = {\n  A => 1\n}\n", f"X = {{\n  A => 1,\n  {'C' * 60} =>\n    {'D' * 60}\n}}\n"),
        (LONG_KEY, "X = { A => 1 }\n", f"X = {{ A => 1, {'C' * 60} => {'D' * 60} }}\n"),
        (C_KEY, "X = {}\n", "X = {C => 3}\n"),
        (C_KEY, "X = { }\n", "X = { C => 3 }\n"),
        (C_KEY, "X = { A => 1 }.freeze\n", "X = { A => 1, C => 3 }.freeze\n"),
        (
            C_KEY,
            "X = {\n  A => 1, # one\n  **OTHERS # all\n}\n",
            "X = {\n  A => 1, # one\n  **OTHERS, # all\n  C => 3\n}\n",
        ),
        (C_KEY, "X = {\n  A => { C => 2 },\n}\n", "X = {\n  A => { C => 2 },\n  C => 3,\n}\n"),
    ],
)
def test_in_and_out(editor: Editor, before: str, after: str) -> None:
    assert not editor.contains(before)
    assert editor.insert(before) == after
    assert editor.contains(after)
    assert editor.insert(after) == after
    assert editor.remove(after) == before


@pytest.mark.parametrize(
    ("editor", "text", "without"),
    [
        # In the other spelling, and elsewhere than it would be put.
        (C, "X = [\n  ::C, # mine\n  D\n]\n", None),
        (C, "X = [\n  ::C,\n  D\n]\n", "X = [\n  D\n]\n"),
        (C, "X = [A, ::C]\n", "X = [A]\n"),
        # Among what people have added since.
        (C, "X = [\n  A,\n  C, D\n]\n", "X = [\n  A,\n  D\n]\n"),
        (C, "X = [\n  A, C,\n  D\n]\n", "X = [\n  A,\n  D\n]\n"),
        (C, "X = [\n  A, # one\n  # see\n  C\n]\n", "X = [\n  A # one\n  # see\n]\n"),
        (C, "X = [A, # one\n  C]\n", None),
        (C, "X = [\n  A,\n  C\n  # end\n]\n", "X = [\n  A\n  # end\n]\n"),
        (C, "X = [C, ::C]\n", None),
        (C_WORD, "X = %w[\n  c d\n  e\n]\n", "X = %w[\n  d\n  e\n]\n"),
        (C_KEY, "X = {\n  C => # three\n    3\n}\n", None),
        (C_KEY, "X = { ::C => 3, D => 4 }\n", "X = { D => 4 }\n"),
    ],
)
def test_removal_after_other_edits(editor: Editor, text: str, without: str | None) -> None:
    assert editor.contains(text)
    assert editor.insert(text) == text
    if without is None:
        with pytest.raises(LocatorError):
            editor.remove(text)
    else:
        assert editor.remove(text) == without


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (C, "Y = [A]\n", "expected the array `X` exactly once, found none"),
        (C, "Y = X\n", "found none"),
        (C, "X = [A]\nX = [B]\n", "found 2"),
        (C, "class A\n  X = [A]\n  class B\n    X = [B]\n  end\nend\n", "found 2"),
        (C, "X = %w[a]\n", "something else in its place"),
        (C, "X = [A] + [B]\n", "something else in its place"),
        (C, "X = Set.new([A]).freeze\n", "something else in its place"),
        (C, "X.push [A]\n", "found none"),
        (C, "# X = [A]\nY = 'X = [A]'\nZ = <<~X\n  X = [A]\nX\n", "found none"),
        (ArrayElement(element="C", array="X", inside=("A",)), "module B\n  X = [A]\nend\n", "in `A` exactly once"),
        (ArrayElement(element="C", array="X", inside=("call",)), "call(X = [A]) do\nend\n", "found none"),
        (ArrayElement(element="C", array="", inside=("a",)), "def a\n  1\nend\n", "expected the array"),
        (ArrayElement(element="C # d", array="X"), "X = [A]\n", "would not read as before"),
        (WordListElement(word="c]", words="X"), "X = %w[a]\n", "would not read as before"),
        (WordListElement(word="c", words="X", symbols=True), "X = %w[a]\n", "the list of symbols `X`"),
        (C_KEY, "X = { ::C => 4 }\n", "the key `C` has another value"),
        (C_KEY, "X = [A]\n", "something else in its place"),
    ],
)
def test_blocked(editor: Editor, text: str, message: str) -> None:
    with pytest.raises((LocatorError, ValueError), match=message):
        editor.insert(text)


@pytest.mark.parametrize(
    ("inside", "which"),
    [
        (("A",), 1),
        (("A", "B"), 2),
        (("B",), 2),
        (("Outer::C",), 3),
        (("C",), 3),
        (("A", "method"), 4),
        (("self",), 5),
        (("describe 'it'",), 6),
        (("describe", "it"), None),
        (("it",), 6),
        (("let",), 7),
        (("x",), 7),
        (("Outer", "D"), 8),
    ],
)
def test_scopes(inside: tuple[str, ...], which: int | None) -> None:
    text = """class A < Base
  X = [1]
  class B
    X = [2]
  end
  def method = call { 1 }
  def method2; end
end

class Outer::C
  X = [3]
end
"""
    others = {
        4: "class A2 # A\n  def method\n    X = [4]\n  end\nend\n",
        5: "class << self\n  X = [5]\nend\n",
        6: "RSpec.describe 'it' do\n  X = [6]\nend\n",
        7: "let(:x) { X = [7] }\n",
        8: "module ::Outer\n  if true\n    class D\n      X = [8]\n    end\n  end\nend\n",
    }
    if which == 4:
        inside = ("A2", "method")
    text += "".join(others.values())
    editor = ArrayElement(element="C", array="X", inside=inside)
    if which is None:
        with pytest.raises(LocatorError):
            editor.insert(text)
    else:
        assert editor.insert(text) == text.replace(f"[{which}]", f"[{which}, C]")
