"""Lists, bodies and tables laid out as nobody would: an edit is exact and can be undone, or it is refused."""

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby import (
    ArrayElement,
    CallStatement,
    HashEntry,
    LineAfterCalls,
    LineBeforeEnd,
    MethodDef,
    TableRow,
    WordListElement,
)
from geo_scaffold.errors import LocatorError

NAMES = st.lists(st.sampled_from(["Ape", "Bee", "Cat", "::Dog", "Elk", "Fox", "Gnu"]), unique=True, max_size=5)
GAPS = ["", " ", "  ", "\n", "\n  ", "\n\n  ", " # note\n  ", "\n  # note\n  ", "\n\t"]


def laws(editor: Editor, text: str, entry: str, *, refusal: bool) -> str:
    """Check an insertion and its undoing; return the result, or the text where it was refused.

    Args:
        editor: The editor.
        text: The file.
        entry: The entry, squeezed.
        refusal: Whether the editor may refuse.
    """
    try:
        result = editor.insert(text)
    except LocatorError:
        assert refusal, text
        return text
    assert editor.contains(result)
    assert editor.insert(result) == result
    assert editor.remove(result) == text
    assert squeezed(text) in {
        squeezed(result)[: at.start()] + squeezed(result)[at.end() :]
        for at in re.finditer(re.escape(entry), squeezed(result))
    }
    return result


def squeezed(text: str) -> str:
    return re.sub(r"[\s,]", "", text)


def laid_out(members: Sequence[str], gaps: Sequence[str], comma: str, *, trailing: bool) -> str:
    text = gaps[0]
    for at, member in enumerate(members):
        last = at == len(members) - 1
        text += member + (comma if trailing or not last else "") + gaps[at + 1]
    return text


gaps = st.lists(st.sampled_from(GAPS), min_size=6, max_size=6)
line_ends = st.sampled_from(["\n", "\r\n"])


@given(names=NAMES, gaps=gaps, trailing=st.booleans(), ordered=st.booleans(), line_end=line_ends)
def test_arrays(names: list[str], gaps: list[str], trailing: bool, ordered: bool, line_end: str) -> None:
    text = f"X = [{laid_out(names, gaps, ',', trailing=trailing)}].freeze\nY = 1\n".replace("\n", line_end)
    result = laws(ArrayElement(element="Dodo", array="X", ordered=ordered), text, "Dodo", refusal=True)
    if result == text:
        # Only an empty list without a place, or one with a comma but no element.
        assert not names
    else:
        found = re.findall(r"[A-Z]\w\w+", re.sub("#.*", "", result.split("]")[0]))
        plain = [name.lstrip(":") for name in names]
        assert found == (sorted([*plain, "Dodo"]) if ordered and plain == sorted(plain) else [*plain, "Dodo"])


@given(names=NAMES, gaps=gaps, trailing=st.booleans(), line_end=line_ends)
def test_hashes(names: list[str], gaps: list[str], trailing: bool, line_end: str) -> None:
    members = [f"{name} => '{name} # {{'" for name in names]
    text = f"x = {{{laid_out(members, gaps, ',', trailing=trailing)}}}\n".replace("\n", line_end)
    laws(HashEntry(key="Dodo", value="[1, 2]", hash="x"), text, "Dodo=>[12]", refusal=not names)


@given(names=NAMES, gaps=st.lists(st.sampled_from([" ", "  ", "\n  ", "\n\t", "\n\n"]), min_size=6, max_size=6))
def test_words(names: list[str], gaps: list[str]) -> None:
    laws(
        WordListElement(word="dodo", words="x"),
        f"x = %w[{laid_out(names, gaps, '', trailing=False)}]\n",
        "dodo",
        refusal=not names,
    )


lines = st.lists(
    st.sampled_from(
        [
            "  include Ape",
            "  include Elk # note",
            "  include(Zoo)",
            "  # note",
            "",
            "  ",
            "  attr :x",
            "  attr :x; include Fox",
            "  def x = 1",
            "  def y\n    2\n  end",
            "  text <<~END\n    include Ape\n  END",
            "\tinclude Bee",
        ]
    ),
    max_size=7,
)


@given(lines=lines, line_end=line_ends, head=st.sampled_from(["class A", "class A # note", "class A < B"]))
def test_bodies(lines: list[str], line_end: str, head: str) -> None:
    text = "\n".join([head, *lines, "end", ""]).replace("\n", line_end)
    inside = ("A",)
    # In a body of only blank lines, our blank line cannot be distinguished from the others.
    blank = bool(lines) and not "".join(lines).strip()
    entry = CallStatement(text="include Dodo", inside=inside, may_be_first=True)
    laws(entry, text, "includeDodo", refusal=blank)
    several = "include(\n  Dodo\n)"
    laws(CallStatement(text=several, inside=inside, may_be_first=True), text, "include(Dodo)", refusal=blank)
    laws(LineBeforeEnd(text="DODO = 1", inside=inside), text, "DODO=1", refusal=blank)
    laws(LineBeforeEnd(text="DODO = 1", inside=inside, blank=False), text, "DODO=1", refusal=blank)
    calls = any(re.match(r"\s+(attr :x; )?include", line) for line in lines)
    laws(LineAfterCalls(text="DODO = 1", inside=inside, method="include"), text, "DODO=1", refusal=not calls)
    methods = any(line.startswith("  def") for line in lines)
    laws(MethodDef(text="def dodo\n  1\nend", inside=inside), text, "defdodo1end", refusal=not methods)
    laws(LineBeforeEnd(text="A.dodo"), text, "A.dodo", refusal=False)


@given(
    rows=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=4),
    new=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    aligned=st.booleans(),
    slack=st.integers(0, 3),
)
def test_tables(rows: list[tuple[int, int, int]], new: tuple[int, int], aligned: bool, slack: int) -> None:
    """Cells of any widths, in columns that are aligned, aligned with room, or not aligned."""
    width = max(row[0] for row in rows) + slack
    lines = [f"    {'a' * one:<{width if aligned else one + odd}} | {'b' * two} | 1" for one, two, odd in rows]
    text = "\n".join(["where(:x, :y, :z) do", *lines, "end", ""])
    cells = ("z" * new[0], "y" * new[1], "2")
    result = laws(TableRow(cells=cells), text, "|".join(cells), refusal=False)
    if len({row[1] for row in rows}) == 1 and aligned and not slack:
        assert len({line.index("|") for line in result.splitlines()[1:-1]}) == 1
