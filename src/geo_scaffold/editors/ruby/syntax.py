"""A parsed Ruby text, and how two pieces of Ruby are compared."""

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby.grammar import parser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

BODIES: Final = frozenset({"body_statement", "block_body"})
"""Nodes that only enclose statements; the grammar omits them if there are none, so they carry no meaning."""
_SYMBOLS: Final = frozenset({"simple_symbol", "hash_key_symbol"})
_MOST_CHARACTERS: Final = 3 << 20
"""How much text is cached with its trees, which take about twenty times as much memory."""
_MOST_UNREAD: Final = 8
"""How often a file is parsed again without lines that the grammar cannot read."""
_HOLDS: Final = re.compile(
    rb"(?:module|class|def|begin|if|unless|case|while|until|for|else|elsif|when|in|then|rescue|ensure|end|BEGIN|END)\b"
    rb"|[)\]}]|[<>=|]{7}|#|__END__"
)
"""The words that open or close a block of lines, which cannot be left out without changing the structure."""
_ENDLESS: Final = re.compile(rb"def\s+(?:self\.)?\w++[?!]?\s*+(?:\([^()]*\)\s*+)?=[^=~>]")
"""A method that is one expression (Ruby 3), a statement like any other."""
# Ruby: the line also opens or closes something, or begins a heredoc.
_OPENS: Final = re.compile(rb"\b(?:do|end|begin|then)\b|<<[~-]?[\"'`A-Z]")
_GOES_ON: Final = (b",", b"\\", b"(", b"[", b"=", b"||", b"&&", b"+", b"|", b".")
"""The end of a line whose statement continues."""
_PAIRS: Final = (b"()", b"[]", b"{}")
_STATEMENTS: Final = frozenset(
    {"program", "module", "class", "singleton_class", "method", "singleton_method", "do_block", "block", "begin"}
)
"""The nodes, besides bodies, that contain statements."""


