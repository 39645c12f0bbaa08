"""Changes between two renderings, made in a version that a person has edited."""

from typing import Final

_CONTEXT: Final = 3
"""Lines around a change that may be needed to tell its place."""


def merge(old: bytes, new: bytes, edited: bytes) -> bytes | None:
    """Return the edited version with every change between the renderings.

    Each change is found by the lines that it replaces, and by as many around them as tell it from all other places.

    Args:
        old: The rendering that the edits are of.
        new: The rendering of now.
        edited: What the person made of the old one.

    Returns:
        None where a change has no place: the person has edited just these lines, or they are there more than once.
    """
    from difflib import SequenceMatcher  # noqa: PLC0415 - only where a person has edited

    before, after = old.split(b"\n"), new.split(b"\n")
    lines = edited.split(b"\n")
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in reversed(changes):  # from the end, so that places before it stay
        if tag == "equal":
            continue
        for context in range(_CONTEXT + 1):
            above, below = before[max(0, start - context) : start], before[end : end + context]
            places = _places(lines, [*above, *before[start:end], *below]) if start < end or context else []
            if len(places) == 1:
                first = places[0] + len(above)
                lines[first : first + end - start] = after[new_start:new_end]
                break
        else:
            return None
    return b"\n".join(lines)


def _places(lines: list[bytes], block: list[bytes]) -> list[int]:
    return [at for at in range(len(lines) - len(block) + 1) if lines[at : at + len(block)] == block]
