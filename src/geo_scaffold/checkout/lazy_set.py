"""A set that is gathered part by part, as far as somebody asks for what may be in it."""

from collections.abc import Iterable, Iterator, Set


class LazySet(Set[str]):
    """A set of what several sources hold; the next source is asked for only when those before it do not have something.

    Args:
        parts: What each source holds, those that cost least first.
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
