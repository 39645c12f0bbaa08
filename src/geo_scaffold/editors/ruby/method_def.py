"""A method of a class or module."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import not_once
from geo_scaffold.editors.ruby.calls import arguments_of
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class MethodDef(Statement):
    """A method, `def name ... end` or `def self.name ... end`, below another one.

    It is there when the scope defines a method of its name, whatever its body.

    Args:
        text: The method.
        inside: The scopes around it.
        after: The name of the method that it goes below; empty: the last one of its scope.
    """

    after: str = ""

    def is_it(self, statement: "Node") -> bool:
        """Tell whether a statement defines a method of that name."""
        return _name(statement) is not None and _name(statement) == _name(self.expected())

    def adding(self, source: Source) -> "list[Splice]":
        """Return what puts it below another method."""
        methods = [statement for statement in self.body(source).statements if _name(statement) is not None]
        named = [at for at, method in enumerate(methods, 1) if self.after in {"", (_name(method) or ("", ""))[1]}]
        if not named or (self.after and len(named) > 1):
            raise not_once(f"the method `{self.after}`" if self.after else "a method", self.inside, len(named))
        return self.beside(source, methods, named[-1])


def _name(statement: "Node") -> tuple[str, str] | None:
    """Return the type of a method, the class's or the instance's, and its name."""
    if statement.type == "call" and len(arguments := arguments_of(statement)) == 1:
        # `private def name`
        return _name(arguments[0])
    name = statement.child_by_field_name("name") if statement.type in {"method", "singleton_method"} else None
    return None if name is None else (statement.type, text_of(name))
