"""Valid Ruby that the grammar cannot read: what is around it is read all the same; broken Ruby is not."""

import shutil
import subprocess

import pytest

from geo_scaffold.editors.ruby import ArrayElement
from geo_scaffold.editors.ruby.syntax import parse
from geo_scaffold.outline import breakage_of, outline_ruby

FILE = """# frozen_string_literal: true

module Gitlab
  module Geo
    LIST = [
      ::Geo::A,
      ::Geo::B
    ].freeze

    def self.current?
      foo do |x|
        x
      end
    end

    STATEMENT
  end
end
"""
LINE = 16
VALID = (
    "def storage = raise NotImplementedError, 'x'",
    "def self.storage = raise NotImplementedError, 'x'",
    "def storage(one, two) = raise NotImplementedError, one",
    "def storage =\n      raise NotImplementedError,\n            'x'",
)
BROKEN = {
    "an end that lacks": (FILE.rstrip().removesuffix("end"), 1),
    "an end that lacks inside": (FILE.replace("        x\n      end\n", "        x\n"), 1),
    "a bracket": (FILE.replace("].freeze", ".freeze"), 3),
    "a parenthesis": (FILE.replace("STATEMENT", "def x; foo(1, 2; end"), LINE),
    "a line that holds others": (FILE.replace("STATEMENT", "if x ==\n    end"), 1),
}


def read(statement: str) -> str:
    return FILE.replace("STATEMENT", statement)


@pytest.mark.parametrize("statement", VALID)
def test_what_is_around_a_line_that_the_grammar_cannot_read_is_read(statement: str) -> None:
    text = read(statement)
    if shutil.which("ruby"):
        subprocess.run(["ruby", "-c"], input=text, encoding="utf-8", check=True, capture_output=True)
    assert parse(text).unread[0] == LINE - 1
    broken = breakage_of(text, "a.rb")
    assert broken is not None
    assert (broken.what, broken.line) == (
        f"line {LINE} cannot be parsed by geo-scaffold; `ruby -c` may accept it",
        LINE,
    )
    assert broken.command("a.rb") == "ruby -c a.rb"
    without = outline_ruby(read(""))
    assert set(outline_ruby(text)) == set(without)
    editor = ArrayElement(element="::Geo::C", array="LIST", inside=("Geo",))
    after = editor.insert(text)
    assert after == text.replace("::Geo::B\n", "::Geo::B,\n      ::Geo::C\n")
    assert editor.contains(after)
    assert editor.remove(after) == text


def test_several_such_lines() -> None:
    text = read("\n    ".join(VALID[:3]))
    assert parse(text).unread == (15, 16, 17)
    assert ArrayElement(element="::Geo::B", array="LIST", inside=("Geo",)).contains(text)


@pytest.mark.parametrize("damage", BROKEN)
def test_broken_ruby_is_no_such_line(damage: str) -> None:
    text, line = BROKEN[damage]
    if damage != "a parenthesis":
        assert parse(text).unread == ()
    broken = breakage_of(text, "a.rb")
    assert broken is not None
    assert broken.line == line, broken


@pytest.mark.parametrize("line", ["::Geo::A + + ,", "::Geo::A = = 1,", "::Geo::A ]"])
def test_a_line_of_the_list_itself_is_none(line: str) -> None:
    """The surroundings of the entry must be readable."""
    text = read("").replace("::Geo::A,", line)
    assert parse(text).unread == ()
    assert breakage_of(text, "a.rb") is not None
