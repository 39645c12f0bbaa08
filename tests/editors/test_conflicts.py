"""Conflict markers, recognised in the same way when planning and when auditing."""

import pytest

from geo_scaffold.editors.conflicts import marker_at
from geo_scaffold.operations import is_in_conflict
from geo_scaffold.outline import breakage_of


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a\n<<<<<<< HEAD\nb\n", 2),
        ("<<<<<<<\n", 0),
        ("a\r\n>>>>>>> theirs\r\n", 3),
        ("a\n>>>>>>>\r\nb", 2),
        ("a <<<<<<< b\n", None),
        ("<<<<<<<<\n", None),
        ("=======\n|||||||\n", None),  # an underlined heading, a table
        ("<<<<<<<x\n", None),
        ("", None),
    ],
)
def test_a_marker_is_one_to_all(text: str, offset: int | None) -> None:
    assert marker_at(text) == marker_at(text.encode()) == offset
    assert is_in_conflict(text) is is_in_conflict(text.encode()) is (offset is not None)
    broken = breakage_of(text, "a.md")
    assert (broken is not None and broken.is_conflict) is (offset is not None)
