"""A branch of a `case`."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import not_once
from geo_scaffold.editors.ruby.editor import RubyEditor
from geo_scaffold.editors.ruby.lines import indented, is_blank, line_above, line_below, lines_after, without_lines
from geo_scaffold.editors.ruby.scopes import only_scope, statements
from geo_scaffold.editors.ruby.syntax import Source, equivalent, single
from geo_scaffold.editors.splice import Splice, indentation_at, line_start
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, kw_only=True)
class WhenBranch(RubyEditor):
    """A branch `when X` of the one `case` in a scope, below the other branches and above `else`.

    It exists if a branch lists its first pattern, whatever that branch does.

    Args:
        text: The branch: `when X`, and its statements on the next lines, indented by two spaces.
        inside: The scopes around the case, outermost first.
        value: The value of the case; empty for any.

    Example:
        ```toml
        editor = { kind = "when-branch", inside = ["log_event"] }
        ```

        with the lines:

        ```ruby
        when CoolWidget
          container.log_updated_event
        ```

        Before:

        ```ruby
        def log_event
          case container
          when Boiler
            container.log_updated_event
          else
            nil
          end
        end
        ```

        After:

        ```ruby
        def log_event
          case container
          when Boiler
            container.log_updated_event
          when CoolWidget
            container.log_updated_event
          else
            nil
          end
        end
        ```
    """

    text: str
    inside: tuple[str, ...]
    value: str = ""

    @property
    def what(self) -> str:
        """A description of the entry."""
        return f"the branch `{self.text.splitlines()[0]}`"

    def expected(self) -> "Node":
        """Return the branch, parsed alone."""
        return _branches(single(f"case value\n{self.text}\nend"))[0]

    def find(self, source: Source) -> "list[Node]":
        """Return the branches that list its pattern."""
        pattern = _patterns(self.expected())[0]
        return [
            branch
            for branch in _branches(self._case(source))
            if any(equivalent(pattern, one) for one in _patterns(branch))
        ]

    def adding(self, source: Source) -> list[Splice]:
        """Return the splices that insert it below the last branch."""
        last = _branches(self._case(source))[-1]
        end = source.last(last)
        lines = indented(self.text, indentation_at(source.text, source.start(last)))
        # Branches set apart by blank lines also have one above `else`.
        return [lines_after(source.text, end, ["", *lines] if is_blank(line_below(source.text, end)) else lines)]

    def removing(self, source: Source, entry: "Node") -> list[Splice]:
        """Return the splices that remove it."""
        start, end = source.start(entry), source.end(entry)
        if is_blank(line_above(source.text, start)) and is_blank(line_below(source.text, end)):
            start = line_start(source.text, start) - 1
        return [without_lines(source.text, start, end)]

    def _case(self, source: Source) -> "Node":
        found = [
            statement
            for statement in statements(only_scope(source, self.inside))
            if statement.type == "case" and (not self.value or self._has_value(statement))
        ]
        if len(found) != 1:
            raise not_once(f"`case {self.value}`".replace(" `", "`"), self.inside, len(found))
        return found[0]

    def _has_value(self, case: "Node") -> bool:
        value = case.child_by_field_name("value")
        return value is not None and equivalent(value, single(self.value))


def _branches(case: "Node") -> "list[Node]":
    return [part for part in case.named_children if part.type == "when"]


def _patterns(branch: "Node") -> "list[Node]":
    return branch.children_by_field_name("pattern")
