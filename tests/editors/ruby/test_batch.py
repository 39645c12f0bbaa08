from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_scaffold.editors.ruby import Batch, CallStatement, batch
from geo_scaffold.errors import LocatorError

from ..laws import check_laws, check_layouts, layouts  # noqa: TID252 - `tests` is no package

SOURCE = """\
class Api
  params do
    requires :name
    optional :status do
      optional :lag, type: Integer # of the replica

      optional :widgets_count, type: Integer, desc: 'Widgets'
      # The last one
      optional :zoo, type: Integer
    end
  end
end
"""
LINES = ("optional :cool_count, type: Integer", "optional :cool_failed_count, type: Integer")


def entries(*lines: str, ordered: bool = False) -> Batch:
    return Batch(tuple(CallStatement(text=line, inside=("optional :status",), ordered=ordered) for line in lines))


def test_all_go_in_at_once_and_come_out_again() -> None:
    anchor = "      optional :zoo, type: Integer\n"
    expected = SOURCE.replace(anchor, anchor + "".join(f"      {line}\n" for line in LINES))
    check_layouts(entries(*LINES), SOURCE, expected)
    with patch.object(CallStatement, "insert", side_effect=AssertionError("one by one")):
        assert entries(*LINES).insert(SOURCE) == expected


def test_those_that_are_there_stay() -> None:
    new = entries(*LINES).insert(SOURCE)
    more = entries(LINES[0], "optional :b", LINES[1], "optional :a")
    assert more.insert(new) == new.replace(
        f"      {LINES[1]}\n", f"      {LINES[1]}\n      optional :b\n      optional :a\n"
    )
    assert not more.contains(new)


def test_what_was_there_before_is_not_taken_out() -> None:
    theirs = entries(LINES[0]).insert(SOURCE)
    both = entries(*LINES)
    memory = both.to_remember(theirs)
    assert memory == f"`{LINES[0]}`"
    assert both.knowing(memory).remove(both.insert(theirs)) == theirs
    assert both.to_remember(SOURCE) == ""
    assert both.remove(both.insert(SOURCE)) == SOURCE


def test_the_alphabet_holds_among_new_ones() -> None:
    text = SOURCE.replace("      optional :zoo, type: Integer\n", "").replace("      # The last one\n", "")
    new = check_laws(entries("optional :c", "optional :b", ordered=True), text)
    assert new.index(":b") < new.index(":c") < new.index(":lag")


@pytest.mark.parametrize("text", ["class A\nend\n", SOURCE.replace("optional :status", "optional :state"), "class A ("])
def test_a_place_that_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(LocatorError):
        entries(*LINES).insert(text)


LINE = st.sampled_from(
    ["optional :a", "optional :m, type: Integer # why", "\n", "# a comment", "requires :m", "optional(:z,\n  type: A)"]
)
NEW = st.sampled_from(["optional :b", "optional :c, type: Integer", "optional :n", "optional(:zz)", "optional :m"])


@example(["optional(:z,\n  type: A)", "# a comment"], ["optional(:zz)", "optional :b"], True, 0)
@given(st.lists(LINE, max_size=6), st.lists(NEW, min_size=1, max_size=4, unique=True), st.booleans(), st.integers(0, 7))
def test_at_once_is_one_by_one(body: list[str], new: list[str], ordered: bool, layout: int) -> None:
    text = layouts("optional :status do\n" + "".join(f"  {line}\n" for line in body) + "end\n")[layout]
    editor = entries(*new, ordered=ordered)

    def outcome() -> str:
        try:
            return editor.insert(text)
        except LocatorError as error:
            return error.message

    at_once = outcome()
    with patch.object(batch, "_at_once", return_value=None):
        assert outcome() == at_once
