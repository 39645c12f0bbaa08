"""A parsed Ruby text, and how two pieces of Ruby are compared."""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.grammar import parser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

BODIES: Final = frozenset({"body_statement", "block_body"})
"""Nodes that only hold statements; the grammar leaves them out where there is none, so they say nothing."""


class Source:
    """A text and its syntax tree.

    Args:
        text: The whole text, as editors get it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode("utf-8", "surrogateescape")
        self._tree = parser().parse(self.data)

    @cached_property
    def root(self) -> "Node":
        """The whole file."""
        return self._tree.root_node

    @cached_property
    def _single_bytes(self) -> bool:
        return len(self.text) == len(self.data)

    def offset(self, byte: int) -> int:
        """Return the offset in the text of a byte, which must start a character."""
        return byte if self._single_bytes else len(self.data[:byte].decode("utf-8", "surrogateescape"))

    def byte(self, offset: int) -> int:
        """Return the number of the first byte of the character at an offset."""
        return offset if self._single_bytes else len(self.text[:offset].encode("utf-8", "surrogateescape"))

    def start(self, node: "Node") -> int:
        """Return the offset of a node's first character."""
        return self.offset(node.start_byte)

    def end(self, node: "Node") -> int:
        """Return the offset after a node's last character."""
        return self.offset(node.end_byte)

    def last(self, node: "Node") -> int:
        """Return an offset on the last line that belongs to a node: heredocs that it opens follow its own last line."""
        end = node.end_byte
        while (line_feed := self.data.find(b"\n", end)) >= 0:
            found = self.root.descendant_for_byte_range(line_feed, line_feed + 1)
            while found is not None and found.type != "heredoc_body":
                found = found.parent
            if found is None or found.start_byte < end or found.end_byte <= line_feed:
                break
            end = found.end_byte
        return self.offset(end)

    def named(self, name: str) -> "Iterator[Node]":
        """Yield the nodes that are a name and nothing else."""
        return (node for node in self.around(name) if text_of(node) == name)

    def around(self, name: str) -> "Iterator[Node]":
        """Yield the smallest node around each place that reads as a name, longer names and comments included."""
        data = name.encode("utf-8", "surrogateescape")
        at = self.data.find(data) if data else -1
        while at >= 0:
            node = self.root.descendant_for_byte_range(at, at + len(data))
            if node is not None:
                yield node
            at = self.data.find(data, at + 1)


@lru_cache(maxsize=512)
def parse(text: str) -> Source:
    """Return a text with its syntax tree; an edit looks at the same text several times, an audit at many."""
    return Source(text)


def text_of(node: "Node") -> str:
    """Return the text of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def ancestors(node: "Node") -> "Iterator[Node]":
    """Yield a node, then what is around it, to the whole file."""
    around: Node | None = node
    while around is not None:
        yield around
        around = around.parent


def descendants(node: "Node") -> "Iterator[Node]":
    """Yield a node and all that is in it, in order."""
    yield node
    for child in node.children:
        yield from descendants(child)


def parts(node: "Node") -> "Iterator[Node]":
    """Yield the children of a node, and those of the bodies among them."""
    for child in node.children:
        if child.type in BODIES:
            yield from child.children
        else:
            yield child


def comments_in(node: "Node") -> list[str]:
    """Return the comments inside a node."""
    return [text_of(part).rstrip() for part in descendants(node) if part.type == "comment"]


def plain(node: "Node") -> str:
    """Return what a node names: a string without quotes, a symbol without colon, a constant without leading `::`."""
    if node.type == "string":
        return "".join(text_of(part) for part in node.named_children)
    return text_of(node).lstrip(":")


def alike(one: "Node | None", other: "Node | None") -> bool:
    """Tell whether two pieces of Ruby are spellings of the same; two that are not there are.

    `::X` is `X`, `'x'` is `"x"`, `a: 1` is `:a => 1`, `f(x)` is `f x`; comments and layout do not count.
    """
    if one is None or other is None:
        return one is other
    one, other = _without_root(one), _without_root(other)
    leaf = _leaf(one)
    if leaf != _leaf(other):
        return False
    if leaf[1] is not None:
        return True
    ours, theirs = ([part for part in parts(node) if not _layout(part, node)] for node in (one, other))
    return all_alike(ours, theirs)


def all_alike(ones: "Sequence[Node]", others: "Sequence[Node]") -> bool:
    """Tell whether two rows of pieces are alike, piece by piece."""
    return len(ones) == len(others) and all(map(alike, ones, others))


def _without_root(node: "Node") -> "Node":
    """Return the constant `X` of `::X`, else the node."""
    if node.type == "scope_resolution" and node.child_by_field_name("scope") is None:
        return node.child_by_field_name("name") or node
    return node


def _leaf(node: "Node") -> tuple[str, str | None]:
    """Return the kind of a node, and what it says where that needs no look at its parts."""
    if node.type in {"simple_symbol", "hash_key_symbol"}:
        return "symbol", plain(node)
    if node.type == "string" and all(part.type == "string_content" for part in node.named_children):
        return "string", plain(node)
    return node.type, None if node.child_count else text_of(node)


def _layout(part: "Node", whole: "Node") -> bool:
    """Tell whether a part of a node is only there for how it looks."""
    if part.is_named:
        return part.type == "comment"
    return part.type == "," or (whole.type, part.type) in {
        ("argument_list", "("),
        ("argument_list", ")"),
        ("pair", ":"),
        ("pair", "=>"),
    }


@lru_cache(maxsize=256)
def single(text: str) -> "Node":
    """Return the one statement that a text is.

    Raises:
        ValueError: It is not exactly one.
    """
    root = parse(text).root
    found = [node for node in root.named_children if node.type not in {"comment", "heredoc_body"}]
    if len(found) != 1 or root.has_error:
        raise ValueError(f"not one Ruby statement: {text!r}")
    return found[0]
