"""Changes between two renderings, made in a version that a person has edited."""

from typing import Final, NamedTuple

CONTEXT: Final = 3
"""Lines around a change that may be needed to tell its place."""
_MOST_SHOWN: Final = 120
"""How much of each side of a clash a message shows, in characters."""


class Clash(NamedTuple):
    """A change between two renderings that has no place in an edited version.

    Args:
        old: The lines that it would replace.
        new: The lines that it would put there.
    """

    old: bytes
    new: bytes


def both_sides(clash: Clash | None) -> str:
    """Return the two sides of a clash, for people; empty: nothing says them."""
    if clash is None:
        return ""
    sides = (" ".join(side.decode("utf-8", "replace").split()) for side in clash)
    old, new = (f"`{side[:_MOST_SHOWN]}`" if side else "nothing" for side in sides)
    return f": {old} is to be {new}, and a person wrote something else there"


def merge(old: bytes, new: bytes, edited: bytes) -> bytes | Clash:
    """Return the edited version with every change between the renderings.

    Each change is found by the lines that it replaces, and by as many around them as tell it from all other places.

    Args:
        old: The rendering that the edits are of.
        new: The rendering of now.
        edited: What the person made of the old one; its lines may end otherwise.

    Returns:
        The last change that has no place, if one has none: the person has edited just these lines, or they are there
        more than once.
    """
    if b"\r\n" in edited and b"\r" not in old + new:
        merged = merge(old, new, edited.replace(b"\r\n", b"\n"))
        return merged if isinstance(merged, Clash) else merged.replace(b"\n", b"\r\n")
    from difflib import SequenceMatcher  # noqa: PLC0415 - only where a person has edited

    before, after = old.split(b"\n"), new.split(b"\n")
    lines = edited.split(b"\n")
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, start, end, new_start, new_end in reversed(changes):  # from the end, so that places before it stay
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
    """Tell whether a person has made just this change already, once, between the lines that stand around it."""
    start, end = was
    for context in range(1, CONTEXT + 1):
        above, below = before[max(0, start - context) : start], before[end : end + context]
        if len(_places(lines, [*above, *after[is_[0] : is_[1]], *below])) == 1:
            return True
    return False


def _places(lines: list[bytes], block: list[bytes]) -> list[int]:
    return [at for at in range(len(lines) - len(block) + 1) if lines[at : at + len(block)] == block]
