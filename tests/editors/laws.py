"""What must hold of every editor, whatever its format."""

import difflib
import re
from contextlib import suppress

import pytest

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
        new = editor.insert(text)
    except LocatorError:
        return None
    if editor.remove(text) == text and not editor.contains(text):
        return check_laws(editor, text)
    # A part of it was there, or all of it; taking it out takes that as well.
    assert editor.contains(new)
    assert editor.insert(new) == new
    return None


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
    """Return the lines that only the new text has; fails if one of the old text is missing."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0))[2:]
    assert not [line for line in lines if line.startswith("-")], lines
    return [line[1:] for line in lines if line.startswith("+")]


def is_one_insertion(old: str, new: str) -> bool:
    """Tell whether a text is another one with something put into one place."""
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(old))
    return len(new) >= len(old) and new.endswith(old[same:])


def refused(editor: Editor, text: str, message: str) -> None:
    """Check that inserting is refused with a message, and that nothing else than a LocatorError ever comes."""
    with pytest.raises(LocatorError, match=re.escape(message)) as caught:
        editor.insert(text)
    assert caught.value.remedy == "Paste the lines by hand."
    for read in (editor.contains, editor.remove):
        with suppress(LocatorError):
            read(text)
