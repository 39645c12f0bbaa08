import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.yaml.scalar import ScalarValue
from geo_scaffold.errors import LocatorError

from .laws import check_laws, check_layouts, layouts

ENABLED = ScalarValue(("default_enabled",), "true", "false")
FLAG = """\
---
name: geo_cool_widget_replication
description:
milestone: '18.9'
group: group::geo # the owner
type: ops
default_enabled: false
"""


def test_a_flag_is_switched_on_and_off() -> None:
    check_layouts(ENABLED, FLAG, FLAG.replace("false", "true"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("default_enabled:    false   # default_enabled: false", "default_enabled:    true   # default_enabled: false"),
        ("default_enabled: False", "default_enabled: True"),
        ("default_enabled: NO", "default_enabled: YES"),
        ("default_enabled: off", "default_enabled: on"),
        ("default_enabled:\n  false\n", "default_enabled:\n  true\n"),
        ("{default_enabled: false}", "{default_enabled: true}"),
        ('{"default_enabled": false, a: 1}', '{"default_enabled": true, a: 1}'),
        ("'default_enabled': false", "'default_enabled': true"),
        ("? default_enabled\n: false", "? default_enabled\n: true"),
        ("# default_enabled: false\ndefault_enabled: false", "# default_enabled: false\ndefault_enabled: true"),
        (
            "a: |\n  default_enabled: false\ndefault_enabled: false",
            "a: |\n  default_enabled: false\ndefault_enabled: true",
        ),
        ("a:\n  default_enabled: false\ndefault_enabled: false", "a:\n  default_enabled: false\ndefault_enabled: true"),
        (
            "a: 'x\n\n  default_enabled: false'\ndefault_enabled: false",
            "a: 'x\n\n  default_enabled: false'\ndefault_enabled: true",
        ),
        ("a: \udcff\ndefault_enabled: false", "a: \udcff\ndefault_enabled: true"),
        ("a: \U0001f600\ndefault_enabled: false", "a: \U0001f600\ndefault_enabled: true"),
        ("a: 1\na: 2\ndefault_enabled: false", "a: 1\na: 2\ndefault_enabled: true"),
        ("--- \ndefault_enabled: false\n...\n", "--- \ndefault_enabled: true\n...\n"),
    ],
)
def test_what_is_around_the_value_stays(before: str, after: str) -> None:
    assert check_laws(ENABLED, before) == after


@pytest.mark.parametrize(
    ("editor", "before", "after"),
    [
        (ScalarValue(("a", "m"), "'18.10'", "'18.9'"), 'a:\n  m: "18.9"\n', 'a:\n  m: "18.10"\n'),
        (ScalarValue(("a", "m"), "'18.10'", "'18.9'"), "a: {m: '18.9'}", "a: {m: '18.10'}"),
        (ScalarValue(("m",), "it's", "other"), "m: other", "m: it's"),
        (ScalarValue(("m",), "it's", "other"), "m: 'other'", "m: 'it''s'"),
        (ScalarValue(("m",), 'a"\\', "other"), 'm: "other"', 'm: "a\\"\\\\"'),
        (ScalarValue(("m",), "18.10", "18.9"), "m: 18.9", "m: 18.10"),
        (ScalarValue(("m",), "text", ""), "m:", "m: text"),
        (ScalarValue(("m",), "text", ""), "m:  # why\nn: 1", "m: text  # why\nn: 1"),
        (ScalarValue(("m",), "text", ""), "m: \n\n# m:\nn: 1", "m: text \n\n# m:\nn: 1"),
        (ScalarValue(("m",), "", "text"), "m: text\n", "m:\n"),
        (ScalarValue(("m",), "true", "~"), "m: ~", "m: true"),
    ],
)
def test_values_of_other_kinds(editor: ScalarValue, before: str, after: str) -> None:
    assert check_laws(editor, before) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one YAML document was expected, 0 are there"),
        ("default_enabled: false\n---\ndefault_enabled: false", "one YAML document was expected, 2 are there"),
        ("a: 1", "`default_enabled` was expected once, but appears 0 times"),
        ("# default_enabled: false\na: 1", "0 times"),
        ("default_enabled: false\ndefault_enabled: false", "`default_enabled` was expected once, but appears 2 times"),
        ("- default_enabled: false", "no mapping that could hold it"),
        ('default_enabled: "false"', 'line 1) was expected to be `false`, it is `"false"`'),
        ("a: 1\ndefault_enabled: maybe", "line 2) was expected to be `false`, it is `maybe`"),
        ("default_enabled:", "expected to be `false`, it is empty"),
        ("default_enabled: &a false", "expected to be a plain or quoted scalar"),
        ("default_enabled: !!bool false", "expected to be a plain or quoted scalar"),
        ("a: &a false\ndefault_enabled: *a", "expected to be a plain or quoted scalar"),
        ("default_enabled: |\n  false", "expected to be a plain or quoted scalar"),
        ("default_enabled: [false]", "expected to be a plain or quoted scalar"),
        ("default_enabled: [", "not valid YAML"),
        ("a:\n\tdefault_enabled: false", "not valid YAML"),
        ("[" * 1100, "nested too deeply"),
    ],
)
def test_a_place_that_does_not_exist_exactly_once_is_refused(text: str, message: str) -> None:
    with pytest.raises(LocatorError, match=message.replace("(", r"\(").replace(")", r"\)")) as caught:
        ENABLED.insert(text)
    assert caught.value.remedy == "Paste the lines by hand."


