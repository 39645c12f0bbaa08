"""A method of a class or module, and the calls that are about one."""

from typing import TYPE_CHECKING, Final

from geo_scaffold.editors.failures import not_once
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.calls import arguments_of
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, equivalent, single, text_of
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice

HIDING: Final = frozenset({"private", "protected"})
"""Alone on a line, these hide the methods below."""


@dataclass(frozen=True, kw_only=True)
class MethodDef(Statement):
    """A method, `def name ... end` or `def self.name ... end`, below another one.

    It exists if the scope defines a method of its name, whatever the body.

    Args:
        text: The method.
        inside: The scopes around it.
        after: The name of the method below which it goes; empty for the last public one of its scope, or the last of
            all if it is private.
        is_private: Whether it goes below a `private`, which has to exist.
        may_be_first: Whether it goes last into a scope without methods; if not, that is an error.

    Example:
        ```toml
        editor = { kind = "method", inside = ["StubStorage"], after = "stub_storage" }
        ```

        with the lines:

        ```ruby
        def stub_cool_widget_storage
          stub_storage(CoolWidgetUploader)
        end
        ```

        Before:

        ```ruby
        module StubStorage
          def stub_storage(uploader)
            uploader.stub
          end
        end
        ```

        After:

        ```ruby
        module StubStorage
          def stub_storage(uploader)
            uploader.stub
          end

          def stub_cool_widget_storage
            stub_storage(CoolWidgetUploader)
          end
        end
        ```
    """

    after: str = ""
    is_private: bool = False
    may_be_first: bool = False

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement defines a method of that name."""
        return name_of(statement) is not None and name_of(statement) == name_of(self.expected())

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it below another method."""
        body = self.body(source).statements
        hiding = [index for index, statement in enumerate(body) if text_of(statement) in HIDING]
        if self.is_private:
            body = body[hiding[-1] :] if hiding else []
        elif hiding and not self.after:
            body = body[: hiding[0]]
        methods = [statement for statement in body if name_of(statement) is not None]
        named = [at for at, method in enumerate(methods, 1) if self.after in {"", (name_of(method) or ("", ""))[1]}]
        if not methods and self.may_be_first:
            if hiding and not self.is_private:
                return [placement.before(source, self.body(source).statements[hiding[0]], self.text, blank=True)]
            return [placement.end_of(source, self.scope(source), self.text, blank=True)]
        if not named or (self.after and len(named) > 1):
            raise not_once(f"the method `{self.after}`" if self.after else "a method", self.inside, len(named))
        return self.insertions(source, methods, named[-1])


@dataclass(frozen=True, kw_only=True)
class CallAboveMethod(Statement):
    """A call directly above the method that it concerns, such as `override :name`.

    Args:
        text: The call.
        inside: The scopes around both.
        method: The method, as written.
    """

    method: str

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is the call, in any spelling."""
        return equivalent(statement, self.expected())

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it above the method, and above the method's comment."""
        name = name_of(single(self.method))
        methods = [statement for statement in self.body(source).statements if name_of(statement) == name]
        if len(methods) != 1:
            raise not_once(f"the method `{name[1] if name else self.method}`", self.inside, len(methods))
        return [placement.before(source, methods[0], self.text, blank=False)]


def name_of(statement: "Node") -> tuple[str, str] | None:
    """Return the node type of a method (class or instance method) and its name, or None if this is not a method."""
    if statement.type == "call" and len(arguments := arguments_of(statement)) == 1:
        # `private def name`
        return name_of(arguments[0])
    name = statement.child_by_field_name("name") if statement.type in {"method", "singleton_method"} else None
    return None if name is None else (statement.type, text_of(name))
