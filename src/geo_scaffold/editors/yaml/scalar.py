"""The value of a key."""

import re
from typing import Final

from geo_scaffold.editors.failures import blocked, line_number, not_proven
from geo_scaffold.editors.splice import Splice, apply_splices
from geo_scaffold.editors.yaml.plain import plain_mapping
from geo_scaffold.editors.yaml.tree import Node, Scalar, parse, reads_as, value_at, with_value
from geo_scaffold.records import dataclass

SPELLINGS: Final = (("false", "true"), ("no", "yes"), ("off", "on"))
QUOTES: Final = ("'", '"')
_BOOLEANS: Final = {"true", "false"}


@dataclass(frozen=True)
class ScalarValue:
    """Changes a scalar value of a mapping's key; spelling, quotes and comments stay.

    Args:
        keys: The keys from the top, the last one being the key of the value.
        value: The value as YAML: `true`, `18.9`, `'18.9'` (a string). Quotes only determine its type; the file's own
            quotes stay.
        old: The value that `insert` expects and `remove` restores; empty for none.

    Example:
        ```toml
        editor = { kind = "yaml-value", keys = ["default_enabled"], value = "true", old = "false" }
        ```

        Before:

        ```yaml
        name: geo_cool_widget_replication
        default_enabled: false # off at first
        ```

        After:

        ```yaml
        name: geo_cool_widget_replication
        default_enabled: true # off at first
        ```
    """

    keys: tuple[str, ...]
    value: str
    old: str

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self._is_plainly_there(text) or self._current(text) == _parsed(self.value)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        if (plainly := self._replaced_plainly(text, self.old, self.value)) is not None:
            return plainly
        if self.contains(text):
            return text
        current = self._current(text)
        shown = text[current.start : current.end]
        if current != _parsed(self.old):
            raise blocked(f"{self._place(text, current)} was expected to be {_named(self.old)}, it is {_named(shown)}")
        # What `remove` will restore must be the current value.
        if _spelled(self.old, self.value, current, shown) != shown:
            raise blocked(f"{self._place(text, current)} spells {_named(self.old)} in another way: {_named(shown)}")
        return self._replace(text, current, self.value)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        if (plainly := self._replaced_plainly(text, self.value, self.old)) is not None:
            return plainly
        return self._replace(text, self._current(text), self.old) if self.contains(text) else text

    def _is_plainly_there(self, text: str) -> bool:
        """Tell whether a file that needs no parser has the value exactly as written here."""
        return self._plain_place(text, self.value) is not None and plain_mapping(text) is not None

    def _replaced_plainly(self, text: str, was: str, becomes: str) -> str | None:
        """Return a file with `true` in place of `false`, or the other way round, or None if that takes a parser."""
        place = self._plain_place(text, was) if {was, becomes} == _BOOLEANS else None
        before = plain_mapping(text) if place else None
        if place is None or before is None:
            return None
        result = apply_splices(text, [Splice(*place.span(1), becomes)])
        return result if plain_mapping(result) == {**before, self.keys[0]: (becomes,)} else None

    def _plain_place(self, text: str, value: str) -> re.Match[str] | None:
        """Return the line of a top-level key with exactly this value, or None if there is none."""
        line = rf"^{re.escape(self.keys[0])}: ({re.escape(value)})[ \t]*\r?$"
        return re.search(line, text, re.MULTILINE) if len(self.keys) == 1 else None

    def _current(self, text: str) -> Scalar:
        current = value_at(parse(text), self.keys)
        # An anchor or a tag is a part of the node, and would be lost.
        marked = text[current.start : current.start + 1] in {"&", "!"}
        if not isinstance(current, Scalar) or current.style in {"|", ">"} or marked:
            raise blocked(f"{self._place(text, current)} was expected to be a plain or quoted scalar on one line")
        return current

    def _place(self, text: str, current: Node) -> str:
        return f"the value of `{'.'.join(self.keys)}` (line {line_number(text, current.start)})"

    def _replace(self, text: str, current: Scalar, value: str) -> str:
        shown = text[current.start : current.end]
        other = self.old if value == self.value else self.value
        new = _spelled(value, other, current, shown)
        start = current.start
        if not shown:
            new = f" {new}"
        elif not new and text[start - 1] == " ":
            start -= 1
        result = apply_splices(text, [Splice(start, current.end, new)])
        if not reads_as(result, with_value(parse(text), self.keys, _parsed(value))):
            raise not_proven(f"`{new}` as the value of `{'.'.join(self.keys)}`")
        return result


def _named(value: str) -> str:
    return f"`{value}`" if value else "empty"


def _parsed(value: str) -> Scalar:
    parsed = parse(value or "null")
    if not isinstance(parsed, Scalar):
        raise ValueError(f"`{value}` is not a YAML scalar")
    return parsed


def _spelled(value: str, other: str, current: Scalar, shown: str) -> str:
    """Spell a value like the current one if both are of the same kind, else as given."""
    scalar = _parsed(value)
    if scalar.tag != current.tag or scalar.tag != _parsed(other).tag:
        return value
    if scalar.tag == "bool":
        word = next((pair[scalar.value == "true"] for pair in SPELLINGS if shown.lower() in pair), scalar.value)
        return word.upper() if shown.isupper() else word.capitalize() if shown[:1].isupper() else word
    if scalar.tag != "str":
        return value
    if current.style == "'":
        return "'" + scalar.value.replace("'", "''") + "'"
    if current.style == '"':
        return '"' + scalar.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return scalar.value
