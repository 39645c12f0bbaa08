"""Statements that exist for what comes after them or inside them: a block of a concern, `private`."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.call_statement import CallStatement
from geo_scaffold.editors.ruby.calls import first_method
from geo_scaffold.editors.ruby.method_def import name_of
from geo_scaffold.editors.ruby.scopes import content
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, alike, parse
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class Holder(CallStatement):
    """An empty block such as `prepended do ... end`, for other entries to go into.

    It is taken out only once it is empty again. A module that defines the method itself has another form: nothing is
    written.
    """

    def adding(self, source: Source) -> "list[Splice]":
        """Return what puts it in."""
        method = first_method(self.expected())
        for statement in self.body(source).statements:
            if name_of(statement) == ("singleton_method", method):
                raise blocked(f"expected {self.what}, found `def self.{method}`")
        return super().adding(source)

    def remove(self, text: str) -> str:
        """Return the text without it; the same text where something is in it."""
        return text if any(map(content, self.found(parse(text)))) else super().remove(text)


@dataclass(frozen=True, kw_only=True)
class Hiding(Statement):
    """A `private` on a line of its own, last in its scope, for methods to go below it.

    It is taken out only once nothing is below it.
    """

    def is_it(self, statement: "Node") -> bool:
        """Tell whether a statement is it."""
        return alike(statement, self.expected())

    def adding(self, source: Source) -> "list[Splice]":
        """Return what puts it last."""
        return [placement.end_of(source, self.scope(source), self.text, blank=True)]

    def remove(self, text: str) -> str:
        """Return the text without it; the same text where something is below it."""
        source = parse(text)
        return text if self.found(source) and not self.is_it(self.body(source).statements[-1]) else super().remove(text)
