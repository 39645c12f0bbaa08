"""Where a new entry goes among entries that are sorted, or nearly so."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from geo_scaffold.editors.failures import blocked
from geo_scaffold.records import dataclass


class AscendingRun:
    """The longest ascending subsequence of keys.

    In a list that people sorted a few entries are out of order; these are ignored.

    Args:
        keys: The existing keys, which must be comparable; equal ones count as ascending.
    """

    def __init__(self, keys: Sequence[Any]) -> None:
        self._all = keys
        self.positions: Sequence[int] = range(len(keys))
        self._keys = keys
        if list(keys) != sorted(keys):  # otherwise it is all of them, which may be tens of thousands
            self.positions = self._run(keys)
            self._keys = [keys[position] for position in self.positions]

    @staticmethod
    def _run(keys: Sequence[Any]) -> list[int]:
        tails: list[Any] = []
        ends: list[int] = []
        before: list[int] = []
        for position, key in enumerate(keys):
            # Nearly all of them ascend, so the last one is asked first.
            length = len(tails) if not tails or tails[-1] <= key else bisect_right(tails, key)
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
        """Return the position before which a new key goes: after the last key of the subsequence that is not greater.

        Args:
            key: The new key.
        """
        after = bisect_right(self._keys, key)
        if not after:
            return self.positions[0] if self.positions else 0
        place = self.positions[after - 1] + 1
        # Following keys out of order that are not greater either, such as the last line of a group, stay before it.
        while place < len(self._all) and self._all[place] <= key:
            place += 1
        return place


Order: TypeAlias = Literal["end", "sorted", "block"]
"""Where new entries go: after the last one; each in its sorted place; all in the sorted place of the first one."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where new entries go among the existing ones, for editors of several entries.

    Args:
        order: Where they go, unless another argument decides.
        after: They go after the last name that begins with this.
        before: They go before the first name that begins with this, if there is one.
        after_last: Else they go after the last name that matches this regular expression.
    """

    order: Order = "end"
    after: str | None = None
    before: str | None = None
    after_last: str | None = None

    def places(self, existing: Sequence[str], new: Sequence[str]) -> list[tuple[int, list[str]]]:
        """Return the places of the missing names, ascending, each with the names that go there.

        A place is the number of the name before which they go.

        Args:
            existing: The existing names.
            new: The new ones.

        Raises:
            LocatorError: There is no name after which they would go.
        """
        missing = [name for name in new if name not in existing]
        if not missing:
            return []
        if self.before is not None or self.after is not None or self.after_last is not None:
            return self._among(existing, new)
        if self.order == "end":
            return [(len(existing), missing)]
        run = AscendingRun(existing)
        if self.order == "block":
            return [(run.place(missing[0]), missing)]
        sorted_places: dict[int, list[str]] = {}
        for name in sorted(missing):
            sorted_places.setdefault(run.place(name), []).append(name)
        return sorted(sorted_places.items())

    def _among(self, existing: Sequence[str], new: Sequence[str]) -> list[tuple[int, list[str]]]:
        """Return the places next to the name given by an argument; missing ones of several go back among the others."""
        at = {name: number for number, name in enumerate(existing)}
        places: dict[int, list[str]] = {}
        before: int | None = None
        for position, name in enumerate(new):
            if name in at:
                before = at[name] + 1
                continue
            if before is None:
                following = (at[each] for each in new[position:] if each in at)
                before = next(following, None)
            if before is None:
                before = self._place_next_to(existing)
            places.setdefault(before, []).append(name)
        return sorted(places.items())

    def _place_next_to(self, existing: Sequence[str]) -> int:
        """Return the place next to the name given by an argument."""
        numbers = range(len(existing))
        if self.before is not None and (found := [at for at in numbers if existing[at].startswith(self.before)]):
            return found[0]
        if self.after is not None and (found := [at for at in numbers if existing[at].startswith(self.after)]):
            return found[-1] + 1
        if self.after_last is not None and (
            found := [at for at in numbers if re.search(self.after_last, existing[at])]
        ):
            return found[-1] + 1
        begins = " or ".join(f"`{each}`" for each in (self.before, self.after) if each is not None)
        has = f"has `{self.after_last}`" if self.after_last is not None else ""
        expected = " or ".join(filter(None, [f"begins with {begins}" if begins else "", has]))
        raise blocked(f"an entry that {expected} was expected, but there is none")
