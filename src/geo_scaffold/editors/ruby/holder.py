"""Statements that exist for what follows them or is inside them: a block of a concern, `private`."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.call_statement import CallStatement
from geo_scaffold.editors.ruby.calls import first_method
from geo_scaffold.editors.ruby.method_def import name_of
from geo_scaffold.editors.ruby.scopes import content
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, equivalent, parse
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class Holder(CallStatement):
    """An empty block such as `prepended do ... end`, into which other entries go.

    It is removed only when it is empty again. If the module defines the method itself, nothing is written.
    """

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it."""
        method = first_method(self.expected())
        for statement in self.body(source).statements:
            if name_of(statement) == ("singleton_method", method):
                raise blocked(f"expected {self.what}, found `def self.{method}`")
        return super().adding(source)

    def remove(self, text: str) -> str:
        """Return the text without it; unchanged if something is in it."""
        return text if any(map(content, self.find(parse(text)))) else super().remove(text)


@dataclass(frozen=True, kw_only=True)
class Hiding(Statement):
    """A `private` on a separate line, last in its scope, below which methods go.

    It is removed only when nothing is below it.
    """

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is it."""
        return equivalent(statement, self.expected())

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it last."""
        return [placement.end_of(source, self.scope(source), self.text, blank=True)]

    def remove(self, text: str) -> str:
        """Return the text without it; unchanged if something is below it."""
        source = parse(text)
        return (
            text if self.find(source) and not self.matches(self.body(source).statements[-1]) else super().remove(text)
        )
