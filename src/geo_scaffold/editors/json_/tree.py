"""The value of a JSON text, and the offsets of its parts, which the standard library does not report.

Strict, except for duplicate keys, which objects in GitLab's documentation have. The library's decoder reads a text
once; only the objects and arrays on the way to a place are read part by part.
"""

import json
import re
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeAlias

from geo_scaffold.editors.failures import blocked, line_number
from geo_scaffold.editors.paths import follow
from geo_scaffold.records import dataclass

# JSON's white space, and no other.
SPACE: Final = re.compile(r"[ \t\r\n]*")


class Number(NamedTuple):
    """A number, as written."""

    written: str


class Pairs(tuple[tuple[str, "Meaning"], ...]):
    """The keys of an object with their parsed values; a key may occur twice."""

    __slots__ = ()


Meaning: TypeAlias = "str | bool | Number | list[Meaning] | Pairs | None"


def _refused(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


DECODER: Final = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_int=Number, parse_float=Number, parse_constant=_refused
)


class Property(NamedTuple):
    """A property of an object; `start` is the offset of its key."""

    start: int
    key: str
    value: "Value"


@dataclass(frozen=True, eq=False)
class Value:
    """A value in a text.

    Args:
        text: The whole text.
        start: Offset of its first character.
        end: Offset after its last one.
        meaning: Its parsed value, independent of place and layout.
    """

    text: str
    start: int
    end: int
    meaning: Meaning

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """The properties of an object; empty for anything else."""
        found: list[Property] = []
        at = _skip(self.text, self.start + 1)
        for key, meaning in self.meaning if isinstance(self.meaning, Pairs) else ():
            value = _known(self.text, _skip(self.text, self.text.index(":", _end(self.text, at, key)) + 1), meaning)
            found.append(Property(at, key, value))
            at = _after_comma(self.text, value)
        return tuple(found)

    @cached_property
    def items(self) -> "tuple[Value, ...]":
        """The items of an array; empty for anything else."""
        found: list[Value] = []
        at = _skip(self.text, self.start + 1)
        for meaning in self.meaning if isinstance(self.meaning, list) else ():
            found.append(_known(self.text, at, meaning))
            at = _after_comma(self.text, found[-1])
        return tuple(found)

    @property
    def keys(self) -> list[str]:
        """The keys of an object, in order; empty for anything else."""
        return [key for key, _ in self.meaning] if isinstance(self.meaning, Pairs) else []


@lru_cache(maxsize=64)
def parse(text: str, start: int = 0, end: int | None = None) -> Value:
    """Return the value of a JSON text.

    Args:
        text: The whole file.
        start: The offset where the JSON begins.
        end: The offset where it ends, or `None` for the end of the file.

    Raises:
        LocatorError: It is not JSON.
    """
    stop = len(text) if end is None else end
    at = _skip(text, start)
    try:
        value = _value(text, at)
    except json.JSONDecodeError as error:
        at = error.pos
    except ValueError:
        pass
    except RecursionError as error:
        raise blocked("the JSON is nested too deeply") from error
    else:
        at = _skip(text, value.end)
        if value.end <= stop <= at:  # white space after a part of a file does not belong to it
            return value
    raise blocked(f"what is on line {line_number(text, min(at, stop))} is not valid JSON")


def _value(text: str, at: int) -> Value:
    meaning, end = DECODER.raw_decode(text, at)
    return Value(text, at, end, meaning)


def _known(text: str, at: int, meaning: Meaning) -> Value:
    """Return the value at an offset that is known to mean this."""
    return Value(text, at, _end(text, at, meaning), meaning)


def _end(text: str, at: int, meaning: Meaning) -> int:
    """Return the offset after the value that begins at another one and is known to mean this."""
    if isinstance(meaning, Number):
        return at + len(meaning.written)
    if isinstance(meaning, str) and text.startswith(f'"{meaning}"', at):  # without escapes, as nearly all are
        return at + len(meaning) + 2
    return DECODER.raw_decode(text, at)[1]


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at


def _after_comma(text: str, value: Value) -> int:
    """Return the offset of what follows a value in an object or array that is known to be valid."""
    return _skip(text, _skip(text, value.end) + 1)


def value_at(root: Value, keys: tuple[str, ...]) -> Value:
    """Return the value at a path of keys.

    Args:
        root: The value of the whole text.
        keys: The keys from the top; empty for the whole.

    Raises:
        LocatorError: One of them does not exist exactly once.
    """
    return follow(root, keys, _values_of, "object")


def _values_of(value: Value, key: str) -> list[Value] | None:
    if not isinstance(value.meaning, Pairs):
        return None
    return [property_.value for property_ in value.properties if property_.key == key]


def replaced(meaning: Meaning, keys: tuple[str, ...], new: Meaning) -> Meaning:
    """Return a parsed value with another value at a path of keys, each of which exists exactly once.

    Args:
        meaning: The parsed value of the whole text.
        keys: The keys from the top.
        new: The parsed value to put there.
    """
    if not keys:
        return new
    pairs = meaning if isinstance(meaning, Pairs) else ()
    return Pairs((key, replaced(value, keys[1:], new) if key == keys[0] else value) for key, value in pairs)
