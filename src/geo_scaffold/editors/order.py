"""Where a new entry goes among entries that are sorted, or nearly so."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from geo_scaffold.editors.failures import no_place


class AscendingRun:
    """The longest ascending run of keys, not all of which need to be neighbours.

    A list that people sorted has a few entries out of order; those do not mislead.

    Args:
        keys: The keys that are there, which can be compared with each other; equal ones ascend.
    """

    def __init__(self, keys: Sequence[Any]) -> None:
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
        self.positions = positions[::-1]
        self._keys = [keys[position] for position in self.positions]

    def place(self, key: Any) -> int:
        """Return the position before which a new key goes: right after the last one of the run that is not greater.

        Args:
            key: The new key.
        """
        after = bisect_right(self._keys, key)
        if after:
            return self.positions[after - 1] + 1
        return self.positions[0] if self.positions else 0


def place_for(there: Sequence[str], new: str, *, order: str, after: str | None) -> int:
    """Return the position before which a new name goes.

    Args:
        there: The names that are there.
        new: The new one.
        order: `end` or `sorted`.
        after: It goes after the last name that begins with this, whatever the order.

    Raises:
        LocatorError: No name begins with `after`.
    """
    if after is not None:
        places = [number for number, name in enumerate(there) if name.startswith(after)]
        if not places:
            raise no_place(f"an entry that begins with `{after}` was expected, none is there")
        return places[-1] + 1
    return AscendingRun(there).place(new) if order == "sorted" else len(there)
