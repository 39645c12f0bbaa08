"""Where a new entry goes among entries that are sorted, or nearly so."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from geo_scaffold.editors.failures import blocked


class AscendingRun:
    """The longest ascending run of keys, not all of which need to be neighbours.

    A list that people sorted has a few entries out of order; those do not mislead.

    Args:
        keys: The keys that are there, which can be compared with each other; equal ones ascend.
    """

    def __init__(self, keys: Sequence[Any]) -> None:
        self._all = keys
        self.positions = list(range(len(keys))) if list(keys) == sorted(keys) else self._run(keys)
        self._keys = [keys[position] for position in self.positions]

    @staticmethod
    def _run(keys: Sequence[Any]) -> list[int]:
        tails: list[Any] = []
        ends: list[int] = []
        before: list[int] = []
        for position, key in enumerate(keys):
            length = bisect_right(tails, key)
            before.append(ends[length - 1] if length else -1)
            tails[length : length + 1] = [key]
            ends[length : length + 1] = [position]
        positions: list[int] = []
        position = ends[-1] if ends else -1
        while position >= 0:
            positions.append(position)
            position = before[position]
        return positions[::-1]

    def place(self, key: Any) -> int:
        """Return the position before which a new key goes: after the last one of the run that is not greater.

        Args:
            key: The new key.
        """
        after = bisect_right(self._keys, key)
        if not after:
            return self.positions[0] if self.positions else 0
        place = self.positions[after - 1] + 1
        # What comes next out of order and is not greater either, such as the last line of a group, stays before it.
        while place < len(self._all) and self._all[place] <= key:
            place += 1
        return place


Order: TypeAlias = Literal["end", "sorted", "block"]
"""Where new entries go: after the last one; each where it sorts; all of them where the first one sorts."""


def places_for(
    there: Sequence[str], new: Sequence[str], *, order: Order, after: str | None
) -> list[tuple[int, list[str]]]:
    """Return the places of the new names that are not there, ascending, each with the names that go there.

    A place is the number of the name that they go before.

    Args:
        there: The names that are there.
        new: The new ones.
        order: Where they go, unless `after` says it.
        after: They go after the last name that begins with this.

    Raises:
        LocatorError: No name begins with `after`.
    """
    missing = [name for name in new if name not in there]
    if not missing:
        return []
    if after is not None:
        places = [number for number, name in enumerate(there) if name.startswith(after)]
        if not places:
            raise blocked(f"an entry that begins with `{after}` was expected, none is there")
        return [(places[-1] + 1, missing)]
    if order == "end":
        return [(len(there), missing)]
    run = AscendingRun(there)
    if order == "block":
        return [(run.place(missing[0]), missing)]
    sorted_places: dict[int, list[str]] = {}
    for name in sorted(missing):
        sorted_places.setdefault(run.place(name), []).append(name)
    return sorted(sorted_places.items())
