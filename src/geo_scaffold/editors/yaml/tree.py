"""The structure of a YAML file, with the offsets of its parts.

Two parts are equal if they mean the same: offsets, quotes, comments and the choice between block and flow style are
ignored. ruamel.yaml finds the parts; nothing here writes YAML.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.paths import follow
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import dataclass, field, replace

if TYPE_CHECKING:
    from ruamel.yaml.events import Event, NodeEvent, ScalarEvent

TRUE: Final = frozenset({"true", "yes", "on", "y"})
PREFIX: Final = "tag:yaml.org,2002:"
# Half a surrogate pair, which is no character: what `surrogateescape` makes of bytes that are not UTF-8.
UNDECODABLE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the structure.

    Args:
        tag: What kind of value it is, resolved as YAML 1.1 does (Ruby's Psych reads that): `bool`, `str`, `seq`, ...
        anchor: The name that aliases use for it.
        start: Offset of its first character, or of an anchor or tag before it.
        end: Offset after its last character, or after the last part of a block collection.
    """

    tag: str
    anchor: str | None
    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Scalar(Part):
    """A scalar.

    Args:
        value: Its content; `true` or `false` for a boolean in any spelling, empty for null.
        style: Its quote, or `|` or `>`; empty if it is plain.
    """

    value: str
    style: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Alias(Part):
    """A reference to the part with its anchor, which is not followed."""


@dataclass(frozen=True, slots=True)
class Sequence(Part):
    """A list."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Mapping(Part):
    """A mapping. A key may occur twice."""

    pairs: tuple[tuple["Node", "Node"], ...]


Node: TypeAlias = Scalar | Alias | Sequence | Mapping


@lru_cache(maxsize=8)
def parse(text: str) -> Node:
    """Return the structure of a file with one document.

    Args:
        text: The whole file.

    Raises:
        LocatorError: It is not YAML, or does not contain exactly one document.
    """
    # 50 ms, for the runs that edit YAML only.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415
    from ruamel.yaml.events import NodeEvent  # noqa: PLC0415

    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    try:
        # A byte that is not UTF-8 must not prevent parsing; one character replaces it.
        events = iter(reader.parse(UNDECODABLE.sub("\ufffd", text)))
        builder = _Builder(text, events, reader.resolver)
        documents = [builder.node(event) for event in events if isinstance(event, NodeEvent)]
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise blocked(f"the file is not valid YAML{where}") from error
    except RecursionError as error:
        raise blocked("the file is nested too deeply") from error
    if len(documents) != 1:
        raise blocked(f"one YAML document was expected, {len(documents)} are there")
    return documents[0]


def reads_as(text: str, expected: Node) -> bool:
    """Tell whether a text is YAML of exactly this structure."""
    try:
        return parse(text) == expected
    except LocatorError:
        return False


class _Builder:
    """Builds nodes from ruamel's events, with the offsets that its own nodes lack."""

    def __init__(self, text: str, events: Iterator["Event"], resolver: Any) -> None:
        self._text = text
        self._events = events
        self._resolver = resolver

    def node(self, event: "NodeEvent") -> Node:
        from ruamel.yaml.events import AliasEvent, ScalarEvent  # noqa: PLC0415

        start, end, anchor = event.start_mark.index, event.end_mark.index, event.anchor
        if isinstance(event, AliasEvent):
            return Alias("alias", anchor, start, end)
        tag = str(event.tag or "").removeprefix(PREFIX)  # type: ignore[attr-defined]
        if isinstance(event, ScalarEvent):
            return self._scalar(event, tag)
        return self._collection(event, tag)

    def _scalar(self, event: "ScalarEvent", tag: str) -> Scalar:
        from ruamel.yaml.nodes import ScalarNode  # noqa: PLC0415

        if tag in {"", "!"}:
            tag = str(self._resolver.resolve(ScalarNode, event.value, event.implicit)).removeprefix(PREFIX)
        value, style = _meaning(tag, event.value), event.style or ""
        return Scalar(tag, event.anchor, event.start_mark.index, event.end_mark.index, value, style)

    def _collection(self, event: "NodeEvent", tag: str) -> Sequence | Mapping:
        from ruamel.yaml.events import CollectionEndEvent, NodeEvent, SequenceStartEvent  # noqa: PLC0415

        is_list, flow = isinstance(event, SequenceStartEvent), bool(event.flow_style)  # type: ignore[attr-defined]
        start, position, parts = event.start_mark.index, event.start_mark.index, list[Node]()
        for inner in self._events:
            if isinstance(inner, CollectionEndEvent):
                # ruamel's end of a block collection is at the next token, after comments that are not part of it.
                position = inner.end_mark.index if flow else position
                break
            assert isinstance(inner, NodeEvent)  # noqa: S101 - the parser's grammar
            part = self.node(inner)
            if part.start == part.end and not flow:
                # An empty value is reported at the next token; its place is after its dash or colon.
                at = self._after(position, "-" if is_list else ":" if len(parts) % 2 else "?")
                part = replace(part, start=at, end=at)
            parts.append(part)
            position = part.end
        if is_list:
            return Sequence(tag or "seq", event.anchor, start, position, tuple(parts))
        pairs = tuple(zip(parts[::2], parts[1::2], strict=True))
        return Mapping(tag or "map", event.anchor, start, position, pairs)

    def _after(self, position: int, mark: str) -> int:
        found = re.compile(rf"(?:\s++|#.*+)*+{re.escape(mark)}").match(self._text, position)
        return found.end() if found else position


def _meaning(tag: str, value: str) -> str:
    if tag == "bool":
        return "true" if value.lower() in TRUE else "false"
    return "" if tag == "null" else value


def value_at(root: Node, keys: tuple[str, ...]) -> Node:
    """Return the value at a path of keys.

    Args:
        root: The structure of the file.
        keys: The keys from the top; empty for the whole document.

    Raises:
        LocatorError: One of them does not exist exactly once.
    """
    return follow(root, keys, _values_of, "mapping")


def _values_of(node: Node, key: str) -> list[Node] | None:
    return (
        [value for name, value in node.pairs if isinstance(name, Scalar) and name.value == key]
        if isinstance(node, Mapping)
        else None
    )


def with_value(root: Node, keys: tuple[str, ...], value: Node) -> Node:
    """Return the structure with another value at a path of keys, each of which exists once.

    Args:
        root: The structure.
        keys: The keys of nested mappings, from the outermost; empty for the structure itself.
        value: The new value.
    """
    if not keys:
        return value
    assert isinstance(root, Mapping)  # noqa: S101 - `value_at` was there before
    pairs = tuple(
        (name, with_value(inner, keys[1:], value) if isinstance(name, Scalar) and name.value == keys[0] else inner)
        for name, inner in root.pairs
    )
    return Mapping(root.tag, root.anchor, root.start, root.end, pairs)
