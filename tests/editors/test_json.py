import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors import Editor
from geo_scaffold.editors.json_.entries import ArrayStrings, ObjectProperties
from geo_scaffold.editors.splice import BOM
from geo_scaffold.errors import LocatorError

from .laws import added, check_laws, check_layouts, holds_or_refuses, is_one_insertion, layouts, refused

COUNT = '{\n  "type": [\n    "integer",\n    "null"\n  ]\n}'
SCHEMA = """\
{
  "type": "object",
  "required": [
    "name",
    "package_files_count",
    "package_files_failed_count",
    "uploads_count"
  ],
  "properties": {
    "name": {
      "type": "string"
    },
    "package_files_count": {
      "type": [
        "integer",
        "null"
      ]
    },
    "uploads_count": {
      "type": "integer"
    }
  },
  "additionalProperties": false
}
"""
NAMES = ("cool_widgets_count", "cool_widgets_failed_count")


def test_a_block_of_strings_goes_after_another_one() -> None:
    anchor = '    "package_files_failed_count",\n'
    block = "".join(f'    "{name}",\n' for name in NAMES)
    editor = ArrayStrings(("required",), NAMES, after="package_files_")
    check_layouts(editor, SCHEMA, SCHEMA.replace(anchor, anchor + block))


def test_a_block_of_properties_goes_after_another_one() -> None:
    editor = ObjectProperties(("properties",), tuple((name, COUNT) for name in NAMES), after="package_files_")
    new = check_laws(editor, SCHEMA)
    lines = ['": {', '  "type": [', '    "integer",', '    "null"', "  ]", "},"]
    expected = [line for name in NAMES for line in (f'    "{name}": {{', *(f"    {line}" for line in lines[1:]))]
    assert added(SCHEMA, new) == expected or sorted(added(SCHEMA, new)) == sorted(expected)
    assert list(json.loads(new)["properties"]) == ["name", "package_files_count", *NAMES, "uploads_count"]
    assert json.dumps(json.loads(new), indent=2) + "\n" == new
    for layout in layouts(SCHEMA):
        check_laws(editor, layout)


def test_generated_files_stay_as_their_generator_writes_them() -> None:
    usage = {
        "properties": {name: {"description": name, "type": "number"} for name in ("a_count", "m_count", "z_count")}
    }
    new = {"description": "New count", "type": "number"}
    for name in ("0_count", "a_count_2", "n_count", "zz_count"):
        editor = ObjectProperties(("properties",), ((name, json.dumps(new, indent=2)),), order="sorted")
        after = {"properties": dict(sorted({**usage["properties"], name: new}.items()))}
        assert check_laws(editor, json.dumps(usage, indent=2) + "\n") == json.dumps(after, indent=2) + "\n"


def test_sorted_strings_each_go_to_their_place() -> None:
    text = json.dumps({"U": ["B", "D", "F"], "V": ["B"]}, indent=2)
    after = json.dumps({"U": ["A", "B", "C", "D", "E", "F", "G"], "V": ["B"]}, indent=2)
    assert check_laws(ArrayStrings(("U",), ("G", "E", "A", "C"), order="sorted"), text) == after


