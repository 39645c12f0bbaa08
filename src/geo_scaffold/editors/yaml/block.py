"""A list below a key of the top level, in a file whose keys are sorted: no parser is needed for its one form."""

import re
from collections.abc import Sequence
from typing import Final

from geo_scaffold.editors.failures import blocked, not_proven
from geo_scaffold.editors.lines import insert_lines_after, insert_lines_before
from geo_scaffold.editors.order import AscendingRun
from geo_scaffold.editors.splice import BOM, Splice, apply_splices
from geo_scaffold.records import dataclass

# Lines of config/gitlab_loose_foreign_keys.yml: `cool_widget_states:`, `  - table: projects`.
_KEY: Final = re.compile(r"(\w+):[ \t]*(?:#.*)?")
_ITEM: Final = re.compile(r"([ \t]*)- (.*)")
_PAIR: Final = re.compile(r"(?<!\w)(\w++):[ \t]*+['\"]?+(\w*)")


@dataclass(frozen=True)
class TopLevelBlock:
    """Items of a list below a key, such as `cool_widget_states:` with `  - table: projects` and more below it.

    Items are compared by their pairs, ignoring order, quotes and indentation. Missing items are added after the
    existing ones of the key.

    Args:
        lines: The line of the key, then those of the items, each of which begins with `-`.

    Example:
        ```toml
        editor = { kind = "yaml-block" }
        ```

        with the lines:

        ```yaml
        cool_widget_states:
          - table: projects
            column: project_id
        ```

        Before:

        ```yaml
        boiler_states:
          - table: projects
            column: project_id
        steam_states:
          - table: projects
            column: project_id
        ```

        After:

        ```yaml
        boiler_states:
          - table: projects
            column: project_id
        cool_widget_states:
          - table: projects
            column: project_id
        steam_states:
          - table: projects
            column: project_id
        ```
    """

    lines: tuple[str, ...]

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        pairs = _pairs(self._items(_Lines(text)))
        return all(item in pairs for item in _pairs(_split(self.lines[1:])))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        if self.contains(text):
            return text
        lines = _Lines(text)
        pairs = _pairs(self._items(lines))
        missing = [item for item in _split(self.lines[1:]) if _pair(item) not in pairs]
        new = [line for item in missing for line in _as_neighbours(item, lines.lines)]
        if self.key in lines.keys:
            splice = insert_lines_after(text, lines.offset(lines.last(self.key)), new)
        else:
            names = list(lines.keys)
            if not names:
                raise blocked("a key of the top level was expected, but there is none")
            place = AscendingRun(names).place(self.key)
            new = [self.lines[0], *new]
            if place:
                splice = insert_lines_after(text, lines.offset(lines.last(names[place - 1])), new)
            else:
                splice = insert_lines_before(text, lines.offset(lines.keys[names[0]]), new)
        result = apply_splices(text, [splice])
        if not self.contains(result) or self.remove(result) != text:
            raise not_proven(f"the key `{self.key}`")
        return result

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        lines = _Lines(text)
        if self.key not in lines.keys:
            return text
        wanted = _pairs(_split(self.lines[1:]))
        items = self._items(lines)
        gone = [item for item in items if _pair(item) in wanted]
        if not gone:
            return text
        numbers = {number for item in gone for number, _ in item}
        if len(gone) == len(items):
            numbers.add(lines.keys[self.key])
        cuts = [Splice(lines.offset(number), lines.offset(number + 1), "") for number in sorted(numbers)]
        result = apply_splices(text, cuts)
        # A file that does not end in a line feed stays that way.
        return result if text.endswith("\n") or not result.endswith("\n") else result.rstrip("\r\n")

    @property
    def key(self) -> str:
        """The key."""
        return self.lines[0].partition(":")[0]

    def _items(self, lines: "_Lines") -> "list[list[tuple[int, str]]]":
        if self.key not in lines.keys:
            return []
        start, stop = lines.keys[self.key] + 1, lines.last(self.key) + 1
        return _split(lines.lines[start:stop], start)


class _Lines:
    """The lines of a file, and where each key of its top level is."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.keys: dict[str, int] = {}
        for number, line in enumerate(self.lines):
            if match := _KEY.fullmatch(line.rstrip("\r\n").removeprefix(BOM)):
                if match[1] in self.keys:
                    raise blocked(f"the key `{match[1]}` appears more than once")
                self.keys[match[1]] = number

    def offset(self, number: int) -> int:
        """Return where a line begins."""
        return sum(map(len, self.lines[:number]))

    def last(self, key: str) -> int:
        """Return the number of the last line below a key, or of its own line."""
        last = self.keys[key]
        for number in range(last + 1, len(self.lines)):
            if not re.match(r"[ \t]+[^\s#]|-", self.lines[number]):
                if self.lines[number].strip() and not self.lines[number].startswith((" ", "\t")):
                    break
                continue
            last = number
        return last


def _split(lines: Sequence[str], first: int = 0) -> "list[list[tuple[int, str]]]":
    """Return the items of a list, each with the numbers of its lines."""
    items: list[list[tuple[int, str]]] = []
    for number, line in enumerate(lines, first):
        if _ITEM.match(line):
            items.append([])
        if items:
            items[-1].append((number, line))
    return items


def _pair(item: "Sequence[tuple[int, str]]") -> frozenset[tuple[str, str]]:
    return frozenset(pair for _, line in item for pair in _PAIR.findall(line.partition(" #")[0]))


def _pairs(items: "Sequence[Sequence[tuple[int, str]]]") -> set[frozenset[tuple[str, str]]]:
    return {_pair(item) for item in items}


def _as_neighbours(item: "Sequence[tuple[int, str]]", lines: Sequence[str]) -> list[str]:
    """Return the lines of an item, indented like the items of the file."""
    indentation = next((match[1] for line in lines if (match := _ITEM.match(line))), "  ")
    return [indentation + line.rstrip("\r\n").removeprefix("  ") for _, line in item]
