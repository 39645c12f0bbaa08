import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.pot import Messages, _Template
from geo_scaffold.errors import LocatorError

from .laws import check_laws, check_layouts, holds_or_refuses, layouts, refused

HEADER = """\
# SOME TITLE.
#, fuzzy
msgid ""
msgstr ""
"Language: \\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"
"""
POT = f"""\
{HEADER}
msgid " %{{start}} to %{{end}}"
msgstr ""

msgid "%d item"
msgid_plural "%d items"
msgstr[0] ""
msgstr[1] ""

msgid "Geo|\\"Quoted\\""
msgstr ""

#. TRANSLATORS: geo
msgid "Geo|Open"
msgstr ""

#~ msgid "Geo|Cool"
#~ msgstr ""

msgid "Zoo"
msgstr ""
"""


@pytest.mark.parametrize(
    ("message", "anchor"),
    [
        (("Geo|Cool Widget",), "#. TRANSLATORS"),
        (("Geo|P",), '#~ msgid "Geo|Cool"'),
        (("Geo|!",), 'msgid "Geo|\\"Q'),
        (("%d cool", "%d cools"), 'msgid "%d item"'),
        (("!",), 'msgid "%d item"'),
    ],
)
def test_messages_go_where_they_sort(message: tuple[str] | tuple[str, str], anchor: str) -> None:
    plural = f'msgid_plural "{message[1]}"\nmsgstr[0] ""\nmsgstr[1] ""\n\n' if len(message) == 2 else 'msgstr ""\n\n'
    check_layouts(Messages((message,)), POT, POT.replace(anchor, f'msgid "{message[0]}"\n{plural}{anchor}'))


def test_several_messages_and_the_last_one() -> None:
    editor = Messages((("Zz",), ("Geo|A",), ("Geo|As",), ('Say "hi"\\n\n',)))
    new = check_laws(editor, POT)
    assert new.endswith('msgid "Zoo"\nmsgstr ""\n\nmsgid "Zz"\nmsgstr ""\n')
    assert 'msgid "Geo|A"\nmsgstr ""\n\nmsgid "Geo|As"\nmsgstr ""\n\n#. TRANSLATORS' in new
    assert 'msgid "Say \\"hi\\"\\\\n\\n"\nmsgstr ""\n\n#~ msgid "Geo' in new
    for layout in layouts(POT):
        check_laws(editor, layout)


def test_other_spellings_count() -> None:
    text = HEADER + '\nmsgid ""\n"Geo|"\n"Cool"\nmsgstr ""\n'
    assert Messages((("Geo|Cool",),)).contains(text)
    assert Messages((("Geo|Cool",),)).contains(text.replace('msgid ""\n"Geo|"', 'msgid "Geo|"'))
    assert not Messages((("Geo|Cool",),)).contains(POT)


@pytest.mark.parametrize(
    ("message", "text", "error"),
    [
        (("a",), "", "the header of a gettext template was expected"),
        (("a",), HEADER + "\nmsgid b\n", "a message was expected in quotes"),
        (("a",), 'msgid "b"\nmsgstr ""\n', "the header of a gettext template was expected"),
        (("Zoo", "Zoos"), POT, "the message `Zoo` is there with another plural"),
        (("%d item",), POT, "the message `%d item` is there with another plural"),
        (("Zoo",), POT + '\nmsgid "Zoo"\nmsgstr ""\n', "the message `Zoo` is there twice"),
    ],
)
def test_refusals(message: tuple[str] | tuple[str, str], text: str, error: str) -> None:
    refused(Messages((message,)), text, error)


def test_a_message_with_a_comment_is_kept() -> None:
    with pytest.raises(LocatorError, match="a comment is before the message"):
        Messages((("Geo|Open",),)).remove(POT)


def test_remove_works_after_edits_around() -> None:
    editor = Messages((("Geo|A",), ("Geo|B",)))
    own = 'msgid "Geo|AA"\nmsgstr ""\n\n'
    text = editor.insert(POT).replace('msgid "Geo|B"', own + 'msgid "Geo|B"')
    assert editor.remove(text) == POT.replace("#. TRANS", own + "#. TRANS")


TEXTS = st.text(alphabet='ab|%{}"\\n \té', min_size=1, max_size=6)


@given(st.sets(TEXTS, max_size=8), st.sets(TEXTS, min_size=1, max_size=3), st.integers(0, 7))
def test_a_sorted_file_stays_sorted(there: set[str], new: set[str], layout: int) -> None:
    def file(messages: set[str]) -> str:
        blank = HEADER
        quoted = (
            message.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") for message in sorted(messages)
        )
        return layouts(blank + "".join(f'\nmsgid "{each}"\nmsgstr ""\n' for each in quoted))[layout]

    editor = Messages(tuple((each,) for each in sorted(new)))
    result = editor.insert(file(there))
    assert result == file(there | new)
    assert holds_or_refuses(editor, file(there - new)) == file(there | new)


def test_what_is_asked_for_often_is_found_as_what_is_asked_for_once() -> None:
    messages = ["", "a", "b", "a", "c"]
    text = "\n\n".join(f'msgid "{message}"\nmsgstr ""' for message in messages) + "\n"
    template = _Template(text)
    for _ in range(10):
        found = [template.having(message) for message in ("a", "b", "nothing")]
        assert found == [[1, 3], [2], []]
