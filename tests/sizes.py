"""The two sizes of what finds the more the longer it runs: CI runs the small one, `./test --full` the large one."""

import os
import random
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, Final, TypeVar

FULL: Final = os.environ.get("GEO_SCAFFOLD_FULL", "") not in ("", "0")
"""Whether the large size is requested."""
T = TypeVar("T")


def sized(small: T, full: T) -> T:
    """Return one of two sizes.

    Args:
        small: What every change can wait for.
        full: What the small one is a part of.
    """
    return full if FULL else small


def some(items: Iterable[T], small: int, seed: object = 0) -> list[T]:
    """Return all items in the full size, in the small one only so many, always the same ones, in their order.

    Args:
        items: What a sweep goes through.
        small: How many of them every change can wait for.
        seed: Tests that go through the same items have other ones each, if they have other seeds.
    """
    found = list(items)
    if FULL or len(found) <= small:
        return found
    return [found[at] for at in sorted(random.Random(repr(seed)).sample(range(len(found)), small))]


def in_turns(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all combinations in the full size; in the small one each value of each axis, and no more than that takes.

    Args:
        axes: The values of each parameter; those of the shorter ones take turns.
    """
    if FULL:
        return list(product(*axes))
    return [tuple(axis[number % len(axis)] for axis in axes) for number in range(max(map(len, axes)))]
