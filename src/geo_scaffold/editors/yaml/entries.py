"""Entries of lists and mappings."""

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace
from typing import Final

from geo_scaffold.editors.failures import blocked, line_number, not_proven
from geo_scaffold.editors.lines import cut_lines, insert_lines_after, insert_lines_before
from geo_scaffold.editors.order import Order, places_for
from geo_scaffold.editors.separated import Inside, cuts_between, gap_between, insert_between
from geo_scaffold.editors.splice import Splice, apply_splices, line_start
from geo_scaffold.editors.yaml.tree import Mapping, Node, Scalar, Sequence, parse, reads_as, value_at, with_value

DASH: Final = re.compile(r"[ \t]*- +$")
SPACE: Final = re.compile(r"[ \t]*$")


@dataclass(frozen=True)
class ListEntry:
    """An entry of the list at a path of keys, on lines of its own or between commas as the others are.

    Args:
        keys: The keys from the top; none: the document is the list.
        text: The entry as YAML, without its dash; further lines are indented as they would be without it.
        order: Where it goes, by what it is or, where it is a mapping, by its first value; unless `after` says it.
        after: It goes after the last entry that begins with this.
    """

    keys: tuple[str, ...]
    text: str
    order: Order = "end"
    after: str | None = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return parse(self.text) in self._list(text).items

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        there, new = self._list(text), parse(self.text)
        if new in there.items:
            return text
        names = [_name(item) for item in there.items]
        place = _place(names, _name(new), self.order, self.after)
        if there.flow:
            splice = _in_flow(text, there, [(item.start, item.end) for item in there.items], place, self.text)
        else:
            prefixes = [text[line_start(text, item.start) : item.start] for item in there.items]
            prefix = next((prefix for prefix in reversed(prefixes) if DASH.match(prefix)), None)
            if prefix is None:
                line = line_number(text, there.start)
                raise blocked(f"{_shown(self.keys)} (line {line}) has no entry on a line of its own")
            first, *rest = self.text.split("\n")
            lines = [prefix + first, *(" " * len(prefix) + line if line else line for line in rest)]
            splice = _on_lines(text, [(item.start, item.end) for item in there.items], place, lines)
        items = (*there.items[:place], new, *there.items[place:])
        return _proven(text, [splice], self.keys, replace(there, items=items))

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        there, entry = self._list(text), parse(self.text)
        if entry not in there.items:
            return text
        number = there.items.index(entry)
        items = (*there.items[:number], *there.items[number + 1 :])
        cut = _cut(text, there, [(item.start, item.end) for item in there.items], number, DASH)
        return _proven(text, cut, self.keys, replace(there, items=items))

    def _list(self, text: str) -> Sequence:
        there = value_at(parse(text), self.keys)
        if not isinstance(there, Sequence):
            raise blocked(f"{_shown(self.keys)} was expected to be a list")
        if there.items.count(parse(self.text)) > 1:
            raise blocked(f"the entry is in {_shown(self.keys)} more than once")
        return there


