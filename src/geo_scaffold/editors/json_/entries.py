"""Strings of arrays and properties of objects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.json_.tree import Array, Leaf, Node, Object, parse, value_at, with_value
from geo_scaffold.editors.order import Order, places_for
from geo_scaffold.editors.separated import Inside, cuts_between, gap_between, insert_between
from geo_scaffold.editors.splice import BOM, Splice, apply_splices, indentation_at
from geo_scaffold.errors import LocatorError


@dataclass(frozen=True)
class ArrayStrings:
    """Strings of the array at a path of keys, several at once.

    `insert` adds those that are missing; `remove` takes out those that are there.

    Args:
        keys: The keys from the top; none: the whole text is the array.
        strings: The strings.
        order: Where they go, unless `after` says it.
        after: They go after the last string that begins with this.
    """

    keys: tuple[str, ...]
    strings: tuple[str, ...]
    order: Order = "end"
    after: str | None = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        there = self._there(self._array(_parse(text)))
        return all(string in there for string in self.strings)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        root = _parse(text)
        array = self._array(root)
        there = self._there(array)
        splices, items, inside = [], list(array.items), _inside(array)
        for place, new in places_for(there, self.strings, order=self.order, after=self.after):
            gap = gap_between(text, inside, place, unit_of(text, root))
            splices.append(insert_between(text, inside, place, [quoted(string) for string in new], gap))
            offset = len(items) - len(array.items)
            items[place + offset : place + offset] = [Leaf(0, 0, "string", string) for string in new]
        return _proven(text, splices, with_value(root, array, Array(0, 0, tuple(items))), self.strings)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        root = _parse(text)
        array = self._array(root)
        gone = [number for number, string in enumerate(self._there(array)) if string in self.strings]
        if not gone:
            return text
        kept = tuple(item for number, item in enumerate(array.items) if number not in gone)
        cuts = cuts_between(text, _inside(array), gone)
        return _proven(text, cuts, with_value(root, array, Array(0, 0, kept)), self.strings)

    def _array(self, root: Node) -> Array:
        array = value_at(root, self.keys)
        if not isinstance(array, Array):
            raise blocked(f"{shown(self.keys)} was expected to be an array")
        doubled = [string for string in self.strings if self._there(array).count(string) > 1]
        if doubled:
            raise blocked(f"`{doubled[0]}` is in {shown(self.keys)} more than once")
        return array

    def _there(self, array: Array) -> list[str]:
        return [item.value if isinstance(item, Leaf) and item.kind == "string" else "" for item in array.items]


@dataclass(frozen=True)
class ObjectProperties:
    """Properties of the object at a path of keys, several at once.

    `insert` adds those that are missing, and refuses where one is there with another value; `remove` takes out those
    that are there with their value.

    Args:
        keys: The keys from the top; none: the whole text is the object.
        properties: Key and value, the value as JSON; its line breaks stay, two spaces a level become the file's own.
        order: Where they go, unless `after` says it.
        after: They go after the last property whose key begins with this.
    """

    keys: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]
    order: Order = "end"
    after: str | None = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        there = self._object(_parse(text))
        return all(pair in there.pairs for pair in meant(self.properties))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        root = _parse(text)
        there = self._object(root)
        splices, new = insert_properties(text, there, self, unit_of(text, root))
        return _proven(text, splices, with_value(root, there, new), [key for key, _ in self.properties])

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        root = _parse(text)
        there = self._object(root)
        splices, new = remove_properties(text, there, self)
        return _proven(text, splices, with_value(root, there, new), [key for key, _ in self.properties])

    def _object(self, root: Node) -> Object:
        there = value_at(root, self.keys)
        if not isinstance(there, Object):
            raise blocked(f"{shown(self.keys)} was expected to be an object")
        check_once(there, self.properties)
        return there


def check_once(there: Object, properties: tuple[tuple[str, str], ...]) -> None:
    """Raise a LocatorError where a key is in an object more than once."""
    names = [name for name, _ in there.pairs]
    for key, _ in properties:
        if names.count(key) > 1:
            raise blocked(f"the key `{key}` is there more than once")


def meant(properties: tuple[tuple[str, str], ...]) -> list[tuple[str, Node]]:
    """Return keys and values as a parsed object has them."""
    return [(key, parse(value)) for key, value in properties]


def insert_properties(
    text: str, there: Object, entry: ObjectProperties, unit: str, *, any_value: bool = False
) -> tuple[list[Splice], Object]:
    """Return the splices that add what is missing to an object, and the object that they make.

    Args:
        text: The whole file.
        there: The object.
        entry: What goes into it, and where.
        unit: One step of indentation.
        any_value: Whether a key that is there with another value is not missing, instead of an error.

    Raises:
        LocatorError: A key is there with another value, or nothing is there that `after` could mean.
    """
    names = [name for name, _ in there.pairs]
    values = dict(entry.properties)
    for key, value in meant(entry.properties):
        if key in names and not any_value and (key, value) not in there.pairs:
            raise blocked(f"the key `{key}` is there with another value")
    splices: list[Splice] = []
    pairs = list(there.pairs)
    inside = inside_of(there)
    colon = _colon(text, there)
    for place, new in places_for(names, tuple(values), order=entry.order, after=entry.after):
        gap = gap_between(text, inside, place, unit)
        pieces = [f"{quoted(key)}{colon}{_laid_out(values[key], gap, unit)}" for key in new]
        splices.append(insert_between(text, inside, place, pieces, gap))
        offset = len(pairs) - len(there.pairs)
        pairs[place + offset : place + offset] = [(key, parse(values[key])) for key in new]
    return splices, Object(0, 0, tuple(pairs), ())


def remove_properties(text: str, there: Object, entry: ObjectProperties) -> tuple[list[Splice], Object]:
    """Return the splices that take properties out of an object, and the object that is left."""
    wanted = meant(entry.properties)
    gone = [number for number, pair in enumerate(there.pairs) if pair in wanted]
    if not gone:
        return [], there
    kept = tuple(pair for number, pair in enumerate(there.pairs) if number not in gone)
    return cuts_between(text, inside_of(there), gone), Object(0, 0, kept, ())


def unit_of(text: str, root: Node) -> str:
    """Return one step of indentation of a text; empty where all is on one line."""
    line = indentation_at(text, root.start)
    children = root.items if isinstance(root, Array) else ()
    starts = root.key_starts if isinstance(root, Object) else [child.start for child in children]
    for start in starts:
        if "\n" in text[root.start : start]:
            return indentation_at(text, start).removeprefix(line) or "  "
    return "  " if not starts and "\n" in text[root.end :] + text[: root.start] else ""


def quoted(string: str) -> str:
    """Return a string as JSON has it, with characters that are not ASCII as they are."""
    return json.dumps(string, ensure_ascii=False)


def shown(keys: tuple[str, ...]) -> str:
    """Name the value at a path of keys."""
    return f"`{'.'.join(keys)}`" if keys else "the document"


def inside_of(there: Object) -> Inside:
    """Return what is between the braces of an object."""
    entries = [(start, value.end) for start, (_, value) in zip(there.key_starts, there.pairs, strict=True)]
    return Inside(there.start + 1, there.end - 1, entries)


def _inside(array: Array) -> Inside:
    return Inside(array.start + 1, array.end - 1, [(item.start, item.end) for item in array.items])


def _parse(text: str) -> Node:
    return parse(text, len(BOM) if text.startswith(BOM) else 0)


def _colon(text: str, there: Object) -> str:
    """Return the colon with the space around it, as the last property has it."""
    if not there.pairs:
        return ": "
    between = text[there.key_starts[-1] : there.pairs[-1][1].start].rpartition('"')[2]
    return between if "\n" not in between else ": "


def _laid_out(value: str, gap: str, unit: str) -> str:
    """Return a value on one line, where the gap before it has none, or with its lines indented like the property."""
    first, *rest = value.split("\n")
    before, newline, indentation = gap.rpartition("\n")
    if not newline:
        return " ".join([first, *(line.strip() for line in rest)])
    eol = "\r\n" if before.endswith("\r") else "\n"
    lines = ((line, (len(line) - len(line.lstrip(" "))) // 2) for line in rest)
    return eol.join([first, *(indentation + (unit or "  ") * steps + line.lstrip(" ") for line, steps in lines)])


def _proven(text: str, splices: list[Splice], expected: Node, names: Sequence[str]) -> str:
    result = apply_splices(text, splices)
    try:
        if _parse(result) == expected:
            return result
    except LocatorError:
        pass
    raise not_proven(f"`{', '.join(names)}`")
