"""Comma-separated entries between brackets: JSON's arrays and objects, and YAML's flow style.

They are on separate lines or all on one; `insert_between` and `cuts_between` are each other's inverse, byte for byte.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from geo_scaffold.editors.splice import Splice, indentation_at, line_end_at

# The comma between two elements, and the space after it, which the neighbours determine.
JOINT: Final = re.compile(r"\s*,(\s*)")


class Inside(NamedTuple):
    """What is between two brackets.

    Args:
        start: Offset after the opening bracket.
        end: Offset of the closing one.
        entries: Start and end of each entry.
    """

    start: int
    end: int
    entries: Sequence[tuple[int, int]]


def gap_between(text: str, inside: Inside, place: int, unit: str) -> str:
    """Return the white space that goes before an entry at a place.

    Args:
        text: The text.
        inside: What is between the brackets.
        place: The number of the entry before which the new one goes.
        unit: One step of indentation, for the first entry; empty to stay on the line.
    """
    entries = inside.entries
    if len(entries) > 1:
        left = min(max(place - 1, 0), len(entries) - 2)
        joint = JOINT.match(text, entries[left][1], entries[left + 1][0])
        gap = joint[1] if joint else " "
    elif entries:
        gap = text[inside.start : entries[0][0]]
        gap = gap if "\n" in gap else " "
    else:
        is_tight = inside.start == inside.end and unit
        return line_end_at(text, inside.start) + indentation_at(text, inside.start) + unit if is_tight else ""
    # An empty line separates groups, not entries.
    return gap if gap.count("\n") < 2 else line_end_at(text, inside.start) + gap.rpartition("\n")[2]


def insert_between(text: str, inside: Inside, place: int, pieces: Sequence[str], gap: str) -> Splice:
    """Return the splice that inserts new entries at a place.

    Args:
        text: The text.
        inside: What is between the brackets.
        place: The number of the entry before which they go.
        pieces: Their texts.
        gap: What `gap_between` returned.
    """
    if place > 0:
        at = inside.entries[place - 1][1]
        return Splice(at, at, "".join(f",{gap}{piece}" for piece in pieces))
    if inside.entries:
        at = inside.entries[0][0]
        return Splice(at, at, "".join(f"{piece},{gap}" for piece in pieces))
    closing = line_end_at(text, inside.start) + indentation_at(text, inside.start) if gap else ""
    # Within white space, insert after all of it, so that removing the entries can leave it unchanged.
    return Splice(inside.end, inside.end, gap + f",{gap or ' '}".join(pieces) + closing)


def cuts_between(text: str, inside: Inside, gone: Sequence[int]) -> list[Splice]:
    """Return the splices that remove entries, each run of neighbours with one comma.

    Args:
        text: The text.
        inside: What is between the brackets.
        gone: The numbers of the entries, ascending.
    """
    entries = inside.entries
    if len(gone) == len(entries):
        tight = inside.end == entries[-1][1]
        return [Splice(entries[0][0] if tight else inside.start, inside.end, "")]
    leaving = set(gone)
    first_remaining = next(number for number in range(len(entries)) if number not in leaving)
    first = [Splice(entries[0][0], entries[first_remaining][0], "")] if first_remaining else []
    return first + [
        Splice(entries[number - 1][1], entries[number][1], "") for number in gone if number > first_remaining
    ]