@dataclass(frozen=True)
class MappingEntry:
    """An entry of the mapping at a path of keys, on lines of its own or between commas as the others are.

    `insert` refuses where the key is there with another value.

    Args:
        keys: The keys from the top; none: the document is the mapping.
        text: The entry as YAML, key and value; further lines are indented as they would be at the top.
        order: Where it goes, by its key; unless `after` says it.
        after: It goes after the last key that begins with this.
    """

    keys: tuple[str, ...]
    text: str
    order: Order = "end"
    after: str | None = None

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return self._pair() in self._mapping(text).pairs

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        there, new = self._mapping(text), self._pair()
        if new in there.pairs:
            return text
        if any(key == new[0] for key, _ in there.pairs):
            raise blocked(f"the key `{_name(new[0])}` is in {_shown(self.keys)} with another value")
        place = _place([_name(key) for key, _ in there.pairs], _name(new[0]), self.order, self.after)
        spans = _spans(there)
        if there.flow:
            splice = _in_flow(text, there, spans, place, self.text)
        else:
            starts = [text[line_start(text, start) : start] for start, _ in spans]
            indent = next((start for start in reversed(starts) if SPACE.match(start)), " " * len(starts[0]))
            lines = [indent + line if line else line for line in self.text.split("\n")]
            if place == 0 and not SPACE.match(starts[0]):
                raise blocked(f"{_shown(self.keys)} does not begin on a line of its own")
            splice = _on_lines(text, spans, place, lines)
        pairs = (*there.pairs[:place], new, *there.pairs[place:])
        return _proven(text, [splice], self.keys, replace(there, pairs=pairs))

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        there, entry = self._mapping(text), self._pair()
        if entry not in there.pairs:
            return text
        number = there.pairs.index(entry)
        pairs = (*there.pairs[:number], *there.pairs[number + 1 :])
        cut = _cut(text, there, _spans(there), number, SPACE)
        return _proven(text, cut, self.keys, replace(there, pairs=pairs))

    def _pair(self) -> tuple[Node, Node]:
        entry = parse(self.text)
        if not isinstance(entry, Mapping) or len(entry.pairs) != 1:
            raise ValueError(f"`{self.text}` is not one key with its value")
        return entry.pairs[0]

    def _mapping(self, text: str) -> Mapping:
        there = value_at(parse(text), self.keys)
        if not isinstance(there, Mapping):
            raise blocked(f"{_shown(self.keys)} was expected to be a mapping")
        key, _ = self._pair()
        if [name for name, _ in there.pairs].count(key) > 1:
            raise blocked(f"the key `{_name(key)}` is in {_shown(self.keys)} more than once")
        return there


def _shown(keys: tuple[str, ...]) -> str:
    return f"`{'.'.join(keys)}`" if keys else "the document"


def _name(node: Node) -> str:
    if isinstance(node, Mapping) and node.pairs:
        return _name(node.pairs[0][1])
    return node.value if isinstance(node, Scalar) else ""


def _place(names: list[str], name: str, order: Order, after: str | None) -> int:
    # Entries are told apart by their structure; two may have one name.
    there = [f"{each}\0" if each == name else each for each in names]
    return places_for(there, [name], order=order, after=after)[0][0]


def _spans(there: Mapping) -> list[tuple[int, int]]:
    return [(key.start, max(key.end, value.end)) for key, value in there.pairs]


def _in_flow(text: str, there: Node, spans: SequenceOf[tuple[int, int]], place: int, entry: str) -> Splice:
    inside = Inside(there.start + 1, there.end - 1, spans)
    return insert_between(text, inside, place, [entry], gap_between(text, inside, place, ""))


def _last(text: str, end: int) -> int:
    """Return the offset of the last character before an end that is not space; block scalars end after theirs."""
    return len(text[:end].rstrip()) - 1


def _on_lines(text: str, spans: SequenceOf[tuple[int, int]], place: int, lines: list[str]) -> Splice:
    if place:
        return insert_lines_after(text, _last(text, spans[place - 1][1]), lines)
    return insert_lines_before(text, spans[0][0], lines)


def _cut(
    text: str, there: Node, spans: SequenceOf[tuple[int, int]], number: int, before: re.Pattern[str]
) -> list[Splice]:
    assert isinstance(there, Sequence | Mapping)  # noqa: S101 - the two that have entries
    start, end = spans[number]
    if there.flow:
        cuts = cuts_between(text, Inside(there.start + 1, there.end - 1, spans), [number])
        around = "".join(text[cut.start : start] + text[end : cut.end] for cut in cuts)
        if around.strip(" \t\r\n,"):
            raise blocked(f"a comment is beside the entry on line {line_number(text, start)}")
        return cuts
    if not before.match(text[line_start(text, start) : start]):
        raise blocked(f"the entry on line {line_number(text, start)} is not on a line of its own")
    return [cut_lines(text, start, _last(text, end))]


def _proven(text: str, splices: list[Splice], keys: tuple[str, ...], value: Node) -> str:
    result = apply_splices(text, splices)
    if not reads_as(result, with_value(parse(text), keys, value)):
        raise not_proven(f"the entry in {_shown(keys)}")
    return result
