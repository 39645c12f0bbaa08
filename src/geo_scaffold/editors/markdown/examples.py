"""Properties of the JSON examples of a page."""

from collections.abc import Iterator
from functools import lru_cache

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.json_ import entries, tree
from geo_scaffold.editors.json_.tree import Meaning, Pairs, Value
from geo_scaffold.editors.markdown.page import Fence, parse
from geo_scaffold.editors.order import Placed
from geo_scaffold.editors.splice import Splice, apply_splices, indentation_at
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import dataclass, fields


@dataclass(frozen=True)
class ExampleProperties(Placed):
    """Properties of each JSON object of one kind in the code blocks of a page.

    An object that already has a property keeps it, whatever its value: examples differ. Code blocks that are not JSON,
    such as shortened responses, are skipped.

    Args:
        having: The key that exactly the objects of this kind have.
        objects: How many of them are expected.
        properties: Key and value, the value as JSON.

    Example:
        ```toml
        editor = { kind = "json-examples", having = "geo_node_id", objects = 1 }
        ```

        with the lines:

        ```markdown
        "cool_widgets_count": 5
        ```

        Before:

        ````markdown
        ```json
        {
          "geo_node_id": 1,
          "boilers_count": 5
        }
        ```
        ````

        After:

        ````markdown
        ```json
        {
          "geo_node_id": 1,
          "boilers_count": 5,
          "cool_widgets_count": 5
        }
        ```
        ````
    """

    having: str
    objects: int
    properties: tuple[tuple[str, str], ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        names = {key for key, _ in self.properties}
        return all(names <= set(found.keys) for _, found in self._objects(text))

    def missing_keys(self, text: str) -> list[tuple[int, tuple[str, ...]]]:
        """Return the line of each object, and its missing keys."""
        return [
            (
                text.count("\n", 0, found.start) + 1,
                tuple(key for key, _ in self.properties if key not in keys),
            )
            for _, found in self._shown(text)
            for keys in (set(found.keys),)
        ]

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        splices, expected = [], []
        for unit, found in self._objects(text):
            more, new = entries.insert_properties(text, found, self._entry, unit, any_value=True)
            splices += more
            expected.append(new)
        return self._proven(text, splices, expected)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        splices, expected = [], []
        for _, found in self._objects(text):
            more, new = entries.remove_properties(text, found, self._entry)
            splices += more
            expected.append(new)
        return self._proven(text, splices, expected)

    @property
    def _entry(self) -> entries.ObjectProperties:
        place = {field.name: getattr(self, field.name) for field in fields(Placed)}
        return entries.ObjectProperties((), self.properties, **place)

    def _objects(self, text: str) -> list[tuple[str, Value]]:
        """Return the objects, each with its step of indentation; no key of the entry may be in one twice."""
        objects = self._shown(text)
        for _, value in objects:
            entries.check_once(value, self.properties)
        return objects

    def _shown(self, text: str) -> list[tuple[str, Value]]:
        examples = _having(text, self.having)
        if len(examples) != self.objects:
            expected = f"{self.objects} JSON examples with the key `{self.having}` were expected"
            raise blocked(f"{expected}, but there are {len(examples)}")
        return examples

    def _proven(self, text: str, splices: list[Splice], expected: list[Pairs]) -> str:
        if not splices:
            return text
        result = apply_splices(text, splices)
        old, new = parse(text).fences, parse(result).fences
        meanings = [pairs for fence in new for pairs in _meanings_having(_meaning(result, fence), self.having)]
        if meanings != expected or _outline(text, old) != _outline(result, new):
            raise not_proven("the properties of the JSON examples")
        return result


@lru_cache(maxsize=8)
def _having(text: str, key: str) -> list[tuple[str, Value]]:
    """Return the objects of a page's JSON that have a key, each with its step of indentation."""
    return [
        (unit_in(text, value), value)
        for fence in parse(text).fences
        for value in _objects_in(_json(text, fence))
        if key in value.keys
    ]


def unit_in(text: str, value: Value) -> str:
    """Return one step of indentation inside an object; empty if it is on one line."""
    return next(
        (
            indentation_at(text, start).removeprefix(indentation_at(text, value.start)) or "  "
            for start, *_ in value.properties
            if "\n" in text[value.start : start]
        ),
        "",
    )


def _meaning(text: str, fence: Fence) -> Meaning:
    value = _json(text, fence)
    return value.meaning if value else None


def _meanings_having(meaning: Meaning, key: str) -> Iterator[Pairs]:
    """Yield the objects of a value that have a key, outermost first, like `_objects_in`."""
    if isinstance(meaning, Pairs) and any(name == key for name, _ in meaning):
        yield meaning
    for each in _meanings(meaning) if isinstance(meaning, Pairs | list) else ():
        yield from _meanings_having(each, key)


def _json(text: str, fence: Fence) -> Value | None:
    if fence.language != "json":
        return None
    try:
        return tree.parse(text, fence.start, fence.end)
    except LocatorError:
        return None


def _objects_in(value: Value | None) -> Iterator[Value]:
    """Yield the objects of a value, outermost first."""
    if value is None or not isinstance(value.meaning, Pairs | list):
        return
    if isinstance(value.meaning, Pairs):
        yield value
    if any(isinstance(part, Pairs | list) for part in _meanings(value.meaning)):
        for part in (*(property_.value for property_ in value.properties), *value.items):
            yield from _objects_in(part)


def _meanings(of: Pairs | list[Meaning]) -> list[Meaning]:
    return [meaning for _, meaning in of] if isinstance(of, Pairs) else of


def _outline(text: str, fences: tuple[Fence, ...]) -> list[str]:
    """Return the code blocks of a page; those with JSON only as their language."""
    return [fence.language if fence.language == "json" else text[fence.start : fence.end] for fence in fences]
