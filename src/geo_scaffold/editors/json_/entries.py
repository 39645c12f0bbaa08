"""Strings of arrays and properties of objects."""

import json
from collections.abc import Sequence

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.json_.tree import Meaning, Pairs, Value, parse, replaced, value_at
from geo_scaffold.editors.order import Placed
from geo_scaffold.editors.separated import Inside, cuts_between, gap_between, insert_between
from geo_scaffold.editors.splice import BOM, Splice, apply_splices, indentation_at
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import dataclass


@dataclass(frozen=True)
class ArrayStrings(Placed):
    """Strings of the array at a path of keys, several at once.

    `insert` adds the missing ones; `remove` removes those that exist.

    Args:
        keys: The keys from the top; empty if the whole text is the array.
        strings: The strings.

    Example:
        ```toml
        editor = { kind = "json-strings", keys = ["required"] }
        ```

        with the lines:

        ```json
        "cool_widgets_count"
        ```

        Before:

        ```json
        {
          "required" : [
            "boilers_count"
          ]
        }
        ```

        After:

        ```json
        {
          "required" : [
            "boilers_count",
            "cool_widgets_count"
          ]
        }
        ```
    """

    keys: tuple[str, ...]
    strings: tuple[str, ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        strings = _strings(self._array(_parse(text)))
        return all(string in strings for string in self.strings)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        root = _parse(text)
        array = self._array(root)
        strings = _strings(array)
        splices, items, inside = [], list(_items(array)), _inside(array)
        for place, new in self.places(strings, self.strings):
            gap = gap_between(text, inside, place, unit_of(text, root))
            splices.append(insert_between(text, inside, place, [quoted(string) for string in new], gap))
            offset = len(items) - len(strings)
            items[place + offset : place + offset] = new
        return _proven(text, splices, replaced(root.meaning, self.keys, items), self.strings)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        root = _parse(text)
        array = self._array(root)
        gone = [number for number, string in enumerate(_strings(array)) if string in self.strings]
        if not gone:
            return text
        remaining = [item for number, item in enumerate(_items(array)) if number not in gone]
        cuts = cuts_between(text, _inside(array), gone)
        return _proven(text, cuts, replaced(root.meaning, self.keys, remaining), self.strings)

    def _array(self, root: Value) -> Value:
        array = value_at(root, self.keys)
        if not isinstance(array.meaning, list):
            raise blocked(f"{shown(self.keys)} was expected to be an array")
        strings = _strings(array)
        doubled = [string for string in self.strings if strings.count(string) > 1]
        if doubled:
            raise blocked(f"`{doubled[0]}` is in {shown(self.keys)} more than once")
        return array


def _items(array: Value) -> list[Meaning]:
    return array.meaning if isinstance(array.meaning, list) else []


def _strings(array: Value) -> list[str]:
    """Return the strings of an array; empty for an element that is not a string."""
    return [item if isinstance(item, str) else "" for item in _items(array)]


@dataclass(frozen=True)
class ObjectProperties(Placed):
    """Properties of the object at a path of keys, several at once.

    `insert` adds the missing ones, and refuses if one has another value; `remove` removes those that exist with their
    value.

    Args:
        keys: The keys from the top; empty if the whole text is the object.
        properties: Key and value, the value as JSON; its line breaks stay, indentation by two spaces becomes the file's
            own.

    Example:
        ```toml
        editor = { kind = "json-properties", keys = ["properties"] }
        ```

        with the lines:

        ```json
        "cool_widgets_count": { "type": "integer" }
        ```

        Before:

        ```json
        {
          "properties": {
            "boilers_count": { "type": "integer" }
          }
        }
        ```

        After:

        ```json
        {
          "properties": {
            "boilers_count": { "type": "integer" },
            "cool_widgets_count": {
              "type": "integer"
            }
          }
        }
        ```
    """

    keys: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        pairs = pairs_of(self._object(_parse(text)))
        return all(pair in pairs for pair in parsed_properties(self.properties))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        root = _parse(text)
        splices, new = insert_properties(text, self._object(root), self, unit_of(text, root))
        return self._proven(text, splices, root, new)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        root = _parse(text)
        splices, new = remove_properties(text, self._object(root), self)
        return self._proven(text, splices, root, new)

    def _object(self, root: Value) -> Value:
        value = value_at(root, self.keys)
        if not isinstance(value.meaning, Pairs):
            raise blocked(f"{shown(self.keys)} was expected to be an object")
        check_once(value, self.properties)
        return value

    def _proven(self, text: str, splices: list[Splice], root: Value, new: Pairs) -> str:
        names = [key for key, _ in self.properties]
        return _proven(text, splices, replaced(root.meaning, self.keys, new), names)


def pairs_of(value: Value) -> Pairs:
    """Return the pairs of an object; empty for anything else."""
    return value.meaning if isinstance(value.meaning, Pairs) else Pairs()


def check_once(value: Value, properties: tuple[tuple[str, str], ...]) -> None:
    """Raise a LocatorError if a key is in an object more than once.

    Args:
        value: The object.
        properties: Keys, each with its value as JSON.
    """
    for key, _ in properties:
        if value.keys.count(key) > 1:
            raise blocked(f"the key `{key}` appears more than once")


def parsed_properties(properties: tuple[tuple[str, str], ...]) -> list[tuple[str, Meaning]]:
    """Return keys and values as parsed by an object."""
    return [(key, parse(value).meaning) for key, value in properties]


def insert_properties(
    text: str, value: Value, entry: ObjectProperties, unit: str, *, any_value: bool = False
) -> tuple[list[Splice], Pairs]:
    """Return the splices that add what is missing to an object, and its new value.

    Args:
        text: The whole file.
        value: The object.
        entry: The properties to add, and their place.
        unit: One step of indentation.
        any_value: Whether to accept another value of a key instead of raising an error.

    Raises:
        LocatorError: A key has another value, or nothing matches `after`.
    """
    names, pairs = value.keys, list(pairs_of(value))
    values, meanings = dict(entry.properties), dict(parsed_properties(entry.properties))
    for pair in meanings.items():
        if pair[0] in names and not any_value and pair not in pairs:
            raise blocked(f"the key `{pair[0]}` has another value")
    splices: list[Splice] = []
    inside = inside_of(value)
    colon = _colon(text, value)
    for place, new in entry.places(names, tuple(values)):
        gap = gap_between(text, inside, place, unit)
        pieces = [f"{quoted(key)}{colon}{_laid_out(values[key], gap, unit)}" for key in new]
        splices.append(insert_between(text, inside, place, pieces, gap))
        offset = len(pairs) - len(names)
        pairs[place + offset : place + offset] = [(key, meanings[key]) for key in new]
    return splices, Pairs(pairs)


def remove_properties(text: str, value: Value, entry: ObjectProperties) -> tuple[list[Splice], Pairs]:
    """Return the splices that remove properties from an object, and its new value."""
    wanted, pairs = parsed_properties(entry.properties), pairs_of(value)
    gone = [number for number, pair in enumerate(pairs) if pair in wanted]
    if not gone:
        return [], pairs
    remaining = Pairs(pair for number, pair in enumerate(pairs) if number not in gone)
    return cuts_between(text, inside_of(value), gone), remaining


def unit_of(text: str, root: Value) -> str:
    """Return one step of indentation of a text; empty if everything is on one line."""
    line = indentation_at(text, root.start)
    starts = [property_.start for property_ in root.properties or root.items]
    for start in starts:
        if "\n" in text[root.start : start]:
            return indentation_at(text, start).removeprefix(line) or "  "
    return "  " if not starts and "\n" in text[root.end :] + text[: root.start] else ""


def quoted(string: str) -> str:
    """Return a string as JSON, without escaping characters that are not ASCII."""
    return json.dumps(string, ensure_ascii=False)


def shown(keys: tuple[str, ...]) -> str:
    """Return the name of the value at a path of keys, for messages."""
    return f"`{'.'.join(keys)}`" if keys else "the document"


def inside_of(value: Value) -> Inside:
    """Return what is between the braces of an object."""
    return Inside(
        value.start + 1, value.end - 1, [(property_.start, property_.value.end) for property_ in value.properties]
    )


def _inside(array: Value) -> Inside:
    return Inside(array.start + 1, array.end - 1, [(item.start, item.end) for item in array.items])


def _parse(text: str) -> Value:
    return parse(text, len(BOM) if text.startswith(BOM) else 0)


def _colon(text: str, value: Value) -> str:
    """Return the colon with the space around it, as in the last property."""
    if not value.properties:
        return ": "
    last = value.properties[-1]
    between = text[last.start : last.value.start].rpartition('"')[2]
    return between if "\n" not in between else ": "


def _laid_out(value: str, gap: str, unit: str) -> str:
    """Return a value on one line if the gap before it has no line break, else indented like the property."""
    first, *rest = value.split("\n")
    before, newline, indentation = gap.rpartition("\n")
    if not newline:
        return " ".join([first, *(line.strip() for line in rest)])
    eol = "\r\n" if before.endswith("\r") else "\n"
    lines = ((line, (len(line) - len(line.lstrip(" "))) // 2) for line in rest)
    return eol.join([first, *(indentation + (unit or "  ") * steps + line.lstrip(" ") for line, steps in lines)])


def _proven(text: str, splices: list[Splice], expected: Meaning, names: Sequence[str]) -> str:
    result = apply_splices(text, splices)
    try:
        if _parse(result).meaning == expected:
            return result
    except LocatorError:
        pass
    raise not_proven(f"`{', '.join(names)}`")
