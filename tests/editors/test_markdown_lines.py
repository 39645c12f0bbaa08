"""Headings and fences of Markdown: what they are, and that a long line of a checkout takes no more than its length."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.markdown.page import FENCE, Line, _heading

HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
OPENING = re.compile(r"\s*(?:>\s?)*(?:[-*+]\s+)?(`{3,}|~{3,})\s*([^`\s]*)[^`]*$")
"""What they are, said plainly; too slow for text that others bring."""
LONG = 200_000


def heading(text: str) -> str | None:
    return _heading(Line(0, len(text), text, is_text=True))


@given(st.text("# \ta", max_size=12))
def test_headings_are_what_they_are(text: str) -> None:
    found = HEADING.match(text)
    assert heading(text) == (f"{found[1]} {found[2]}" if found else None)


@given(st.text("`~ >-*a\t", max_size=12))
def test_fences_are_what_they_are(text: str) -> None:
    found, expected = FENCE.match(text), OPENING.match(text)
    assert (found and found.groups()) == (expected and expected.groups())


@pytest.mark.parametrize("unit", [" ", " #", "# ", "a ", "~", "`", "> ", "\t>", "- "])
@pytest.mark.parametrize("start", ["", "## ", "~~~", "```", "> ", "- "])
@pytest.mark.parametrize("end", ["", "`", "x`", " x"])
def test_a_long_line_ends(start: str, unit: str, end: str) -> None:
    """With time that grows faster than the line, this does not end."""
    text = start + unit * LONG + end
    heading(text)
    FENCE.match(text)
