"""A statement at the end of a scope or of the file, or below the calls of a method."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.calls import first_method
from geo_scaffold.editors.ruby.lists import ASSIGNMENTS
from geo_scaffold.editors.ruby.statement import Statement
from geo_scaffold.editors.ruby.syntax import Source, equivalent, single
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class LineBeforeEnd(Statement):
    """A statement at the end of a class or of the file, such as `X.prepend_mod`.

    An assignment exists if its name is assigned the same value; if it is assigned something else, nothing is written.

    Args:
        text: The statement.
        inside: The scopes around it; empty for the file.
        same: Other statements that mean the same.
        blank: Whether a blank line goes above it.

    Example:
        ```toml
        editor = { kind = "last-line" }
        ```

        with the lines:

        ```ruby
        CoolWidget.prepend_mod
        ```

        Before:

        ```ruby
        class CoolWidget < ApplicationRecord
        end
        ```

        After:

        ```ruby
        class CoolWidget < ApplicationRecord
        end

        CoolWidget.prepend_mod
        ```
    """

    same: tuple[str, ...] = ()
    blank: bool = True

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is it, or means the same."""
        if any(equivalent(statement, single(text)) for text in (self.text, *self.same)):
            return True
        if statement.type in ASSIGNMENTS and equivalent(_left_operand(statement), _left_operand(self.expected())):
            raise blocked(f"expected {self.what}, found `{(statement.text or b'').decode(errors='replace')}`")
        return False

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it last."""
        return [placement.end_of(source, self.scope(source), self.text, blank=self.blank)]


@dataclass(frozen=True, kw_only=True)
class LineAfterCalls(LineBeforeEnd):
    """A statement below the last call of a method in a scope, such as a constant below the `include`s of a class.

    Args:
        text: The statement.
        inside: The scopes around it; empty for the file.
        same: Other statements that mean the same.
        blank: Whether a blank line goes above it.
        method: The method.

    Example:
        ```toml
        editor = { kind = "line-after-calls", inside = ["CoolWidget"], method = "include" }
        ```

        with the lines:

        ```ruby
        STORE_COLUMN = :file_store
        ```

        Before:

        ```ruby
        class CoolWidget < ApplicationRecord
          include ObjectStorable

          has_many :parts
        end
        ```

        After:

        ```ruby
        class CoolWidget < ApplicationRecord
          include ObjectStorable

          STORE_COLUMN = :file_store

          has_many :parts
        end
        ```
    """

    method: str

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it below the last call."""
        calls = [
            call for call in self.body(source).statements if call.type == "call" and first_method(call) == self.method
        ]
        if not calls:
            raise blocked(f"expected a call of `{self.method}` above {self.what}, found none")
        return [placement.after(source, calls[-1], self.text, blank=self.blank)]


def _left_operand(statement: "Node") -> "Node | None":
    return statement.child_by_field_name("left")
