"""Which pieces of an entry a file lacks, by the same locators that put them there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.editors import Editor
from geo_scaffold.editors.json_.tree import Node, Object
from geo_scaffold.editors.json_.tree import parse as parse_json

_PIECES: Final = {"strings": 1, "properties": 1, "rows": 2, "items": 1, "messages": 1}
"""The arguments of editors that hold several pieces, and how much of each people know it by."""
_CREATED: Final = re.compile(r"\w+ = (create\(:\w+)")
"""A record that an example sets up, up to the name of its factory."""


class Lacking(NamedTuple):
    """What a text lacks of an entry.

    Args:
        pieces: What is not there, as people call it.
        total: How many pieces the entry has.
        line: Where what is not complete begins, if that is known.
        first: What would put the first piece there.
    """

    pieces: tuple[str, ...]
    total: int
    line: int | None = None
    first: Editor | None = None


def lacking(entry: ManifestEditor, text: str, *, lenient: bool = False) -> Lacking:
    """Return which pieces of an entry a text lacks; an entry that is one piece lacks itself or nothing.

    Args:
        entry: The entry.
        text: The whole file.
        lenient: Whether a piece counts that a person may have written in their own way: a key with another value, a
            variable of another name.

    Raises:
        LocatorError: Its place is not there exactly once.
    """
    editor = entry.built
    if examples := getattr(editor, "lacking", None):
        units = examples(text)
        found = [(line, keys) for line, keys in units if keys]
        pieces = tuple(f"`{key}` in the example on line {line}" for line, keys in found for key in keys)
        total = len(units) * len(getattr(editor, "properties", ()))
        return Lacking(pieces, total, found[0][0] if found else None)
    every = tuple(_pieces(editor, entry.lines))
    if not _are_rows(every) and entry.contains(text):
        return Lacking((), 1)
    missing = [piece for piece in every if not _is_there(piece, text, lenient=lenient)]
    labels = tuple(piece.label for piece in missing)
    return Lacking(labels, len(every), first=missing[0].editor if missing else None)


class _Piece(NamedTuple):
    """One piece: what people call it, its editor, what tells it from others, and the argument that holds it."""

    label: str
    editor: Editor
    key: str
    argument: str = ""


def _are_rows(pieces: tuple[_Piece, ...]) -> bool:
    """Tell whether pieces are rows that their first cell tells from others: the other cells of a metric are words."""
    return all(piece.argument == "rows" and piece.key.startswith("`") for piece in pieces)


def _is_there(piece: _Piece, text: str, *, lenient: bool) -> bool:
    if _are_rows((piece,)):
        return re.search(rf"^\|\s*{re.escape(piece.key)}\s*\|", text, re.MULTILINE) is not None
    if piece.editor.contains(text):
        return True
    if not lenient:
        return False
    if piece.argument == "properties":
        return piece.key in _keys(parse_json(text), getattr(piece.editor, "keys", ()))
    if piece.argument == "items":
        return f"`{piece.key.strip('`')}`" in text
    created = _CREATED.match(piece.key)
    return created is not None and re.search(rf"{re.escape(created[1])}\b", text) is not None


def _keys(node: Node, path: tuple[str, ...]) -> set[str]:
    """Return the keys of the object at a path of a JSON text."""
    for key in path:
        node = next((value for name, value in node.pairs if name == key), node) if isinstance(node, Object) else node
    return {name for name, _ in node.pairs} if isinstance(node, Object) else set()


def _pieces(editor: Editor, lines: str) -> Iterator[_Piece]:
    for name, cells in _PIECES.items():
        if isinstance(several := getattr(editor, name, None), tuple) and several:
            for each in several:
                parts = [each] if isinstance(each, str) else list(map(str, each))
                label = " ".join(" | ".join(parts[:cells]).replace("`", "").split())
                one = cast("Editor", replace(cast("Any", editor), **{name: (each,)}))
                yield _Piece(f"`{label}`", one, parts[0], name)
            return
    if editors := getattr(editor, "editors", None):
        for each in editors:
            yield from _pieces(each, str(getattr(each, "text", "") or getattr(each, "element", lines)))
    elif steps := getattr(editor, "parts", None):
        for step in steps():
            yield _Piece(f"`{' '.join(step.text.split())}`", step, step.text)
    else:
        text = lines.strip()
        yield _Piece(f"`{text.splitlines()[0].rstrip(',')}`", editor, text)
