"""What the editors of statements share."""

from abc import abstractmethod
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.scopes import only_scope, scopes_named, statements
from geo_scaffold.editors.ruby.syntax import Source, plain, single
from geo_scaffold.editors.splice import Splice
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


class Body:
    """Consecutive statements of a file.

    Args:
        source: The file.
        statements: The statements.
    """

    def __init__(self, source: Source, statements: "list[Node]") -> None:
        self.source = source
        self.statements = statements
        self._starts = [statement.start_byte for statement in statements]

    def holding(self, name: str) -> "list[Node]":
        """Return the statements that contain a name, also as part of a longer one; all of them for an empty name."""
        data = name.encode("utf-8", "surrogateescape")
        if not data or not self.statements:
            return self.statements
        found: list[Node] = []
        at, stop = self.source.data.find(data, self._starts[0]), self.statements[-1].end_byte
        while 0 <= at < stop:
            number = bisect_right(self._starts, at) - 1
            if at < self.statements[number].end_byte:
                found.append(self.statements[number])
            # Go on to the next statement: one that has the name twice counts once.
            at = self.source.data.find(data, max(at + 1, self.statements[number].end_byte))
        return found


@lru_cache(maxsize=128)
def body_in(source: Source, inside: tuple[str, ...]) -> Body:
    """Return the statements directly in a scope.

    Args:
        source: The file.
        inside: The names of the scopes around them, outermost first; empty for the file.

    Raises:
        LocatorError: The scope does not exist exactly once.
    """
    return Body(source, statements(only_scope(source, inside)))


_NAMES: Final = frozenset({"simple_symbol", "constant", "scope_resolution", "identifier"})
"""The nodes of names, of which every spelling has the last part."""


def last_name(node: "Node | None") -> str:
    """Return the last part of a name; empty if a node is not a name."""
    return plain(node).rpartition("::")[2] if node is not None and node.type in _NAMES else ""


@dataclass(frozen=True, kw_only=True)
class Statement(RubyEditor):
    """A statement directly in a scope.

    Args:
        text: The statement: its first line unindented, the others indented by steps of two spaces, with line feeds. It
            is re-indented like its neighbours, so it must not contain a heredoc or a string of several lines.
        inside: The names of the scopes around it, outermost first (`scopes`); empty for the file itself.
        is_held: Whether another entry adds the innermost scope if it is missing; if not, that is an error.
    """

    text: str
    inside: tuple[str, ...] = ()
    is_held: bool = False

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"`{self.text.splitlines()[0].rstrip(' ,')}`"

    def expected(self) -> "Node":
        """Return the statement, parsed alone."""
        return single(self.text)

    @abstractmethod
    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is the entry, in any spelling."""

    def find(self, source: Source) -> "list[Node]":
        """Return the statements that match it; most others are ruled out by a name that they do not contain."""
        return [statement for statement in self.body(source).holding(self.common_name()) if self.matches(statement)]

    def common_name(self) -> str:
        """Return a name that every spelling of the entry contains; empty if there is none."""
        return ""

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it."""
        return [placement.without(source, entry)]

    def scope(self, source: Source) -> "Node":
        """Return the scope to which it belongs."""
        return only_scope(source, self.inside)

    def body(self, source: Source) -> Body:
        """Return the statements of that scope."""
        if self.is_held and not scopes_named(source, self.inside):
            return Body(source, [])
        return body_in(source, self.inside)

    def insertions(self, source: Source, siblings: "list[Node]", index: int) -> list[Splice]:
        """Return the splices that insert it among siblings, set apart like them.

        Args:
            source: The file.
            siblings: At least one.
            index: How many of them are above it.
        """
        apart = placement.needs_blank_lines(source, siblings, index)
        step = placement.continuation_of(source, siblings)
        if index:
            return [placement.after(source, siblings[index - 1], self.text, blank=apart, continuation=step)]
        return [placement.before(source, siblings[0], self.text, blank=apart, continuation=step)]
