"""Which pieces of an entry a file lacks, by the same locators that put them there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.editors import Editor

_PIECES: Final = {"strings": 1, "properties": 1, "rows": 2, "items": 1, "messages": 1}
"""The arguments of editors that hold several pieces, and how much of each people know it by."""


class Lacking(NamedTuple):
    """What a text lacks of an entry.

    Args:
        pieces: What is not there, as people call it.
        total: How many pieces the entry has.
        line: Where what is not complete begins, if that is known.
    """

    pieces: tuple[str, ...]
    total: int
    line: int | None = None


def lacking(entry: ManifestEditor, text: str) -> Lacking:
    """Return which pieces of an entry a text lacks; an entry that is one piece lacks itself or nothing.

    Args:
        entry: The entry.
        text: The whole file.

    Raises:
        LocatorError: Its place is not there exactly once.
    """
    if entry.contains(text):
        return Lacking((), 1)
    editor = entry.built
    if examples := getattr(editor, "lacking", None):
        units = examples(text)
        found = [(line, keys) for line, keys in units if keys]
        pieces = tuple(f"`{key}` in the example on line {line}" for line, keys in found for key in keys)
        return Lacking(pieces, len(units) * len(getattr(editor, "properties", ())), found[0][0])
    every = tuple(_pieces(editor, entry.lines))
    missing = tuple(label for label, piece in every if not piece.contains(text))
    return Lacking(missing, len(every))


def _pieces(editor: Editor, lines: str) -> Iterator[tuple[str, Editor]]:
    """Yield an editor of each piece with what people call it."""
    for name, parts in _PIECES.items():
        if isinstance(several := getattr(editor, name, None), tuple) and several:
            for each in several:
                label = each if isinstance(each, str) else " | ".join(map(str, each[:parts]))
                piece = replace(cast("Any", editor), **{name: (each,)})
                yield f"`{' '.join(label.replace('`', '').split())}`", cast("Editor", piece)
            return
    if editors := getattr(editor, "editors", None):
        for each in editors:
            yield from _pieces(each, getattr(each, "text", "") or getattr(each, "element", lines))
    elif steps := getattr(editor, "parts", None):
        for step in steps():
            yield f"`{step.text}`", step
    else:
        yield f"`{lines.strip().splitlines()[0].rstrip(',')}`", editor
