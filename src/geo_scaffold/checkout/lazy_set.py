"""A set that is filled part by part, only as far as membership tests need it."""

from collections.abc import Iterable, Iterator, Set


class LazySet(Set[str]):
    """The union of several sources; the next source is read only if an element is in none of those before it.

    Args:
        parts: The elements of each source, the cheapest source first.
    """

    def __init__(self, parts: Iterable[frozenset[str]] = ()) -> None:
        self._parts = iter(parts)
        self._found: set[str] = set()

    def __contains__(self, value: object) -> bool:
        while value not in self._found:
            part = next(self._parts, None)
            if part is None:
                return False
            self._found |= part
        return True

    def __iter__(self) -> Iterator[str]:
        self._found.update(*self._parts)
        return iter(self._found)

    def __len__(self) -> int:
        return sum(1 for _ in self)