@pytest.mark.parametrize(
    ("editor", "before", "after"),
    [
        (ArrayStrings(("a",), ("k", "l")), '{"a":[]}', '{"a":["k", "l"]}'),
        (ArrayStrings(("a",), ("k", "l")), '{"a": [ ]}', '{"a": [ "k", "l"]}'),
        (ArrayStrings(("a",), ("k",)), '{\n\t"a": []\n}', '{\n\t"a": [\n\t\t"k"\n\t]\n}'),
        (ArrayStrings(("a",), ("k",)), '{"a": ["b","c"]}', '{"a": ["b","c","k"]}'),
        (ArrayStrings(("a",), ("k",)), '{"a": ["b" , "c" ]}', '{"a": ["b" , "c", "k" ]}'),
        (ArrayStrings(("a",), ("k",)), '{"a": ["b",\n   "c"\n]}', '{"a": ["b",\n   "c",\n   "k"\n]}'),
        (ArrayStrings(("a",), ("k",)), '{"a": [\n\n "b",\n\n "c"\n]}', '{"a": [\n\n "b",\n\n "c",\n "k"\n]}'),
        (ArrayStrings(("a",), ("k",)), '{"a": [\n  "b"\n]}', '{"a": [\n  "b",\n  "k"\n]}'),
        (ArrayStrings((), ("b",), order="sorted"), '["a","c", "d",\n"e"]', '["a","b","c", "d",\n"e"]'),
        (ArrayStrings((), ("f",)), '["a","c", "d",\n"e"]', '["a","c", "d",\n"e",\n"f"]'),
        (ArrayStrings(("a",), ("k",)), '{"a": [1, null, {"k": ["k"]}]}', '{"a": [1, null, {"k": ["k"]}, "k"]}'),
        (ArrayStrings((), ("k",), order="sorted"), '["a", "z"]', '["a", "k", "z"]'),
        (ArrayStrings((), ("k", "l"), order="sorted"), '["z"]', '["k", "l", "z"]'),
        (ArrayStrings((), ('"\\é',)), '["a"]', '["a", "\\"\\\\é"]'),
        (ArrayStrings(("a", "b"), ("k",)), '{"b": ["x"], "a": {"b": ["y"]}}', '{"b": ["x"], "a": {"b": ["y", "k"]}}'),
        (ArrayStrings(("a",), ("k",)), '{"x": "\\"a\\": [", "a": ["]"]}', '{"x": "\\"a\\": [", "a": ["]", "k"]}'),
        (ArrayStrings(("a",), ("k",)), '{"\\u0061": ["b"]}', '{"\\u0061": ["b", "k"]}'),
        (ArrayStrings(("a",), ("k",)), '{"x": 1, "x": 2, "a": ["b"]}', '{"x": 1, "x": 2, "a": ["b", "k"]}'),
        (ArrayStrings(("a",), ("k",)), BOM + '{"a": ["\udc80"]}', BOM + '{"a": ["\udc80", "k"]}'),
        (ObjectProperties((), (("k", COUNT),)), '{"a": 1}', '{"a": 1, "k": { "type": [ "integer", "null" ] }}'),
        (ObjectProperties((), (("k", "1"),)), '{"a" : 1}', '{"a" : 1, "k" : 1}'),
        (ObjectProperties((), (("k", "1"),)), '{"a":1}', '{"a":1, "k":1}'),
        (ObjectProperties((), (("k", "1"),)), "{}\n", '{\n  "k": 1\n}\n'),
        (ArrayStrings((), ("k",)), "[]\n", '[\n  "k"\n]\n'),
        (ObjectProperties((), (("k", "1"), ("l", '"2"'))), "{}", '{"k": 1, "l": "2"}'),
        (
            ObjectProperties(("a",), (("k", '{\n  "l": 1\n}'),)),
            '{\n "a": {}\n}',
            '{\n "a": {\n  "k": {\n   "l": 1\n  }\n }\n}',
        ),
        (ObjectProperties((), (("k", "1"),)), '{"a": 1, "a": 2}', '{"a": 1, "a": 2, "k": 1}'),
        (
            ObjectProperties((), (("b", "1"), ("c", "2"), ("z", "3")), order="block"),
            '{"a": 1, "d": 1}',
            '{"a": 1, "b": 1, "c": 2, "z": 3, "d": 1}',
        ),
    ],
)
def test_shapes(editor: Editor, before: str, after: str) -> None:
    assert check_laws(editor, before) == after
    json.loads(after.removeprefix(BOM))


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (ArrayStrings(("a",), ("k",)), '{"b": []}', "`a` was expected once, but appears 0 times"),
        (ArrayStrings(("a",), ("k",)), '{"a": [], "a": []}', "`a` was expected once, but appears 2 times"),
        (ArrayStrings(("a", "b"), ("k",)), '{"a": []}', "`a.b` was expected, and there is no object"),
        (ArrayStrings(("a",), ("k",)), '{"a": "[]"}', "`a` was expected to be an array"),
        (ArrayStrings((), ("k",)), "{}", "the document was expected to be an array"),
        (ArrayStrings(("a",), ("k",), after="q"), '{"a": ["b"]}', "begins with `q` was expected, but there is none"),
        (ArrayStrings(("a",), ("k",)), '{"a": ["k", "k"]}', "`k` is in `a` more than once"),
        (ObjectProperties(("a",), (("k", "1"),)), '{"a": []}', "`a` was expected to be an object"),
        (ObjectProperties((), (("k", "1"),)), '{"k": 2}', "the key `k` has another value"),
        (ObjectProperties((), (("k", "1"),)), '{"k": 1, "k": 2}', "the key `k` appears more than once"),
        *(
            (ArrayStrings((), ("k",)), text, "is not valid JSON")
            for text in (
                "",
                "[",
                '["a",]',
                "[,]",
                "['a']",
                '["a" "b"]',
                '["a"] x',
                '["\\x"]',
                "[01]",
                "[// c\n]",
                '["a\n"]',
            )
        ),
        *(
            (ObjectProperties((), (("k", "1"),)), text, "is not valid JSON")
            for text in (
                '{"a"}',
                '{"a": }',
                '{"a": 1,}',
                "{a: 1}",
                '{"a": 1 "b": 2}',
                '{"a": 1',
                '{"a": nul}',
                "{1: 2}",
            )
        ),
        (ArrayStrings((), ("k",)), "[" * 100_000, "nested too deeply"),
    ],
)
def test_refusals(editor: Editor, text: str, message: str) -> None:
    refused(editor, text, message)