class Source:
    """A text and its syntax tree.

    The grammar may not know some valid Ruby, and then often fails on everything around it. A one-line statement that it
    cannot read is left out of the tree, if the rest can be read without it.

    Args:
        text: The whole text, as editors get it.
        leaves_out: Whether such statements are left out.
    """

    def __init__(self, text: str, *, leaves_out: bool = True) -> None:
        self.text = text
        self.data = text.encode("utf-8", "surrogateescape")
        self._tree = parser().parse(self.data)
        self.unread: tuple[int, ...] = ()
        """The numbers of the lines that the tree leaves out, from 0."""
        if leaves_out and self._tree.root_node.has_error:
            self._leave_out()

    def _leave_out(self) -> None:
        """Leave out of the tree the statements that cause errors, if that makes it free of errors."""
        lines = self.data.split(b"\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        tree, gone = self._tree, set[int]()
        for _ in range(_MOST_UNREAD):
            rows = {node.start_point.row for node in innermost_errors(tree.root_node)} - gone
            statements = [_statement_at(lines, row) for row in rows if row < len(lines)]
            if not any(statements):
                return
            gone.update(*statements)
            kept = (b" " * len(line) if row in gone else line for row, line in enumerate(lines))
            tree = parser().parse(b"\n".join(kept))
            if not tree.root_node.has_error:
                if all(_is_between_statements(tree.root_node, starts[row], starts[row + 1] - 1) for row in gone):
                    self._tree, self.unread = tree, tuple(sorted(gone))
                return

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
        """Return an offset on the last line of a node, including the heredocs that follow it."""
        end = node.end_byte
        while (line_feed := self.data.find(b"\n", end)) >= 0:
            found = self.root.descendant_for_byte_range(line_feed, line_feed + 1)
            while found is not None and found.type != "heredoc_body":
                found = found.parent
            if found is None or found.start_byte < end or found.end_byte <= line_feed:
                break
            end = found.end_byte
        return self.offset(end)

    def nodes_named(self, name: str) -> "Iterator[Node]":
        """Yield the nodes that consist of a name."""
        return (node for node in self.nodes_around(name) if text_of(node) == name)

    def nodes_around(self, name: str) -> "Iterator[Node]":
        """Yield the smallest node around each occurrence of a name, including longer names and comments."""
        data = name.encode("utf-8", "surrogateescape")
        at = self.data.find(data) if data else -1
        while at >= 0:
            node = self.root.descendant_for_byte_range(at, at + len(data))
            if node is not None:
                yield node
            at = self.data.find(data, at + 1)


def innermost_errors(root: "Node") -> "list[Node]":
    """Return the smallest nodes that the grammar could not read or that are missing, in order."""
    found, nodes = [], [root]
    while nodes:
        node = nodes.pop()
        inside = [child for child in node.children if child.has_error or child.is_missing]
        if not inside and (node.is_error or node.is_missing):
            found.append(node)
        nodes += reversed(inside)
    return found


def _statement_at(lines: "Sequence[bytes]", row: int) -> range:
    """Return the lines of the statement on a line, as far as its words show that it is one and contains no others."""
    first = last = row
    while first > 0 and row - first < _MOST_UNREAD and lines[first - 1].rstrip().endswith(_GOES_ON):
        first -= 1
    while last + 1 < len(lines) and last - row < _MOST_UNREAD and lines[last].rstrip().endswith(_GOES_ON):
        last += 1
    text = b" ".join(line.strip() for line in lines[first : last + 1])
    if not text or (_HOLDS.match(text) and not _ENDLESS.match(text)) or text.endswith(_GOES_ON):
        return range(0)
    is_one = not _OPENS.search(text) and all(text.count(pair[:1]) == text.count(pair[1:]) for pair in _PAIRS)
    return range(first, last + 1) if is_one else range(0)


def _is_between_statements(root: "Node", start: int, stop: int) -> bool:
    """Tell whether a blank range is between statements, and not inside a list or an expression."""
    enclosing = root.descendant_for_byte_range(start, max(start, stop - 1))
    return enclosing is not None and (enclosing.type in BODIES or enclosing.type in _STATEMENTS)


class _Parsed:
    """The most recently parsed texts: an edit uses the same text several times, an audit a thousand texts."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._characters = 0

    def of(self, text: str) -> Source:
        source = self._sources.pop(text, None)
        if source is None:
            source = Source(text)
            self._characters += len(text)
        self._sources[text] = source  # as the most recent
        while self._characters > _MOST_CHARACTERS and len(self._sources) > 1:
            oldest = next(iter(self._sources))
            del self._sources[oldest]
            self._characters -= len(oldest)
        return source


_PARSED: Final = _Parsed()


def parse(text: str) -> Source:
    """Return a text with its syntax tree."""
    return _PARSED.of(text)


def parse_result(text: str, before: Source) -> Source:
    """Return the result of an edit, parsed; if the edit adds a line that cannot be read, the tree must show the error.

    Args:
        text: The result.
        before: The text before the edit.
    """
    result = parse(text)
    return Source(text, leaves_out=False) if result.unread and not before.unread else result


def text_of(node: "Node") -> str:
    """Return the text of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def ancestors(node: "Node") -> "Iterator[Node]":
    """Yield a node, then its ancestors, up to the whole file."""
    enclosing: Node | None = node
    while enclosing is not None:
        yield enclosing
        enclosing = enclosing.parent


def descendants(node: "Node") -> "Iterator[Node]":
    """Yield a node and everything in it, in order."""
    yield node
    for child in node.children:
        yield from descendants(child)


def parts(node: "Node") -> "Iterator[Node]":
    """Yield the children of a node, with bodies replaced by their children."""
    for child in node.children:
        if child.type in BODIES:
            yield from child.children
        else:
            yield child


def comments_in(node: "Node") -> list[str]:
    """Return the comments inside a node."""
    return [text_of(part).rstrip() for part in descendants(node) if part.type == "comment"]


def plain(node: "Node") -> str:
    """Return the name in a node: a string without quotes, a symbol without colon, a constant without leading `::`."""
    if node.type == "string":
        return "".join(text_of(part) for part in node.named_children)
    return text_of(node).lstrip(":")


def equivalent(one: "Node | None", other: "Node | None") -> bool:
    """Tell whether two pieces of Ruby are equivalent; two missing ones are.

    1`, `f(x)` is `f x`; comments and layout do not count. => `::X` equals `X`, `'x'` equals `"x"`, `a: 1` equals `:a =>
    1`, `f(x)` equals `f x`; comments and layout are ignored. => 1`, `f(x)` is `f x`; comments and layout do not count.
    """
    if one is None or other is None:
        return one is other
    one, other = _without_root(one), _without_root(other)
    if one.type != other.type and not {one.type, other.type} <= _SYMBOLS:
        return False
    leaf = _leaf(one)
    if leaf != _leaf(other):
        return False
    if leaf[1] is not None:
        return True
    ours, other_parts = ([part for part in parts(node) if not _layout(part, node)] for node in (one, other))
    return all_equivalent(ours, other_parts)


def all_equivalent(ones: "Sequence[Node]", others: "Sequence[Node]") -> bool:
    """Tell whether two sequences of pieces are equivalent, piece by piece."""
    return len(ones) == len(others) and all(map(equivalent, ones, others))


def _without_root(node: "Node") -> "Node":
    """Return the constant `X` of `::X`, else the node."""
    if node.type == "scope_resolution" and node.child_by_field_name("scope") is None:
        return node.child_by_field_name("name") or node
    return node


def _leaf(node: "Node") -> tuple[str, str | None]:
    """Return the kind of a node, and its normalised text if that does not depend on its parts."""
    if node.type in _SYMBOLS:
        return "symbol", plain(node)
    if node.type == "string" and all(part.type == "string_content" for part in node.named_children):
        return "string", plain(node)
    return node.type, None if node.child_count else text_of(node)


def _layout(part: "Node", whole: "Node") -> bool:
    """Tell whether a part of a node is only layout."""
    if part.is_named:
        return part.type == "comment"
    return part.type == "," or (whole.type, part.type) in {
        ("argument_list", "("),
        ("argument_list", ")"),
        ("pair", ":"),
        ("pair", "=>"),
    }


def leaf_text(node: "Node") -> str:
    """Return the normalised text of a node if it does not depend on its parts; else empty."""
    return _leaf(_without_root(node))[1] or ""


@lru_cache(maxsize=256)
def single(text: str) -> "Node":
    """Return the single statement in a text.

    Raises:
        ValueError: It is not exactly one.
    """
    root = parse(text).root
    found = [node for node in root.named_children if node.type not in {"comment", "heredoc_body"}]
    if len(found) != 1 or root.has_error:
        raise ValueError(f"not one Ruby statement: {text!r}")
    return found[0]
