"""Replacing parts of a text, and what a new line takes from its neighbours."""

from collections.abc import Iterable
from typing import Final, NamedTuple

BOM: Final = "\ufeff"


class Splice(NamedTuple):
    """A part of a text, and its replacement.

    Args:
        start: Offset of its first character.
        end: Offset after its last one; equal to `start` for an insertion.
        text: The replacement.
    """

    start: int
    end: int
    text: str


def apply_splices(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with all parts replaced; the rest is copied.

    Args:
        text: The text.
        splices: In any order; they must not overlap.

    Raises:
        ValueError: Two of them overlap, or one is not inside the text.
    """
    pieces, position = [], 0
    for splice in sorted(splices):
        if not position <= splice.start <= splice.end <= len(text):
            raise ValueError(f"the splice at {splice.start} overlaps another one, or leaves the text")
        pieces += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*pieces, text[position:]])


def line_end_at(text: str, offset: int) -> str:
    r"""Return the line end, `\n` or `\r\n`, of the line that contains an offset; else of the line before; else `\n`.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    end = text.find("\n", offset)
    if end < 0:
        end = text.rfind("\n", 0, offset)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def line_start(text: str, offset: int) -> int:
    """Return the offset of the first character of the line that contains an offset, after any byte order mark.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    start = text.rfind("\n", 0, offset) + 1
    return start + len(BOM) if start == 0 and text.startswith(BOM) else start


def line_stop(text: str, offset: int) -> int:
    """Return the offset after the line that contains an offset, its line end included.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def indentation_at(text: str, offset: int) -> str:
    """Return the spaces and tabs at the start of the line that contains an offset.

    Args:
        text: The text.
        offset: The offset, in characters.
    """
    start = line_start(text, offset)
    line = text[start : line_stop(text, start)]
    return line[: len(line) - len(line.lstrip(" \t"))]
