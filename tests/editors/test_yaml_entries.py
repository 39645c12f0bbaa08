from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from geo_scaffold.editors.yaml.entries import ListEntry, MappingEntry

from .laws import check_laws, check_layouts, holds_or_refuses, is_one_insertion, layouts, refused

KEYS = """\
---
# Sorted by table.
alpha_states:
  - table: projects
    column: project_id
    on_delete: async_delete
beta_states:
  - table: users
    column: user_id # who
    on_delete: async_nullify

# The last one.
zeta_states:
  - table: projects
    column: project_id
"""
STATES = "cool_widget_states:\n  - table: projects\n    column: project_id"


def test_a_key_goes_where_it_sorts() -> None:
    before = "    on_delete: async_nullify\n"
    check_layouts(MappingEntry((), STATES, "sorted"), KEYS, KEYS.replace(before, f"{before}{STATES}\n"))


def test_a_key_goes_to_the_end() -> None:
    check_layouts(MappingEntry((), STATES), KEYS, f"{KEYS}{STATES}\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- b\n- c\n", "a:\n- b\n- c\n- new\n"),
        ("a:\n  - b\n", "a:\n  - b\n  - new\n"),
        ("a:\n    -   b\nc: 1\n", "a:\n    -   b\n    -   new\nc: 1\n"),
        ("a:\n- b # why\n\n# about c\nc: 1\n", "a:\n- b # why\n- new\n\n# about c\nc: 1\n"),
        ("a:\n- |\n  b\n\n\nc: 1\n", "a:\n- |\n  b\n- new\n\n\nc: 1\n"),
        ("a:\n- b: 1\n  c:\n  - 2\n", "a:\n- b: 1\n  c:\n  - 2\n- new\n"),
        ("a:\n- b\n-\nc: 1\n", "a:\n- b\n-\n- new\nc: 1\n"),
        ("a:\n- &x b\n- *x\n", "a:\n- &x b\n- *x\n- new\n"),
        ("a: |\n  - b\nx:\n- c\n", None),
        ("a: [b, c] # d\n", "a: [b, c, new] # d\n"),
        ("a: [b,\n    c]\n", "a: [b,\n    c,\n    new]\n"),
        ("a: [\n  b,\n  c,\n]\n", "a: [\n  b,\n  c,\n  new,\n]\n"),
        ("a: [b # c\n]\n", "a: [b, new # c\n]\n"),
        ("a: []\n", "a: [new]\n"),
        ("a: [ ]\n", "a: [ new]\n"),
        ("{a: [b], c: [d]}", "{a: [b, new], c: [d]}"),
        ("# a: [b]\na: ['#', b]\n", "# a: [b]\na: ['#', b, new]\n"),
    ],
)
def test_list_entries_look_like_their_neighbours(before: str, after: str | None) -> None:
    editor = ListEntry(("a",), "new")
    if after is None:
        refused(editor, before, "`a` was expected to be a list")
    else:
        assert check_laws(editor, before) == after


@pytest.mark.parametrize(
    ("editor", "before", "after"),
    [
        (ListEntry((), "b", "sorted"), "- a\n- c\n", "- a\n- b\n- c\n"),
        (ListEntry((), "0", "sorted"), "# top\n- a\n- c\n", "# top\n- 0\n- a\n- c\n"),
        (ListEntry((), "x", after="ab"), "- a\n- ab1\n- ab2\n- c", "- a\n- ab1\n- ab2\n- x\n- c"),
        (
            ListEntry(("k",), "t: b\nu: 1", "sorted"),
            "k:\n  - t: a\n  - t: c",
            "k:\n  - t: a\n  - t: b\n    u: 1\n  - t: c",
        ),
        (ListEntry(("k",), "'true'"), "k:\n- true", "k:\n- true\n- 'true'"),
        (ListEntry(("k",), "a", "sorted"), "k: [b]", "k: [a, b]"),
        (MappingEntry(("k",), "a: 1", "sorted"), "k: {b: 1}", "k: {a: 1, b: 1}"),
        (MappingEntry(("k",), "c: 1"), "k: {}", "k: {c: 1}"),
        (MappingEntry(("k",), "a: 1", "sorted"), "k:\n  # b\n  b: 1", "k:\n  # b\n  a: 1\n  b: 1"),
        (MappingEntry(("k",), "c:\n- 1"), "k:\n    b:", "k:\n    b:\n    c:\n    - 1"),
        (MappingEntry(("k", "l"), "c: 1"), "k:\n  l:\n    b: 1\n  m: 1", "k:\n  l:\n    b: 1\n    c: 1\n  m: 1"),
        (MappingEntry((), "c: 1", after="a"), "aa: 1\nab: |\n  x\nb: 1", "aa: 1\nab: |\n  x\nc: 1\nb: 1"),
    ],
)
def test_other_places(editor: ListEntry | MappingEntry, before: str, after: str) -> None:
    assert check_laws(editor, before) == after


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (ListEntry(("a",), "new"), "b: 1", "`a` was expected once, it is there 0 times"),
        (ListEntry(("a",), "new"), "a: [x]\na: [x]", "`a` was expected once, it is there 2 times"),
        (ListEntry(("a",), "new"), "a:\n  b: 1", "`a` was expected to be a list"),
        (ListEntry(("a",), "new"), "a:", "`a` was expected to be a list"),
        (ListEntry(("a",), "new"), "a:\n- new\n- new", "more than once"),
        (ListEntry(("a",), "new"), "a:\n  -\n    b", "no entry on a line of its own"),
        (ListEntry(("a",), "new"), "a:\n- |+\n  x\n\nb: 1", "would not read as before"),
        (ListEntry(("a",), "b: 1\nc: 2"), "a: [b]", "would not read as before"),
        (ListEntry(("a",), "new", after="q"), "a:\n- b", "begins with `q` was expected, none is there"),
        (ListEntry(("a",), "new"), "a: {b: [", "not valid YAML"),
        (MappingEntry(("a",), "b: 2"), "a:\n  b: 1", "`b` is in `a` with another value"),
        (MappingEntry(("a",), "b: 2"), "a:\n  b: 1\n  b: 2", "more than once"),
        (MappingEntry(("a",), "b: 2"), "a: [b]", "`a` was expected to be a mapping"),
        (MappingEntry((), "a: 2", "sorted"), "? b\n: 1", "does not begin on a line of its own"),
    ],
)
def test_refusals(editor: ListEntry | MappingEntry, text: str, message: str) -> None:
    refused(editor, text, message)


