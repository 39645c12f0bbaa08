"""Merges the changes between two renderings into a version that a person has edited."""

from typing import Final, NamedTuple

CONTEXT: Final = 3
"""Lines of context that may be needed to locate a change."""
_MOST_SHOWN: Final = 120
"""How many characters of each side of a clash a message shows."""


class Clash(NamedTuple):
    """A change between two renderings that has no place in an edited version.

    Args:
        old: The lines that it would replace.
        new: The lines that it would insert.
    """

    old: bytes
    new: bytes


def both_sides(clash: Clash | None) -> str:
    """Return the two sides of a clash, for people; empty if unknown."""
    if clash is None:
        return ""
    sides = (" ".join(side.decode("utf-8", "replace").split()) for side in clash)
    old, new = (f"`{side[:_MOST_SHOWN]}`" if side else "nothing" for side in sides)
    return f": {old} is to be {new}, and a person wrote something else there"


def merge(old: bytes, new: bytes, edited: bytes) -> bytes | Clash:
    """Return the edited version with every change between the renderings.

    Each change is located by the lines that it replaces, and by as many around them as make the place unique.

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

    before, after = old.split(b"\n"), new.split(b"\n")
    lines = edited.split(b"\n")
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in reversed(changes):  # from the end, so that earlier places stay valid
        if tag == "equal":
            continue
        for context in range(CONTEXT + 1):
            above, below = before[max(0, start - context) : start], before[end : end + context]
            places = _places(lines, [*above, *before[start:end], *below]) if start < end or context else []
            if len(places) == 1:
                first = places[0] + len(above)
                lines[first : first + end - start] = after[new_start:new_end]
                break
        else:
            if _is_there(lines, before, after, (start, end), (new_start, new_end)):
                continue
            return Clash(b"\n".join(before[start:end]), b"\n".join(after[new_start:new_end]))
    return b"\n".join(lines)


def _is_there(
    lines: list[bytes], before: list[bytes], after: list[bytes], was: tuple[int, int], is_: tuple[int, int]
) -> bool:
    """Tell whether a person has already made exactly this change, once, between the lines around it."""
    start, end = was
    for context in range(1, CONTEXT + 1):
        above, below = before[max(0, start - context) : start], before[end : end + context]
        if len(_places(lines, [*above, *after[is_[0] : is_[1]], *below])) == 1:
            return True
    return False


def _places(lines: list[bytes], block: list[bytes]) -> list[int]:
    return [at for at in range(len(lines) - len(block) + 1) if lines[at : at + len(block)] == block]
