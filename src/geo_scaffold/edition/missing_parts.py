"""Which pieces of an entry are missing from a file, by the same locators that insert them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.editors import Editor
from geo_scaffold.editors.json_.tree import parse as parse_json
from geo_scaffold.editors.json_.tree import value_at
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import replace

_PIECES: Final = {"strings": 1, "properties": 1, "rows": 2, "items": 1, "messages": 1}
"""The arguments of editors that hold several pieces, and the part of each by which people know it."""
_CREATED: Final = re.compile(r"\w+ = (create\(:\w+)")
"""A record that an example sets up, up to the name of its factory."""
_WRITTEN: Final[Mapping[str, Callable[[list[str]], str]]] = {
    "strings": lambda parts: f"{json.dumps(parts[0])},",
    "properties": lambda parts: f"{json.dumps(parts[0])}: {parts[1]},",
    "rows": lambda parts: f"| {' | '.join(parts)} |",
    "items": lambda parts: f"- {parts[0]}",
    "messages": lambda parts: f'msgid "{parts[0]}"',
}
"""How to write a piece, given its value in the argument."""


class MissingPieces(NamedTuple):
    """What is missing of an entry in a text.

    Args:
        pieces: The missing pieces, as people call them.
        is_whole: Whether all of it is missing.
        line: The line of what is incomplete, or has to be removed, if known.
        first: The editor that would insert the first piece.
        lines: The lines to paste, if they are not all of the entry's.
    """

    pieces: tuple[str, ...] = ()
    is_whole: bool = False
    line: int | None = None
    first: Editor | None = None
    lines: str = ""


def missing_pieces(entry: ManifestEditor, text: str, *, lenient: bool = False) -> MissingPieces:
    """Return which pieces of an entry are missing from a text; a single piece is missing completely or not at all.

    Args:
        entry: The entry.
        text: The whole file.
        lenient: Whether to accept what a person may have written differently: a key with another value, a variable of
            another name.

    Raises:
        LocatorError: Its place does not exist exactly once, or the entry exists twice.
    """
    editor = entry.ready
    if examples := getattr(editor, "missing_keys", None):
        units = examples(text)
        found = [(line, keys) for line, keys in units if keys]
        count = len(getattr(editor, "properties", ()))
        pieces = tuple(piece for line, keys in found for piece in _in_example(keys, line, count=count))
        is_whole = len(found) == len(units) and all(len(keys) == count for _, keys in found)
        return MissingPieces(pieces, is_whole, found[0][0] if found else None)
    every = tuple(_pieces(editor, entry.lines))
    if not _are_rows(every) and entry.contains(text):
        if not entry.spec["kind"].startswith("no-") and (more := next(_repeated(editor, text), None)):
            raise LocatorError(f"{more}; one is enough")
        return MissingPieces()
    missing = [piece for piece in every if not _is_there(piece, text, lenient=lenient)]
    labels = tuple(piece.label for piece in missing)
    to_go = getattr(editor, "line", None)  # for an entry that is an absence
    is_whole = len(missing) == len(every)
    lines = "" if is_whole else "\n".join(piece.text for piece in missing)
    return MissingPieces(
        labels,
        is_whole,
        line=to_go(text) if callable(to_go) else None,
        first=missing[0].editor if missing else None,
        lines=lines,
    )


def _repeated(editor: Editor, text: str) -> Iterator[str]:
    """Yield what occurs more than once; editors of formats other than Ruby refuse that themselves."""
    editors = getattr(editor, "pieces", None) or getattr(editor, "editors", None) or (editor,)
    for ruby_editor in (one for one in editors if isinstance(one, RubyEditor)):
        if (count := len(ruby_editor.find_in(text))) > 1:
            yield f"{ruby_editor.what} appears {count} times"


def _in_example(keys: Sequence[str], line: int, *, count: int) -> list[str]:
    if len(keys) == count > 1:
        return [f"all {count} fields in the example on line {line}"]
    return [f"`{key}` in the example on line {line}" for key in keys]


class _Piece(NamedTuple):
    """One piece: its name for people, its editor, its identifying text, its lines, and the argument that holds it."""

    label: str
    editor: Editor
    key: str
    text: str
    argument: str = ""


def _are_rows(pieces: tuple[_Piece, ...]) -> bool:
    """Tell whether pieces are rows identified by their first cell: the other cells of a metric are prose."""
    return all(piece.argument == "rows" and piece.key.startswith("`") for piece in pieces)


def _is_there(piece: _Piece, text: str, *, lenient: bool) -> bool:
    if _are_rows((piece,)):
        return piece.key in _first_cells(text)
    if piece.editor.contains(text):
        return True
    if not lenient:
        return False
    if piece.argument == "properties":
        return piece.key in value_at(parse_json(text), getattr(piece.editor, "keys", ())).keys
    if piece.argument == "items":
        return f"`{piece.key.strip('`')}`" in text
    created = _CREATED.match(piece.key)
    return created is not None and re.search(rf"{re.escape(created[1])}\b", text) is not None


@lru_cache(maxsize=4)
def _first_cells(text: str) -> frozenset[str]:
    """Return the first cells of the rows of a page's tables that are in backticks."""
    # As in the table of metrics in doc/administration/monitoring/prometheus/gitlab_metrics.md.
    return frozenset(re.findall(r"^\|\s*(`[^|\n]*`)\s*\|", text, re.MULTILINE))


def _pieces(editor: Editor, lines: str) -> Iterator[_Piece]:
    for name, cells in _PIECES.items():
        if isinstance(several := getattr(editor, name, None), tuple) and several:
            for each in several:
                parts = [each] if isinstance(each, str) else list(map(str, each))
                label = " ".join(" | ".join(parts[:cells]).replace("`", "").split())
                one = cast("Editor", replace(cast("Any", editor), **{name: (each,)}))
                yield _Piece(f"`{label}`", one, parts[0], _WRITTEN[name](parts), name)
            return
    if editors := getattr(editor, "pieces", None) or getattr(editor, "editors", None):
        for each in editors:
            yield from _pieces(each, str(getattr(each, "text", "") or getattr(each, "element", lines)))
    elif steps := getattr(editor, "parts", None):
        for step in steps():
            yield _Piece(f"`{' '.join(step.text.split())}`", step, step.text, step.text)
    else:
        text = lines.strip()
        yield _Piece(f"`{text.splitlines()[0].rstrip(',')}`", editor, text, text)