@pytest.mark.parametrize(
    ("text", "editor"),
    [
        ("a:\n- 'new'\n- b", ListEntry(("a",), "new")),
        ('a: [b, "new"]', ListEntry(("a",), "new")),
        ("a:\n- {t: 1, u: yes}", ListEntry(("a",), "t: 1\nu: true")),
        ("a:\n  'b':   1 # c", MappingEntry(("a",), "b: 1")),
    ],
)
def test_other_spellings_count(text: str, editor: ListEntry | MappingEntry) -> None:
    assert editor.contains(text)
    assert editor.insert(text) == text


@pytest.mark.parametrize(
    ("text", "editor", "message"),
    [
        ("a:\n- new\n", ListEntry(("a",), "new"), "would not read as before"),
        ("a: [new # c\n, b]", ListEntry(("a",), "new"), "a comment is beside the entry"),
        ("a:\n-\n  new\n- b", ListEntry(("a",), "new"), "not on a line of its own"),
    ],
)
def test_what_cannot_be_taken_out_alone_is_kept(text: str, editor: ListEntry, message: str) -> None:
    from geo_scaffold.errors import LocatorError

    with pytest.raises(LocatorError, match=message):
        editor.remove(text)


def test_remove_works_after_edits_around() -> None:
    editor = MappingEntry((), STATES, "sorted")
    text = editor.insert(KEYS).replace("beta", "gamma").replace("# The last", "own: 1\n# Not the last")
    assert editor.remove(text) == KEYS.replace("beta", "gamma").replace("# The last", "own: 1\n# Not the last")


def test_the_last_entry_in_brackets_leaves_them_empty() -> None:
    assert ListEntry(("a",), "new").remove("a: [ new ] # c") == "a: [] # c"
    assert MappingEntry(("a",), "b: 1").remove("a: {\n  b: 1\n}\n") == "a: {}\n"


def test_remove_takes_comments_inside_the_entry_and_leaves_those_around() -> None:
    text = "a: 1\n# before\nb:\n  # inside\n  c: 1 # beside\n# after\nd: 1\n"
    assert MappingEntry((), "b:\n  c: 1").remove(text) == "a: 1\n# before\n# after\nd: 1\n"


SCALARS = st.sampled_from(["a", "b", "zz", "'q: r'", '"#"', "1", "true", "", "~"])
ITEMS = st.one_of(
    SCALARS.map(lambda value: f"- {value}".rstrip()),
    st.builds("- k: {}\n  l: {}".format, SCALARS, SCALARS),
    st.sampled_from(["- |\n  text", "- >-\n  text\n  more\n", "- [a, b]", "- {a: b}", "- - a\n  - b", "# comment", ""]),
)
FLOW = st.lists(st.sampled_from(["b", "'c, d'", "{e: 1}", "[f]"]), max_size=4).map(
    lambda parts: f" [{', '.join(parts)}]"
)


@given(
    items=st.one_of(FLOW, st.lists(ITEMS, min_size=1, max_size=6).map(lambda lines: "\n" + "\n".join(lines))),
    tail=st.sampled_from(["", "\nz: 1", "\n\n# end\nz: 1", "\nlist: 1"]),
    order=st.sampled_from(["end", "sorted"]),
    entry=st.sampled_from(["new", "'x: y'", "m: 1\nn:\n- 2"]),
    layout=st.integers(0, 7),
)
def test_lists_of_any_shape(items: str, tail: str, order: str, entry: str, layout: int) -> None:
    text = layouts(f"first: x\nlist2:{items}{tail}\n")[layout]
    new = holds_or_refuses(ListEntry(("list2",), entry, order), text)  # type: ignore[arg-type]
    if new is not None:
        assert is_one_insertion(text, new)
        old_list, new_list = (YAML(typ="safe", pure=True).load(StringIO(each))["list2"] for each in (text, new))
        added = YAML(typ="safe", pure=True).load(entry)
        assert len(new_list) == len(old_list) + 1
        assert added in new_list
        assert [item for item in new_list if item != added] == [item for item in old_list if item != added]
