"""The spellings of one model's name, frozen.

No value needs quoting anywhere: derived or given, each has its shape in `spellings.SPELLINGS`.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from geo_scaffold.names.spellings import SPELLINGS, Spelling
from geo_scaffold.records import dataclass

Origin = Literal["derived", "given"]


@dataclass(frozen=True, slots=True, eq=False)
class Names(Mapping[str, str]):
    """The spellings of one model's name by key, in the order of `SPELLINGS`.

    `build_names` builds them; nothing changes them afterwards.
    """

    _values: Mapping[str, str]
    _given: frozenset[str]

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def origin(self, key: str) -> Origin:
        """Return whether the spelling was derived from the model or given by the user."""
        if key not in self._values:
            raise KeyError(key)
        return "given" if key in self._given else "derived"

    def groups(self) -> dict[str, tuple[Spelling, ...]]:
        """Return the spellings by their group, both in the order in which a table shows them."""
        groups: dict[str, tuple[Spelling, ...]] = {}
        for spelling in SPELLINGS:
            groups[spelling.group] = (*groups.get(spelling.group, ()), spelling)
        return groups