def test_a_value_that_undo_could_not_bring_back_is_refused() -> None:
    with pytest.raises(LocatorError, match="spells `other` in another way"):
        ScalarValue(("m",), "text", "other").insert('m: "o\\u0074her"')
    with pytest.raises(LocatorError, match="spells `'other'` in another way"):
        ScalarValue(("m",), "true", "'other'").insert('m: "other"')
    assert check_laws(ScalarValue(("m",), "true", "'other'"), "m: 'other'") == "m: true"
    with pytest.raises(LocatorError, match="spells empty in another way"):
        ScalarValue(("m",), "text", "").insert("m: null")


def test_a_value_that_plain_style_cannot_hold_is_refused() -> None:
    with pytest.raises(LocatorError, match="would not read as before plus the entry"):
        ScalarValue(("m",), "'a: b'", "other").insert("m: other")
    with pytest.raises(LocatorError, match="would not read as before plus the entry"):
        ScalarValue(("m",), "'a # b'", "other").insert("m: other")


def test_remove_leaves_a_value_that_somebody_changed() -> None:
    assert ENABLED.remove("default_enabled: maybe") == "default_enabled: maybe"


def test_remove_works_after_edits_around() -> None:
    text = FLAG.replace("false", "true").replace("type: ops\n", "") + "more: 1\n"
    assert ENABLED.remove(text) == text.replace("true", "false")


WORDS = st.sampled_from(["a", "b", "'x: y'", '"q"', "1", "true", "null", "~", "", "# c", "a.b", "é"])
KEYS = st.sampled_from(["k", "l", '"m"', "default_enabled"])
LINES = st.one_of(
    st.builds("{}: {}".format, KEYS, WORDS),
    st.builds("{}:\n  {}: {}".format, KEYS, KEYS, WORDS),
    st.builds("{}:\n- {}\n- {}".format, KEYS, WORDS, WORDS),
    st.builds("{}: |\n  {}".format, KEYS, WORDS),
    st.sampled_from(["", "# default_enabled: false", "# k"]),
)


@given(
    before=st.lists(LINES.filter(lambda line: not line.startswith("default_enabled")), max_size=5),
    after=st.lists(LINES.filter(lambda line: not line.startswith("default_enabled")), max_size=5),
    spelled=st.sampled_from(
        [
            ("false", "true"),
            ("False", "True"),
            ("NO", "YES"),
            ("off", "on"),
            ("  false", "  true"),
            ("no # no", "yes # no"),
        ]
    ),
    layout=st.integers(0, 7),
)
def test_only_the_value_changes(before: list[str], after: list[str], spelled: tuple[str, str], layout: int) -> None:
    head, tail = "".join(f"{line}\n" for line in before), "".join(f"{line}\n" for line in after)
    text, expected = (layouts(f"{head}default_enabled: {value}\n{tail}")[layout] for value in spelled)
    assert check_laws(ENABLED, text) == expected
