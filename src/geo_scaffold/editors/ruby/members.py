"""Members of a list: of an array, of a hash, of `%w[]`, of a call's arguments."""

import re
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby.lines import indented, lines_after, lines_before, without_lines
from geo_scaffold.editors.splice import Splice, indentation_at, line_end_at, line_start, line_stop

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.ruby.syntax import Source

WIDTH: Final = 120
"""The maximum of `Layout/LineLength` in GitLab's RuboCop configuration."""
REST_OF_LINE: Final = re.compile(r"[ \t]*+(?:,[ \t]*+)?(#.*)?\r?\n?")
"""What may follow a member that is alone on its line."""


class Members(NamedTuple):
    """A list in a file.

    Args:
        source: The file.
        node: The list.
        commas: Whether the members are separated by commas, else by blanks.
    """

    source: "Source"
    node: "Node"
    commas: bool

    @property
    def all(self) -> "list[Node]":
        """The members, in order."""
        return [part for part in self.node.named_children if part.type not in {"comment", "heredoc_body"}]

    def adding(self, text: str, index: int, *, own_line: bool = False, comment: str = "") -> list[Splice]:
        """Return the splices that insert a member before the one at an index, or at the end.

        Args:
            text: The member.
            index: How many members are before it.
            own_line: Whether it starts a line even if its neighbour does not.
            comment: The comment behind it, if it is alone on its line and there is room.

        Raises:
            LocatorError: The list is empty and nothing shows where a member would go.
        """
        members = self.all
        if not members:
            return [self._only(text)]
        if index == 0:
            return [self._first(text, members[0], comment)]
        before = members[index - 1]
        neighbour = members[index] if index < len(members) else before
        end, indentation = self.source.end(before), indentation_at(self.source.text, self.source.start(neighbour))
        if not self.has_its_line(neighbour):
            if not own_line:
                text = text.replace("\n", line_end_at(self.source.text, end))
                return [Splice(end, end, f"{', ' if self.commas else ' '}{text}")]
            indentation += "\t" if "\t" in indentation else "  "
        comma = "," if self.commas else ""
        if index < len(members) or self._comma_after(before):
            line = _noted(text + comma, indentation, comment)
            return [lines_after(self.source.text, self.source.last(before), indented(line, indentation))]
        line = _noted(text, indentation, comment)
        added = lines_after(self.source.text, self.source.last(before), indented(line, indentation))
        if added.start == end:
            return [Splice(end, end, comma + added.text)]
        return [Splice(end, end, comma), added] if comma else [added]

    def removing(self, member: "Node") -> list[Splice]:
        """Return the splices that remove a member."""
        text, members = self.source.text, self.all
        index = [other.id for other in members].index(member.id)
        start, end = self.source.start(member), self.source.end(member)
        if self.has_its_line(member):
            gone = [without_lines(text, start, end)]
            if self.commas and index and index == len(members) - 1 and not self._comma_after(member):
                comma = self._comma_after(members[index - 1])
                if comma is not None:
                    gone.append(Splice(self.source.start(comma), self.source.end(comma), ""))
            return gone
        starts_line = not text[line_start(text, start) : start].strip(" \t")
        if index and not (starts_line and index < len(members) - 1):
            return [Splice(self.source.end(members[index - 1]), end, "")]
        if len(members) > 1:
            return [Splice(start, self.source.start(members[index + 1]), "")]
        if self.node.children[0].is_named:
            raise blocked("it is all that the call has")
        return [Splice(self.source.end(self.node.children[0]), end, "")]

    def _only(self, text: str) -> Splice:
        opening, closing = self.node.children[0], self.node.children[-1]
        if opening.is_named or closing.id == opening.id:
            raise blocked("the list is empty and has no brackets")
        start, end = self.source.end(opening), self.source.start(closing)
        gap = self.source.text[start:end]
        if "\n" not in gap:
            return Splice(start, start, gap + text)
        if self.source.text[line_start(self.source.text, end) : end].strip(" \t"):
            raise blocked("the list is empty and its brackets show no indentation")
        outside = indentation_at(self.source.text, end)
        inside = outside + ("\t" if "\t" in outside else "  ")
        return lines_before(self.source.text, end, indented(text, inside))

    def _first(self, text: str, after: "Node", comment: str = "") -> Splice:
        start = self.source.start(after)
        if not self.has_its_line(after):
            return Splice(start, start, f"{text}{', ' if self.commas else ' '}")
        indentation = indentation_at(self.source.text, start)
        line = _noted(text + ("," if self.commas else ""), indentation, comment)
        return lines_before(self.source.text, start, indented(line, indentation))

    def has_its_line(self, member: "Node") -> bool:
        """Tell whether a member is alone on its lines, except for a comma and a comment."""
        text, start, end = self.source.text, self.source.start(member), self.source.end(member)
        before = text[line_start(text, start) : start]
        return not before.strip(" \t") and bool(REST_OF_LINE.fullmatch(text[end : line_stop(text, end)]))

    def _comma_after(self, member: "Node") -> "Node | None":
        sibling = member.next_sibling
        while sibling is not None and sibling.type in {"comment", "heredoc_body"}:
            sibling = sibling.next_sibling
        return sibling if sibling is not None and sibling.type == "," else None


def _noted(text: str, indentation: str, comment: str) -> str:
    """Return a member with a comment behind it, if its line has room for that."""
    line = f"{text} # {comment}"
    return line if comment and "\n" not in text and len(indentation + line) <= WIDTH else text


_ORDERS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    str.casefold,
    lambda key: key.replace("_", "").casefold(),
)
"""The orders in which people sort: by bytes, ignoring case, and by words, as RuboCop's cops and editors do."""


def place_for(key: str, keys: Sequence[str], *, ordered: bool) -> int:
    """Return after how many of the keys a new one goes: in the order that they keep strictly, else after all.

    Args:
        key: The key of the new member.
        keys: The keys of the existing members, in order.
        ordered: Whether it may go anywhere but last.
    """
    for order in _ORDERS if ordered else ():
        ranks = [order(each) for each in keys]
        if all(one < other for one, other in pairwise(ranks)):
            return bisect(ranks, order(key))
    return len(keys)
