"""Proves an edit: one text, parsed, is the other one plus exactly the entry."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby.syntax import Source, parts, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice

Range = tuple[int, int]
Outline = tuple[str, bytes | tuple["Outline", ...]]
"""A node's type and parts, down to untouched nodes, which are represented by their syntax and bytes."""
_MOST_AT_ONCE: Final = 1 << 12
"""The largest node, in bytes, that the parser may print at once: it recurses for each level, of which there may be one
per byte, and some ten thousand levels overflow the stack."""


def is_proven(
    small: Source,
    large: Source,
    entries: "Sequence[Node]",
    splices: "Iterable[Splice]",
    *,
    grows: bool,
    remark: str = "",
) -> bool:
    """Tell whether a text differs from another by the entries alone.

    That is: without the entries both have the same structure, including missing and unexpected tokens; the entries have
    none of those; and apart from the entries only blanks and commas were added or removed.

    Args:
        small: The text without the entries.
        large: The text with them.
        entries: Their nodes in the larger text.
        splices: The splices that turn one text into the other.
        grows: Whether they turn the smaller text into the larger one.
        remark: The comment behind an entry that is added and removed with it; empty if there is none.
    """
    before, after = _ranges(splices)
    in_small = _bytes(small, before if grows else after)
    in_large = _bytes(large, after if grows else before)
    without = frozenset(entry.id for entry in entries)
    holes = sorted(entry.byte_range for entry in entries)
    if remark:
        holes = [_with_remark(large.data, hole, f"# {remark}".encode()) for hole in holes]
    return (
        len(small.unread) == len(large.unread)
        and not any(entry.has_error for entry in entries)
        and _only_layout(small.data, in_small, [])
        and _only_layout(large.data, in_large, holes)
        and _structure(small, in_small, frozenset(), ()) == _structure(large, in_large, without, holes)
    )


def _with_remark(data: bytes, hole: Range, comment: bytes) -> Range:
    """Return the range of an entry, including the comment at the end of its line if it came with the entry."""
    start, end = hole
    line = data[end : end + len(comment) + 4].partition(b"\n")[0].rstrip(b"\r")
    rest = line.lstrip(b",").lstrip(b" ")
    return (start, end + len(line)) if rest == comment else hole


def _ranges(splices: "Iterable[Splice]") -> tuple[list[Range], list[Range]]:
    """Return the ranges that splices replace, in the text before and in the text after."""
    before, after, moved = [], [], 0
    for splice in sorted(splices):
        before.append((splice.start, splice.end))
        after.append((splice.start + moved, splice.start + moved + len(splice.text)))
        moved += len(splice.text) - (splice.end - splice.start)
    return before, after


def _bytes(source: Source, ranges: Iterable[Range]) -> list[Range]:
    return [(source.byte(start), source.byte(end)) for start, end in ranges]


def _only_layout(data: bytes, ranges: Iterable[Range], holes: Sequence[Range]) -> bool:
    """Tell whether ranges contain only blanks and commas apart from the holes."""
    for start, end in ranges:
        rest, position = b"", start
        for hole_start, hole_end in holes:
            if hole_end > position and hole_start < end:
                rest += data[position:hole_start] if hole_start > position else b""
                position = hole_end
        if (rest + data[position:end]).strip(b" \t\r\n,"):
            return False
    return True


def _structure(
    source: Source, touched: Sequence[Range], without: frozenset[int], holes: Sequence[Range]
) -> tuple[Outline, list[str]]:
    """Return the structure of a text without some nodes, and separately its comments outside of holes.

    The comment behind a call's last argument is outside the call, and inside once another argument follows.
    """
    comments: list[str] = []
    try:
        return _outline(source.root, touched, without, holes, comments), comments
    except RecursionError as error:
        raise blocked("the file is nested too deeply to be compared with what it would be") from error


def _outline(
    node: "Node", touched: Sequence[Range], without: frozenset[int], holes: Sequence[Range], comments: list[str]
) -> Outline:
    is_touched = any(start <= node.end_byte and end >= node.start_byte for start, end in touched)
    if not is_touched and node.end_byte - node.start_byte <= _MOST_AT_ONCE:
        # An untouched node is compared in the parser's own notation: walking through a large file takes too long.
        return str(node), node.text or b""
    if not node.child_count and node.parent is not None:
        return f"{node.type} {node.is_missing}", node.text or b""
    found = []
    for part in parts(node):
        if part.type == "comment":
            # The grammar includes a carriage return in a comment; one at the end of a file has none.
            if not any(start <= part.start_byte < end for start, end in holes):
                comments.append(text_of(part).rstrip("\r"))
        elif part.id not in without and (part.type != "," or part.is_missing):
            found.append(_outline(part, touched, without, holes, comments))
    return node.type, tuple(found)
