"""What the proof of an edit refuses: each of its parts alone."""

from contextlib import suppress

import pytest

from geo_scaffold.editors.ruby import ArrayElement
from geo_scaffold.editors.ruby.proof import is_proven
from geo_scaffold.editors.ruby.syntax import Source, descendants, parse, parse_result, text_of
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.errors import LocatorError


def proven(before: str, splices: list[Splice], entry: str, *, grows: bool = True) -> bool:
    after = apply_splices(before, splices)
    small, large = (before, after) if grows else (after, before)
    source = parse_result(large, parse(small))
    [*_, node] = [part for part in descendants(source.root) if text_of(part) == entry]
    return is_proven(Source(small), source, [node], splices, grows=grows)


@pytest.mark.parametrize(
    ("before", "splices", "entry"),
    [
        ("x = [A]\n", [Splice(6, 6, ",\n  B")], "B"),
        ("x = [A] # é\n", [Splice(6, 6, ", B")], "B"),
        ("a\n", [Splice(2, 2, "use 1\n")], "use 1"),
        ("a   | b\n", [Splice(1, 3, ""), Splice(8, 8, "c | d\n")], "c | d"),
        ("", [Splice(0, 0, "use 1\n")], "use 1"),
        ("x = = 1\n\nclass A\nend\n", [Splice(17, 17, "  use 1\n")], "use 1"),
    ],
)
def test_proven_in_both_directions(before: str, splices: list[Splice], entry: str) -> None:
    assert proven(before, splices, entry)
    after, moved, back = apply_splices(before, splices), 0, []
    for splice in sorted(splices):
        start = splice.start + moved
        back.append(Splice(start, start + len(splice.text), before[splice.start : splice.end]))
        moved += len(splice.text) - (splice.end - splice.start)
    assert apply_splices(after, back) == before
    assert proven(after, back, entry, grows=False)


@pytest.mark.parametrize("opening", ["[", "(", "!", "{a: ", "if a\n"])
def test_no_depth_beside_an_entry_ends_the_process(opening: str) -> None:
    closing = {"[": "]", "(": ")", "!": "", "{a: ": "}", "if a\n": "end\n"}[opening]
    deep = f"{opening * 40_000}1\n{closing * 40_000}\n"
    element = ArrayElement(element="B", array="X")
    text = f"X = [A]\n{deep}"
    with suppress(LocatorError):
        assert element.remove(element.insert(text)) == text


def test_an_entry_that_is_nested_too_deeply_is_reported() -> None:
    with pytest.raises(LocatorError, match="nested too deeply"):
        ArrayElement(element="B", array="X").insert("if a\n" * 3_000 + "X = [A]\n" + "end\n" * 3_000)


@pytest.mark.parametrize(
    ("before", "splices", "entry"),
    [
        # The entry is not sound.
        ("a\n", [Splice(2, 2, "use(1 2)\n")], "use(1 2)"),
        # More than the entry, commas and blanks comes or goes, though the structure is the same.
        ("x = [A]\n", [Splice(6, 6, ", \\\n  B")], "B"),
        ("x = [A \\\n]\n", [Splice(6, 8, ", B")], "B"),
        # A blank changes what is next to the entry.
        ("a - b\n", [Splice(0, 0, "use 1\n"), Splice(1, 1, "\n")], "use 1"),
        ("a -b\n", [Splice(0, 0, "use 1\n"), Splice(3, 3, " ")], "use 1"),
        ("x = 'a b'\n", [Splice(0, 0, "use 1\n"), Splice(7, 7, " ")], "use 1"),
        ("# a b\n", [Splice(3, 3, " "), Splice(6, 6, "use 1\n")], "use 1"),
        # A comment comes along, or goes.
        ("x = [A]\n", [Splice(6, 6, ", # c\n  B")], "B"),
        ("x = [A] # c\n", [Splice(6, 6, ", B"), Splice(7, 11, "")], "B"),
        # What follows becomes a part of something else.
        ("a\nend_it\n", [Splice(2, 2, "use <<X\n")], "use <<X"),
        ("def a\nend\nb\n", [Splice(10, 10, "use {\n")], "use"),
    ],
)
def test_refused(before: str, splices: list[Splice], entry: str) -> None:
    assert not proven(before, splices, entry)
