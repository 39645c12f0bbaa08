"""What the editors of statements share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.scopes import only_scope, scopes_named, statements
from geo_scaffold.editors.ruby.syntax import Source, single
from geo_scaffold.editors.splice import Splice

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, kw_only=True)
class Statement(RubyEditor):
    """A statement directly in a scope.

    Args:
        text: The statement: its first line at the left, the others indented by steps of two spaces, line feeds between
            them. It is re-indented to its neighbours, so it must hold no heredoc and no string of several lines.
        inside: The names of the scopes around it, from the outermost (`scopes`); none: the file itself.
        is_held: Whether another entry brings the innermost of them where it is not there; else that is an error.
    """

    text: str
    inside: tuple[str, ...] = ()
    is_held: bool = False

    @property
    def what(self) -> str:
        """What the entry is."""
        return f"`{self.text.splitlines()[0].rstrip(' ,')}`"

    def expected(self) -> "Node":
        """Return the statement, parsed alone."""
        return single(self.text)

    @abstractmethod
    def is_it(self, statement: "Node") -> bool:
        """Tell whether a statement is the entry, in any spelling."""

    def found(self, source: Source) -> "list[Node]":
        """Return the statements that are it."""
        return [statement for statement in self.body(source) if self.is_it(statement)]

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return what takes it out."""
        return [placement.without(source, entry)]

    def scope(self, source: Source) -> "Node":
        """Return the scope that it belongs into."""
        return only_scope(source, self.inside)

    def body(self, source: Source) -> "list[Node]":
        """Return the statements of that scope."""
        if self.is_held and not scopes_named(source, self.inside):
            return []
        return statements(self.scope(source))

    def beside(self, source: Source, siblings: "list[Node]", index: int) -> list[Splice]:
        """Return what puts it among siblings, set apart from them as they are.

        Args:
            source: The file.
            siblings: At least one.
            index: How many of them are above it.
        """
        apart = placement.are_apart(source, siblings, index)
        step = placement.continuation_of(source, siblings)
        if index:
            return [placement.after(source, siblings[index - 1], self.text, blank=apart, continuation=step)]
        return [placement.before(source, siblings[0], self.text, blank=apart, continuation=step)]
