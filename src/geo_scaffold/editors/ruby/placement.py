"""Adding and removing statements on separate lines, with the blank lines between them."""

import re
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby.lines import (
    indented,
    is_blank,
    line_above,
    line_below,
    lines_after,
    lines_before,
    without_lines,
)
from geo_scaffold.editors.ruby.scopes import close, content, head, scopes_around
from geo_scaffold.editors.splice import Splice, indentation_at, line_start, line_stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from geo_scaffold.editors.ruby.syntax import Source

# With either line ending, and where an editor left spaces.
BLANK_LINE: Final = re.compile(r"\n[ \t]*\r?\n")


def after(source: "Source", neighbour: "Node", text: str, *, blank: bool, continuation: str = "") -> Splice:
    """Return the splice that inserts a statement below another one.

    Args:
        source: The file.
        neighbour: The other statement.
        text: The statement; `lines.indented` says how its lines must look.
        blank: Whether to put a blank line between them; only if one, or nothing, follows: otherwise it would look like
            the existing one.
        continuation: As for `lines.indented`.
    """
    end = source.last(neighbour)
    lines = indented(text, indentation_at(source.text, source.start(neighbour)), continuation)
    return lines_after(source.text, end, ["", *lines] if blank and _ends_below(source, neighbour) else lines)


def before(source: "Source", neighbour: "Node", text: str, *, blank: bool, continuation: str = "") -> Splice:
    """Return the splice that inserts a statement above another one and its comment; see `after`."""
    neighbour = _with_comments(neighbour)
    start = source.start(neighbour)
    lines = indented(text, indentation_at(source.text, start), continuation)
    blank = blank and (not line_above(source.text, start).strip() or _opens(neighbour))
    return lines_before(source.text, start, [*lines, ""] if blank else lines)


def first(source: "Source", scope: "Node", text: str) -> Splice:
    """Return the splice that inserts a statement at the start of a scope, with a blank line below it.

    Args:
        source: The file.
        scope: The class, module or block.
        text: The statement; `lines.indented` says how its lines must look.

    Raises:
        LocatorError: The scope is written on one line.
    """
    body, opening, closing = content(scope), head(scope), close(scope)
    if body:
        return before(source, body[0], text, blank=True)
    if opening is None or closing is None:
        return Splice(len(source.text), len(source.text), "\n".join([*indented(text, ""), ""]))
    if opening.end_point.row == closing.start_point.row:
        raise blocked("the place for the entry is written on one line")
    outside = indentation_at(source.text, source.start(closing))
    inside = outside + ("\t" if "\t" in outside else "  ")
    return lines_before(source.text, source.start(closing), indented(text, inside))


def end_of(source: "Source", scope: "Node", text: str, *, blank: bool) -> Splice:
    """Return the splice that inserts a statement at a scope's end; arguments as for `after`, errors as for `first`."""
    body = content(scope)
    return after(source, body[-1], text, blank=blank) if body else first(source, scope, text)


def without(source: "Source", statement: "Node") -> Splice:
    """Return the splice that removes a statement, with the blank line that is no longer needed."""
    text, start, last = source.text, source.start(statement), source.end(statement)
    above, below = line_above(text, start), line_below(text, last)
    if is_blank(above) and _ends_below(source, statement):
        return without_lines(text, line_start(text, start) - 1, last)
    if is_blank(below) and (not above.strip() or _opens(statement)):
        return without_lines(text, start, line_stop(text, last))
    return without_lines(text, start, last)


def needs_blank_lines(source: "Source", statements: "Sequence[Node]", index: int) -> bool:
    """Tell whether to set a new statement apart from others by blank lines.

    Args:
        source: The file.
        statements: The others, in order; at least one.
        index: How many of them are above it.

    It follows the nearest pair of neighbours with nothing else between them; without such a pair, statements of several
    lines are set apart.
    """
    pairs = sorted(range(len(statements) - 1), key=lambda pair: abs(pair + 1 - index))
    for pair in pairs:
        one, other = statements[pair], statements[pair + 1]
        if _statement_below(one) == other:
            return bool(BLANK_LINE.search(source.text, source.last(one), source.start(other)))
    return statements[0].start_point.row != statements[0].end_point.row


def continuation_of(source: "Source", statements: "Sequence[Node]") -> str:
    """Return the additional indentation of the second lines of statements; empty if none shows it."""
    for statement in statements:
        start, end = source.start(statement), source.end(statement)
        stop = line_stop(source.text, start)
        if stop < end:
            outer, inner = indentation_at(source.text, start), indentation_at(source.text, stop)
            if inner.startswith(outer) and inner != outer:
                return inner.removeprefix(outer)
    return ""


def _with_comments(statement: "Node") -> "Node":
    """Return the first of the comments directly above a statement, else the statement."""
    body = content(scopes_around(statement)[0])
    first, others = statement, body[: body.index(statement)]
    while others and others[-1].type == "comment" and others[-1].start_point.row == first.start_point.row - 1:
        comment = others.pop()
        if others and others[-1].end_point.row == comment.start_point.row:
            # It is behind another statement, and belongs to that one.
            break
        first = comment
    return first


def _statement_below(statement: "Node") -> "Node | None":
    below = statement.next_named_sibling
    while below is not None and below.type in {"comment", "heredoc_body"}:
        below = below.next_named_sibling
    return below


def _opens(node: "Node") -> bool:
    """Tell whether the line above a node opens its scope, or does not exist."""
    opening = head(scopes_around(node)[0])
    return node.start_point.row == (0 if opening is None else opening.end_point.row + 1)


def _ends_below(source: "Source", statement: "Node") -> bool:
    """Tell whether a blank line follows a statement, or it is the last of its scope."""
    if content(scopes_around(statement)[0])[-1:] == [statement]:
        return True
    return not line_below(source.text, source.last(statement)).strip()
