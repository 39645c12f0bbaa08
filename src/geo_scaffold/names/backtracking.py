"""Limits the time of somebody else's regular expression: counts the ways in which it can match one word.

Python's engine tries one way after the other, so `^(a+)+$` never finishes on a long word that it does not match.
"""

from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, Final

LONGEST: Final = 200
"""The length of the longest word that is inflected: `spellings.Shape.max_length`."""


def ways(pattern: str, *, limit: int) -> int:
    """Return an upper bound of the ways in which a pattern can match a word; counting stops above the limit.

    Each choice multiplies the ways of what follows: one of several alternatives, a number of repetitions. The choices
    come from Python's own parser. It is not a public module, so a construct that we do not know is refused, and so is
    one that is nested too deeply to count.

    Args:
        pattern: A regular expression that compiles.
        limit: Where counting may stop.
    """
    try:
        return _in_sequence(_parser.parse(pattern), limit)
    except RecursionError:
        return limit + 1


def _in_sequence(items: Any, limit: int) -> int:
    total = 1
    for op, value in items:
        total = min(total * _of(op, value, limit), limit + 1)
    return total


def _of(op: Any, value: Any, limit: int) -> int:
    match op:
        case _constants.LITERAL | _constants.NOT_LITERAL | _constants.ANY | _constants.IN:
            count = 1
        case _constants.AT | _constants.GROUPREF:
            count = 1
        case _constants.SUBPATTERN:
            count = _in_sequence(value[3], limit)
        case _constants.ATOMIC_GROUP:
            count = _in_sequence(value, limit)
        case _constants.ASSERT | _constants.ASSERT_NOT:
            count = _in_sequence(value[1], limit)
        case _constants.BRANCH:
            count = sum(_in_sequence(each, limit) for each in value[1])
        case _constants.GROUPREF_EXISTS:
            count = sum(_in_sequence(each or [], limit) for each in value[1:])
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT | _constants.POSSESSIVE_REPEAT:
            count = _repeated(_in_sequence(value[2], limit), value[0], min(value[1], LONGEST), limit)
        case _:
            count = limit + 1
    return min(count, limit + 1)


def _repeated(once: int, fewest: int, most: int, limit: int) -> int:
    """Return the sum of the ways of each number of repetitions."""
    total, ways_so_far = 0, 1
    for rounds in range(most + 1):
        if rounds >= fewest:
            total += ways_so_far
        ways_so_far = min(ways_so_far * once, limit + 1)
    return total or ways_so_far
