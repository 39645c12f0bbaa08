"""Merges the changes between two renderings into a version that a person has edited."""

from collections.abc import Sequence
from typing import Final, NamedTuple

CONTEXT: Final = 3
"""Lines of context that may be needed to locate a change."""
_Opcode = tuple[str, int, int, int, int]
"""As `difflib` has it: what happens, the lines of the first text, those of the second."""
_MOST_SHOWN: Final = 120
"""How many characters of each side of a clash a message shows."""


class Clash(NamedTuple):
    """A change between two renderings that has no place in an edited version.

    Args:
        old: The lines that it would replace.
        new: The lines that it would insert.
        theirs: The lines that a person has there instead.
    """

    old: bytes
    new: bytes
    theirs: bytes


class _Change(NamedTuple):
    """A change between two renderings: the lines that it replaces, and those that it inserts."""

    start: int
    end: int
    lines: list[bytes]


def both_sides(clash: Clash | None) -> str:
    """Return the sides of a clash, for people; empty if unknown."""
    if clash is None:
        return ""
    old, new, theirs = map(_shown, clash)
    return f": {old} is to be {new}, and a person wrote {theirs} there"


def _shown(side: bytes) -> str:
    text = " ".join(side.decode("utf-8", "replace").split())
    if len(text) > _MOST_SHOWN:
        text = f"{text[:_MOST_SHOWN]}…"
    return f"`{text}`" if text else "nothing"


def merge(old: bytes, new: bytes, edited: bytes) -> bytes | Clash:
    """Return the edited version with every change between the renderings.

    Each change is located by the lines that it replaces, and by as many around them as make the place unique. If a
    person has edited some of these lines, each line that is replaced by one line is a change of its own.

    Args:
        old: The rendering on which the edits are based.
        new: The current rendering.
        edited: The person's version of the old one; its line endings may differ.

    Returns:
        The last change without a place, if there is one: the person edited these very lines, or they occur more than
        once.
    """
    if b"\r\n" in edited and b"\r" not in old + new:
        merged = merge(old, new, edited.replace(b"\r\n", b"\n"))
        return merged if isinstance(merged, Clash) else merged.replace(b"\n", b"\r\n")
    from difflib import SequenceMatcher  # noqa: PLC0415 - only where a person has edited

    before, after, lines = (version.split(b"\n") for version in (old, new, edited))
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    left = [_Change(start, end, after[first:last]) for tag, start, end, first, last in opcodes if tag != "equal"]
    edits: Sequence[_Opcode] = ()
    placed: list[tuple[int, _Change]] = []
    while left:
        change = left.pop()
        place = _place_of(change, before, lines)
        if place is not None and all(place != other for other, _ in placed):
            placed.append((place, change))
            continue
        edits = edits or SequenceMatcher(None, before, lines, autojunk=False).get_opcodes()
        theirs = _theirs(change, edits, lines)
        if theirs == change.lines:
            continue
        if not 1 < change.end - change.start == len(change.lines):
            was = before[change.start : change.end]
            return Clash(*(b"\n".join(side) for side in (was, change.lines, theirs)))
        left += [_Change(change.start + at, change.start + at + 1, [line]) for at, line in enumerate(change.lines)]
    for place, change in sorted(placed, reverse=True):  # from the end, so that earlier places stay valid
        lines[place : place + change.end - change.start] = change.lines
    return b"\n".join(lines)


def _place_of(change: _Change, before: list[bytes], lines: list[bytes]) -> int | None:
    """Return where the lines that are replaced begin in an edited version; None: not in one place only."""
    start, end, _ = change
    for context in range(0 if start < end else 1, CONTEXT + 1):
        above = before[max(0, start - context) : start]
        block = [*above, *before[start : end + context]]
        places = [at for at in range(len(lines) - len(block) + 1) if lines[at : at + len(block)] == block]
        if len(places) == 1:
            return places[0] + len(above)
    return None


def _theirs(change: _Change, edits: Sequence[_Opcode], lines: list[bytes]) -> list[bytes]:
    """Return the lines that an edited version has in place of those that are replaced; `edits` led to them."""
    start, end, _ = change
    theirs: list[bytes] = []
    for _, first, last, begin, stop in edits:
        if (last <= start or first >= end) if start < end else (last < start or first > end):
            continue
        is_line_by_line = last - first == stop - begin
        above, below = (max(0, start - first), max(0, last - end)) if is_line_by_line else (0, 0)
        theirs += lines[begin + above : stop - below]
    return theirs
