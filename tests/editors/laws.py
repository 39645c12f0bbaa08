"""What must hold of every editor, whatever its format."""

import difflib

from geo_scaffold.editors import Editor
from geo_scaffold.editors.splice import BOM
from geo_scaffold.errors import LocatorError


def check_laws(editor: Editor, text: str) -> str:
    """Insert an entry that is not there; check that it is there once, can be taken back, and return the new text."""
    assert not editor.contains(text)
    assert editor.remove(text) == text
    new = editor.insert(text)
    assert editor.contains(new)
    assert editor.insert(new) == new
    assert editor.remove(new) == text
    return new


def holds_or_refuses(editor: Editor, text: str) -> str | None:
    """Check the laws where the editor accepts the text; `None` where it refuses it or has nothing to do."""
    try:
        if editor.contains(text):
            assert editor.insert(text) == text
            return None
        editor.insert(text)
    except LocatorError:
        return None
    return check_laws(editor, text)


def layouts(text: str) -> list[str]:
    """Return a text that has line feeds and a final one in all the ways that it could be stored."""
    ended = [text, text.removesuffix("\n")]
    lines = [*ended, *(form.replace("\n", "\r\n") for form in ended)]
    return [*lines, *(BOM + form for form in lines)]


def check_layouts(editor: Editor, text: str, expected: str) -> None:
    """Check the laws and the result in all the ways that the text could be stored."""
    for before, after in zip(layouts(text), layouts(expected), strict=True):
        assert check_laws(editor, before) == after


def added(old: str, new: str) -> list[str]:
    """Return the lines that only the new text has; fails where one of the old text's is gone."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0))[2:]
    assert not [line for line in lines if line.startswith("-")], lines
    return [line[1:] for line in lines if line.startswith("+")]