def test_the_line_of_an_error_is_named() -> None:
    with pytest.raises(LocatorError, match="what is on line 3 is not valid JSON"):
        ArrayStrings((), ("k",)).contains('[\n"a"\n"b"]')


def test_missing_strings_are_added_to_those_that_are_there() -> None:
    editor = ArrayStrings(("a",), ("k", "l"))
    assert editor.insert('{"a": ["l", "x"]}') == '{"a": ["l", "x", "k"]}'
    assert editor.remove('{"a": ["l", "x"]}') == '{"a": ["x"]}'


def test_remove_works_after_edits_around() -> None:
    editor = ArrayStrings(("a",), ("k", "l", "m"))
    assert editor.remove('{"a": ["k", "own", "l", "m", "z"], "c": 1}') == '{"a": ["own", "z"], "c": 1}'
    assert editor.remove('{\n  "a": [\n    "k",\n    "m"\n  ]\n}') == '{\n  "a": []\n}'


def test_remove_leaves_a_property_that_somebody_changed() -> None:
    editor = ObjectProperties((), (("k", "1"), ("l", "2")))
    assert editor.remove('{"k": 1, "l": 3}') == '{"l": 3}'
    assert editor.remove('{"k": 5}') == '{"k": 5}'


def test_numbers_are_compared_as_they_are_written() -> None:
    assert not ObjectProperties((), (("k", "1"),)).contains('{"k": 1.0}')


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["k", "]", '"', "},{"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)),
    max_leaves=12,
)
INDENTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])


@given(
    value=st.lists(VALUES, max_size=6),
    around=VALUES,
    indent=INDENTS,
    order=st.sampled_from(["end", "sorted", "block"]),
    ascii_only=st.booleans(),
    layout=st.integers(0, 7),
)
def test_arrays_of_any_shape(
    value: list[Any], around: Any, indent: Any, order: Any, ascii_only: bool, layout: int
) -> None:
    document = {"x": around, "list": value, "y": around}
    text = layouts(json.dumps(document, indent=indent, ensure_ascii=ascii_only) + "\n")[layout]
    editor = ArrayStrings(("list",), ("kappa", "a new one"), order=order)
    new = holds_or_refuses(editor, text)
    if new is not None:
        read = json.loads(new.removeprefix(BOM))
        assert [item for item in read.pop("list") if item not in editor.strings] == value
        assert read == {"x": around, "y": around}
        assert order == "sorted" or is_one_insertion(text, new)


@given(
    value=st.dictionaries(st.text(max_size=3), VALUES, max_size=6),
    around=VALUES,
    indent=INDENTS,
    order=st.sampled_from(["end", "sorted", "block"]),
    new_value=VALUES,
    layout=st.integers(0, 7),
)
def test_objects_of_any_shape(
    value: dict[str, Any], around: Any, indent: Any, order: Any, new_value: Any, layout: int
) -> None:
    document = {"x": around, "object": value, "y": around}
    text = layouts(json.dumps(document, indent=indent) + "\n")[layout]
    added_text = json.dumps(new_value, indent=2, ensure_ascii=False)
    editor = ObjectProperties(("object",), (("kappa", added_text), ("a new one", "1")), order=order)
    new = holds_or_refuses(editor, text)
    assert new is not None
    assert json.loads(new.removeprefix(BOM)) == {
        "x": around,
        "object": {**value, "kappa": new_value, "a new one": 1},
        "y": around,
    }
    if indent in {2, 4, "\t"} and order == "end" and layout == 0:
        document["object"] = {**value, "kappa": new_value, "a new one": 1}
        assert json.loads(new) == document
        assert new == json.dumps(document, indent=indent, ensure_ascii=False) + "\n" or "\\" in text
