"""The structure of a JSON text, with the offsets of its parts, which the standard library does not give.

Strict, but for keys that are there twice: GitLab's documentation has such objects.
"""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from geo_scaffold.editors.failures import blocked, line_number
from geo_scaffold.editors.paths import follow

SPACE: Final = re.compile(r"[ \t\r\n]*")
STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
WORD: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """A value. Two are equal when they mean the same, wherever they are.

    Args:
        start: Offset of its first character.
        end: Offset after its last one.
    """

    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Leaf(Part):
    """A string, number or word; `value` is what it means, as Python has it, and for numbers as it is written."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Array(Part):
    """An array."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Object(Part):
    """An object; a key may be there twice. `key_starts` has the offset of each property."""

    pairs: tuple[tuple[str, "Node"], ...]
    key_starts: tuple[int, ...] = field(compare=False)


Node: TypeAlias = Leaf | Array | Object


@lru_cache(maxsize=64)
def parse(text: str, start: int = 0, end: int | None = None) -> Node:
    """Return the structure of a JSON text.

    Args:
        text: The whole file.
        start: Where the JSON begins in it.
        end: Where it ends; `None`: with the file.

    Raises:
        LocatorError: It is not JSON.
    """
    scanner = _Scanner(text, len(text) if end is None else end)
    try:
        node = scanner.value(scanner.skip(start))
    except RecursionError as error:
        raise blocked("the JSON is nested too deeply") from error
    if scanner.skip(node.end) != scanner.stop:
        raise scanner.unexpected(scanner.skip(node.end))
    return node


class _Scanner:
    def __init__(self, text: str, stop: int) -> None:
        self._text = text
        self.stop = stop

    def skip(self, at: int) -> int:
        match = SPACE.match(self._text, at, self.stop)
        return match.end() if match else at

    def unexpected(self, at: int) -> Exception:
        return blocked(f"what is on line {line_number(self._text, at)} is not valid JSON")

    def value(self, at: int) -> Node:
        first = self._text[at : at + 1] if at < self.stop else ""
        if first == "[":
            return self._array(at)
        if first == "{":
            return self._object(at)
        if first == '"':
            end, value = self._string(at)
            return Leaf(at, end, "string", value)
        if match := WORD.match(self._text, at, self.stop):
            return Leaf(at, match.end(), "word", match[0])
        raise self.unexpected(at)

    def _string(self, at: int) -> tuple[int, str]:
        match = STRING.match(self._text, at, self.stop)
        if not match:
            raise self.unexpected(at)
        return match.end(), str(json.loads(match[0]))

    def _array(self, start: int) -> Array:
        items: list[Node] = []
        at = self.skip(start + 1)
        while items or not self._is(at, "]"):
            items.append(self.value(at))
            at = self.skip(items[-1].end)
            if self._is(at, "]"):
                break
            at = self._after_comma(at)
        return Array(start, at + 1, tuple(items))

    def _object(self, start: int) -> Object:
        pairs: list[tuple[str, Node]] = []
        starts: list[int] = []
        at = self.skip(start + 1)
        while pairs or not self._is(at, "}"):
            starts.append(at)
            end, key = self._string(at)
            colon = self.skip(end)
            if not self._is(colon, ":"):
                raise self.unexpected(colon)
            pairs.append((key, self.value(self.skip(colon + 1))))
            at = self.skip(pairs[-1][1].end)
            if self._is(at, "}"):
                break
            at = self._after_comma(at)
        return Object(start, at + 1, tuple(pairs), tuple(starts))

    def _is(self, at: int, character: str) -> bool:
        return at < self.stop and self._text[at] == character

    def _after_comma(self, at: int) -> int:
        if not self._is(at, ","):
            raise self.unexpected(at)
        return self.skip(at + 1)


def value_at(root: Node, keys: tuple[str, ...]) -> Node:
    """Return the value at a path of keys.

    Args:
        root: The structure.
        keys: The keys from the top; none of them: the whole text.

    Raises:
        LocatorError: One of them is not there exactly once.
    """
    return follow(root, keys, _values_of, "object")


def _values_of(node: Node, key: str) -> list[Node] | None:
    return [value for name, value in node.pairs if name == key] if isinstance(node, Object) else None


def with_value(root: Node, old: Node, new: Node) -> Node:
    """Return the structure with one part, this very one, replaced."""
    if root is old:
        return new
    if isinstance(root, Array):
        return Array(root.start, root.end, tuple(with_value(item, old, new) for item in root.items))
    if isinstance(root, Object):
        pairs = tuple((key, with_value(value, old, new)) for key, value in root.pairs)
        return Object(root.start, root.end, pairs, root.key_starts)
    return root
