from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.lines import cut_lines, insert_lines_after, insert_lines_before
from geo_scaffold.editors.separated import Inside, cuts_between, gap_between, insert_between
from geo_scaffold.editors.splice import apply_splices

from .laws import layouts

LINES = st.lists(st.sampled_from(["", "a", "  b", "\tc"]), min_size=1, max_size=6)


@given(LINES, st.lists(st.sampled_from(["new", "  newer"]), min_size=1, max_size=3), st.integers(0, 7), st.data())
def test_lines_come_and_go(lines: list[str], new: list[str], layout: int, data: st.DataObject) -> None:
    text = layouts("".join(f"{line}\n" for line in lines) + "end\n")[layout]
    offset = data.draw(st.integers(0, len(text) - 1))
    for insert in (insert_lines_after, insert_lines_before):
        splice = insert(text, offset, new)
        result = apply_splices(text, [splice])
        assert "\ufeff" not in result[1:]
        first = splice.start + (2 if splice.text.startswith("\r\n") else 1 if splice.text.startswith("\n") else 0)
        last = first + len(splice.text.strip("\r\n")) - 1
        assert apply_splices(result, [cut_lines(result, first, last)]) == text
        found = [line for line in result.removeprefix("\ufeff").split("\n") if line.strip().startswith("new")]
        assert [line.removesuffix("\r") for line in found] == new


@given(
    parts=st.lists(st.sampled_from(["a", "bb", "ccc"]), max_size=5),
    joint=st.sampled_from([",", ", ", " ,\n  ", ",\r\n\t", ",\n\n  "]),
    edges=st.sampled_from([("", ""), (" ", " "), ("\n  ", "\n"), ("", "\n"), ("\r\n\t", "\r\n")]),
    new=st.lists(st.sampled_from(["x", "yy"]), min_size=1, max_size=3),
    unit=st.sampled_from(["", "  "]),
    data=st.data(),
)
def test_entries_come_and_go(
    parts: list[str], joint: str, edges: tuple[str, str], new: list[str], unit: str, data: st.DataObject
) -> None:
    inner = joint.join(parts)
    text = f"[{edges[0]}{inner}{edges[1]}]\n"

    def inside_of(each: str) -> Inside:
        body = each[1:-2]
        entries, at = [], 0
        for part in body.split(","):
            if part.strip():
                start = at + len(part) - len(part.lstrip())
                entries.append((1 + start, 1 + start + len(part.strip())))
            at += len(part) + 1
        return Inside(1, len(each) - 2, entries)

    inside = inside_of(text)
    place = data.draw(st.integers(0, len(parts)))
    splice = insert_between(text, inside, place, new, gap_between(text, inside, place, unit))
    result = apply_splices(text, [splice])
    assert [part.strip() for part in result[1:-2].split(",")] == [*parts[:place], *new, *parts[place:]]
    gone = range(place, place + len(new))
    assert apply_splices(result, cuts_between(result, inside_of(result), gone)) == text
